//! From tokens to a tree. cel-spec, "Syntax": precedence and macros.

use std::fmt;

use super::ast::{Expression, Kind, Literal, Operator, Span, Tree, Walk};
use super::functions::{self, Signature};
use super::lex::{Token, tokens};

/// Bytes of one expression.
const LENGTH: usize = 16 << 10;
/// Brackets inside brackets; the specification asks for at least 12.
const DEPTH: u32 = 50;
/// Operators or members in a row; the specification asks for at least 24 and 12.
const ROW: u32 = 200;
/// Height of the whole tree, which evaluation climbs.
const HEIGHT: u32 = 400;

/// Why a text is no expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub span: Span,
    pub why: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {}: {}", self.span.start + 1, self.why)
    }
}

impl std::error::Error for SyntaxError {}

pub(super) fn parse(text: &str, extra: &[Signature]) -> Result<Expression, SyntaxError> {
    if text.len() > LENGTH {
        let span = Span { start: LENGTH, end: text.len() };
        return Err(SyntaxError { span, why: format!("longer than {LENGTH} bytes") });
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, extra };
    let root = parser.choose()?;
    match parser.peek() {
        (Token::End, span) if root.height() > HEIGHT => {
            Err(SyntaxError { span, why: format!("higher than {HEIGHT} steps") })
        }
        (Token::End, _) => Ok(Expression { text: text.to_owned(), root }),
        (_, span) => Err(SyntaxError { span, why: "the expression should end here".to_owned() }),
    }
}

struct Parser<'e> {
    tokens: Vec<(Token<'e>, Span)>,
    at: usize,
    depth: u32,
    extra: &'e [Signature],
}

type Parsed = Result<Tree, SyntaxError>;

impl<'e> Parser<'e> {
    fn peek(&self) -> (&Token<'e>, Span) {
        match self.tokens.get(self.at).or(self.tokens.last()) {
            Some((token, span)) => (token, *span),
            None => (&Token::End, Span { start: 0, end: 0 }),
        }
    }

    /// Takes the next token out of the row: none is looked at twice once it is passed.
    fn next(&mut self) -> (Token<'e>, Span) {
        let span = self.peek().1;
        let token = self.tokens.get_mut(self.at).map(|(token, _)| token);
        self.at += 1;
        (token.map_or(Token::End, |token| std::mem::replace(token, Token::End)), span)
    }

    /// Takes one of these signs, if it is the next token.
    fn take(&mut self, signs: &[&str]) -> Option<(&'static str, Span)> {
        match self.peek() {
            (&Token::Sign(sign), span) if signs.contains(&sign) => {
                self.at += 1;
                Some((sign, span))
            }
            _ => None,
        }
    }

    fn expect(&mut self, sign: &str) -> Result<Span, SyntaxError> {
        let (_, span) = self.peek();
        self.take(&[sign])
            .map(|(_, span)| span)
            .ok_or_else(|| SyntaxError { span, why: format!("`{sign}` is missing") })
    }

    fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH {
            let why = format!("nested more than {DEPTH} deep");
            return Err(SyntaxError { span: self.peek().1, why });
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn choose(&mut self) -> Parsed {
        self.deeper(|parser| {
            let condition = parser.or()?;
            if parser.take(&["?"]).is_none() {
                return Ok(condition);
            }
            let yes = parser.or()?;
            parser.expect(":")?;
            let no = parser.choose()?;
            Ok(tree(
                condition.span.start,
                no.span.end,
                Kind::Choose(Box::new(condition), Box::new(yes), Box::new(no)),
            ))
        })
    }

    fn or(&mut self) -> Parsed {
        self.joined(&["||"], Self::and, |_, a, b| Kind::Or(a, b))
    }

    fn and(&mut self) -> Parsed {
        self.joined(&["&&"], Self::relation, |_, a, b| Kind::And(a, b))
    }

    fn relation(&mut self) -> Parsed {
        let signs = &["==", "!=", "<=", ">=", "<", ">", "in"];
        self.joined(signs, Self::sum, |sign, a, b| Kind::Binary(operator(sign), a, b))
    }

    fn sum(&mut self) -> Parsed {
        self.joined(&["+", "-"], Self::product, |sign, a, b| Kind::Binary(operator(sign), a, b))
    }

    fn product(&mut self) -> Parsed {
        self.joined(&["*", "/", "%"], Self::unary, |sign, a, b| Kind::Binary(operator(sign), a, b))
    }

    /// A chain of operators of one precedence, from left to right.
    fn joined(
        &mut self,
        signs: &[&str],
        operand: fn(&mut Self) -> Parsed,
        make: fn(&str, Box<Tree>, Box<Tree>) -> Kind,
    ) -> Parsed {
        let mut left = operand(self)?;
        let mut length = 0;
        while let Some((sign, span)) = self.take(signs) {
            // Each link makes the tree one deeper on the left.
            length += 1;
            if length > ROW {
                return Err(SyntaxError { span, why: "too many operators in a row".to_owned() });
            }
            let right = operand(self)?;
            let (start, end) = (left.span.start, right.span.end);
            left = tree(start, end, make(sign, Box::new(left), Box::new(right)));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        match self.take(&["!", "-"]) {
            Some(("!", span)) => self.deeper(|parser| {
                let operand = parser.unary()?;
                Ok(tree(span.start, operand.span.end, Kind::Not(Box::new(operand))))
            }),
            Some((_, span)) => self.deeper(|parser| {
                let operand = parser.unary()?;
                let end = operand.span.end;
                let kind = match operand.kind {
                    Kind::Literal(Literal::Int(value)) => Kind::Literal(Literal::Int(-value)),
                    Kind::Literal(Literal::Uint(value)) if value == 1 << 63 => {
                        Kind::Literal(Literal::Int(i64::MIN))
                    }
                    _ => Kind::Negate(Box::new(operand)),
                };
                Ok(tree(span.start, end, kind))
            }),
            None => self.member(),
        }
    }

    fn member(&mut self) -> Parsed {
        let mut operand = self.primary()?;
        let mut length = 0;
        loop {
            length += 1;
            if length > ROW {
                let why = "too many members in a row".to_owned();
                return Err(SyntaxError { span: operand.span, why });
            }
            let start = operand.span.start;
            match self.take(&[".", "["]) {
                Some((".", _)) if self.take(&["?"]).is_some() => {
                    let (name, span) = self.name()?;
                    let kind = Kind::MaybeField(Box::new(operand), name);
                    operand = tree(start, span.end, kind);
                }
                Some((".", _)) => {
                    let (name, span) = self.name()?;
                    operand = if self.take(&["("]).is_some() {
                        self.method(operand, name)?
                    } else {
                        tree(start, span.end, Kind::Field(Box::new(operand), name))
                    };
                }
                Some(_) => {
                    let maybe = self.take(&["?"]).is_some();
                    let index = Box::new(self.choose()?);
                    let end = self.expect("]")?.end;
                    let kind = if maybe {
                        Kind::MaybeIndex(Box::new(operand), index)
                    } else {
                        Kind::Index(Box::new(operand), index)
                    };
                    operand = tree(start, end, kind);
                }
                None => return Ok(operand),
            }
        }
    }

    fn name(&mut self) -> Result<(String, Span), SyntaxError> {
        match self.next() {
            (Token::Name(name), span) => Ok((name.to_owned(), span)),
            (_, span) => Err(SyntaxError { span, why: "a name is missing".to_owned() }),
        }
    }

    fn primary(&mut self) -> Parsed {
        let (token, span) = self.next();
        match token {
            Token::Literal(literal) => Ok(Tree { span, kind: Kind::Literal(literal) }),
            Token::Name(name) if self.take(&["("]).is_some() => {
                self.function(name.to_owned(), span)
            }
            Token::Name(name) => Ok(Tree { span, kind: Kind::Name(name.to_owned()) }),
            Token::Sign("(") => {
                let inner = self.choose()?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Sign("[") => {
                let (items, end) = self.items("]")?;
                Ok(tree(span.start, end, Kind::List(items)))
            }
            Token::Sign("{") => self.map(span),
            Token::Sign(sign) => {
                Err(SyntaxError { span, why: format!("a value is missing before `{sign}`") })
            }
            Token::End => {
                Err(SyntaxError { span, why: "a value is missing at the end".to_owned() })
            }
        }
    }

    fn map(&mut self, open: Span) -> Parsed {
        let mut entries = Vec::new();
        loop {
            if let Some((_, span)) = self.take(&["}"]) {
                return Ok(tree(open.start, span.end, Kind::Map(entries)));
            }
            let maybe = self.take(&["?"]);
            let key = self.choose()?;
            self.expect(":")?;
            let value = self.choose()?;
            entries.push((key, if maybe.is_some() { perhaps(value) } else { value }));
            if self.take(&[","]).is_none() {
                let end = self.expect("}")?.end;
                return Ok(tree(open.start, end, Kind::Map(entries)));
            }
        }
    }

    /// Values parted by commas up to a closing bracket; one comma may follow the last.
    fn items(&mut self, close: &str) -> Result<(Vec<Tree>, usize), SyntaxError> {
        let mut items = Vec::new();
        loop {
            if let Some((_, span)) = self.take(&[close]) {
                return Ok((items, span.end));
            }
            let maybe = close == "]" && self.take(&["?"]).is_some();
            let item = self.choose()?;
            items.push(if maybe { perhaps(item) } else { item });
            if self.take(&[","]).is_none() {
                return Ok((items, self.expect(close)?.end));
            }
        }
    }

    fn function(&mut self, name: String, span: Span) -> Parsed {
        let (mut arguments, end) = self.items(")")?;
        let whole = Span { start: span.start, end };
        if name == "has" {
            let only = arguments.pop().filter(|_| arguments.is_empty());
            return match only.map(|tree| tree.kind) {
                Some(Kind::Field(operand, field) | Kind::MaybeField(operand, field)) => {
                    Ok(Tree { span: whole, kind: Kind::Has(operand, field) })
                }
                _ => Err(SyntaxError {
                    span: whole,
                    why: "`has` takes one field: `has(a.b)`".into(),
                }),
            };
        }
        self.call(name, false, arguments, whole)
    }

    fn method(&mut self, receiver: Tree, name: String) -> Parsed {
        let (arguments, end) = self.items(")")?;
        let whole = Span { start: receiver.span.start, end };
        if let Kind::Name(first) = &receiver.kind
            && let qualified = format!("{first}.{name}")
            && functions::is_qualified(&qualified)
        {
            return self.call(qualified, false, arguments, whole);
        }
        if let Some(what) = walk(&name, arguments.len()) {
            return walking(what, receiver, arguments, whole);
        }
        let mut all = vec![receiver];
        all.extend(arguments);
        self.call(name, true, all, whole)
    }

    fn call(&self, name: String, method: bool, arguments: Vec<Tree>, span: Span) -> Parsed {
        functions::check(&name, method, arguments.len(), self.extra)
            .map_err(|why| SyntaxError { span, why })?;
        Ok(Tree { span, kind: functions::call_kind(name, arguments) })
    }
}

fn walk(name: &str, arguments: usize) -> Option<Walk> {
    match (name, arguments) {
        ("all", 2) => Some(Walk::All),
        ("exists", 2) => Some(Walk::Exists),
        ("exists_one" | "existsOne", 2) => Some(Walk::ExistsOne),
        ("filter", 2) => Some(Walk::Filter),
        ("map", 2 | 3) => Some(Walk::Map),
        ("optMap", 2) => Some(Walk::OptionalMap),
        ("optFlatMap", 2) => Some(Walk::OptionalFlatMap),
        _ => None,
    }
}

fn walking(what: Walk, over: Tree, arguments: Vec<Tree>, span: Span) -> Parsed {
    let mut arguments = arguments.into_iter();
    let Some(Kind::Name(variable)) = arguments.next().map(|tree| tree.kind) else {
        let why = "the first argument names the variable".to_owned();
        return Err(SyntaxError { span, why });
    };
    let first = arguments.next();
    let second = arguments.next();
    let (filter, body) = match (first, second) {
        (Some(filter), Some(body)) => (Some(Box::new(filter)), body),
        (Some(body), None) => (None, body),
        _ => return Err(SyntaxError { span, why: "an argument is missing".to_owned() }),
    };
    let kind = Kind::Walk { what, over: Box::new(over), variable, filter, body: Box::new(body) };
    Ok(Tree { span, kind })
}

fn perhaps(value: Tree) -> Tree {
    Tree { span: value.span, kind: Kind::Maybe(Box::new(value)) }
}

fn tree(start: usize, end: usize, kind: Kind) -> Tree {
    Tree { span: Span { start, end }, kind }
}

fn operator(sign: &str) -> Operator {
    match sign {
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "in" => Operator::In,
        "+" => Operator::Add,
        "-" => Operator::Subtract,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        _ => Operator::Remainder,
    }
}
