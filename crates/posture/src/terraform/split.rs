//! Where the top-level blocks of HCL text begin and end, without reading what is in them.
//!
//! Used for files that the parser refuses, and to refuse text that the parser would be slow on. Knows
//! comments, quoted text with `${…}` in it, and heredocs.

use std::ops::Range;

use panoply_base::Problem;

/// Bytes of one HCL text. People's files are a thousandth of this.
const TEXT: usize = 8 << 20;
/// Things between one pair of braces: the parser compares each name with those before it.
const SIBLINGS: u32 = 30_000;

/// Says no to text that the parser would take seconds for.
pub(super) fn bounded(text: &str) -> Result<(), Problem> {
    if text.len() > TEXT {
        return Err(Problem::whole(format!("the text is larger than {} MiB", TEXT >> 20)));
    }
    if text.len() < SIBLINGS as usize * 2 {
        return Ok(());
    }
    let mut siblings = vec![0_u32];
    let mut scan = Scan::new(text);
    while let Some(token) = scan.next() {
        match token {
            Token::Open => siblings.push(0),
            Token::Close => {
                siblings.pop();
            }
            Token::Equals => {
                if let Some(count) = siblings.last_mut() {
                    *count += 1;
                    if *count > SIBLINGS {
                        let what = format!("more than {SIBLINGS} entries in one block");
                        return Err(Problem::byte(scan.at as u64, what));
                    }
                }
            }
            Token::Newline => {}
        }
    }
    Ok(())
}

/// The pieces of a text that can be read one by one: its top-level blocks and attributes.
pub(super) fn blocks(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut scan = Scan::new(text);
    let (mut start, mut depth) = (0, 0_usize);
    // What follows a brace that nobody opened, or that nobody closes, is found again at the next line
    // that begins like a block in the first column.
    while let Some(token) = scan.next() {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::Equals => {}
            Token::Newline => {
                let next = text.get(scan.at..).unwrap_or_default();
                let begins = next.starts_with(|c: char| c.is_ascii_alphabetic())
                    && next.lines().next().is_some_and(opens_block);
                if depth == 0 || begins {
                    pieces.push(start..scan.at);
                    (start, depth) = (scan.at, 0);
                }
            }
        }
    }
    pieces.push(start..text.len());
    let empty = |piece: &Range<usize>| text.get(piece.clone()).is_none_or(|t| t.trim().is_empty());
    pieces.retain(|piece| !empty(piece));
    pieces
}

/// Whether a line is the head of one of the blocks that a module is made of.
fn opens_block(line: &str) -> bool {
    const HEADS: &[&str] = &[
        "resource",
        "data",
        "variable",
        "output",
        "locals",
        "module",
        "provider",
        "terraform",
        "moved",
        "removed",
        "import",
        "check",
        "ephemeral",
    ];
    let word = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
    word.is_some_and(|word| HEADS.contains(&word)) && line.contains('{')
}

enum Token {
    Open,
    Close,
    Equals,
    Newline,
}

