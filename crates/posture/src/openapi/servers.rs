//! Where an API is: servers, and the schemes and host of Swagger 2.0.

use crate::node::{Entry, Node, Value};

use super::walk::{Around, Walk};

impl Walk<'_> {
    pub(super) fn servers(&mut self, node: &Node, around: &Around) {
        let outer = around.below("servers", &around.key, None);
        for server in node.get("servers").map(Node::items).unwrap_or_default() {
            self.server(server, &outer);
        }
    }

    pub(super) fn server(&mut self, server: &Node, around: &Around) {
        let url = server.get("url").and_then(Node::as_text).unwrap_or_default();
        let declared = |name: &&str| server.at(&["variables", name]).is_some();
        let names = template_names(url).filter(|name| !declared(name));
        let names = names.map(|name| Node::text(name, server.span)).collect();
        let more = vec![
            Entry::new("plain", None, plain(&filled(server))),
            Entry::new("undeclared", None, Node::list(names, server.span)),
        ];
        self.add("server", format!("{} {url}", around.pointer), server, server.span, more);
    }

    /// Whether any server or scheme of an operation has no encryption.
    pub(super) fn is_plain(&self, path: &Node, operation: &Node) -> Node {
        let root = self.document.root;
        if self.document.generation == 2 {
            let schemes = operation.get("schemes").or(root.get("schemes"));
            let schemes = schemes.map(Node::items).unwrap_or_default();
            let host = root.get("host").and_then(Node::as_text).unwrap_or_default();
            let is = schemes.iter().any(|scheme| matches!(scheme.as_text(), Some("http" | "ws")));
            return Node::new(Value::Bool(is && !is_local(host)), operation.span);
        }
        let servers = [operation, path, root].into_iter().find_map(|level| {
            let servers = level.get("servers").map(Node::items).unwrap_or_default();
            (!servers.is_empty()).then_some(servers)
        });
        let all: Vec<Node> =
            servers.unwrap_or_default().iter().map(|server| plain(&filled(server))).collect();
        let decided = all.iter().find(|one| one.as_bool() == Some(true));
        let unknown = all.iter().find(|one| one.cause().is_some());
        let no = Node::new(Value::Bool(false), operation.span);
        decided.or(unknown).cloned().unwrap_or(no)
    }
}

/// Names in braces, `/pets/{id}`.
pub(super) fn template_names(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

/// The address of a server with the defaults of its variables.
fn filled(server: &Node) -> Node {
    let Some(url) = server.get("url") else { return Node::null(server.span) };
    let Some(text) = url.as_text() else { return url.clone() };
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, next)) = after.split_once('}') else { break };
        rest = next;
        if let Some(default) = server.at(&["variables", name, "default"]).and_then(Node::as_text) {
            out.push_str(default);
        } else {
            out.push('{');
            out.push_str(name);
            out.push('}');
        }
    }
    out.push_str(rest);
    Node::text(out, url.span)
}

/// Whether an address is not encrypted and not on the same machine.
fn plain(url: &Node) -> Node {
    let Some(text) = url.as_text() else {
        let is_unknown = url.cause().is_some();
        return if is_unknown { url.clone() } else { Node::new(Value::Bool(false), url.span) };
    };
    let lower = text.trim().to_ascii_lowercase();
    let rest = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("ws://"));
    Node::new(Value::Bool(rest.is_some_and(|rest| !is_local(rest))), url.span)
}

fn is_local(host: &str) -> bool {
    let host = host.split('/').next().unwrap_or(host);
    let name = host.strip_prefix('[').map_or_else(
        || host.split(':').next().unwrap_or(host),
        |rest| rest.split(']').next().unwrap_or(rest),
    );
    matches!(name, "localhost" | "::1") || name.starts_with("127.") || name.ends_with(".localhost")
}
