//! Compose files: every service is a resource of kind `service`, the whole file one of kind `compose`.
//!
//! Follows the Compose Specification as far as one file goes: variables with their defaults are
//! replaced, a variable without one is not known. What checks see of a service is its map as written,
//! and `ports` always in the long form: `published`, `target`, `host_ip`, `protocol`; so are `volumes`:
//! `type`, `source`, `target`, `mode`, `bind`. Besides there are `from`, the image in its parts, and
//! `env_secrets`, the variables that hold a secret, each with `name` and `value`.

use panoply_base::Parsed;

use crate::dockerfile;
use crate::node::{Cause, Entry, Node, Value};
use crate::resource::{Platform, Resource};
use crate::secret_names;
use crate::sources::FileId;
use crate::variables::Scope;

/// The services of a document; `None` if it is no Compose file.
pub fn resources(root: &Node, path: &str, file: FileId) -> Option<Parsed<Vec<Resource>>> {
    let services = root.get("services")?.as_map()?;
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_named = name.starts_with("docker-compose")
        || name.starts_with("compose.")
        || name.contains(".compose.");
    let looks_so = root.get("apiVersion").is_none()
        && !services.is_empty()
        && services.entries().iter().all(|service| {
            ["image", "build", "extends"].iter().any(|key| service.node.get(key).is_some())
        });
    if !is_named && !looks_so {
        return None;
    }
    let resource = |kind: &str, address: String, attrs: Node| Resource {
        platform: Platform::Compose,
        kind: kind.into(),
        address,
        span: attrs.span,
        attrs,
        file,
        edges: Vec::new(),
    };
    let mut found = vec![resource("compose", "compose".to_owned(), replaced(root))];
    for service in services.entries() {
        let mut entries =
            vec![Entry::new("name", None, Node::text(service.key.clone(), service.key_span))];
        let attrs = replaced(&service.node);
        for entry in attrs.as_map().map(crate::node::Map::entries).unwrap_or_default() {
            let mut entry = entry.clone();
            if &*entry.key == "ports" {
                let ports = entry.node.items().iter().map(port).collect();
                entry.node = Node::list(ports, entry.node.span);
            }
            if &*entry.key == "volumes" {
                let volumes = entry.node.items().iter().map(volume).collect();
                entry.node = Node::list(volumes, entry.node.span);
            }
            if &*entry.key == "image" {
                entries.push(Entry::new("from", None, dockerfile::image(&entry.node)));
            }
            if &*entry.key == "environment" {
                let secrets = secret_names::among(&entry.node);
                entries.push(Entry::new("env_secrets", None, secrets));
            }
            entries.push(entry);
        }
        let span = match (service.key_span, attrs.span) {
            (Some(key), Some(value)) => Some(key.to(value)),
            (key, value) => key.or(value),
        };
        let mut service_resource =
            resource("service", format!("service {}", service.key), Node::map(entries, attrs.span));
        service_resource.span = span;
        found.push(service_resource);
    }
    Some(Parsed::whole(found))
}

/// A tree with its variables replaced by their defaults, or not known.
fn replaced(node: &Node) -> Node {
    let mut new = node.clone();
    match &node.value {
        Value::Text(text) if text.contains('$') => {
            // `$$` is a dollar of the shell inside, not a variable of this file.
            let parts: Result<Vec<String>, String> =
                text.split("$$").map(|part| Scope::default().expand(part)).collect();
            new.value = match parts {
                Ok(parts) => Value::Text(parts.join("$").into()),
                Err(missing) => return Node::unknown(Cause::NoValue(missing), node.span),
            };
        }
        Value::List(items) => {
            return Node::list(items.iter().map(replaced).collect(), node.span);
        }
        Value::Map(map) => {
            let entries = map
                .entries()
                .iter()
                .map(|entry| Entry { node: replaced(&entry.node), ..entry.clone() });
            return Node::map(entries.collect(), node.span);
        }
        _ => {}
    }
    new
}

/// A port in the long form; `"127.0.0.1:8080:80/tcp"` is the short one.
fn port(node: &Node) -> Node {
    let short = match &node.value {
        Value::Text(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        _ => return node.clone(),
    };
    let (address, protocol) = short.split_once('/').unwrap_or((&short, "tcp"));
    let (before, target) = address.rsplit_once(':').unwrap_or(("", address));
    let (host, published) = match before.rsplit_once(':') {
        Some((host, published)) => (host.trim_matches(['[', ']']), published),
        None => ("", before),
    };
    let parts =
        [("target", target), ("published", published), ("host_ip", host), ("protocol", protocol)];
    let entries = parts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| Entry::new(key, node.span, Node::text(text, node.span)));
    Node::map(entries.collect(), node.span)
}

