//! Loops and lambdas.

use super::{COPIES, Work};
use crate::arm::expression::{Expression, Loop};
use crate::arm::functions;
use crate::node::{Cause, Node, Value};
use crate::sources::Span;

impl Work {
    /// One round of a loop for each element; one round in which nothing is known of an unknown list.
    pub(crate) fn rounds<T>(
        &mut self,
        each: &Loop,
        mut round: impl FnMut(&mut Self, Option<usize>) -> T,
    ) -> Result<Vec<T>, Node> {
        let list = self.evaluate(&each.list);
        let Value::List(items) = &list.value else {
            return Err(functions::unknown_of(&[list], "for", each.list.span));
        };
        if items.len() as i64 > COPIES {
            return Err(Node::unknown(Cause::Limit("for".to_owned()), each.list.span));
        }
        let mut made = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let known = self.locals.len();
            self.locals.push((each.item.clone(), item.clone()));
            if let Some(name) = &each.index {
                self.locals.push((name.clone(), Node::new(Value::Int(index as i64), None)));
            }
            let wanted = each.condition.as_ref().map(|condition| self.evaluate(condition));
            if wanted.and_then(|wanted| wanted.as_bool()) != Some(false) {
                made.push(round(self, Some(index)));
            }
            self.locals.truncate(known);
        }
        Ok(made)
    }

    pub(super) fn each(&mut self, each: &Loop, span: Option<Span>) -> Node {
        match self.rounds(each, |work, _| work.evaluate(&each.body)) {
            Ok(items) => Node::list(items, span),
            Err(unknown) => unknown,
        }
    }

    pub(super) fn copy_index(&mut self, arguments: &[Expression], span: Option<Span>) -> Node {
        let arguments: Vec<Node> = arguments.iter().map(|one| self.evaluate(one)).collect();
        let name = arguments.iter().find_map(Node::as_text);
        let key =
            name.map_or("copy".to_owned(), |name| format!("copy/{}", name.to_ascii_lowercase()));
        let offset = arguments.iter().find_map(Node::as_int).unwrap_or(0);
        let index = self.local(&key).and_then(|node| node.as_int());
        match index.and_then(|index| index.checked_add(offset)) {
            Some(index) => Node::new(Value::Int(index), span),
            None => Node::unknown(Cause::Missing("copyIndex()".to_owned()), span),
        }
    }

    pub(super) fn lambda(
        &mut self,
        function: &str,
        list: &Node,
        names: &[String],
        body: &Expression,
        span: Option<Span>,
    ) -> Node {
        let Value::List(items) = &list.value else {
            return functions::unknown_of(std::slice::from_ref(list), function, span);
        };
        if items.len() as i64 > COPIES {
            return Node::unknown(Cause::Limit(function.to_owned()), span);
        }
        let mut made = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let known = self.locals.len();
            let index = Node::new(Value::Int(index as i64), None);
            let values = [item.clone(), index];
            self.locals.extend(names.iter().cloned().zip(values));
            let node = self.evaluate(body);
            self.locals.truncate(known);
            match (function, node.as_bool()) {
                ("map", _) => made.push(node),
                (_, Some(true)) => made.push(item.clone()),
                (_, Some(false)) => {}
                _ => return functions::unknown_of(&[node], function, span),
            }
        }
        Node::list(made, span)
    }
}
