//! What a walk over all files found: kind `walk`, with `entries` and `files`. Each of these has `path`,
//! `kind`, `mode`, `uid`, `gid`, `owner`, `group`, and what stands out: `everybody_writes`, `carries_rights`
//! (setuid or setgid), `known` (a distribution ships it so), `nobodys`, `open_dot_file`.
//!
//! Where the walk could not look, the list has an element that is not known.

use serde::Deserialize;

use crate::host::accounts::names;
use crate::host::facts::{Facts, Text, resource};
use crate::host::lines::Attrs;
use crate::host::standing::Known;
use crate::host::wild;
use crate::node::{Cause, Node};
use crate::resource::Resource;

const PROGRAMS: &str = include_str!("../../../../rules/baseline/setuid-programs.toml");
/// Places that could not be looked at that checks are told of; all are listed with the host.
const MISSED: usize = 3;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Programs {
    paths: Vec<String>,
}

/// The resource of a snapshot; of one without a walk, everything is unknown.
pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let Some(walk) = facts.root.get("walk") else {
        let cause = Cause::Missing("a walk over all files".to_owned());
        return vec![facts.unknown("walk", "walk", cause)];
    };
    let text = |path: &str| match facts.text(path) {
        Text::Is(_, text) => text,
        Text::Absent | Text::Unreadable(_) => "",
    };
    let known = Known::of(text("/etc/passwd"), text("/etc/group"), text("/etc/subuid"), "");
    let programs: Programs = toml::from_str(PROGRAMS).unwrap_or_default();
    let (users, groups) = (names(facts, "/etc/passwd"), names(facts, "/etc/group"));
    let mut files: Vec<Node> = Vec::new();
    for node in walk.get("files").map(Node::items).unwrap_or_default() {
        let field = |key: &str| node.get(key).and_then(Node::as_text).unwrap_or_default();
        let number = |key: &str| node.get(key).and_then(Node::as_int).unwrap_or_default();
        let (path, kind) = (field("path"), field("kind"));
        let Ok(mode) = u32::from_str_radix(field("mode"), 8) else { continue };
        let ids = (number("uid"), number("gid"));
        let (Ok(uid), Ok(gid)) = (u32::try_from(ids.0), u32::try_from(ids.1)) else { continue };
        let stands = known.standing(path, kind == "file", mode, (uid, gid));
        let name = |names: &std::collections::BTreeMap<i64, String>, id: i64| {
            names.get(&id).cloned().unwrap_or_else(|| id.to_string())
        };
        let mut attrs = Attrs::default();
        attrs
            .text("path", path, node.span)
            .text("kind", kind, node.span)
            .text("mode", field("mode"), node.span)
            .int("uid", ids.0, node.span)
            .int("gid", ids.1, node.span)
            .text("owner", &name(&users, ids.0), node.span)
            .text("group", &name(&groups, ids.1), node.span)
            .flag("everybody_writes", stands.everybody_writes, node.span)
            .flag("carries_rights", stands.carries_rights, node.span)
            .flag("known", is_known(path, &programs), node.span)
            .flag("nobodys", stands.nobodys, node.span)
            .flag("open_dot_file", stands.open_dot_file, node.span);
        files.push(attrs.node(node.span));
    }
    for node in walk.get("missed").map(Node::items).unwrap_or_default().iter().take(MISSED) {
        let field =
            |key: &str| node.get(key).and_then(Node::as_text).unwrap_or_default().to_owned();
        files.push(Node::unknown(Cause::Unreadable(field("path"), field("why")), node.span));
    }
    let mut attrs = Attrs::default();
    let entries = walk.get("entries").and_then(Node::as_int).unwrap_or_default();
    attrs.int("entries", entries, walk.span).list("files", files, walk.span);
    vec![resource("walk", "walk", attrs.node(walk.span), facts.document)]
}

/// Whether a distribution ships a program with such a bit. On most of them `/bin` is `/usr/bin`.
fn is_known(path: &str, programs: &Programs) -> bool {
    let below_usr = ["/bin/", "/sbin/", "/lib/", "/lib64/"].iter().any(|at| path.starts_with(at));
    let path = if below_usr { format!("/usr{path}") } else { path.to_owned() };
    programs
        .paths
        .iter()
        .any(|known| *known == path || (wild::is_pattern(known) && wild::fits(known, &path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_programs_is_read_and_paths_are_as_distributions_have_them() {
        let programs: Programs = toml::from_str(PROGRAMS).unwrap();
        assert!(programs.paths.len() > 50);
        for path in ["/bin/su", "/usr/bin/sudo", "/usr/lib/x86_64-linux-gnu/utempter/utempter"] {
            assert!(is_known(path, &programs), "{path}");
        }
        for path in ["/usr/local/bin/sudo", "/tmp/su", "/usr/bin/bash", "/home/bin/su"] {
            assert!(!is_known(path, &programs), "{path}");
        }
    }
}
