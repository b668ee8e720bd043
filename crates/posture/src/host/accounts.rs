//! `passwd(5)`, `shadow(5)`, `group(5)`: kind `account` for each account, `group` for each group, and
//! `accounts` with what is wrong only among several.
//!
//! Hashes are never kept: `password` is `locked`, `empty`, `hashed`, `none` (nothing in shadow) or not
//! known, and `hash` names the scheme.

use std::collections::BTreeMap;

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, Line, lines, scalar};
use crate::node::{Cause, Node, Value};
use crate::resource::Resource;
use crate::sources::{FileId, Span};

/// Shells through which nobody comes in.
const NO_SHELLS: [&str; 8] = [
    "/sbin/nologin",
    "/usr/sbin/nologin",
    "/bin/false",
    "/usr/bin/false",
    "/bin/sync",
    "/sbin/shutdown",
    "/sbin/halt",
    "/bin/true",
];
/// Accounts of one host that are looked at.
const ACCOUNTS: usize = 20_000;

/// Accounts and groups of a host.
pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let mut found = Vec::new();
    let groups = match facts.text("/etc/group") {
        Text::Is(file, text) => groups(text, file),
        Text::Unreadable(cause) => {
            found.push(facts.unknown("group", "group", cause));
            Vec::new()
        }
        Text::Absent => Vec::new(),
    };
    match facts.text("/etc/passwd") {
        Text::Is(file, text) => {
            let first_uid = first_uid(facts);
            let shadow = Shadow::of(facts.text("/etc/shadow"));
            let accounts = accounts(text, file, first_uid, &shadow, Some(facts));
            found.push(among(&accounts, &groups, text, file));
            found.extend(accounts);
        }
        Text::Unreadable(cause) => found.push(facts.unknown("account", "account", cause)),
        Text::Absent => {}
    }
    found.extend(groups);
    found
}

/// Names by number, of accounts (`/etc/passwd`) or groups (`/etc/group`).
pub(crate) fn names(facts: &Facts<'_>, path: &str) -> BTreeMap<i64, String> {
    let mut found = BTreeMap::new();
    if let Text::Is(file, text) = facts.text(path) {
        for fields in lines(text, file).map(fields) {
            if let [(name, _), _, (number, _), ..] = fields.as_slice()
                && let Ok(number) = number.parse()
            {
                found.entry(number).or_insert_with(|| (*name).to_owned());
            }
        }
    }
    found
}

/// The first number of accounts for people.
fn first_uid(facts: &Facts<'_>) -> i64 {
    let Text::Is(file, text) = facts.text("/etc/login.defs") else { return 1_000 };
    let mut written = lines(text, file).filter_map(|line| {
        let words = line.words();
        match words.as_slice() {
            [key, value, ..] if key.text == "UID_MIN" => value.text.parse().ok(),
            _ => None,
        }
    });
    written.next().unwrap_or(1_000)
}

enum Shadow<'t> {
    Known(BTreeMap<&'t str, Vec<(&'t str, Span)>>),
    Absent,
    Unknown(Cause),
}

impl<'t> Shadow<'t> {
    fn of(text: Text<'t>) -> Self {
        match text {
            Text::Is(file, text) => Self::Known(
                lines(text, file)
                    .map(fields)
                    .filter_map(|fields| Some((fields.first()?.0, fields)))
                    .collect(),
            ),
            Text::Absent => Self::Absent,
            Text::Unreadable(cause) => Self::Unknown(cause),
        }
    }
}

fn accounts(
    text: &str,
    file: FileId,
    first_uid: i64,
    shadow: &Shadow<'_>,
    facts: Option<&Facts<'_>>,
) -> Vec<Resource> {
    let mut found = Vec::new();
    for line in lines(text, file).filter(|line| !line.text.trim().is_empty()).take(ACCOUNTS) {
        let fields = fields(line);
        let at = |index: usize| fields.get(index).copied();
        let Some((name, _)) = at(0) else { continue };
        // What has too few fields is no account to anybody.
        if name.starts_with('#') || fields.len() < 7 && !name.starts_with('+') {
            continue;
        }
        let span = Some(line.span());
        let mut attrs = Attrs::default();
        attrs.text("name", name, span);
        let uid = at(2).and_then(|(uid, _)| uid.parse::<i64>().ok());
        for (key, index) in [("uid", 2), ("gid", 3), ("home", 5), ("shell", 6)] {
            if let Some((value, span)) = at(index) {
                attrs.put(key, scalar(value, Some(span)));
            }
        }
        let shell = at(6).map(|(shell, _)| shell).unwrap_or_default();
        // An empty field means /bin/sh.
        let interactive = !NO_SHELLS.contains(&shell);
        attrs.flag("interactive", interactive, at(6).map(|(_, span)| span));
        let is_person = uid.is_some_and(|uid| uid >= first_uid && uid < 65_534);
        attrs.flag("system", !is_person && uid != Some(0), None);
        let own = at(1).map(|(field, span)| (field, Some(span))).unwrap_or_default();
        attrs.flag("hash_in_passwd", !matches!(own.0, "x" | "*" | "!" | "" | "!!"), own.1);
        if own.0 == "x" {
            shadowed(&mut attrs, shadow, name);
        } else {
            password(&mut attrs, own.0, own.1);
        }
        if let Some((facts, (home, _))) = facts.zip(at(5)) {
            home_of(&mut attrs, facts, home);
        }
        found.push(resource("account", &format!("account {name}"), attrs.node(span), file));
    }
    found
}

