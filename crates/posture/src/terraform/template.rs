//! Texts with `${…}` and `%{…}` in them.
//!
//! A text with an unknown part is unknown, and says what is known of it. A JSON object with one, as
//! people write policies in here-documents, is the structure it would be, in which the texts with such
//! a part are unknown.

use std::sync::Arc;

use super::evaluate::{Evaluator, derived, pairs, text_of};
use super::functions::encode::from_json;
use super::operators::{Fault, truth};
use super::syntax::Part;
use crate::node::{Cause, Entry, Node, Value};
use crate::sources::Span;

impl Evaluator<'_> {
    pub(super) fn template(&mut self, parts: &[Part], span: Span) -> Node {
        let mut text = String::new();
        let mut from = Vec::new();
        let mut gaps = Gaps::default();
        let value = match self.fill(parts, &mut text, &mut from, &mut gaps) {
            Ok(()) => Ok(Value::Text(text.as_str().into())),
            Err(fault) => gaps.structure(&text, span).map(|node| node.value).ok_or(fault),
        };
        let node = derived(value, span, &from);
        match &node.value {
            Value::Unknown(cause) => Node { value: gaps.around(&text, cause), ..node },
            _ => node,
        }
    }

    /// Writes the parts; the values that they were made from go to `from`.
    fn fill(
        &mut self,
        parts: &[Part],
        text: &mut String,
        from: &mut Vec<Node>,
        gaps: &mut Gaps,
    ) -> Result<(), Fault> {
        let mut unknown = None;
        for part in parts {
            let result = self.part(part, text, from, gaps);
            unknown = unknown.or(result.err());
            if text.len() > self.bounds.text {
                gaps.is_more = true;
                return Err(Self::limit("a text of that size"));
            }
        }
        unknown.map_or(Ok(()), Err)
    }

    fn part(
        &mut self,
        part: &Part,
        text: &mut String,
        from: &mut Vec<Node>,
        gaps: &mut Gaps,
    ) -> Result<(), Fault> {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Expr(expr) => {
                let node = self.eval(expr);
                let written = text_of(&node);
                if let Err(fault) = &written {
                    gaps.add(fault, &node, text);
                }
                // Enough to say where a text comes from.
                if from.len() < 32 {
                    from.push(node);
                }
                text.push_str(&written?);
            }
            Part::If { condition, then, otherwise } => {
                let condition = self.eval(condition);
                let chosen = truth(&condition).inspect_err(|_| gaps.is_more = true)?;
                self.fill(if chosen { then } else { otherwise }, text, from, gaps)?;
            }
            Part::For { key, value, collection, body } => {
                let collection = self.eval(collection);
                let pairs = pairs(&collection).inspect_err(|_| gaps.is_more = true)?;
                self.spend(pairs.len()).inspect_err(|_| gaps.is_more = true)?;
                for (at, item) in pairs {
                    let before = self.frame.scope.len();
                    if let Some(key) = key {
                        self.frame.scope.push((key.clone(), at));
                    }
                    self.frame.scope.push((value.clone(), item));
                    let result = self.fill(body, text, from, gaps);
                    self.frame.scope.truncate(before);
                    // The rounds after it are missing from the text.
                    gaps.is_more |= result.is_err();
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

/// Stands in a text for an unknown part; of the characters that nobody may assign.
const MARK: char = '\u{f8ff}';

/// Unknown parts of a text of which what is known is kept.
const GAPS: usize = 64;

/// The unknown parts of a text, each of which left a mark in it.
#[derive(Default)]
struct Gaps {
    nodes: Vec<Node>,
    /// More than single parts is unknown: what stands behind a condition, or how often.
    is_more: bool,
}

impl Gaps {
    fn add(&mut self, fault: &Fault, node: &Node, text: &mut String) {
        let value = Value::Unknown(Cause::bare(fault.clone()));
        let gap = Node { value, span: None, through: node.through.clone() };
        // A text with gaps of its own stands for all that is known of it.
        let Some(Cause::Partly(parts, _)) = node.cause() else {
            self.nodes.push(gap);
            return text.push(MARK);
        };
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.nodes.push(gap.clone());
                text.push(MARK);
            }
            text.push_str(part);
        }
    }

    /// What is known of a text with these gaps.
    fn around(&self, text: &str, cause: &Fault) -> Value {
        let is_whole = !self.is_more && text.matches(MARK).count() == self.nodes.len();
        let is_broken = matches!(**cause, Cause::Broken(_));
        let known = text.len() > MARK.len_utf8() * self.nodes.len();
        if !is_whole || is_broken || !known || self.nodes.len() > GAPS {
            return Value::Unknown(cause.clone());
        }
        partly(text, cause)
    }

    /// The JSON object that the text is but for the unknown parts; none if it is none.
    fn structure(&self, text: &str, span: Span) -> Option<Node> {
        let is_object = text.trim_start().starts_with('{');
        // Somebody's own text may hold the mark.
        if self.is_more || !is_object || text.matches(MARK).count() != self.nodes.len() {
            return None;
        }
        let node = from_json(text, Some(span)).ok()?;
        filled(&node, &mut self.nodes.iter())
    }
}

/// A text whose marks stand for what is not known.
fn partly(text: &str, cause: &Fault) -> Value {
    let parts: Arc<[Arc<str>]> = text.split(MARK).map(Arc::from).collect();
    Value::Unknown(Arc::new(Cause::Partly(parts, Cause::bare(cause.clone()))))
}

/// The structure with unknown texts where they hold a mark; marks come in the order of the text.
fn filled<'n>(node: &Node, gaps: &mut impl Iterator<Item = &'n Node>) -> Option<Node> {
    Some(match &node.value {
        Value::Text(text) => {
            let count = text.matches(MARK).count();
            let mut here = gaps.take(count);
            let first = here.next().cloned();
            here.for_each(drop);
            match first {
                Some(Node { value: Value::Unknown(cause), through, .. })
                    if text.len() > MARK.len_utf8() * count && count <= GAPS =>
                {
                    Node { value: partly(text, &cause), span: None, through }
                }
                first => first.unwrap_or_else(|| node.clone()),
            }
        }
        Value::List(items) => {
            let items = items.iter().map(|item| filled(item, gaps));
            Node::list(items.collect::<Option<_>>()?, node.span)
        }
        Value::Map(map) => {
            let entry = |entry: &Entry| {
                // Nobody knows which key it is.
                let is_known = !entry.key.contains(MARK);
                let inner = filled(&entry.node, gaps).filter(|_| is_known)?;
                Some(Entry::new(entry.key.clone(), entry.key_span, inner))
            };
            Node::map(map.entries().iter().map(entry).collect::<Option<_>>()?, node.span)
        }
        _ => node.clone(),
    })
}
