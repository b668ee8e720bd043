//! `$ref` within a document: RFC 6901 pointers, followed as often as the limits allow.

use crate::node::{Cause, Node, Value};

use super::Document;

/// References that lead to references.
const HOPS: u32 = 16;

/// Where a reference leads.
pub(super) enum Target<'d> {
    Here(&'d Node),
    Lost,
    /// Another file or address.
    Elsewhere,
}

impl<'d> Document<'d> {
    /// What a reference points to, one step.
    pub(super) fn target(&self, reference: &str) -> Target<'d> {
        let Some(pointer) = reference.strip_prefix('#') else { return Target::Elsewhere };
        if !pointer.is_empty() && !pointer.starts_with('/') {
            // An anchor: which schema has it, a pointer cannot say.
            return Target::Elsewhere;
        }
        let mut node = self.root;
        for part in pointer.split('/').skip(1) {
            let key = unescaped(part);
            let next = match &node.value {
                Value::List(items) => key.parse::<usize>().ok().and_then(|at| items.get(at)),
                _ => node.get(&key),
            };
            match next {
                Some(next) => node = next,
                None => return Target::Lost,
            }
        }
        Target::Here(node)
    }

    /// A node with its references followed, with the value unknown where they lead out or in circles.
    pub(super) fn followed(&self, node: &Node) -> Node {
        let mut node = node.clone();
        for _ in 0..HOPS {
            let Some(reference) = node.get("$ref").and_then(Node::as_text).map(str::to_owned)
            else {
                return node;
            };
            let span = node.span;
            match self.target(&reference) {
                Target::Here(target) => node = target.clone().by_way_of(reference, span),
                Target::Lost | Target::Elsewhere => {
                    return Node::unknown(Cause::Missing(reference), span);
                }
            }
        }
        Node::unknown(Cause::Cycle("$ref".to_owned()), node.span)
    }
}

/// A part of a pointer without the escapes of RFC 6901 and of addresses.
fn unescaped(part: &str) -> String {
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
