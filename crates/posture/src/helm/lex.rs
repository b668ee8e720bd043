//! Cuts a template into literal text and the tokens of its actions.

use std::ops::Range;

use super::syntax::Stop;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// A name: function, keyword, `true`, `nil`.
    Word(String),
    /// `.name`, without its dot.
    Field(String),
    /// `$name`, without its dollar.
    Variable(String),
    Dot,
    Text(String),
    Int(i64),
    Float(f64),
    Open,
    Close,
    Pipe,
    Comma,
    Declare,
    Assign,
}

#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) token: Token,
    pub(crate) at: usize,
    /// Nothing stands between it and the token before.
    pub(crate) glued: bool,
}

#[derive(Debug)]
pub(crate) enum Piece {
    Text(Range<usize>),
    Action { tokens: Vec<Placed>, at: Range<usize> },
}

const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// The pieces of a template; comments are left out.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece>, Stop> {
    let mut pieces = Vec::new();
    let mut from = 0;
    let mut trim_next = false;
    loop {
        let rest = text.get(from..).unwrap_or_default();
        let open = rest.find("{{").map(|at| from + at);
        let mut literal = from..open.unwrap_or(text.len());
        if trim_next {
            let body = text.get(literal.clone()).unwrap_or_default();
            literal.start += body.len() - body.trim_start_matches(SPACE).len();
        }
        let Some(open) = open else {
            pieces.push(Piece::Text(literal));
            return Ok(pieces);
        };
        let mut lexer = Lexer { text, at: open + 2 };
        let inside = lexer.rest();
        if inside.strip_prefix('-').is_some_and(|rest| rest.starts_with(SPACE)) {
            let body = text.get(literal.clone()).unwrap_or_default();
            literal.end = literal.start + body.trim_end_matches(SPACE).len();
            lexer.at += 2;
        }
        pieces.push(Piece::Text(literal));
        if lexer.rest().starts_with("/*") {
            trim_next = lexer.comment(open)?;
        } else {
            let (tokens, trim) = lexer.action(open)?;
            trim_next = trim;
            pieces.push(Piece::Action { tokens, at: open..lexer.at });
        }
        from = lexer.at;
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The end of an action, and whether it trims what follows; none if this is no end.
    fn end(&mut self) -> Option<bool> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            self.at += 2;
            return Some(false);
        }
        let inside = rest.strip_prefix(SPACE)?;
        if inside.starts_with("-}}") {
            self.at += 4;
            return Some(true);
        }
        None
    }

    fn comment(&mut self, open: usize) -> Result<bool, Stop> {
        let length = self.rest().find("*/").ok_or_else(|| Stop::at("unclosed comment", open))?;
        self.at += length + 2;
        self.end().ok_or_else(|| Stop::at("comment ends before closing delimiter", open))
    }

    fn action(&mut self, open: usize) -> Result<(Vec<Placed>, bool), Stop> {
        let mut tokens = Vec::new();
        let mut glued = false;
        loop {
            if let Some(trim) = self.end() {
                return Ok((tokens, trim));
            }
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                return Err(Stop::at("unclosed action", open));
            };
            if SPACE.contains(&first) {
                self.at += 1;
                glued = false;
                continue;
            }
            let at = self.at;
            let token = self.token(first, rest)?;
            tokens.push(Placed { token, at, glued });
            glued = true;
        }
    }

    fn token(&mut self, first: char, rest: &str) -> Result<Token, Stop> {
        let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        let simple = match first {
            '(' => Some((Token::Open, 1)),
            ')' => Some((Token::Close, 1)),
            '|' => Some((Token::Pipe, 1)),
            ',' => Some((Token::Comma, 1)),
            ':' if after.starts_with('=') => Some((Token::Declare, 2)),
            '=' => Some((Token::Assign, 1)),
            '.' if !after.starts_with(named) && !digit(after) => Some((Token::Dot, 1)),
            _ => None,
        };
        if let Some((token, length)) = simple {
            self.at += length;
            return Ok(token);
        }
        match first {
            '.' if !digit(after) => {
                let name = word(after);
                self.at += 1 + name.len();
                Ok(Token::Field(name.to_owned()))
            }
            '$' => {
                let name = word(after);
                self.at += 1 + name.len();
                Ok(Token::Variable(name.to_owned()))
            }
            '"' => self.quoted(rest),
            '`' => {
                let length = after
                    .find('`')
                    .ok_or_else(|| Stop::at("unterminated raw quoted string", self.at))?;
                self.at += length + 2;
                let text = after.get(..length).unwrap_or_default();
                Ok(Token::Text(text.replace('\r', "")))
            }
            '\'' => self.character(rest),
            '+' | '-' | '.' | '0'..='9' => self.number(rest),
            _ if named(first) => {
                let name = word(rest);
                self.at += name.len();
                Ok(Token::Word(name.to_owned()))
            }
            _ => Err(Stop::at(format!("unexpected `{first}` in an action"), self.at)),
        }
    }

    fn quoted(&mut self, rest: &str) -> Result<Token, Stop> {
        let length = literal_end(rest, '"')
            .ok_or_else(|| Stop::at("unterminated quoted string", self.at))?;
        let inside = rest.get(1..length).unwrap_or_default();
        let text = unquote(inside).ok_or_else(|| Stop::at("a broken escape", self.at))?;
        self.at += length + 1;
        Ok(Token::Text(text))
    }

    fn character(&mut self, rest: &str) -> Result<Token, Stop> {
        let broken = || Stop::at("a broken character constant", self.at);
        let length = literal_end(rest, '\'').ok_or_else(broken)?;
        let text = unquote(rest.get(1..length).unwrap_or_default()).ok_or_else(broken)?;
        let mut chars = text.chars();
        let (Some(value), None) = (chars.next(), chars.next()) else { return Err(broken()) };
        self.at += length + 1;
        Ok(Token::Int(i64::from(u32::from(value))))
    }

    fn number(&mut self, rest: &str) -> Result<Token, Stop> {
        let mut exponent = false;
        let hex = rest.trim_start_matches(['+', '-']).starts_with(['0', '0'])
            && rest.trim_start_matches(['+', '-', '0']).starts_with(['x', 'X']);
        let length = rest
            .char_indices()
            .find(|(at, c)| {
                let sign = matches!(c, '+' | '-') && (*at == 0 || exponent);
                exponent = matches!(c, 'e' | 'E') && !hex;
                !(sign || c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))
            })
            .map_or(rest.len(), |(at, _)| at);
        let text = rest.get(..length).unwrap_or_default();
        let token = number(text)
            .ok_or_else(|| Stop::at(format!("bad number syntax: `{text}`"), self.at))?;
        self.at += length;
        Ok(token)
    }
}

