//! `systemd.unit(5)`: kind `unit`, one per unit that is installed.
//!
//! `name`, `enabled` (something wants it at boot), `masked`, and the sections in lower case with their
//! settings: `service.User`. Drop-ins are merged in. Of a setting that is written more than once the
//! last counts, save those that make a list (`ExecStart`, `Environment`…): an empty value begins it anew.

use std::collections::{BTreeMap, BTreeSet};

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, lines, scalar};
use crate::node::{Entry, Node, Value};
use crate::resource::Resource;
use crate::sources::{FileId, Span};

/// Directories with units; the first with a name counts.
pub(crate) const DIRECTORIES: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];
/// Bytes of one setting, with the lines that go on.
const SETTING: usize = 64 << 10;

type Sections = BTreeMap<String, BTreeMap<String, Node>>;

pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for (path, _) in facts.files() {
        let inside = DIRECTORIES.iter().find_map(|at| path.strip_prefix(at)?.strip_prefix('/'));
        if let Some(name) = inside
            && !name.contains('/')
            && is_unit(name)
        {
            names.insert(name.to_owned());
        }
    }
    let wanted = wanted(facts);
    names.iter().filter_map(|name| unit(facts, name, &wanted)).collect()
}

/// One unit by itself: nobody can know whether it is enabled.
pub(crate) fn alone(name: &str, text: &str, file: FileId) -> Resource {
    let mut sections = Sections::default();
    read(text, file, &mut sections);
    let mut attrs = Attrs::default();
    attrs.text("name", name, None);
    made(attrs, sections, name, Some(whole(file, text)), file)
}

pub(crate) fn is_unit(name: &str) -> bool {
    [".service", ".socket", ".timer"].iter().any(|ending| name.ends_with(ending))
}

/// Names that something wants at boot: links in `*.wants` and `*.requires`.
fn wanted(facts: &Facts<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, _) in facts.files() {
        let Some((directory, name)) = path.rsplit_once('/') else { continue };
        let is_unit_directory = DIRECTORIES.iter().any(|at| directory.starts_with(at));
        let ending = directory.rsplit('.').next();
        if is_unit_directory && matches!(ending, Some("wants" | "requires")) {
            found.insert(name.to_owned());
        }
    }
    found
}

fn unit(facts: &Facts<'_>, name: &str, wanted: &BTreeSet<String>) -> Option<Resource> {
    let path = DIRECTORIES
        .iter()
        .map(|at| format!("{at}/{name}"))
        .find(|path| facts.metadata(path).is_some())?;
    let metadata = facts.metadata(&path)?;
    let target = metadata.get("to").and_then(Node::as_text).unwrap_or_default();
    let masked = target == "/dev/null";
    let mut sections = Sections::default();
    let (mut file, mut span) = (facts.document, None);
    match facts.text(&path) {
        Text::Is(id, text) => {
            (file, span) = (id, Some(whole(id, text)));
            read(text, id, &mut sections);
        }
        Text::Unreadable(cause) => {
            return Some(facts.unknown("unit", &format!("unit {name}"), cause));
        }
        Text::Absent => {}
    }
    for directory in DIRECTORIES.iter().rev() {
        for (_, text) in facts.matching(&format!("{directory}/{name}.d/*.conf")) {
            if let Text::Is(id, text) = text {
                read(text, id, &mut sections);
            }
        }
    }
    let by_alias = facts.matching(&format!("/etc/systemd/system/{name}"));
    let enabled = wanted.contains(name)
        // A unit for several instances is enabled by any of them.
        || name.split_once('@').is_some_and(|(stem, _)| {
            wanted.iter().any(|known| known.starts_with(&format!("{stem}@")))
        })
        || (!target.is_empty() && !masked && !by_alias.is_empty());
    let mut attrs = Attrs::default();
    attrs
        .text("name", name, span)
        .flag("enabled", enabled && !masked, span)
        .flag("masked", masked, span);
    Some(made(attrs, sections, name, span, file))
}

fn made(
    mut attrs: Attrs,
    sections: Sections,
    name: &str,
    span: Option<Span>,
    file: FileId,
) -> Resource {
    for (section, settings) in sections {
        let entries = settings.into_iter().map(|(key, node)| Entry::new(key, node.span, node));
        attrs.put(&section.to_ascii_lowercase(), Node::map(entries.collect(), None));
    }
    resource("unit", &format!("unit {name}"), attrs.node(span), file)
}

/// Settings whose lines make a list.
fn is_list(key: &str) -> bool {
    key.starts_with("Exec")
        || key.starts_with("Listen")
        || matches!(
            key,
            "Environment"
                | "EnvironmentFile"
                | "Wants"
                | "Requires"
                | "After"
                | "Before"
                | "ReadWritePaths"
                | "SystemCallFilter"
        )
}

fn read(text: &str, file: FileId, sections: &mut Sections) {
    let mut section = String::new();
    let mut open: Option<(String, Span)> = None;
    for line in lines(text, file) {
        let line = line.trimmed();
        let (whole, span) = match open.take() {
            Some((before, span)) => (format!("{before} {}", line.text), span.to(line.span())),
            None if line.text.starts_with(['#', ';']) => continue,
            None => (line.text.to_owned(), line.span()),
        };
        if let Some(part) = whole.strip_suffix('\\').filter(|_| whole.len() < SETTING) {
            open = Some((part.trim_end().to_owned(), span));
            continue;
        }
        if let Some(name) = whole.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, value)) = whole.split_once('=') {
            let settings = sections.entry(section.clone()).or_default();
            put(settings, key.trim(), value.trim(), span);
        }
    }
}

fn put(settings: &mut BTreeMap<String, Node>, key: &str, value: &str, span: Span) {
    if !is_list(key) {
        settings.insert(key.to_owned(), scalar(value, Some(span)));
        return;
    }
    let slot = settings.entry(key.to_owned()).or_insert_with(|| Node::list(Vec::new(), Some(span)));
    let mut items = slot.items().to_vec();
    if value.is_empty() {
        items.clear();
    } else {
        items.push(Node::new(Value::Text(value.into()), Some(span)));
    }
    *slot = Node::list(items, Some(span));
}

/// The words a unit starts its program with, the last `ExecStart` of it.
pub(crate) fn command(unit: &Resource) -> Vec<String> {
    let commands = unit.attrs.at(&["service", "ExecStart"]).map(Node::items).unwrap_or_default();
    let last = commands.last().and_then(Node::as_text).unwrap_or_default();
    // Marks in front of the program say how it is started.
    let last = last.trim_start_matches(['-', '@', '+', '!', ':']);
    last.split_whitespace().map(|word| word.trim_matches(['"', '\'']).to_owned()).collect()
}
