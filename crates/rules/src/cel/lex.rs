//! Cuts an expression into tokens. cel-spec, "Syntax".

use super::ast::{Literal, Span};
use super::parse::SyntaxError;

#[derive(Debug)]
pub(super) enum Token<'t> {
    Literal(Literal),
    Name(&'t str),
    /// Operators and brackets, as written.
    Sign(&'static str),
    End,
}

/// The sign that a text begins with; of `<=` it is not `<`.
fn sign(text: &str) -> Option<&'static str> {
    let mut bytes = text.bytes();
    Some(match (bytes.next()?, bytes.next()) {
        (b'&', Some(b'&')) => "&&",
        (b'|', Some(b'|')) => "||",
        (b'=', Some(b'=')) => "==",
        (b'!', Some(b'=')) => "!=",
        (b'<', Some(b'=')) => "<=",
        (b'>', Some(b'=')) => ">=",
        (b'<', _) => "<",
        (b'>', _) => ">",
        (b'+', _) => "+",
        (b'-', _) => "-",
        (b'*', _) => "*",
        (b'/', _) => "/",
        (b'%', _) => "%",
        (b'!', _) => "!",
        (b'?', _) => "?",
        (b':', _) => ":",
        (b'.', _) => ".",
        (b',', _) => ",",
        (b'(', _) => "(",
        (b')', _) => ")",
        (b'[', _) => "[",
        (b']', _) => "]",
        (b'{', _) => "{",
        (b'}', _) => "}",
        _ => return None,
    })
}

