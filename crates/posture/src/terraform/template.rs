//! Texts with `${…}` and `%{…}` in them.

use super::evaluate::{Evaluator, derived, pairs, text_of};
use super::operators::{Fault, truth};
use super::syntax::Part;
use crate::node::{Node, Value};
use crate::sources::Span;

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[Part], span: Span) -> Node {
        let mut text = String::new();
        let mut from = Vec::new();
        let value = self.fill(parts, &mut text, &mut from);
        derived(value.map(|()| Value::Text(text.into())), span, &from)
    }

    /// Writes the parts; the values that they were made from go to `from`.
    fn fill(
        &mut self,
        parts: &[Part],
        text: &mut String,
        from: &mut Vec<Node>,
    ) -> Result<(), Fault> {
        let mut unknown = None;
        for part in parts {
            let result = self.part(part, text, from);
            unknown = unknown.or(result.err());
            if text.len() > self.bounds.text {
                return Err(Self::limit("a text of that size"));
            }
        }
        unknown.map_or(Ok(()), Err)
    }

    fn part(&mut self, part: &Part, text: &mut String, from: &mut Vec<Node>) -> Result<(), Fault> {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Expr(expr) => {
                let node = self.eval(expr);
                let written = text_of(&node);
                // Enough to say where a text comes from.
                if from.len() < 32 {
                    from.push(node);
                }
                text.push_str(&written?);
            }
            Part::If { condition, then, otherwise } => {
                let condition = self.eval(condition);
                let chosen = truth(&condition)?;
                self.fill(if chosen { then } else { otherwise }, text, from)?;
            }
            Part::For { key, value, collection, body } => {
                let collection = self.eval(collection);
                let pairs = pairs(&collection)?;
                self.spend(pairs.len())?;
                for (at, item) in pairs {
                    let before = self.frame.scope.len();
                    if let Some(key) = key {
                        self.frame.scope.push((key.clone(), at));
                    }
                    self.frame.scope.push((value.clone(), item));
                    let result = self.fill(body, text, from);
                    self.frame.scope.truncate(before);
                    result?;
                    if text.len() > self.bounds.text {
                        return Err(Self::limit("a text of that size"));
                    }
                }
            }
        }
        Ok(())
    }
}