/// What the line of an account in shadow says.
fn shadowed(attrs: &mut Attrs, shadow: &Shadow<'_>, name: &str) {
    let fields = match shadow {
        Shadow::Known(lines) if lines.contains_key(name) => {
            lines.get(name).map(Vec::as_slice).unwrap_or_default()
        }
        Shadow::Known(_) | Shadow::Absent => {
            attrs.text("password", "none", None);
            return;
        }
        Shadow::Unknown(cause) => {
            for key in ["password", "hash", "last_change", "max_days", "inactive_days"] {
                attrs.put(key, Node::unknown(cause.clone(), None));
            }
            return;
        }
    };
    let at = |index: usize| fields.get(index).copied();
    if let Some((field, span)) = at(1) {
        password(attrs, field, Some(span));
    }
    let days = ["last_change", "min_days", "max_days", "warn_days", "inactive_days", "expires"];
    for (index, key) in days.into_iter().enumerate() {
        if let Some((value, span)) = at(index + 2).filter(|(value, _)| !value.is_empty()) {
            attrs.put(key, scalar(value, Some(span)));
        }
    }
}

/// The state of a password field, and never the field.
fn password(attrs: &mut Attrs, field: &str, span: Option<Span>) {
    let (state, hash) = match field {
        "" => ("empty", None),
        field if field.starts_with(['!', '*']) => ("locked", None),
        field => ("hashed", Some(scheme(field))),
    };
    attrs.text("password", state, span);
    if let Some(hash) = hash {
        attrs.text("hash", hash, span);
    }
}

/// The scheme of a hash, by the mark it begins with. crypt(5).
pub(crate) fn scheme(field: &str) -> &'static str {
    const MARKS: [(&str, &str); 10] = [
        ("$y$", "yescrypt"),
        ("$gy$", "gost-yescrypt"),
        ("$7$", "scrypt"),
        ("$6$", "sha512"),
        ("$5$", "sha256"),
        ("$2", "bcrypt"),
        ("$sm3$", "sm3"),
        ("$1$", "md5"),
        ("$md5", "sunmd5"),
        ("_", "bsdicrypt"),
    ];
    let known = MARKS.iter().find(|(mark, _)| field.starts_with(mark));
    known.map_or("des", |(_, scheme)| scheme)
}

fn home_of(attrs: &mut Attrs, facts: &Facts<'_>, home: &str) {
    let home = home.trim_end_matches('/');
    if let Some(node) = facts.metadata(home) {
        for key in ["mode", "uid"] {
            let value = node.get(key).cloned().unwrap_or(Node::null(None));
            attrs.put(&format!("home_{key}"), value);
        }
        let kind = node.get("kind").and_then(Node::as_text);
        attrs.flag("home_exists", kind != Some("absent"), None);
    } else if let Some(cause) = facts.unreadable(home) {
        attrs.put("home_exists", Node::unknown(cause, None));
    }
}

fn groups(text: &str, file: FileId) -> Vec<Resource> {
    let mut found = Vec::new();
    for line in lines(text, file).filter(|line| !line.text.trim().is_empty()).take(ACCOUNTS) {
        let fields = fields(line);
        let Some((name, _)) = fields.first().copied() else { continue };
        let span = Some(line.span());
        let mut attrs = Attrs::default();
        attrs.text("name", name, span);
        if let Some((gid, at)) = fields.get(2) {
            attrs.put("gid", scalar(gid, Some(*at)));
        }
        let members = fields.get(3).map(|(members, _)| *members).unwrap_or_default();
        let members = members.split(',').map(str::trim).filter(|member| !member.is_empty());
        attrs.list("members", members.map(|member| Node::text(member, span)).collect(), span);
        found.push(resource("group", &format!("group {name}"), attrs.node(span), file));
    }
    found
}

/// What only several together say.
fn among(accounts: &[Resource], groups: &[Resource], text: &str, file: FileId) -> Resource {
    let mut attrs = Attrs::default();
    let repeated = |of: &[Resource], key: &str| {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        let mut twice = Vec::new();
        for node in of.iter().filter_map(|resource| resource.attrs.get(key)) {
            let shown = match &node.value {
                Value::Int(number) => number.to_string(),
                Value::Text(text) => text.to_string(),
                _ => continue,
            };
            let count = seen.entry(shown.clone()).or_default();
            *count += 1;
            if *count == 2 {
                twice.push(Node::text(shown, node.span));
            }
        }
        Node::list(twice, None)
    };
    attrs
        .put("repeated_uids", repeated(accounts, "uid"))
        .put("repeated_names", repeated(accounts, "name"))
        .put("repeated_gids", repeated(groups, "gid"))
        .put("repeated_groups", repeated(groups, "name"));
    let known: Vec<i64> =
        groups.iter().filter_map(|group| group.attrs.get("gid")?.as_int()).collect();
    let lost = accounts.iter().filter_map(|account| {
        let gid = account.attrs.get("gid")?;
        let name = account.attrs.get("name")?.as_text()?;
        let is_lost = !known.is_empty() && gid.as_int().is_some_and(|gid| !known.contains(&gid));
        is_lost.then(|| Node::text(name, gid.span))
    });
    attrs.list("without_group", lost.collect(), None);
    resource("accounts", "accounts", attrs.node(Some(whole(file, text))), file)
}

/// Fields between colons, each with its place; an empty one is the place where it would stand.
fn fields(line: Line<'_>) -> Vec<(&str, Span)> {
    let mut start = 0;
    let split = line.text.split(':').map(|field| {
        let span = Span::new(line.file, line.start + start, line.start + start + field.len());
        start += field.len() + 1;
        (field, span)
    });
    split.collect()
}

/// One passwd by itself: what is in shadow is not known.
pub(crate) fn alone(text: &str, file: FileId) -> Vec<Resource> {
    let shadow = Shadow::Unknown(Cause::Missing("/etc/shadow".to_owned()));
    accounts(text, file, 1_000, &shadow, None)
}
