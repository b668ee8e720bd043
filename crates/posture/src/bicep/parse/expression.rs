//! Expressions of Bicep: "Bicep operators", with their order, and "Lambda expressions".

use super::{Parser, Read, STATEMENTS};
use crate::arm::expression::{Expression, Kind, Operator};
use crate::bicep::Declaration;
use crate::bicep::lex::{Piece, Word};
use crate::node::{Node, Value};
use crate::sources::Span;

impl Parser<'_> {
    pub(super) fn expression(&mut self) -> Read<Expression> {
        self.deeper()?;
        let start = self.at;
        let condition = self.binary(0)?;
        let value = if self.eat("?") {
            let yes = self.expression()?;
            self.expect(":")?;
            let no = self.expression()?;
            self.make(Kind::Choice(Box::new(condition), Box::new(yes), Box::new(no)), start)?
        } else {
            condition
        };
        self.nested -= 1;
        Ok(value)
    }

    fn binary(&mut self, least: u8) -> Read<Expression> {
        let start = self.at;
        let mut left = self.unary()?;
        while let Some((operator, level)) = self.operator() {
            if level < least {
                break;
            }
            self.at += 1;
            let right = self.binary(level + 1)?;
            left = self.make(Kind::Binary(operator, Box::new(left), Box::new(right)), start)?;
        }
        Ok(left)
    }

    fn operator(&self) -> Option<(Operator, u8)> {
        let token = self.peek()?;
        let Word::Sign(sign) = token.word else { return None };
        Some(match sign {
            "??" => (Operator::Coalesce, 0),
            "||" => (Operator::Or, 1),
            "&&" => (Operator::And, 2),
            "==" => (Operator::Equal, 3),
            "!=" => (Operator::Unequal, 3),
            "=~" => (Operator::EqualIgnoringCase, 3),
            "!~" => (Operator::UnequalIgnoringCase, 3),
            "<" => (Operator::Less, 4),
            "<=" => (Operator::LessOrEqual, 4),
            ">" => (Operator::Greater, 4),
            ">=" => (Operator::GreaterOrEqual, 4),
            // On a line of its own, a sign is that of the next element of a list.
            "+" if !token.new_line => (Operator::Add, 5),
            "-" if !token.new_line => (Operator::Subtract, 5),
            "*" => (Operator::Multiply, 6),
            "/" => (Operator::Divide, 6),
            "%" => (Operator::Remainder, 6),
            _ => return None,
        })
    }

    fn unary(&mut self) -> Read<Expression> {
        self.deeper()?;
        let start = self.at;
        let value = if self.eat("!") {
            let inner = self.unary()?;
            self.make(Kind::Not(Box::new(inner)), start)?
        } else if self.eat("-") {
            let inner = self.unary()?;
            self.make(Kind::Minus(Box::new(inner)), start)?
        } else {
            self.postfix()?
        };
        self.nested -= 1;
        Ok(value)
    }

    fn postfix(&mut self) -> Read<Expression> {
        let start = self.at;
        let mut value = self.primary()?;
        loop {
            let safe = self.is(".?");
            if self.eat(".") || self.eat(".?") || self.eat("::") {
                let name = self.name()?;
                let kind = if self.is_beside("(") {
                    self.at += 1;
                    Kind::Method(Box::new(value), name, self.arguments()?)
                } else {
                    Kind::Property(Box::new(value), name, safe)
                };
                value = self.make(kind, start)?;
            } else if self.is_beside("[") || self.is_beside("[?") {
                let safe = self.is("[?");
                self.at += 1;
                let index = self.expression()?;
                self.expect("]")?;
                value = self.make(Kind::Index(Box::new(value), Box::new(index), safe), start)?;
            } else if self.is_beside("!") {
                // `x!` says that x is not null.
                self.at += 1;
            } else {
                return Ok(value);
            }
        }
    }

    fn arguments(&mut self) -> Read<Vec<Expression>> {
        let mut arguments = Vec::new();
        while !self.eat(")") {
            arguments.push(self.expression()?);
            if !self.eat(",") && !self.is(")") {
                return Err("`)` is missing".to_owned());
            }
        }
        Ok(arguments)
    }

    fn primary(&mut self) -> Read<Expression> {
        let start = self.at;
        let Some(token) = self.peek() else { return Err("a value is missing".to_owned()) };
        let span = Some(Span::new(self.file, token.start, token.end));
        match &token.word {
            // The next statement is no value of one that ends too early.
            Word::Name(name) if token.margin && STATEMENTS.contains(&name.as_str()) => {
                Err("a value is missing".to_owned())
            }
            Word::Text(pieces) => {
                self.at += 1;
                self.text(pieces, span)
            }
            Word::Number(value) => {
                self.at += 1;
                self.make(Kind::Value(Node::new(Value::Int(*value), span)), start)
            }
            Word::Name(name) => {
                self.at += 1;
                let word = match name.as_str() {
                    "true" => Value::Bool(true),
                    "false" => Value::Bool(false),
                    "null" => Value::Null,
                    _ if self.is_beside("(") => {
                        self.at += 1;
                        let arguments = self.arguments()?;
                        return self.make(Kind::Call(name.clone(), arguments), start);
                    }
                    _ if self.is("=>") => return self.lambda(vec![name.clone()], start),
                    _ => return self.make(Kind::Name(name.clone()), start),
                };
                self.make(Kind::Value(Node::new(word, span)), start)
            }
            Word::Sign("(") => self.parenthesis(start),
            Word::Sign("{") => self.object(None),
            Word::Sign("[") => self.list(start),
            Word::Sign(sign) => Err(format!("`{sign}` where a value should be")),
        }
    }

    fn text(&mut self, pieces: &[Piece], span: Option<Span>) -> Read<Expression> {
        if let [Piece::Plain(text)] = pieces {
            return Expression::new(Kind::Value(Node::text(text.as_str(), span)), span);
        }
        let mut parts = Vec::new();
        for piece in pieces {
            parts.push(match piece {
                Piece::Plain(text) => {
                    Expression::new(Kind::Value(Node::text(text.as_str(), span)), span)?
                }
                Piece::Inner(words) => {
                    let mut inner = Parser { words, at: 0, file: self.file, nested: self.nested };
                    let value = inner.expression()?;
                    if inner.peek().is_some() {
                        return Err("more than one expression in `${}`".to_owned());
                    }
                    value
                }
            });
        }
        Expression::new(Kind::Text(parts), span)
    }

    fn lambda(&mut self, names: Vec<String>, start: usize) -> Read<Expression> {
        self.expect("=>")?;
        let body = self.expression()?;
        self.make(Kind::Lambda(names, Box::new(body)), start)
    }

    /// `(a, b) => …`, or an expression in parentheses.
    fn parenthesis(&mut self, start: usize) -> Read<Expression> {
        let mut names = Vec::new();
        let mut ahead = self.at + 1;
        while let Some(Word::Name(name)) = self.words.get(ahead).map(|token| &token.word) {
            names.push(name.clone());
            let comma = matches!(self.words.get(ahead + 1).map(|t| &t.word), Some(Word::Sign(",")));
            ahead += 1 + usize::from(comma);
            if !comma {
                break;
            }
        }
        let sign = |at: usize| match self.words.get(at).map(|token| &token.word) {
            Some(Word::Sign(sign)) => *sign,
            _ => "",
        };
        if sign(ahead) == ")" && sign(ahead + 1) == "=>" {
            self.at = ahead + 1;
            return self.lambda(names, start);
        }
        self.at += 1;
        let inner = self.expression()?;
        self.expect(")")?;
        Ok(inner)
    }

    fn list(&mut self, start: usize) -> Read<Expression> {
        self.at += 1;
        if self.is_name("for") {
            let (each, _) = self.each(false)?;
            return self.make(Kind::For(Box::new(each)), start);
        }
        let mut items = Vec::new();
        while !self.eat("]") {
            let from = self.at;
            if self.eat("...") {
                let inner = self.expression()?;
                items.push(self.make(Kind::Spread(Box::new(inner)), from)?);
            } else {
                items.push(self.expression()?);
            }
            let comma = self.eat(",");
            let apart = comma || self.is("]") || self.peek().is_some_and(|token| token.new_line);
            if !apart {
                return Err("`]` is missing".to_owned());
            }
        }
        self.make(Kind::List(items), start)
    }

    /// A map; inside of the body of a resource, with the resources declared there.
    pub(super) fn object(&mut self, mut nested: Option<&mut Vec<Declaration>>) -> Read<Expression> {
        let start = self.at;
        self.expect("{")?;
        let mut entries = Vec::new();
        while !self.eat("}") {
            if let Some(inner) = nested.as_deref_mut()
                && self.declares()
            {
                self.decorators()?;
                let from = self.at;
                self.at += 1;
                inner.push(self.declaration(from, false)?);
                continue;
            }
            if self.eat("...") {
                entries.push((None, self.expression()?));
            } else {
                let key = self.key()?;
                self.expect(":")?;
                entries.push((Some(key), self.expression()?));
            }
            let comma = self.eat(",");
            let apart = comma || self.is("}") || self.peek().is_some_and(|token| token.new_line);
            if !apart {
                return Err("`}` is missing".to_owned());
            }
        }
        self.make(Kind::Map(entries), start)
    }

    /// Whether a resource or its decorators come next, and no field called `resource`.
    fn declares(&self) -> bool {
        let next = self.words.get(self.at + 1).map(|token| &token.word);
        self.is("@") || self.is_name("resource") && matches!(next, Some(Word::Name(_)))
    }

    fn key(&mut self) -> Read<Expression> {
        let start = self.at;
        let Some(token) = self.peek() else { return Err("`}` is missing".to_owned()) };
        let span = Some(Span::new(self.file, token.start, token.end));
        match &token.word {
            Word::Name(name) => {
                self.at += 1;
                self.make(Kind::Value(Node::text(name.as_str(), span)), start)
            }
            Word::Text(pieces) => {
                self.at += 1;
                self.text(pieces, span)
            }
            _ => Err("a name is missing".to_owned()),
        }
    }
}
