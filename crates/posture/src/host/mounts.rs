//! `fstab(5)` and `/proc/mounts`: kind `mount`, one per mount point.
//!
//! On a running host what is mounted counts, and the line of fstab is its place; else fstab alone, with
//! the mount units of systemd.

use std::collections::BTreeMap;

use crate::host::facts::{Facts, Text, resource};
use crate::host::lines::{Attrs, Line, Word, said};
use crate::node::Node;
use crate::resource::Resource;
use crate::sources::{FileId, Span};

/// Mount points of one host.
const MOUNTS: usize = 10_000;

pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let mut found: BTreeMap<String, Resource> = BTreeMap::new();
    if let Text::Is(file, text) = facts.text("/etc/fstab") {
        found.extend(table(text, file, None));
    }
    let units = facts.matching("/etc/systemd/system/*.mount");
    for (_, text) in units {
        if let Text::Is(file, text) = text
            && let Some((point, resource)) = unit(text, file)
        {
            found.entry(point).or_insert(resource);
        }
    }
    if let Text::Is(file, text) = facts.text("/proc/mounts") {
        let written: BTreeMap<String, Option<Span>> =
            found.iter().map(|(point, resource)| (point.clone(), resource.span)).collect();
        found = table(text, file, Some(&written));
    }
    found.into_values().collect()
}

/// One fstab by itself.
pub(crate) fn alone(text: &str, file: FileId) -> Vec<Resource> {
    table(text, file, None).into_values().collect()
}

/// Of several mounts on the same point the last is on top.
fn table(
    text: &str,
    file: FileId,
    written: Option<&BTreeMap<String, Option<Span>>>,
) -> BTreeMap<String, Resource> {
    let mut found = BTreeMap::new();
    for line in said(text, file, &['#']).take(MOUNTS) {
        let words = line.words();
        let [device, point, kind, options, ..] = words.as_slice() else { continue };
        let point = unescaped(point.text);
        let span = written.and_then(|written| written.get(&point).copied().flatten());
        let span = span.or(Some(line.span()));
        found.insert(point.clone(), mount(&point, device.text, kind.text, *options, span, file));
    }
    found
}

fn mount(
    point: &str,
    device: &str,
    kind: &str,
    options: Word<'_>,
    span: Option<Span>,
    file: FileId,
) -> Resource {
    let mut attrs = Attrs::default();
    let list = options.text.split(',').map(|option| Node::text(option, span)).collect();
    attrs
        .text("point", point, span)
        .text("device", device, span)
        .text("type", kind, span)
        .list("options", list, span);
    resource("mount", &format!("mount {point}"), attrs.node(span), file)
}

/// `Where=`, `What=`, `Type=` and `Options=` of a mount unit.
fn unit(text: &str, file: FileId) -> Option<(String, Resource)> {
    let pairs: Vec<(Line<'_>, Word<'_>, Word<'_>)> = said(text, file, &['#', ';', '['])
        .filter_map(|line| line.halves('=').map(|(key, value)| (line, key, value)))
        .collect();
    let value = |name: &str| pairs.iter().rev().find(|(_, key, _)| key.text == name);
    let (line, _, point) = value("Where")?;
    let text = |name: &str| value(name).map_or("", |(_, _, value)| value.text);
    let options = value("Options");
    let span = Some(options.map_or(line.span(), |(line, ..)| line.span()));
    let options = options.map_or(Word { text: "defaults", span: line.span() }, |(_, _, v)| *v);
    let resource = mount(point.text, text("What"), text("Type"), options, span, file);
    Some((point.text.to_owned(), resource))
}

/// White space and backslashes are written as `\040`.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}
