//! `pam.d(5)`: kind `pam`, one resource per service with its `rules` as PAM goes through them.
//!
//! `include`, `substack` and `@include` are read in place. A rule has `type`, `control`, `module`
//! (without directory and `.so`), `args` and `options` (`deny=5` as a map, a bare word as true).

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, Line, said, scalar, texts};
use crate::node::{Cause, Entry, Node, Value};
use crate::resource::Resource;
use crate::sources::FileId;

/// Stacks inside of stacks.
const DEPTH: u32 = 8;
/// Rules of one service, with everything that is included.
const RULES: usize = 1_000;

/// Earlier directories count for more; SUSE keeps what packages bring below `/usr`.
const DIRECTORIES: [&str; 3] = ["/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d"];

/// Every service of a host.
pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let mut found = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (path, text) in DIRECTORIES.iter().flat_map(|at| facts.matching(&format!("{at}/*"))) {
        let service = path.rsplit('/').next().unwrap_or_default();
        if !seen.insert(service.to_owned()) {
            continue;
        }
        match text {
            Text::Is(file, text) => {
                let include = |name: &str| {
                    let texts = DIRECTORIES.iter().map(|at| facts.text(&format!("{at}/{name}")));
                    // A link out of the way, `system-auth` to a file of authselect, is a text as well.
                    let mut known = texts.filter(|text| !matches!(text, Text::Absent));
                    Some(known.next().unwrap_or(Text::Absent))
                };
                found.push(read(service, text, file, &include));
            }
            Text::Unreadable(cause) => {
                found.push(facts.unknown("pam", &format!("pam {service}"), cause));
            }
            Text::Absent => {}
        }
    }
    found
}

/// One service by itself: what it includes is not known.
pub(crate) fn alone(service: &str, text: &str, file: FileId) -> Resource {
    read(service, text, file, &|_| None)
}

type Include<'f, 'a> = &'f dyn Fn(&str) -> Option<Text<'a>>;

fn read(service: &str, text: &str, file: FileId, include: Include<'_, '_>) -> Resource {
    let mut rules = Vec::new();
    walk(text, file, None, include, DEPTH, &mut rules);
    let mut attrs = Attrs::default();
    attrs.text("service", service, None).list("rules", rules, None);
    resource("pam", &format!("pam {service}"), attrs.node(Some(whole(file, text))), file)
}

/// Rules of one type, or of all.
fn walk(
    text: &str,
    file: FileId,
    only: Option<&str>,
    include: Include<'_, '_>,
    depth: u32,
    rules: &mut Vec<Node>,
) {
    for line in said(text, file, &['#']) {
        if rules.len() >= RULES {
            return rules.push(Node::unknown(Cause::Limit("rules of PAM".to_owned()), None));
        }
        let (kind, rest) = split(line.before('#'));
        if kind.eq_ignore_ascii_case("@include") {
            include_at(rest.text, only, include, depth, rules);
            continue;
        }
        // A dash in front: no complaint if the module is missing.
        let kind = kind.trim_start_matches('-').to_ascii_lowercase();
        if only.is_some_and(|only| only != kind) {
            continue;
        }
        let (control, rest) = if rest.text.starts_with('[') {
            let end = rest.text.find(']').map_or(rest.text.len(), |at| at + 1);
            (rest.text.get(..end).unwrap_or_default(), rest.from(end).trimmed())
        } else {
            split(rest)
        };
        if matches!(control, "include" | "substack") {
            include_at(rest.text, Some(&kind), include, depth, rules);
            continue;
        }
        let mut words = rest.words().into_iter();
        let Some(module) = words.next() else { continue };
        let arguments: Vec<_> = words.collect();
        let name = module.text.rsplit('/').next().unwrap_or_default();
        let options = arguments.iter().map(|word| match word.text.split_once('=') {
            Some((key, value)) => Entry::new(key, None, scalar(value, Some(word.span))),
            None => Entry::new(word.text, None, Node::new(Value::Bool(true), Some(word.span))),
        });
        let span = Some(line.span());
        let mut rule = Attrs::default();
        rule.text("type", &kind, span)
            .text("control", control, span)
            .text("module", name.trim_end_matches(".so"), Some(module.span))
            .put("options", Node::map(options.collect(), span))
            .list("args", texts(arguments.iter().copied()), span);
        rules.push(rule.node(span));
    }
}

fn include_at(
    name: &str,
    only: Option<&str>,
    include: Include<'_, '_>,
    depth: u32,
    rules: &mut Vec<Node>,
) {
    let name = name.trim();
    let unknown = |cause| Node::unknown(cause, None);
    let Some(depth) = depth.checked_sub(1) else {
        return rules.push(unknown(Cause::Limit(format!("stack {name}"))));
    };
    match include(name) {
        Some(Text::Is(file, text)) => walk(text, file, only, include, depth, rules),
        Some(Text::Unreadable(cause)) => rules.push(unknown(cause)),
        Some(Text::Absent) | None => rules.push(unknown(Cause::Missing(name.to_owned()))),
    }
}

fn split(line: Line<'_>) -> (&str, Line<'_>) {
    let end = line.text.find(char::is_whitespace).unwrap_or(line.text.len());
    (line.text.get(..end).unwrap_or_default(), line.from(end).trimmed())
}

/// Rules that use a module, in the services through which people come in or change passwords.
pub(crate) fn using<'r>(services: &'r [Resource], module: &str) -> Vec<&'r Node> {
    const PEOPLE: [&str; 7] = [
        "passwd",
        "login",
        "sshd",
        "system-auth",
        "password-auth",
        "common-password",
        "common-auth",
    ];
    let of_people = services.iter().filter(|service| {
        let name = service.attrs.get("service").and_then(Node::as_text);
        name.is_some_and(|name| PEOPLE.contains(&name))
    });
    let rules = of_people.flat_map(|s| s.attrs.get("rules").map(Node::items).unwrap_or_default());
    rules.filter(|rule| rule.get("module").and_then(Node::as_text) == Some(module)).collect()
}