pub(super) fn tokens(text: &str) -> Result<Vec<(Token<'_>, Span)>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut found = Vec::with_capacity(text.len() / 4 + 2);
    loop {
        lexer.skip_space();
        let start = lexer.at;
        let token = lexer.next()?;
        let end = matches!(token, Token::End);
        found.push((token, Span { start, end: lexer.at }));
        if end {
            return Ok(found);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn refuse(&self, start: usize, why: impl Into<String>) -> SyntaxError {
        SyntaxError { span: Span { start, end: self.at.max(start + 1) }, why: why.into() }
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn next(&mut self) -> Result<Token<'t>, SyntaxError> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        if first.is_ascii_digit() || (first == '.' && starts_digit(rest.get(1..))) {
            return self.number();
        }
        if let Some((raw, bytes, length)) = quote_prefix(rest) {
            return self.string(raw, bytes, length);
        }
        if first.is_ascii_alphabetic() || first == '_' {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            self.at += end;
            return Ok(word(rest.get(..end).unwrap_or_default()));
        }
        if let Some(sign) = sign(rest) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        Err(self.refuse(self.at, format!("`{first}` has no meaning here")))
    }

    fn number(&mut self) -> Result<Token<'t>, SyntaxError> {
        let start = self.at;
        let rest = self.rest();
        if let Some(hex) = rest.strip_prefix("0x").or(rest.strip_prefix("0X")) {
            let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
            self.at += 2 + end;
            return self.integer(start, hex.get(..end).unwrap_or_default(), 16);
        }
        let mut end = 0;
        let mut double = false;
        let bytes = rest.as_bytes();
        while let Some(&byte) = bytes.get(end) {
            match byte {
                b'0'..=b'9' => {}
                b'.' if !double && starts_digit(rest.get(end + 1..)) => double = true,
                b'e' | b'E' if exponent(rest.get(end + 1..)) => {
                    double = true;
                    end += 1;
                }
                _ => break,
            }
            end += 1;
        }
        self.at += end;
        let digits = rest.get(..end).unwrap_or_default();
        if double {
            let value = digits.parse().map_err(|_| self.refuse(start, "not a number"))?;
            return Ok(Token::Literal(Literal::Double(value)));
        }
        self.integer(start, digits, 10)
    }

    fn integer(
        &mut self,
        start: usize,
        digits: &str,
        radix: u32,
    ) -> Result<Token<'t>, SyntaxError> {
        let unsigned = self.rest().starts_with(['u', 'U']);
        self.at += usize::from(unsigned);
        let value = u64::from_str_radix(digits, radix)
            .map_err(|_| self.refuse(start, "the number is too large"))?;
        if unsigned {
            return Ok(Token::Literal(Literal::Uint(value)));
        }
        // 2^63 is only good behind a minus; the parser joins them.
        Ok(Token::Literal(match i64::try_from(value) {
            Ok(value) => Literal::Int(value),
            Err(_) => Literal::Uint(value),
        }))
    }

    fn string(&mut self, raw: bool, bytes: bool, prefix: usize) -> Result<Token<'t>, SyntaxError> {
        let start = self.at;
        self.at += prefix;
        let rest = self.rest();
        let quote = ["\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|quote| rest.starts_with(quote))
            .ok_or_else(|| self.refuse(start, "a quote is missing"))?;
        self.at += quote.len();
        let mut value = Vec::new();
        loop {
            let rest = self.rest();
            let marks = |byte: u8| matches!(byte, b'"' | b'\'' | b'\\' | b'\n');
            let end = rest.bytes().position(marks).unwrap_or(rest.len());
            let plain = rest.get(..end).unwrap_or_default();
            value.extend_from_slice(plain.as_bytes());
            self.at += plain.len();
            let rest = self.rest();
            if rest.starts_with(quote) {
                self.at += quote.len();
                break;
            }
            let Some(next) = rest.chars().next() else {
                return Err(self.refuse(start, "the string is not closed"));
            };
            if next == '\n' && quote.len() == 1 {
                return Err(self.refuse(start, "the string is not closed on its line"));
            }
            if next == '\\' && !raw {
                self.escape(bytes, &mut value)?;
            } else {
                self.at += next.len_utf8();
                value.extend(next.encode_utf8(&mut [0; 4]).bytes());
            }
        }
        if bytes {
            return Ok(Token::Literal(Literal::Bytes(value)));
        }
        let text = String::from_utf8(value).map_err(|_| self.refuse(start, "not valid text"))?;
        Ok(Token::Literal(Literal::Text(text)))
    }

    fn escape(&mut self, bytes: bool, into: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let start = self.at;
        let rest = self.rest();
        let letter = rest.chars().nth(1).unwrap_or(' ');
        let simple = match letter {
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'a' => Some('\u{7}'),
            'b' => Some('\u{8}'),
            'f' => Some('\u{c}'),
            'v' => Some('\u{b}'),
            '\\' | '\'' | '"' | '`' | '?' => Some(letter),
            _ => None,
        };
        if let Some(simple) = simple {
            self.at += 2;
            into.extend(simple.encode_utf8(&mut [0; 4]).bytes());
            return Ok(());
        }
        let (skip, length, radix) = match letter {
            'x' | 'X' => (2, 2, 16),
            'u' => (2, 4, 16),
            'U' => (2, 8, 16),
            '0'..='3' => (1, 3, 8),
            _ => return Err(self.refuse(start, format!("`\\{letter}` is no escape"))),
        };
        let digits = rest.get(skip..skip + length).unwrap_or_default();
        let value = u32::from_str_radix(digits, radix)
            .map_err(|_| self.refuse(start, "the escape is cut short"))?;
        self.at += skip + length;
        let one_byte = radix == 8 || length == 2;
        if bytes && one_byte {
            into.push(value as u8);
            return Ok(());
        }
        let character =
            char::from_u32(value).ok_or_else(|| self.refuse(start, "no such character"))?;
        into.extend(character.encode_utf8(&mut [0; 4]).bytes());
        Ok(())
    }
}

fn starts_digit(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()))
}

fn exponent(text: Option<&str>) -> bool {
    let text = text.unwrap_or_default();
    starts_digit(Some(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

/// Whether a string literal begins here: raw, bytes, length of the prefix.
fn quote_prefix(text: &str) -> Option<(bool, bool, usize)> {
    // Only the beginning: there may be quotes far behind, and this is asked at every token.
    let end = text.bytes().take(3).position(|byte| matches!(byte, b'"' | b'\''))?;
    let prefix = text.get(..end)?.to_ascii_lowercase();
    match prefix.as_str() {
        "" => Some((false, false, 0)),
        "r" => Some((true, false, 1)),
        "b" => Some((false, true, 1)),
        "rb" | "br" => Some((true, true, 2)),
        _ => None,
    }
}

fn word(text: &str) -> Token<'_> {
    match text {
        "true" => Token::Literal(Literal::Bool(true)),
        "false" => Token::Literal(Literal::Bool(false)),
        "null" => Token::Literal(Literal::Null),
        "in" => Token::Sign("in"),
        _ => Token::Name(text),
    }
}
