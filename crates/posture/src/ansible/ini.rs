//! `ansible.cfg` and inventories in the form of INI.

use crate::node::{Entry, Node};
use crate::resource::Resource;
use crate::secret_names;
use crate::sources::{FileId, Span};

use super::{resource, task};

/// Lines of one file.
const LINES: usize = 100_000;

/// Whether a file may be one of these, by its path; the name is in lower case.
pub(crate) fn wants(path: &str, name: &str) -> bool {
    is_config(name) || is_inventory(path, name)
}

/// `ANSIBLE_CONFIG` may name any file; what is in it tells then.
fn is_config(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ending == "cfg")
}

/// Settings that stand in `[defaults]` and in no other tool's.
const SETTINGS: [&str; 14] = [
    "action_plugins",
    "action_warnings",
    "ask_vault_pass",
    "become_plugins",
    "callbacks_enabled",
    "collections_path",
    "forks",
    "gathering",
    "host_key_checking",
    "inventory",
    "no_log",
    "remote_user",
    "roles_path",
    "vault_password_file",
];

fn is_inventory(path: &str, name: &str) -> bool {
    let is_named = matches!(name, "hosts" | "hosts.ini" | "inventory" | "inventory.ini");
    let is_inside =
        path.split('/').rev().skip(1).any(|part| matches!(part, "inventory" | "inventories"));
    (is_named && !path.starts_with("etc/") && !path.contains("/etc/"))
        || is_inside && name.rsplit_once('.').is_some_and(|(_, ending)| ending == "ini")
}

/// The resource of a file; `None` if it is none of Ansible after all.
pub(super) fn resource_of(path: &str, text: &str, file: FileId) -> Option<Resource> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let whole = Some(Span::new(file, 0, text.trim_end().len()));
    if is_config(&name) {
        let attrs = sections(text, file);
        let has = |key: &&str| attrs.at(&["defaults", key]).is_some();
        if !matches!(&*name, "ansible.cfg" | ".ansible.cfg") && !SETTINGS.iter().any(has) {
            return None;
        }
        return Some(resource("config", "config".to_owned(), attrs, file, whole));
    }
    // The hosts of an operating system begin with addresses and have no groups.
    let is_ours =
        text.lines().any(|line| line.trim_start().starts_with('[')) || text.contains("ansible_");
    is_ours.then(|| {
        let attrs = inventory(text, file);
        resource("inventory", "inventory".to_owned(), attrs, file, whole)
    })
}

/// Lines with the places they begin at, without their ends.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').take(LINES).map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end())
    })
}

fn sections(text: &str, file: FileId) -> Node {
    let whole = Some(Span::new(file, 0, text.trim_end().len()));
    let mut sections: Vec<Entry> = Vec::new();
    let mut open: Option<(String, Span, Vec<Entry>)> = None;
    let close = |open: Option<(String, Span, Vec<Entry>)>, sections: &mut Vec<Entry>| {
        if let Some((name, span, entries)) = open {
            sections.push(Entry::new(name.as_str(), Some(span), Node::map(entries, Some(span))));
        }
    };
    for (start, line) in lines(text) {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let at = start + (line.len() - trimmed.len());
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            close(open.take(), &mut sections);
            let span = Span::new(file, at, at + trimmed.len());
            open = Some((name.trim().to_owned(), span, Vec::new()));
        } else if let (Some((key, value)), Some((_, _, entries))) =
            (trimmed.split_once('='), open.as_mut())
        {
            let span = Span::new(file, at, at + trimmed.len());
            let value = value.split(" ;").next().unwrap_or(value).trim();
            let node = Node::new(task::worded(value), Some(span));
            entries.push(Entry::new(key.trim(), Some(span), node));
        }
    }
    close(open, &mut sections);
    Node::map(sections, whole)
}

