//! Values of JSON templates, and the copies that they ask for.

use super::{COPIES, Work};
use crate::arm::parse;
use crate::node::{Cause, Entry, Map, Node, Value};

impl Work {
    /// A value of a JSON template.
    pub(crate) fn json(&mut self, node: &Node) -> Node {
        self.deeper(|work| match &node.value {
            Value::Text(text) => match parse::expression(text, node.span) {
                None => match text.strip_prefix("[[") {
                    Some(rest) => {
                        Node { value: Value::Text(format!("[{rest}").into()), ..node.clone() }
                    }
                    None => node.clone(),
                },
                Some(Ok(expression)) => {
                    let value = work.evaluate(&expression);
                    // What a name stands for is written elsewhere and used here.
                    let elsewhere = value.span.filter(|span| Some(*span) != node.span);
                    match elsewhere {
                        Some(_) if value.as_map().is_none() => {
                            let shown = text.trim_matches(['[', ']']).to_owned();
                            Node { span: node.span, ..value }.by_way_of(shown, elsewhere)
                        }
                        _ => Node { span: value.span.or(node.span), ..value },
                    }
                }
                Some(Err(why)) => {
                    Node::unknown(Cause::Broken(format!("`{text}` ({why})")), node.span)
                }
            },
            Value::List(items) => {
                Node::list(items.iter().map(|item| work.json(item)).collect(), node.span)
            }
            Value::Map(map) => work.json_map(map, node),
            _ => node.clone(),
        })
    }

    fn json_map(&mut self, map: &Map, node: &Node) -> Node {
        let mut entries = Vec::with_capacity(map.len());
        for entry in map.entries() {
            let repeated = entry.node.items();
            let is_copy = |item: &Node| item.get("name").is_some() && item.get("input").is_some();
            if &*entry.key == "copy" && !repeated.is_empty() && repeated.iter().all(is_copy) {
                for item in repeated {
                    let (name, list) = self.copies(item);
                    entries.push(Entry::new(name, item.span, list));
                }
                continue;
            }
            self.path.push(entry.key.to_string());
            let node = self.json(&entry.node);
            self.path.pop();
            entries.push(Entry { node, ..entry.clone() });
        }
        Node::map(entries, node.span)
    }

    /// The list that one element of `copy` makes, and its name.
    pub(super) fn copies(&mut self, item: &Node) -> (String, Node) {
        let name = item.get("name").and_then(Node::as_text).unwrap_or("copy").to_owned();
        let counted = item.get("count").map(|count| self.json(count));
        let count = match counted.as_ref().map(|count| (count.as_int(), count.cause())) {
            Some((Some(count), _)) if (0..=COPIES).contains(&count) => count,
            Some((Some(_), _)) => {
                return (name, Node::unknown(Cause::Limit("copy".to_owned()), item.span));
            }
            Some((None, Some(cause))) => return (name, Node::unknown(cause.clone(), item.span)),
            _ => {
                return (
                    name,
                    Node::unknown(Cause::Broken("the count of a copy".to_owned()), item.span),
                );
            }
        };
        let mut items = Vec::new();
        for index in 0..count {
            let made = self.repeated(&name, index, |work| {
                item.get("input").map_or_else(|| Node::null(None), |input| work.json(input))
            });
            items.push(made);
        }
        (name, Node::list(items, item.span))
    }

    /// Works something out inside of a loop of a JSON template.
    pub(crate) fn repeated<T>(
        &mut self,
        name: &str,
        index: i64,
        work: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let node = Node::new(Value::Int(index), None);
        self.locals.push((format!("copy/{}", name.to_ascii_lowercase()), node.clone()));
        self.locals.push(("copy".to_owned(), node));
        let made = work(self);
        self.locals.truncate(self.locals.len().saturating_sub(2));
        made
    }
}
