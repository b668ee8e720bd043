//! `sshd_config(5)`: kind `sshd`, one attribute per keyword in lower case.
//!
//! For each keyword the first value counts, `Include` is read in place, and what stands after `Match`
//! counts only there (`matches`, each with `criteria` and its keywords). What nobody wrote has the
//! value of OpenSSH. Times are seconds; lists of algorithms are lists.

use std::collections::BTreeMap;

use crate::host::distribution::Distribution;
use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, Line, Word, said, scalar, texts};
use crate::node::{Cause, Entry, Node};
use crate::resource::Resource;
use crate::sources::{FileId, Span};

/// Files included by files that are included.
const DEPTH: u32 = 16;

/// What OpenSSH does where nothing is written (sshd_config(5), 9.x).
const DEFAULTS: &[(&str, &str)] = &[
    ("addressfamily", "any"),
    ("allowagentforwarding", "yes"),
    ("allowtcpforwarding", "yes"),
    ("banner", "none"),
    ("clientalivecountmax", "3"),
    ("clientaliveinterval", "0"),
    ("disableforwarding", "no"),
    ("gatewayports", "no"),
    ("gssapiauthentication", "no"),
    ("hostbasedauthentication", "no"),
    ("ignorerhosts", "yes"),
    ("kbdinteractiveauthentication", "yes"),
    ("logingracetime", "120"),
    ("loglevel", "INFO"),
    ("maxauthtries", "6"),
    ("maxsessions", "10"),
    ("maxstartups", "10:30:100"),
    ("passwordauthentication", "yes"),
    ("permitemptypasswords", "no"),
    ("permitrootlogin", "prohibit-password"),
    ("permittunnel", "no"),
    ("permituserenvironment", "no"),
    ("pubkeyauthentication", "yes"),
    ("strictmodes", "yes"),
    ("syslogfacility", "AUTH"),
    ("usepam", "no"),
    ("x11forwarding", "no"),
];

/// Keywords whose lines add up.
const MANY: &[&str] = &[
    "acceptenv",
    "allowgroups",
    "allowusers",
    "denygroups",
    "denyusers",
    "hostkey",
    "listenaddress",
    "port",
    "setenv",
    "subsystem",
];
/// Keywords whose value is a list between commas.
const LISTS: &[&str] =
    &["ciphers", "macs", "kexalgorithms", "hostkeyalgorithms", "pubkeyacceptedalgorithms"];
const TIMES: &[&str] = &["logingracetime", "clientaliveinterval"];

/// Texts that an `Include` brings; none if nobody can know.
type Include<'f, 'a> = &'f dyn Fn(&str) -> Option<Vec<Text<'a>>>;

#[derive(Default)]
struct Found {
    global: BTreeMap<String, Node>,
    matches: Vec<(Node, BTreeMap<String, Node>, Span)>,
    /// Why keywords that were not set before are not known.
    unknown: Option<Cause>,
}

/// The server's configuration on a host.
pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    const PATH: &str = "/etc/ssh/sshd_config";
    // Some distributions keep the vendor's file apart.
    let Some((_, text)) = facts.first(&[PATH, "/usr/etc/ssh/sshd_config"]) else {
        return Vec::new();
    };
    let include = |pattern: &str| {
        let pattern = if pattern.starts_with('/') {
            pattern.to_owned()
        } else {
            format!("/etc/ssh/{pattern}")
        };
        Some(facts.matching(&pattern).into_iter().map(|(_, text)| text).collect())
    };
    match text {
        Text::Is(file, text) => {
            let mut vendor = Distribution::of(facts).sshd().to_vec();
            vendor.extend(DEFAULTS);
            let mut found = Found::default();
            command_line(facts, &mut found);
            vec![read(text, file, &include, &vendor, found)]
        }
        Text::Unreadable(cause) => vec![facts.unknown("sshd", "sshd", cause)],
        Text::Absent => Vec::new(),
    }
}

/// One file by itself; `partial` ones are included by another that is not here.
pub(crate) fn alone(text: &str, file: FileId, partial: bool) -> Resource {
    let defaults = if partial { &[] } else { DEFAULTS };
    read(text, file, &|_| None, defaults, Found::default())
}

/// RHEL 8 and its like hand the policy for cryptography to the server as options, which count before any
/// file; `CRYPTO_POLICY=` in `/etc/sysconfig/sshd` is how people switch that off.
fn command_line(facts: &Facts<'_>, found: &mut Found) {
    let own = facts.text("/etc/sysconfig/sshd");
    if let Text::Is(file, text) = own
        && said(text, file, &['#']).any(|line| line.text.starts_with("CRYPTO_POLICY="))
    {
        return;
    }
    let policy = facts.text("/etc/crypto-policies/back-ends/opensshserver.config");
    let Text::Is(file, text) = policy else { return };
    for line in said(text, file, &['#']) {
        let Some((_, options)) = line.halves('=').filter(|(key, _)| key.text == "CRYPTO_POLICY")
        else {
            continue;
        };
        let options = options.text.trim_matches(['\'', '"']);
        for option in options.split_whitespace() {
            let Some((key, value)) = option.strip_prefix("-o").and_then(|o| o.split_once('='))
            else {
                continue;
            };
            let value = Word { text: value, span: line.span() };
            set(&key.to_ascii_lowercase(), &[value], line, None, found);
        }
    }
}

