//! Paths into evidence: `c.securityContext.privileged`, `resource.ingress[*].cidr_blocks`.
//!
//! Expressions say what is wrong; paths say where. They are followed as far as there is something,
//! because a field that is missing is wrong at the place where it should be.

use std::fmt::Write as _;

use crate::node::{Entry, Node, Value};
use crate::sources::Span;

/// A name, and steps from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) root: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
    /// Every element of a list, every value of a map.
    Each,
}

/// The end of a path, or how far it could be followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) span: Option<Span>,
}

/// What is remembered of the way to a node.
pub(crate) trait Way: Default {
    fn key(&self, key: &str) -> Self;

    /// An element of a list or a map, by its name.
    fn element(&self, name: impl FnOnce() -> String) -> Self;

    /// This way, and from its end another one.
    fn then(&self, rest: Self) -> Self;
}

/// Labels, as people read them.
impl Way for String {
    fn key(&self, key: &str) -> Self {
        joined(self, key)
    }

    fn element(&self, name: impl FnOnce() -> String) -> Self {
        format!("{self}[{}]", name())
    }

    fn then(&self, rest: Self) -> Self {
        let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
        format!("{self}{dot}{rest}")
    }
}

/// Nothing: most nodes are looked at and nothing is said of them.
impl Way for () {
    fn key(&self, _: &str) -> Self {}

    fn element(&self, _: impl FnOnce() -> String) -> Self {}

    fn then(&self, (): Self) -> Self {}
}

impl Path {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let root_end = text.find(['.', '[']).unwrap_or(text.len());
        let (root, mut rest) = text.split_at(root_end);
        if root.is_empty() || !root.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(format!("`{text}` begins with no name"));
        }
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (key, next) = after.split_at(end);
                if key.is_empty() {
                    return Err(format!("`{text}` has a step without a name"));
                }
                steps.push(Step::Key(key.to_owned()));
                rest = next;
            } else {
                let inner = rest.strip_prefix('[').and_then(|inner| inner.split_once(']'));
                let (inner, next) = inner.ok_or_else(|| format!("`{text}`: `]` is missing"))?;
                steps.push(step(inner).ok_or_else(|| format!("`[{inner}]` is no step"))?);
                rest = next;
            }
        }
        Ok(Self { root: root.to_owned(), steps })
    }

    /// Every node at the end of the path, with the way there.
    pub(crate) fn follow<'n, W: Way>(&self, from: &'n Node) -> Vec<(&'n Node, W)> {
        let mut found = vec![(from, W::default())];
        for step in &self.steps {
            let mut next = Vec::new();
            for (node, way) in found {
                match (step, &node.value) {
                    (Step::Key(key), Value::Map(map)) => {
                        next.extend(map.get(key).map(|node| (node, way.key(key))));
                    }
                    (Step::Index(at), Value::List(items)) => {
                        let element = |node| (node, way.element(|| at.to_string()));
                        next.extend(items.get(*at).map(element));
                    }
                    (Step::Each, Value::List(items)) => {
                        let labelled = items.iter().enumerate();
                        next.extend(
                            labelled.map(|(at, item)| (item, way.element(|| label_of(item, at)))),
                        );
                    }
                    (Step::Each, Value::Map(map)) => next.extend(
                        map.entries().iter().map(|e| (&e.node, way.element(|| e.key.to_string()))),
                    ),
                    // What is not known may hold anything; it is looked at as one element.
                    (_, Value::Unknown(_)) => next.push((node, way)),
                    _ => {}
                }
            }
            found = next;
        }
        found
    }

    /// Where the path ends, or the last thing on the way that is there.
    pub(crate) fn place(&self, from: &Node) -> Place {
        let mut node = from;
        let mut span = node.span;
        for step in &self.steps {
            let next: Option<(Option<Span>, &Node)> = match (step, &node.value) {
                (Step::Key(key), Value::Map(map)) => map.entry(key).map(|e| (whole(e), &e.node)),
                (Step::Index(at), Value::List(items)) => items.get(*at).map(|n| (n.span, n)),
                (Step::Each, Value::List(items)) => items.first().map(|n| (n.span, n)),
                _ => None,
            };
            let Some((place, inner)) = next else { break };
            node = inner;
            span = place.or(span);
        }
        Place { span }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = self.root.clone();
        for step in &self.steps {
            match step {
                Step::Key(key) => text = joined(&text, key),
                Step::Index(at) => {
                    let _ = write!(text, "[{at}]");
                }
                Step::Each => text.push_str("[*]"),
            }
        }
        f.write_str(&text)
    }
}

/// A key together with its value.
fn whole(entry: &Entry) -> Option<Span> {
    match (entry.key_span, entry.node.span) {
        (Some(key), Some(value)) if key.file == value.file && key.start <= value.start => {
            Some(key.to(value))
        }
        // Merged in, or by way of a variable: the value stands elsewhere.
        (key, value) => key.or(value),
    }
}

/// The name of an element that people gave it, else its number: a name stays when elements move.
pub(crate) fn label_of(item: &Node, at: usize) -> String {
    let name = ["name", "id", "key"].iter().find_map(|key| item.get(key)?.as_text());
    name.map_or_else(|| at.to_string(), str::to_owned)
}

fn joined(before: &str, key: &str) -> String {
    if before.is_empty() { key.to_owned() } else { format!("{before}.{key}") }
}

fn step(inner: &str) -> Option<Step> {
    if inner == "*" {
        return Some(Step::Each);
    }
    let quoted = inner.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
    match quoted {
        Some(key) => Some(Step::Key(key.to_owned())),
        None => inner.parse().ok().map(Step::Index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::yaml;
    use crate::sources::Sources;
    use panoply_base::Limits;

    fn follow(text: &str, path: &str) -> Vec<String> {
        let file = Sources::default().add("a.yaml", text);
        let documents = yaml(text, file, &Limits::DEFAULT).value;
        let path = Path::parse(path).expect(path);
        path.follow(&documents[0].root).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn elements_are_labelled_by_name_where_they_have_one() {
        let text = "a: [{name: x, p: [1, 2]}, {q: 3}]";
        assert_eq!(follow(text, "r.a[*]"), ["a[x]", "a[1]"]);
        assert_eq!(follow(text, "r.a[*].p[*]"), ["a[x].p[0]", "a[x].p[1]"]);
        assert_eq!(follow(text, "r.a[1].q"), ["a[1].q"]);
        assert_eq!(follow(text, "r['a'][0].none"), Vec::<String>::new());
        assert_eq!(follow("m: {k: 1}", "r.m[*]"), ["m[k]"]);
    }

    #[test]
    fn a_missing_field_is_missing_in_what_is_there() {
        let text = "a:\n  b:\n    c: 1\n";
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let documents = yaml(text, file, &Limits::DEFAULT).value;
        let line = |path: &str| {
            let place = Path::parse(path).expect(path).place(&documents[0].root);
            sources.lines(place.span.expect(path)).expect(path).line
        };
        assert_eq!((line("r.a.b.c"), line("r.a.b.x"), line("r.a.x.c"), line("r.x")), (3, 2, 1, 1));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["", ".a", "a..b", "a[", "a[x]", "a b"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
