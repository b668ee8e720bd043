//! `$ref` within a document and into other files of the target: RFC 6901 pointers, followed as often as the
//! limits allow.

use crate::node::{Cause, Node, Value};
use crate::sources::FileId;

use super::Document;

/// References that lead to references.
const HOPS: u32 = 16;

/// A file, and a pointer into it with `#` before.
pub(super) type Place = (FileId, String);

/// Where a reference leads.
pub(super) enum Target {
    Here(Node, Place),
    Lost,
    /// An address, or a file that is not in the target or cannot be read.
    Elsewhere,
}

impl Document<'_> {
    /// The file that a node is written in, to which its references are relative.
    pub(super) fn file_of(&self, node: &Node) -> FileId {
        node.span.map_or(self.file, |span| span.file)
    }

    fn root_of(&self, file: FileId) -> Option<Node> {
        if file == self.file { Some(self.root.clone()) } else { self.files.root(file) }
    }

    /// What a reference in a file points to, one step.
    pub(super) fn target(&self, from: FileId, reference: &str) -> Target {
        self.target_within(from, reference, &mut { HOPS })
    }

    fn target_within(&self, from: FileId, reference: &str, hops: &mut u32) -> Target {
        let (path, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        // An anchor: which schema has it, a pointer cannot say.
        let is_anchor = !pointer.is_empty() && !pointer.starts_with('/');
        if reference.is_empty() || is_anchor {
            return Target::Elsewhere;
        }
        let file = if path.is_empty() { Some(from) } else { self.files.beside(from, path) };
        let root = file.and_then(|file| Some((file, self.root_of(file)?)));
        let Some((mut file, mut node)) = root else { return Target::Elsewhere };
        let mut place = String::from("#");
        for part in pointer.split('/').skip(1) {
            let key = unescaped(part);
            let mut next = step(&node, &key);
            // A whole section may be one reference: `schemas: {$ref: schemas/index.yaml}`.
            while let (None, Some(inner)) = (&next, reference_of(&node)) {
                let Some(left) = hops.checked_sub(1) else { return Target::Lost };
                *hops = left;
                match self.target_within(self.file_of(&node), inner, hops) {
                    Target::Here(inner, at) => {
                        next = step(&inner, &key);
                        (node, (file, place)) = (inner, at);
                    }
                    other => return other,
                }
            }
            let Some(next) = next else { return Target::Lost };
            node = next;
            place.extend(["/", &escaped(&key)]);
        }
        Target::Here(node, (file, place))
    }

    /// A node with its references followed, with the value unknown where they lead out or in circles.
    pub(super) fn followed(&self, node: &Node) -> Node {
        let mut node = node.clone();
        for _ in 0..HOPS {
            let Some(reference) = reference_of(&node).map(str::to_owned) else { return node };
            let span = node.span;
            match self.target(self.file_of(&node), &reference) {
                Target::Here(target, _) => node = target.by_way_of(reference, span),
                Target::Lost | Target::Elsewhere => {
                    return Node::unknown(Cause::Missing(reference), span);
                }
            }
        }
        Node::unknown(Cause::Cycle("$ref".to_owned()), node.span)
    }

    /// Part of the root, over the references that may stand in place of any of its levels.
    pub(super) fn section(&self, keys: &[&str]) -> Option<Node> {
        let mut node = self.root.clone();
        for key in keys {
            node = self.followed(node.get(key)?);
            if node.cause().is_some() {
                break;
            }
        }
        Some(node)
    }
}

/// The text of the reference that a node is.
pub(super) fn reference_of(node: &Node) -> Option<&str> {
    node.get("$ref")?.as_text()
}

fn step(node: &Node, key: &str) -> Option<Node> {
    match &node.value {
        Value::List(items) => key.parse::<usize>().ok().and_then(|at| items.get(at)).cloned(),
        _ => node.get(key).cloned(),
    }
}

/// A key as pointers hold it.
pub(super) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A part of a pointer without the escapes of RFC 6901 and of addresses.
pub(super) fn unescaped(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) =
                ((*high as char).to_digit(16), (*low as char).to_digit(16))
        {
            bytes.push((high * 16 + low) as u8);
            rest = after;
            continue;
        }
        bytes.push(*first);
    }
    String::from_utf8_lossy(&bytes).replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_pointers_lose_their_escapes() {
        assert_eq!(unescaped("~1pets~1%7Bid%7D"), "/pets/{id}");
        assert_eq!(unescaped("a~01%"), "a~1%");
    }
}