fn read(
    text: &str,
    file: FileId,
    include: Include<'_, '_>,
    defaults: &[(&str, &str)],
    mut found: Found,
) -> Resource {
    let mut block = None;
    walk(text, file, include, DEPTH, &mut block, &mut found);
    let mut attrs = Attrs::default();
    let span = Some(whole(file, text));
    let mut said = std::collections::BTreeSet::new();
    for (key, value) in defaults {
        // What a distribution does stands before what OpenSSH does.
        if found.global.contains_key(*key) || !said.insert(*key) {
            continue;
        }
        let node = match &found.unknown {
            Some(cause) => Node::unknown(cause.clone(), None),
            None => scalar(value, None).by_way_of("OpenSSH", None),
        };
        attrs.put(key, node);
    }
    if let Some(cause) = &found.unknown {
        for key in LISTS.iter().chain(MANY).filter(|key| !found.global.contains_key(**key)) {
            attrs.put(key, Node::unknown(cause.clone(), None));
        }
    }
    let own = |settings: BTreeMap<String, Node>| {
        settings.into_iter().map(|(key, node)| {
            let span = node.span;
            Entry::new(key, span, node)
        })
    };
    attrs.0.extend(own(found.global));
    let matches = found.matches.into_iter().map(|(criteria, settings, span)| {
        let mut inner = vec![Entry::new("criteria", None, criteria)];
        inner.extend(own(settings));
        Node::map(inner, Some(span))
    });
    attrs.list("matches", matches.collect(), None);
    resource("sshd", "sshd", attrs.node(span), file)
}

/// `block` is the `Match` that counts, by its index; it ends with the file that begins it.
fn walk(
    text: &str,
    file: FileId,
    include: Include<'_, '_>,
    depth: u32,
    block: &mut Option<usize>,
    found: &mut Found,
) {
    for line in said(text, file, &['#']) {
        let (key, values) = keyword(line);
        match key.text.to_ascii_lowercase().as_str() {
            "include" => {
                for pattern in &values {
                    let texts = depth.checked_sub(1).and_then(|_| include(pattern.text));
                    let Some(texts) = texts else {
                        found.unknown.get_or_insert(Cause::Missing(pattern.text.to_owned()));
                        continue;
                    };
                    for inner in texts {
                        match inner {
                            Text::Is(file, text) => {
                                let mut here = *block;
                                walk(text, file, include, depth - 1, &mut here, found);
                            }
                            Text::Unreadable(cause) => {
                                found.unknown.get_or_insert(cause);
                            }
                            Text::Absent => {}
                        }
                    }
                }
            }
            "match" => {
                let criteria: Vec<&str> = values.iter().map(|word| word.text).collect();
                let is_all = criteria.len() == 1
                    && criteria.first().is_some_and(|word| word.eq_ignore_ascii_case("all"));
                *block = (!is_all).then(|| {
                    let criteria = Node::text(criteria.join(" "), Some(line.span()));
                    found.matches.push((criteria, BTreeMap::new(), line.span()));
                    found.matches.len() - 1
                });
            }
            name => set(name, &values, line, *block, found),
        }
    }
}

fn set(name: &str, values: &[Word<'_>], line: Line<'_>, block: Option<usize>, found: &mut Found) {
    // The old name of the same thing.
    let name = match name {
        "challengeresponseauthentication" | "skeyauthentication" => "kbdinteractiveauthentication",
        "dsaauthentication" | "rsaauthentication" => return,
        name => name,
    };
    if found.unknown.is_some() && block.is_none() && !MANY.contains(&name) {
        // An earlier Include may have set it already.
        return;
    }
    let settings = match block {
        None => &mut found.global,
        Some(at) => match found.matches.get_mut(at) {
            Some((_, settings, _)) => settings,
            None => return,
        },
    };
    let span = Some(line.span());
    if MANY.contains(&name) {
        let mut items: Vec<Node> =
            settings.get(name).map(|node| node.items().to_vec()).unwrap_or_default();
        if name == "subsystem" {
            let command: Vec<&str> = values.iter().map(|word| word.text).collect();
            items.push(Node::text(command.join(" "), span));
        } else {
            items.extend(texts(values.iter().copied()));
        }
        let span = settings.get(name).and_then(|node| node.span).or(span);
        settings.insert(name.to_owned(), Node::list(items, span));
        return;
    }
    if settings.contains_key(name) {
        return;
    }
    let first = values.first().map_or("", |word| word.text);
    let node = if LISTS.contains(&name) {
        // `-x` takes away from what OpenSSH offers; `+x` and `^x` add to it.
        let removed = first.starts_with('-');
        let names = first.trim_start_matches(['+', '^']).split(',').filter(|_| !removed);
        Node::list(names.map(|name| Node::text(name, span)).collect(), span)
    } else if TIMES.contains(&name) {
        seconds(first).map_or_else(|| scalar(first, span), |time| scalar(&time.to_string(), span))
    } else {
        scalar(first, span)
    };
    settings.insert(name.to_owned(), node);
}

/// The keyword of a line and its values: `Key value`, `Key=value`.
fn keyword(line: Line<'_>) -> (Word<'_>, Vec<Word<'_>>) {
    let end = line.text.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(line.text.len());
    let key = Line { text: line.text.get(..end).unwrap_or_default(), ..line }.whole();
    let rest = line.from(end).trimmed();
    let rest = if rest.text.starts_with('=') { rest.from(1).trimmed() } else { rest };
    let mut values = rest.words();
    // A comment after a value.
    if let Some(at) = values.iter().position(|word| word.text.starts_with('#')) {
        values.truncate(at);
    }
    (key, values)
}

/// Seconds of a time such as `2m` or `1h30m`.
fn seconds(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut number = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let factor = match c.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(factor)?)?;
        number.clear();
    }
    if number.is_empty() { Some(total) } else { total.checked_add(number.parse().ok()?) }
}
