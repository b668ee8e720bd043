//! Expressions in texts of ARM templates: `[concat(parameters('name'), '-logs')]`.
//!
//! "Template syntax", "Expressions": calls, single-quoted texts in which a quote is doubled, whole numbers,
//! properties and indices. There are no operators.

use super::expression::{Expression, Kind};
use crate::node::{Node, Value};
use crate::sources::Span;

/// Bytes of one expression; the format allows 24,576 characters.
const LENGTH: usize = 64 << 10;

/// The expression that a text is, if it is one; every part of it has the place of the text.
pub(super) fn expression(text: &str, span: Option<Span>) -> Option<Result<Expression, String>> {
    let inner = text.strip_prefix('[').filter(|rest| !rest.starts_with('['))?;
    let inner = inner.strip_suffix(']')?;
    if inner.len() > LENGTH {
        return Some(Err(format!("an expression of more than {LENGTH} bytes")));
    }
    let mut reading = Reading { text: inner, at: 0, span, nested: 0 };
    let whole = reading.value().and_then(|value| {
        reading.space();
        match reading.peek() {
            None => Ok(value),
            Some(_) => Err("something follows the expression".to_owned()),
        }
    });
    Some(whole)
}

struct Reading<'t> {
    text: &'t str,
    at: usize,
    span: Option<Span>,
    nested: u32,
}

impl Reading<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.space();
        let is = self.peek() == Some(wanted);
        if is {
            self.at += wanted.len_utf8();
        }
        is
    }

    fn make(&self, kind: Kind) -> Result<Expression, String> {
        Expression::new(kind, self.span)
    }

    fn value(&mut self) -> Result<Expression, String> {
        self.nested += 1;
        if self.nested > super::expression::DEPTH {
            return Err("calls nested too deep".to_owned());
        }
        let mut value = self.first()?;
        loop {
            if self.eat('.') {
                let name = self.word();
                if name.is_empty() {
                    return Err("a `.` without a name".to_owned());
                }
                // Functions that templates define have a namespace before their name.
                if let (Kind::Name(space), true) = (&value.kind, self.eat('(')) {
                    let name = format!("{space}.{name}");
                    let arguments = self.arguments()?;
                    value = self.make(Kind::Call(name, arguments))?;
                    continue;
                }
                value = self.make(Kind::Property(Box::new(value), name, false))?;
            } else if self.eat('[') {
                let index = self.value()?;
                if !self.eat(']') {
                    return Err("`]` is missing".to_owned());
                }
                value = self.make(Kind::Index(Box::new(value), Box::new(index), false))?;
            } else {
                self.nested -= 1;
                return Ok(value);
            }
        }
    }

    fn first(&mut self) -> Result<Expression, String> {
        self.space();
        match self.peek() {
            Some('\'') => self.quoted(),
            Some(c) if c.is_ascii_digit() || c == '-' => self.number(),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let name = self.word();
                if self.eat('(') {
                    let arguments = self.arguments()?;
                    return self.make(Kind::Call(name, arguments));
                }
                self.make(Kind::Name(name))
            }
            Some(c) => Err(format!("`{c}` where a value should be")),
            None => Err("the expression ends too early".to_owned()),
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expression>, String> {
        let mut arguments = Vec::new();
        if self.eat(')') {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.value()?);
            if self.eat(')') {
                return Ok(arguments);
            }
            if !self.eat(',') {
                return Err("`)` is missing".to_owned());
            }
        }
    }

    fn quoted(&mut self) -> Result<Expression, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find('\'').ok_or("a text without an end")?;
            text.push_str(rest.get(..end).unwrap_or_default());
            self.at += end + 1;
            if self.peek() != Some('\'') {
                return self.make(Kind::Value(Node::text(text, self.span)));
            }
            text.push('\'');
            self.at += 1;
        }
    }

    fn number(&mut self) -> Result<Expression, String> {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let digits = rest.get(sign..).unwrap_or_default();
        let length = digits.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let text = rest.get(..sign + length).unwrap_or_default();
        let value = match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(value), _) => Value::Int(value),
            (_, Ok(value)) => Value::Float(value),
            _ => return Err(format!("`{text}` is no number")),
        };
        self.at += sign + length;
        self.make(Kind::Value(Node::new(value, self.span)))
    }

    fn word(&mut self) -> String {
        self.space();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '$');
        let word = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default().to_owned();
        self.at += word.len();
        word
    }
}
