//! Words, signs and texts of Bicep.

/// Texts with expressions inside, within each other.
const NESTED: u32 = 8;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Name(String),
    Number(i64),
    Text(Vec<Piece>),
    Sign(&'static str),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Plain(String),
    /// What stands between `${` and `}`.
    Inner(Vec<Token>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it is the first of its line.
    pub(super) new_line: bool,
    /// Whether nothing stands before it in its line, not even a space.
    pub(super) margin: bool,
}

/// Longer signs first.
const SIGNS: [&str; 38] = [
    "...", "==", "!=", "=~", "!~", "<=", ">=", "=>", "&&", "||", "??", "::", ".?", "[?", "?", ":",
    "=", "<", ">", "!", "+", "-", "*", "/", "%", "|", "(", ")", "[", "]", "{", "}", ",", ".", "@",
    "^", "&", "~",
];

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    left: u64,
}

/// The tokens of a file, and what could not be read with its place.
pub(super) fn tokens(text: &str, limit: u64) -> (Vec<Token>, Vec<(usize, String)>) {
    let mut lexer = Lexer { text, at: 0, left: limit };
    let mut problems = Vec::new();
    let mut found = Vec::new();
    loop {
        match lexer.until(None, 0, &mut found) {
            Ok(()) => break,
            Err(what) => {
                problems.push((lexer.at, what));
                if lexer.left == 0 || problems.len() >= 100 {
                    break;
                }
                // What follows on the line belongs to what was not understood.
                let rest = lexer.rest();
                lexer.at += rest.find('\n').unwrap_or(rest.len());
            }
        }
    }
    (found, problems)
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Tokens up to the end of the text, or to the sign that closes what is inside of another text.
    fn until(
        &mut self,
        close: Option<&str>,
        nested: u32,
        found: &mut Vec<Token>,
    ) -> Result<(), String> {
        let mut open = 0_u32;
        loop {
            let new_line = self.space()? || self.at == 0;
            if self.rest().is_empty() {
                return match close {
                    None => Ok(()),
                    Some(close) => Err(format!("`{close}` is missing")),
                };
            }
            self.left = self.left.checked_sub(1).ok_or("more words than the limits allow")?;
            let start = self.at;
            let word = self.word(nested)?;
            if close.is_some() {
                match &word {
                    Word::Sign("{") => open += 1,
                    Word::Sign("}") if open == 0 => return Ok(()),
                    Word::Sign("}") => open -= 1,
                    _ => {}
                }
            }
            let before = self.text.as_bytes().get(start.wrapping_sub(1));
            let margin = start == 0 || matches!(before, Some(b'\n'));
            found.push(Token { word, start, end: self.at, new_line, margin });
        }
    }

    /// Passes over spaces and comments; whether a line ended there.
    fn space(&mut self) -> Result<bool, String> {
        let mut ended = false;
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
            ended |=
                rest.get(..rest.len() - trimmed.len()).is_some_and(|space| space.contains('\n'));
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") || trimmed.starts_with('#') {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                let end = trimmed.find("*/").ok_or("a comment without an end")?;
                ended |= trimmed.get(..end).is_some_and(|comment| comment.contains('\n'));
                self.at += end + 2;
            } else {
                return Ok(ended);
            }
        }
    }

    fn word(&mut self, nested: u32) -> Result<Word, String> {
        let rest = self.rest();
        if let Some(inner) = rest.strip_prefix("'''") {
            let mut end = inner.find("'''").ok_or("a text without an end")?;
            // Quotes before the last three belong to the text.
            while inner.get(end + 3..).is_some_and(|after| after.starts_with('\'')) {
                end += 1;
            }
            let text = inner.get(..end).unwrap_or_default();
            let text =
                text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text);
            self.at += end + 6;
            return Ok(Word::Text(vec![Piece::Plain(text.to_owned())]));
        }
        if rest.starts_with('\'') {
            return self.quoted(nested);
        }
        let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        if length > 0 {
            let word = rest.get(..length).unwrap_or_default();
            self.at += length;
            if word.starts_with(|c: char| c.is_ascii_digit()) {
                return word
                    .parse()
                    .map(Word::Number)
                    .map_err(|_| format!("`{word}` is no number"));
            }
            return Ok(Word::Name(word.to_owned()));
        }
        match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            Some(sign) => {
                self.at += sign.len();
                Ok(Word::Sign(sign))
            }
            None => Err(format!("`{}` has no meaning here", rest.chars().next().unwrap_or(' '))),
        }
    }

    fn quoted(&mut self, nested: u32) -> Result<Word, String> {
        self.at += 1;
        let mut pieces = Vec::new();
        let mut plain = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find(['\'', '\\', '$', '\n']).ok_or("a text without an end")?;
            plain.push_str(rest.get(..end).unwrap_or_default());
            self.at += end;
            let rest = self.rest();
            match rest.as_bytes().first() {
                Some(b'\'') => {
                    self.at += 1;
                    if !plain.is_empty() || pieces.is_empty() {
                        pieces.push(Piece::Plain(plain));
                    }
                    return Ok(Word::Text(pieces));
                }
                Some(b'\\') => plain.push(self.escape()?),
                Some(b'$') if rest.starts_with("${") => {
                    if nested >= NESTED {
                        return Err("texts within texts, too deep".to_owned());
                    }
                    if !plain.is_empty() {
                        pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    }
                    self.at += 2;
                    let mut inner = Vec::new();
                    self.until(Some("}"), nested + 1, &mut inner)?;
                    pieces.push(Piece::Inner(inner));
                }
                Some(b'$') => {
                    plain.push('$');
                    self.at += 1;
                }
                _ => return Err("a text without an end".to_owned()),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let rest = self.rest();
        let escaped = rest.chars().nth(1).ok_or("a text without an end")?;
        self.at += 1 + escaped.len_utf8();
        Ok(match escaped {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' | '\'' | '$' => escaped,
            'u' => {
                let inner = self.rest().strip_prefix('{').and_then(|inner| inner.split_once('}'));
                let (digits, _) = inner.ok_or("`\\u` without digits")?;
                let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                self.at += digits.len() + 2;
                code.ok_or_else(|| format!("`{digits}` is no character"))?
            }
            other => return Err(format!("`\\{other}` has no meaning")),
        })
    }
}
