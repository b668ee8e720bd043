//! JSON with spans, and with the comments and trailing commas that people put into it.
//!
//! RFC 8259; comments as in the templates of Azure and in editors' settings. Reading is one pass
//! without recursion, so that a file of one long line costs what its bytes cost.

use panoply_base::{Limits, Problem};

use crate::node::{Entry, Node, Value};
use crate::sources::{FileId, Span};

/// Values of one file.
const NODES: u64 = 20_000_000;

/// Reads a file of one value.
///
/// # Errors
///
/// The first place that is no JSON: what is read so far cannot be trusted to be whole.
pub fn json(text: &str, file: FileId, limits: &Limits) -> Result<Node, Problem> {
    let depth = limits.depth.saturating_mul(16).clamp(16, 128) as usize;
    let nodes = limits.entries.min(NODES);
    let mut reading = Reading { text, bytes: text.as_bytes(), at: 0, file };
    reading.document(depth, nodes).map_err(|what| Problem::byte(reading.at as u64, what))
}

struct Reading<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    file: FileId,
}

enum Open {
    List(usize, Vec<Node>),
    Map(usize, Vec<Entry>, (String, Span)),
}

impl Reading<'_> {
    fn document(&mut self, depth: usize, mut nodes: u64) -> Result<Node, String> {
        let mut open: Vec<Open> = Vec::new();
        'value: loop {
            self.space()?;
            nodes = nodes.checked_sub(1).ok_or("more values than the limits allow")?;
            let start = self.at;
            let mut node = match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    if open.len() >= depth {
                        return Err(format!("nested deeper than {depth} levels"));
                    }
                    if self.closes(b'}')? {
                        Node::map(Vec::new(), Some(self.span(start)))
                    } else {
                        let key = self.key()?;
                        open.push(Open::Map(start, Vec::new(), key));
                        continue 'value;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    if open.len() >= depth {
                        return Err(format!("nested deeper than {depth} levels"));
                    }
                    if self.closes(b']')? {
                        Node::list(Vec::new(), Some(self.span(start)))
                    } else {
                        open.push(Open::List(start, Vec::new()));
                        continue 'value;
                    }
                }
                Some(b'"') => {
                    let text = self.string()?;
                    Node::text(text, Some(self.span(start)))
                }
                Some(_) => {
                    let value = self.word()?;
                    Node::new(value, Some(self.span(start)))
                }
                None => return Err("the file ends where a value should be".to_owned()),
            };
            // A finished value may finish the lists and maps around it.
            loop {
                let Some(parent) = open.pop() else {
                    self.space()?;
                    return match self.peek() {
                        None => Ok(node),
                        Some(_) => Err("something follows the value".to_owned()),
                    };
                };
                match parent {
                    Open::List(start, mut items) => {
                        items.push(node);
                        if self.ends(b']')? {
                            node = Node::list(items, Some(self.span(start)));
                        } else {
                            open.push(Open::List(start, items));
                            continue 'value;
                        }
                    }
                    Open::Map(start, mut entries, (key, key_span)) => {
                        entries.push(Entry::new(key, Some(key_span), node));
                        if self.ends(b'}')? {
                            node = Node::map(entries, Some(self.span(start)));
                        } else {
                            let key = self.key()?;
                            open.push(Open::Map(start, entries, key));
                            continue 'value;
                        }
                    }
                }
            }
        }
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// White space and comments.
    fn space(&mut self) -> Result<(), String> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'/') => {
                    let rest = self.bytes.get(self.at..).unwrap_or_default();
                    if rest.starts_with(b"//") {
                        self.at += rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                    } else if rest.starts_with(b"/*") {
                        let body = self.text.get(self.at + 2..).unwrap_or_default();
                        self.at += body.find("*/").ok_or("a comment that does not end")? + 4;
                    } else {
                        return Err("`/` begins no value".to_owned());
                    }
                }
                _ => return Ok(()),
            }
        }
    }

    /// Whether a list or map that just began is empty.
    fn closes(&mut self, end: u8) -> Result<bool, String> {
        self.space()?;
        let closes = self.peek() == Some(end);
        self.at += usize::from(closes);
        Ok(closes)
    }

    /// After a value: whether the list or map ends here. A comma in front of the end is let pass.
    fn ends(&mut self, end: u8) -> Result<bool, String> {
        if self.closes(end)? {
            return Ok(true);
        }
        if self.peek() != Some(b',') {
            return Err(format!("`,` or `{}` is missing", end as char));
        }
        self.at += 1;
        self.closes(end)
    }

    fn key(&mut self) -> Result<(String, Span), String> {
        self.space()?;
        if self.peek() != Some(b'"') {
            return Err("a key should stand in quotes".to_owned());
        }
        let start = self.at;
        let key = self.string()?;
        let span = self.span(start);
        self.space()?;
        if self.peek() != Some(b':') {
            return Err("`:` is missing after a key".to_owned());
        }
        self.at += 1;
        Ok((key, span))
    }

    /// The text in quotes that begins here.
    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(stop) = rest.iter().position(|b| matches!(b, b'"' | b'\\')) else {
                self.at = self.bytes.len();
                return Err("a text that does not end".to_owned());
            };
            text.push_str(self.text.get(self.at..self.at + stop).unwrap_or_default());
            self.at += stop + 1;
            if rest.get(stop) == Some(&b'"') {
                return Ok(text);
            }
            self.escape(&mut text)?;
        }
    }

    fn escape(&mut self, text: &mut String) -> Result<(), String> {
        let kind = self.peek().ok_or("a text that does not end")?;
        self.at += 1;
        text.push(match kind {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let first = self.hex()?;
                let pair = self.bytes.get(self.at..self.at + 2) == Some(b"\\u");
                if (0xd800..0xdc00).contains(&first) && pair {
                    self.at += 2;
                    let second = self.hex()?;
                    let low = second.wrapping_sub(0xdc00) & 0x3ff;
                    char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + low).unwrap_or('\u{fffd}')
                } else {
                    char::from_u32(first).unwrap_or('\u{fffd}')
                }
            }
            b'"' | b'\\' | b'/' => kind as char,
            _ => return Err("an escape that does not exist".to_owned()),
        });
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at..self.at + 4).ok_or("an escape that is cut off")?;
        let value =
            u32::from_str_radix(digits, 16).map_err(|_| "an escape of no hexadecimal digits")?;
        self.at += 4;
        Ok(value)
    }

    fn word(&mut self) -> Result<Value, String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
        let length = rest.iter().position(|b| !is_word(b)).unwrap_or(rest.len());
        let word = self.text.get(self.at..self.at + length).unwrap_or_default();
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => word
                .parse()
                .map(Value::Int)
                .or_else(|_| word.parse().map(Value::Float))
                .map_err(|_| format!("`{word}` is no number"))?,
            _ => {
                return Err(format!(
                    "`{}` begins no value",
                    word.chars().take(20).collect::<String>()
                ));
            }
        };
        self.at += length;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    fn read(text: &str) -> Result<Node, Problem> {
        let file = Sources::default().add("a.json", text);
        json(text, file, &Limits::DEFAULT)
    }

    #[test]
    fn values_have_their_spans() {
        let text = r#"{"a": [1, -2.5, "x\u00e9\ud83d\ude00\n"], "b": {"c": null}, "d": {}}"#;
        let node = read(text).expect("is JSON");
        let list = node.get("a").expect("is there");
        assert_eq!(list.items()[0].as_int(), Some(1));
        assert_eq!(list.items()[2].as_text(), Some("xé😀\n"));
        let span = list.span.expect("has one");
        let slice = text.get(span.start as usize..span.end as usize);
        assert_eq!(slice, Some(r#"[1, -2.5, "x\u00e9\ud83d\ude00\n"]"#));
        assert!(node.at(&["b", "c"]).is_some_and(Node::is_null));
    }

    #[test]
    fn comments_and_trailing_commas_are_let_pass() {
        let node =
            read("// top\n{\"a\": 1, /* b */ \"c\": [2,],}\n").expect("is JSON with comments");
        assert_eq!(node.get("c").map(|list| list.items().len()), Some(1));
    }

    #[test]
    fn what_is_no_json_is_refused_where_it_stops() {
        for (text, part) in [
            ("{\"a\" 1}", "byte 5: `:` is missing"),
            ("[1 2]", "byte 3: `,` or `]`"),
            ("[1", "`,` or `]`"),
            ("\"abc", "does not end"),
            ("{a: 1}", "should stand in quotes"),
            ("[nul]", "`nul` begins no value"),
            ("1 2", "something follows"),
            ("\"\\q\"", "escape"),
            ("\"\\u12", "cut off"),
            ("", "ends where a value"),
        ] {
            let problem = read(text).expect_err(text).to_string();
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let problem = read(&"[".repeat(1_000_000)).expect_err("is too deep");
        assert!(problem.what.contains("nested deeper"), "{problem}");
    }

    #[test]
    fn no_cut_of_a_document_panics() {
        let text = r#"{"a": [1, -2.5, "x\u00e9\ud83d"], "b": {"c": null /* x */}}"#;
        for end in 0..text.len() {
            let _ = read(text.get(..end).unwrap_or_default());
        }
    }
}
