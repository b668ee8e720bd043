//! `sudoers(5)`: kind `sudoers`, with `defaults` by name and `rules`.
//!
//! A rule has `who`, `hosts`, `runas`, `commands`, `nopasswd`, `text`. Aliases are left as they are
//! written. `Defaults` for single users or commands are left out of `defaults`.

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, Line, lines, scalar};
use crate::node::{Cause, Entry, Node, Value};
use crate::resource::Resource;
use crate::sources::{FileId, Span};

/// Files included by files that are included.
const DEPTH: u32 = 8;
/// Bytes of one rule, with the lines that go on.
const RULE: usize = 64 << 10;

pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let Some((_, text)) = facts.first(&["/etc/sudoers", "/usr/etc/sudoers"]) else {
        return Vec::new();
    };
    match text {
        Text::Is(file, text) => {
            let include = |path: &str, is_directory: bool| {
                let path =
                    if path.starts_with('/') { path.to_owned() } else { format!("/etc/{path}") };
                let pattern = if is_directory { format!("{path}/*") } else { path };
                // sudo passes over names with a dot or a tilde at their end.
                let counts = |path: &&str| {
                    let name = path.rsplit('/').next().unwrap_or_default();
                    !is_directory || !(name.contains('.') || name.ends_with('~'))
                };
                let found = facts.matching(&pattern).into_iter();
                Some(found.filter(|(path, _)| counts(path)).map(|(_, text)| text).collect())
            };
            vec![read(text, file, &include)]
        }
        Text::Unreadable(cause) => vec![facts.unknown("sudoers", "sudoers", cause)],
        Text::Absent => Vec::new(),
    }
}

/// One file by itself.
pub(crate) fn alone(text: &str, file: FileId) -> Resource {
    read(text, file, &|_, _| None)
}

type Include<'f, 'a> = &'f dyn Fn(&str, bool) -> Option<Vec<Text<'a>>>;

#[derive(Default)]
struct Found {
    defaults: Vec<Entry>,
    rules: Vec<Node>,
    unknown: Option<Cause>,
}

fn read(text: &str, file: FileId, include: Include<'_, '_>) -> Resource {
    let mut found = Found::default();
    walk(text, file, include, DEPTH, &mut found);
    if let Some(cause) = found.unknown {
        found.rules.push(Node::unknown(cause, None));
    }
    let mut attrs = Attrs::default();
    attrs.put("defaults", Node::map(found.defaults, None)).list("rules", found.rules, None);
    resource("sudoers", "sudoers", attrs.node(Some(whole(file, text))), file)
}

fn walk(text: &str, file: FileId, include: Include<'_, '_>, depth: u32, found: &mut Found) {
    for (text, span) in logical(text, file) {
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        let directive = first.strip_prefix(['@', '#']).unwrap_or_default();
        if matches!(directive, "include" | "includedir") {
            let path = words.next().unwrap_or_default().trim_matches('"');
            let texts =
                depth.checked_sub(1).and_then(|_| include(path, directive.ends_with("dir")));
            let Some(texts) = texts else {
                found.unknown.get_or_insert(Cause::Missing(path.to_owned()));
                continue;
            };
            for text in texts {
                match text {
                    Text::Is(file, text) => walk(text, file, include, depth - 1, found),
                    Text::Unreadable(cause) => drop(found.unknown.get_or_insert(cause)),
                    Text::Absent => {}
                }
            }
        } else if first == "Defaults" {
            let rest = text.get(first.len()..).unwrap_or_default();
            for setting in rest.split(',').map(str::trim).filter(|setting| !setting.is_empty()) {
                found.defaults.push(default(setting, span));
            }
        } else if !first.starts_with('#')
            && !first.starts_with("Defaults")
            && !first.ends_with("_Alias")
        {
            found.rules.extend(rule(&text, span));
        }
    }
}

fn default(setting: &str, span: Span) -> Entry {
    let (key, node) = if let Some((key, value)) = setting.split_once('=') {
        let key = key.trim().trim_end_matches(['+', '-']);
        (key.trim(), scalar(value.trim().trim_matches('"'), Some(span)))
    } else {
        let name = setting.trim_start_matches('!');
        (name.trim(), Node::new(Value::Bool(!setting.starts_with('!')), Some(span)))
    };
    Entry::new(key, Some(span), node)
}

/// `who hosts = (runas) TAG: commands`.
fn rule(text: &str, span: Span) -> Option<Node> {
    let (left, right) = text.split_once('=')?;
    let mut left = left.split_whitespace();
    let (who, hosts) = (left.next()?, left.next().unwrap_or("ALL"));
    let right = right.trim();
    let (runas, commands) = match right.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((runas, rest)) => (runas.trim(), rest.trim()),
        None => ("root", right),
    };
    let nopasswd = commands.contains("NOPASSWD:");
    let commands = commands.split(',').map(|command| {
        // Tags stand in front of a command: `NOEXEC: NOPASSWD: /bin/x`.
        let mut command = command.trim();
        while let Some((tag, rest)) = command.split_once(':') {
            if tag.is_empty() || !tag.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') {
                break;
            }
            command = rest.trim();
        }
        Node::text(command, Some(span))
    });
    let commands = commands.collect();
    let mut rule = Attrs::default();
    rule.text("name", who, Some(span))
        .text("who", who, Some(span))
        .text("hosts", hosts, Some(span))
        .text("runas", runas, Some(span))
        .flag("nopasswd", nopasswd, Some(span))
        .text("text", text, Some(span))
        .list("commands", commands, Some(span));
    Some(rule.node(Some(span)))
}

/// Lines put together where one ends in a backslash, without comments.
fn logical(text: &str, file: FileId) -> Vec<(String, Span)> {
    let mut found: Vec<(String, Span)> = Vec::new();
    let mut open: Option<(String, Span)> = None;
    for line in lines(text, file).map(Line::trimmed) {
        let goes_on = line.text.ends_with('\\');
        let part = line.text.trim_end_matches('\\');
        let (mut whole, span) = match open.take() {
            Some((whole, span)) => (whole + " " + part, span.to(line.span())),
            None => (part.to_owned(), line.span()),
        };
        if goes_on && whole.len() < RULE {
            open = Some((whole, span));
            continue;
        }
        let is_include = whole.starts_with("#include");
        // `#` followed by a number is a user.
        if !is_include && let Some(at) = whole.find('#') {
            let is_uid =
                whole.get(at + 1..).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
            if !is_uid {
                whole.truncate(at);
            }
        }
        if !whole.trim().is_empty() {
            found.push((whole.trim().to_owned(), span));
        }
    }
    found.extend(open);
    found
}