/// Hosts and groups, each with `name` and `vars`; hosts with their `group`, and `children` with theirs.
fn inventory(text: &str, file: FileId) -> Node {
    let whole = Some(Span::new(file, 0, text.trim_end().len()));
    let (mut hosts, mut groups, mut secrets) = (Vec::new(), Vec::new(), Vec::new());
    let mut children = Vec::new();
    let mut section = String::new();
    for (start, line) in lines(text) {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let at = start + (line.len() - trimmed.len());
        let span = Some(Span::new(file, at, at + trimmed.len()));
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            name.trim().clone_into(&mut section);
            continue;
        }
        let (name, vars) = match section.strip_suffix(":vars") {
            Some(group) => {
                let Some((key, value)) = trimmed.split_once('=') else { continue };
                let value = Node::new(task::worded(unquoted(value.trim())), span);
                (group.to_owned(), vec![Entry::new(key.trim(), span, value)])
            }
            None if section.ends_with(":children") => {
                let entries = vec![
                    Entry::new("name", span, Node::text(unsuffixed(&section), span)),
                    Entry::new("child", span, Node::text(return_host(trimmed), span)),
                ];
                children.push(Node::map(entries, span));
                continue;
            }
            None => {
                let mut words = task::pairs(trimmed);
                let host = if words.is_empty() { return_host(trimmed) } else { words.remove(0).0 };
                let vars = words.into_iter().filter_map(|(key, value)| {
                    let value = Node::new(task::worded(&value?), span);
                    Some(Entry::new(key.as_str(), span, value))
                });
                (host, vars.collect())
            }
        };
        let vars = Node::map(vars, span);
        secrets.extend(secret_names::among(&vars).items().iter().cloned());
        let entries = vec![
            Entry::new("name", span, Node::text(name.as_str(), span)),
            Entry::new("vars", span, vars),
            Entry::new("group", span, Node::text(unsuffixed(&section), span)),
        ];
        let list = if section.ends_with(":vars") { &mut groups } else { &mut hosts };
        list.push(Node::map(entries, span));
    }
    secrets.retain(|one: &Node| {
        !one.get("value").and_then(Node::as_text).unwrap_or_default().contains("{{")
    });
    let list = |key: &'static str, items| Entry::new(key, None, Node::list(items, whole));
    let entries = vec![
        list("hosts", hosts),
        list("groups", groups),
        list("children", children),
        list("secrets", secrets),
    ];
    Node::map(entries, whole)
}

/// The group that a section is about.
fn unsuffixed(section: &str) -> &str {
    section.split(':').next().unwrap_or(section)
}

fn return_host(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_owned()
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Value;
    use crate::sources::Sources;

    #[test]
    fn settings_stand_by_section_at_their_lines() {
        let text =
            "# c\n[defaults]\nhost_key_checking = False ; why\n\n[ssh_connection]\nretries=3\nx\n";
        let mut sources = Sources::default();
        let file = sources.add("ansible.cfg", text);
        let attrs = resource_of("ansible.cfg", text, file).expect("is one").attrs;
        let checking = attrs.at(&["defaults", "host_key_checking"]).expect("is there");
        assert_eq!(checking.as_bool(), Some(false));
        assert_eq!(
            sources.lines(checking.span.expect("has a place")).expect("in the file").line,
            3
        );
        let retries = attrs.at(&["ssh_connection", "retries"]);
        assert!(matches!(retries.map(|node| &node.value), Some(Value::Int(3))));
    }

    #[test]
    fn hosts_have_variables_and_those_of_the_system_are_left_alone() {
        let text = "[web]\na.example ansible_user=root ansible_password='p w1'\n[web:vars]\nx=1\n[all:children]\nweb\n";
        let file = Sources::default().add("hosts", text);
        let attrs = resource_of("hosts", text, file).expect("is one").attrs;
        assert_eq!(attrs.get("hosts").map(Node::items).unwrap_or_default().len(), 1);
        assert_eq!(attrs.get("groups").map(Node::items).unwrap_or_default().len(), 1);
        assert_eq!(attrs.get("secrets").map(Node::items).unwrap_or_default().len(), 1);
        assert!(resource_of("hosts", "127.0.0.1 localhost\n", file).is_none());
    }
}