struct Scan<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// A heredoc begins with the next line; this ends it.
    heredoc: Option<&'a str>,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, bytes: text.as_bytes(), at: 0, heredoc: None }
    }

    fn next(&mut self) -> Option<Token> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            let first = *rest.first()?;
            self.at += 1;
            match first {
                b'{' | b'[' | b'(' => return Some(Token::Open),
                b'}' | b']' | b')' => return Some(Token::Close),
                b'=' | b':' => return Some(Token::Equals),
                b'\n' => {
                    if let Some(end) = self.heredoc.take() {
                        self.skip_heredoc(end);
                    }
                    return Some(Token::Newline);
                }
                b'#' => self.skip_line(),
                b'/' if rest.starts_with(b"//") => self.skip_line(),
                b'/' if rest.starts_with(b"/*") => {
                    let body = self.text.get(self.at + 1..).unwrap_or_default();
                    self.at += body.find("*/").map_or(rest.len(), |end| end + 3);
                }
                b'"' => self.skip_quoted(),
                b'<' if rest.starts_with(b"<<") && self.heredoc.is_none() => self.begin_heredoc(),
                _ => {}
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    }

    fn begin_heredoc(&mut self) {
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let name = rest.strip_prefix('-').unwrap_or(rest);
        let length =
            name.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(name.len());
        if length > 0 {
            self.heredoc = name.get(..length);
        }
    }

    /// Leaves the scan at the line break after the last line of the heredoc.
    fn skip_heredoc(&mut self, end: &str) {
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
            let length = rest.find('\n').unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or_default().trim();
            if line.strip_prefix(end).is_some_and(|after| {
                !after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
            }) {
                self.at += rest.find(end).unwrap_or_default() + end.len();
                return;
            }
            self.at += (length + 1).min(rest.len());
        }
    }

    /// A quoted text ends with its line at the latest, unless a `${` is open.
    fn skip_quoted(&mut self) {
        // How many braces are open in each `${` that we are in.
        let mut open: Vec<u32> = Vec::new();
        let mut quoted = true;
        while let Some(byte) = self.bytes.get(self.at).copied() {
            self.at += 1;
            if quoted {
                match byte {
                    b'\\' => self.at += 1,
                    b'"' if open.is_empty() => return,
                    b'"' => quoted = false,
                    b'\n' => {
                        self.at -= 1;
                        return;
                    }
                    b'$' | b'%' if self.bytes.get(self.at) == Some(&b'{') => {
                        let escaped = self.at >= 2 && self.bytes.get(self.at - 2) == Some(&byte);
                        self.at += 1;
                        if !escaped && open.len() < 128 {
                            open.push(0);
                            quoted = false;
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => quoted = true,
                b'{' => {
                    if let Some(count) = open.last_mut() {
                        *count += 1;
                    }
                }
                b'}' => match open.last_mut() {
                    Some(0) => {
                        open.pop();
                        quoted = true;
                    }
                    Some(count) => *count -= 1,
                    None => return,
                },
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let pieces = blocks(text);
        let pieces: Vec<&str> =
            pieces.into_iter().map(|p| text.get(p).unwrap_or_default().trim()).collect();
        assert_eq!(pieces, expected);
    }

    #[test]
    fn braces_in_texts_comments_and_heredocs_do_not_count() {
        check(
            "a {\n  x = \"}${ {a=\"}\"} }\"\n}\n# }\nb {\n  y = <<-E\n  } {\n  E\n}\nc = 1\n",
            &[
                "a {\n  x = \"}${ {a=\"}\"} }\"\n}",
                "# }",
                "b {\n  y = <<-E\n  } {\n  E\n}",
                "c = 1",
            ],
        );
        check("/* { */\na {}\n// {\nb {}", &["/* { */", "a {}", "// {", "b {}"]);
    }

    #[test]
    fn a_brace_that_is_never_closed_costs_one_block() {
        check(
            "resource \"a\" \"b\" {\n  x = {\n}\nresource \"c\" \"d\" {\n}\n",
            &["resource \"a\" \"b\" {\n  x = {\n}", "resource \"c\" \"d\" {\n}"],
        );
    }

    #[test]
    fn a_text_that_does_not_end_costs_its_line() {
        check(
            "variable \"a\" {\n  x = \"oops\n}\nvariable \"b\" {}\n",
            &["variable \"a\" {\n  x = \"oops\n}", "variable \"b\" {}"],
        );
    }

    #[test]
    fn text_that_would_take_the_parser_long_is_refused() {
        let items: Vec<String> = (0..40_000).map(|at| format!("k{at} = 1")).collect();
        let text = format!("locals {{\n{}\n}}\n", items.join("\n"));
        assert!(bounded(&text).is_err());
        assert!(bounded("a = 1").is_ok());
    }
}
