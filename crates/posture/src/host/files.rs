//! Owner and mode of the files that baselines ask about: kind `file`, with `path`, `roles`, `kind`
//! (`file`, `directory`, `socket`), `mode` as it is written (`0640`), `uid`, `gid`, `owner`, `group`.

use crate::host::accounts::names;
use crate::host::facts::{Facts, resource};
use crate::host::lines::Attrs;
use crate::host::wanted::ROLES;
use crate::host::wild;
use crate::node::{Node, Value};
use crate::resource::Resource;

pub(crate) fn on_host(facts: &Facts<'_>) -> Vec<Resource> {
    let users = names(facts, "/etc/passwd");
    let groups = names(facts, "/etc/group");
    let mut found = Vec::new();
    for (path, node) in facts.files() {
        let roles = roles(path);
        let kind = node.get("kind").and_then(Node::as_text).unwrap_or("file");
        // A link has no mode of its own: what it leads to is asked about.
        if roles.is_empty() || matches!(kind, "absent" | "link") {
            continue;
        }
        let mut attrs = Attrs::default();
        attrs.text("path", path, None).list("roles", roles, None).text("kind", kind, None);
        for (key, name, known) in [("uid", "owner", &users), ("gid", "group", &groups)] {
            let Some(id) = node.get(key) else { continue };
            attrs.put(key, id.clone());
            let shown = id.as_int().map(|id| known.get(&id).cloned().unwrap_or(id.to_string()));
            if let Some(shown) = shown {
                attrs.text(name, &shown, id.span);
            }
        }
        if let Some(mode) = node.get("mode") {
            attrs.put("mode", mode.clone());
        }
        let span = node.span;
        let mut one = resource("file", &format!("file {path}"), attrs.node(span), facts.document);
        one.span = span;
        found.push(one);
    }
    for path in facts.unreadable_paths() {
        let roles = roles(path);
        if roles.is_empty() || facts.metadata(path).is_some() {
            continue;
        }
        let Some(cause) = facts.unreadable(path) else { continue };
        let mut attrs = Attrs::default();
        attrs.text("path", path, None).list("roles", roles, None);
        for key in ["kind", "mode", "uid", "gid", "owner", "group"] {
            attrs.put(key, Node::unknown(cause.clone(), None));
        }
        found.push(resource("file", &format!("file {path}"), attrs.node(None), facts.document));
    }
    found
}

fn roles(path: &str) -> Vec<Node> {
    let fitting = ROLES.iter().filter(|(pattern, _)| wild::fits(pattern, path));
    fitting.map(|(_, role)| Node::new(Value::Text((*role).into()), None)).collect()
}

/// Whether a mode gives more than another one: `looser("0644", "0600")`.
///
/// Modes are octal as people write them; none if a text is no mode.
pub(crate) fn looser(mode: &str, allowed: &str) -> Option<bool> {
    let read = |text: &str| u32::from_str_radix(text.trim_start_matches("0o"), 8).ok();
    Some(read(mode)? & !read(allowed)? & 0o7777 != 0)
}

#[cfg(test)]
mod tests {
    use super::looser;

    #[test]
    fn a_mode_is_looser_by_any_bit() {
        assert_eq!(looser("0644", "0600"), Some(true));
        assert_eq!(looser("0400", "0600"), Some(false));
        assert_eq!(looser("4755", "0755"), Some(true));
        assert_eq!(looser("rw", "0755"), None);
    }
}