/// A volume in the long form; `./data:/srv:ro` is the short one.
fn volume(node: &Node) -> Node {
    let Value::Text(short) = &node.value else { return node.clone() };
    // A drive of Windows has a colon of its own.
    let drive = short.as_bytes().get(1) == Some(&b':') && short.as_bytes().get(2) == Some(&b'\\');
    let (head, rest) = if drive { short.split_at(2) } else { ("", &**short) };
    let mut parts = rest.splitn(3, ':');
    let first = format!("{head}{}", parts.next().unwrap_or_default());
    let (source, target) = match parts.next() {
        Some(target) => (first, target.to_owned()),
        None => (String::new(), first),
    };
    let is_path = drive || source.starts_with(['/', '.', '~', '\\']);
    let kind = if is_path { "bind" } else { "volume" };
    let mode = parts.next().unwrap_or_default();
    let texts = [("type", kind), ("source", &source), ("target", &target), ("mode", mode)];
    let entries = texts
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(key, text)| Entry::new(key, node.span, Node::text(text, node.span)));
    Node::map(entries.collect(), node.span)
}

#[cfg(test)]
mod tests {
    use panoply_base::Limits;

    use super::*;
    use crate::read::yaml;
    use crate::sources::Sources;

    fn services(text: &str, path: &str) -> Option<Vec<Resource>> {
        let file = Sources::default().add(path, text);
        let documents = yaml(text, file, &Limits::DEFAULT).value;
        resources(&documents[0].root, path, file).map(|parsed| parsed.value)
    }

    fn port_of(text: &str) -> String {
        let found =
            services(&format!("services: {{a: {{image: b, ports: [{text}]}}}}"), "compose.yaml");
        let found = found.expect(text);
        let port = &found[1].attrs.get("ports").expect(text).items()[0];
        let part = |key| port.get(key).and_then(Node::as_text).unwrap_or("-").to_owned();
        format!("{} {} {} {}", part("host_ip"), part("published"), part("target"), part("protocol"))
    }

    #[test]
    fn ports_have_one_form() {
        assert_eq!(port_of("'127.0.0.1:80:8080/udp'"), "127.0.0.1 80 8080 udp");
        assert_eq!(port_of("'80:8080'"), "- 80 8080 tcp");
        assert_eq!(port_of("8080"), "- - 8080 tcp");
        assert_eq!(port_of("'[::1]:1-2:3-4'"), "::1 1-2 3-4 tcp");
    }

    #[test]
    fn volumes_have_one_form() {
        let form = |text: &str| {
            let node = volume(&Node::text(text, None));
            let part = |key| node.get(key).and_then(Node::as_text).unwrap_or("-").to_owned();
            format!("{} {} {} {}", part("type"), part("source"), part("target"), part("mode"))
        };
        assert_eq!(form("/etc:/host/etc:ro"), "bind /etc /host/etc ro");
        assert_eq!(form("data:/srv"), "volume data /srv -");
        assert_eq!(form("/srv"), "volume - /srv -");
        assert_eq!(form("C:\\x:/y"), "bind C:\\x /y -");
    }

    #[test]
    fn variables_have_defaults_or_are_not_known() {
        let text =
            "services:\n  a:\n    image: ${I:-nginx}:1\n    user: $U\n    command: echo $$HOME\n";
        let found = services(text, "docker-compose.prod.yml").expect("is one");
        let attrs = &found[1].attrs;
        assert_eq!(attrs.get("image").and_then(Node::as_text), Some("nginx:1"));
        assert_eq!(attrs.get("user").and_then(Node::cause), Some(&Cause::NoValue("U".to_owned())));
        assert_eq!(attrs.get("command").and_then(Node::as_text), Some("echo $HOME"));
    }

    #[test]
    fn other_files_with_services_are_not_taken() {
        assert!(services("services: {a: {image: b}}", "any.yaml").is_some());
        assert!(services("services: {a: {port: 1}}", "any.yaml").is_none());
        assert!(services("apiVersion: v1\nservices: {a: {image: b}}", "any.yaml").is_none());
    }
}