fn named(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !named(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Where a literal that begins at the start of a text ends; none if it does not on this line.
fn literal_end(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' => return None,
            _ if c == quote => return Some(at),
            _ => {}
        }
    }
    None
}

/// A number of Go's syntax.
fn number(text: &str) -> Option<Token> {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let lower = digits.to_ascii_lowercase();
    let radix = |prefix: &str, radix: u32| {
        let digits = lower.strip_prefix(prefix)?;
        i64::from_str_radix(&format!("{sign}{digits}"), radix).ok().map(Token::Int)
    };
    if let Some(token) = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2)) {
        return Some(token);
    }
    if lower.len() > 1 && lower.bytes().all(|b| b.is_ascii_digit()) && lower.starts_with('0') {
        return radix("0", 8);
    }
    if let Ok(value) = plain.parse::<i64>() {
        return Some(Token::Int(value));
    }
    let shaped =
        lower.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-'))
            && lower.bytes().any(|b| b.is_ascii_digit());
    if shaped { plain.parse().ok().map(Token::Float) } else { None }
}

/// The text between quotes, with Go's escapes replaced.
pub(crate) fn unquote(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let escape = chars.next()?;
        let mut digits = |count: usize, radix: u32| {
            let digits: String = chars.by_ref().take(count).collect();
            (digits.len() == count).then(|| u32::from_str_radix(&digits, radix).ok()).flatten()
        };
        let character = match escape {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '\'' | '"' => escape,
            'x' => {
                bytes.push(digits(2, 16)? as u8);
                continue;
            }
            '0'..='7' => {
                let rest = digits(2, 8)?;
                bytes.push((escape.to_digit(8)? * 64 + rest) as u8);
                continue;
            }
            'u' => char::from_u32(digits(4, 16)?)?,
            'U' => char::from_u32(digits(8, 16)?)?,
            _ => return None,
        };
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
