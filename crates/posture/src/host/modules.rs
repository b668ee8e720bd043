//! `modprobe.d(5)` and `/proc/modules`: kind `modules`, with `disabled` (its `install` does nothing),
//! `blacklisted`, `loaded`, and `asked`: modules that baselines ask about, each with `name`, whether it is
//! `off`, and whether it is `loaded`.

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, said};
use crate::node::Node;
use crate::resource::Resource;
use crate::sources::FileId;

/// Modules that hardly any host needs.
const ASKED: [&str; 12] = [
    "cramfs",
    "freevxfs",
    "hfs",
    "hfsplus",
    "jffs2",
    "udf",
    "usb_storage",
    "dccp",
    "sctp",
    "rds",
    "tipc",
    "squashfs",
];

pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let mut found = Found::default();
    let directories =
        ["/etc/modprobe.d", "/run/modprobe.d", "/usr/lib/modprobe.d", "/lib/modprobe.d"];
    let mut is_there = false;
    for text in directories.iter().flat_map(|at| facts.matching(&format!("{at}/*.conf"))) {
        match text {
            (_, Text::Is(file, text)) => {
                is_there = true;
                found.add(text, file);
            }
            (_, Text::Unreadable(cause)) => {
                return vec![facts.unknown("modules", "modules", cause)];
            }
            (_, Text::Absent) => {}
        }
    }
    if !is_there && !facts.live {
        // A tree without any of this, such as an unpacked image, has no kernel of its own.
        return Vec::new();
    }
    if let Text::Is(file, text) = facts.text("/proc/modules") {
        let words = said(text, file, &[]).filter_map(|line| line.words().into_iter().next());
        found.loaded = words.map(|word| Node::text(word.text, None)).collect();
    }
    vec![found.resource(facts.root.span, facts.document)]
}

/// One file by itself.
pub(crate) fn alone(text: &str, file: FileId) -> Resource {
    let mut found = Found::default();
    found.add(text, file);
    found.resource(Some(whole(file, text)), file)
}

#[derive(Default)]
struct Found {
    disabled: Vec<Node>,
    blacklisted: Vec<Node>,
    loaded: Vec<Node>,
}

impl Found {
    fn add(&mut self, text: &str, file: FileId) {
        for line in said(text, file, &['#']) {
            let words = line.words();
            let module = |at: usize| words.get(at).map(|word| word.text.replace('-', "_"));
            match words.first().map(|word| word.text) {
                Some("blacklist") => {
                    let node = module(1).map(|name| Node::text(name, Some(line.span())));
                    self.blacklisted.extend(node);
                }
                Some("install") => {
                    let program = words.get(2).map_or("", |word| word.text);
                    let name = program.rsplit('/').next().unwrap_or_default();
                    if matches!(name, "true" | "false") {
                        let node = module(1).map(|name| Node::text(name, Some(line.span())));
                        self.disabled.extend(node);
                    }
                }
                _ => {}
            }
        }
    }

    fn resource(self, span: Option<crate::sources::Span>, file: FileId) -> Resource {
        let holds = |list: &[Node], name: &str| list.iter().any(|n| n.as_text() == Some(name));
        let asked = ASKED.iter().map(|name| {
            let mut one = Attrs::default();
            let off = holds(&self.disabled, name) || holds(&self.blacklisted, name);
            one.text("name", name, None).flag("off", off, None).flag(
                "loaded",
                holds(&self.loaded, name),
                None,
            );
            one.node(None)
        });
        let asked = asked.collect();
        let mut attrs = Attrs::default();
        attrs.list("asked", asked, span);
        attrs
            .list("disabled", self.disabled, span)
            .list("blacklisted", self.blacklisted, span)
            .list("loaded", self.loaded, span);
        resource("modules", "modules", attrs.node(span), file)
    }
}
