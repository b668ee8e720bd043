//! `auditctl(8)`, `audit.rules(7)`: kind `audit` with all `rules`.
//!
//! A rule has `watch` (a path, from `-w` or from `-F path=` and `-F dir=`), `perms`, `syscalls`,
//! `fields` (`arch=b64`), `key` and `text`. `immutable` is whether the last word is `-e 2`.

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, Line, said};
use crate::node::{Cause, Node};
use crate::resource::Resource;
use crate::sources::{FileId, Span};

pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let mut found = Found::default();
    let mut first = None;
    for pattern in ["/etc/audit/rules.d/*.rules", "/etc/audit/audit.rules"] {
        for (_, text) in facts.matching(pattern) {
            match text {
                Text::Is(file, text) => {
                    first = first.or(Some((file, whole(file, text))));
                    found.add(text, file);
                }
                Text::Unreadable(cause) => found.unknown = Some(cause),
                Text::Absent => {}
            }
        }
    }
    match (first, &found.unknown) {
        (Some((file, span)), _) => vec![found.resource(span, file)],
        (None, Some(cause)) => vec![facts.unknown("audit", "audit", cause.clone())],
        (None, None) => Vec::new(),
    }
}

/// One file by itself.
pub(crate) fn alone(text: &str, file: FileId) -> Resource {
    let mut found = Found::default();
    found.add(text, file);
    found.resource(whole(file, text), file)
}

#[derive(Default)]
struct Found {
    rules: Vec<Node>,
    immutable: bool,
    unknown: Option<Cause>,
}

impl Found {
    fn add(&mut self, text: &str, file: FileId) {
        for line in said(text, file, &['#']) {
            let words: Vec<&str> = line.words().iter().map(|word| word.text).collect();
            if let ["-e", value] = words.as_slice() {
                self.immutable = *value == "2";
            } else if words.iter().any(|word| matches!(*word, "-w" | "-a" | "-A")) {
                self.rules.push(rule(line, &words));
            }
        }
    }

    fn resource(mut self, span: Span, file: FileId) -> Resource {
        if let Some(cause) = self.unknown {
            self.rules.push(Node::unknown(cause, None));
        }
        let mut attrs = Attrs::default();
        attrs.list("rules", self.rules, Some(span)).flag("immutable", self.immutable, Some(span));
        resource("audit", "audit", attrs.node(Some(span)), file)
    }
}

fn rule(line: Line<'_>, words: &[&str]) -> Node {
    let span = Some(line.span());
    let mut attrs = Attrs::default();
    let (mut syscalls, mut fields) = (Vec::new(), Vec::new());
    for pair in words.windows(2) {
        let [option, value] = pair else { continue };
        match *option {
            "-w" => drop(attrs.text("watch", value.trim_end_matches('/'), span)),
            "-p" => drop(attrs.text("perms", value, span)),
            "-k" => drop(attrs.text("key", value, span)),
            "-S" => syscalls.extend(value.split(',').map(|name| Node::text(name, span))),
            "-F" => {
                match value.split_once('=') {
                    Some(("path" | "dir", path)) => {
                        attrs.text("watch", path.trim_end_matches('/'), span);
                    }
                    Some(("perm", perms)) => drop(attrs.text("perms", perms, span)),
                    Some(("key", key)) => drop(attrs.text("key", key, span)),
                    _ => {}
                }
                fields.push(Node::text(*value, span));
            }
            _ => {}
        }
    }
    attrs
        .list("syscalls", syscalls, span)
        .list("fields", fields, span)
        .text("text", line.text, span);
    attrs.node(span)
}
