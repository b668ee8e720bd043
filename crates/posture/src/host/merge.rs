//! One document over another, key by key.

use crate::node::{Entry, Node};

/// Maps are merged; of everything else the upper one counts.
pub(crate) fn over(upper: &Node, below: &Node, depth: u32) -> Node {
    let (Some(above), Some(under), Some(depth)) =
        (upper.as_map(), below.as_map(), depth.checked_sub(1))
    else {
        return upper.clone();
    };
    let mut entries: Vec<Entry> = above.entries().to_vec();
    for entry in &mut entries {
        if let Some(other) = under.get(&entry.key) {
            entry.node = over(&entry.node, other, depth);
        }
    }
    entries.extend(under.entries().iter().filter(|entry| above.get(&entry.key).is_none()).cloned());
    Node::map(entries, upper.span.or(below.span))
}

/// A document that holds nothing but one value.
pub(crate) fn nested(path: &[&str], value: Node) -> Node {
    let span = value.span;
    path.iter().rev().fold(value, |node, key| Node::map(vec![Entry::new(*key, span, node)], span))
}
