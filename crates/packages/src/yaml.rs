//! Reads YAML 1.2, as lock files and their manifests are written, into the tree of `json`.
//!
//! A reader of its own, because three things are needed together: the line of each value, scalars as
//! they are written (the version `1.10` is not the number 1.1), and what is left of a file that is
//! cut off or broken. Anchors and tags are passed over; an alias is reported and reads as null, so
//! nothing here can multiply. Only the first document of a stream is read.

use std::borrow::Cow;

use panoply_base::{Limits, Parsed, Problem};

use crate::json::{LEVELS_PER_DEPTH, Member, Node, Value, duplicates, short};

mod flow;
mod scalar;

/// Reads the first document as far as it can be read; others are a problem. Every plain scalar but
/// `null` and `~` is text.
pub(crate) fn parse<'a>(text: &'a str, limits: &Limits) -> Parsed<Node<'a>> {
    let mut reader = Reader::new(text, limits);
    let value = reader.document();
    if reader.at < text.len() && !reader.starts_with("...") {
        reader.problem("only the first document is read");
    }
    Parsed { value, problems: reader.problems }
}

/// Reads all documents of a stream, parted by `---`.
pub(crate) fn parse_all<'a>(text: &'a str, limits: &Limits) -> Parsed<Vec<Node<'a>>> {
    let mut reader = Reader::new(text, limits);
    let mut documents = vec![reader.document()];
    while reader.at < text.len() {
        if reader.starts_with("...") {
            reader.next_line();
            reader.skip_to_content();
            continue;
        }
        documents.push(reader.document());
    }
    Parsed { value: documents, problems: reader.problems }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    /// Where the line begins that `at` is on.
    line_start: usize,
    levels: usize,
    /// How many more values may be read.
    nodes: u64,
    most_problems: usize,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, limits: &Limits) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
            line_start: 0,
            levels: limits.depth as usize * LEVELS_PER_DEPTH,
            nodes: limits.entries,
            most_problems: limits.problems,
            problems: Vec::new(),
        }
    }

    /// Reads up to the mark of the next document; what cannot be read before it is a problem.
    fn document(&mut self) -> Node<'a> {
        self.skip_prologue();
        let value = self.block(None, false, 0);
        self.skip_to_content();
        if self.at < self.text.len() && !self.is_document_mark() {
            self.problem("something follows the end of the document");
        }
        while self.at < self.text.len() && !self.is_document_mark() {
            self.next_line();
        }
        value
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn starts_with(&self, mark: &str) -> bool {
        self.rest().starts_with(mark)
    }

    fn column(&self) -> usize {
        self.at.saturating_sub(self.line_start)
    }

    fn problem(&mut self, what: impl Into<String>) {
        self.problem_at(self.line, what);
    }

    fn problem_at(&mut self, line: u32, what: impl Into<String>) {
        if self.problems.len() < self.most_problems {
            self.problems.push(Problem::line(line, what));
        }
    }

    /// The rest of this line, without its break.
    fn rest_of_line(&self) -> &'a str {
        let rest = self.rest().as_bytes();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = self.text.get(self.at..self.at + length).unwrap_or_default();
        line.strip_suffix('\r').unwrap_or(line)
    }

    fn next_line(&mut self) {
        let rest = self.rest().as_bytes();
        match memchr::memchr(b'\n', rest) {
            Some(length) => {
                self.at += length + 1;
                self.line += 1;
            }
            None => self.at = self.text.len(),
        }
        self.line_start = self.at;
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// White space, line breaks and comments.
    fn skip_to_content(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\n' | b'#') => self.next_line(),
                _ => return,
            }
        }
    }

    fn skip_prologue(&mut self) {
        self.skip_to_content();
        while self.column() == 0 && self.starts_with("%") {
            self.next_line();
            self.skip_to_content();
        }
        if self.starts_with("---") {
            self.at += 3;
        }
    }

    /// Whether a mark of the block style (`-`, `?`, `:`) stands here: white space follows it.
    fn is_mark(&self, mark: u8) -> bool {
        let next = self.text.as_bytes().get(self.at + 1);
        self.peek() == Some(mark) && matches!(next, None | Some(b' ' | b'\t' | b'\r' | b'\n'))
    }

    fn is_document_mark(&self) -> bool {
        self.column() == 0 && (self.starts_with("---") || self.starts_with("..."))
    }

    /// Reads what is indented deeper than `parent`; a list may begin right under its name.
    fn block(&mut self, parent: Option<usize>, list_may_align: bool, level: usize) -> Node<'a> {
        let owner = self.line;
        self.skip_properties();
        self.skip_to_content();
        let column = self.column();
        let deeper = parent.is_none_or(|parent| {
            column > parent || (list_may_align && column == parent && self.is_mark(b'-'))
        });
        if self.peek().is_none() || !deeper || self.is_document_mark() {
            return Node { line: owner, value: Value::Null };
        }
        let line = self.line;
        if !self.may_read(level) {
            self.skip_block(parent);
            return Node { line, value: Value::Null };
        }
        let value = if self.is_mark(b'-') {
            self.sequence(column, level)
        } else if self.is_mark(b'?') || self.key_length().is_some() {
            self.mapping(column, level)
        } else {
            self.inline(parent, level)
        };
        Node { line, value }
    }

    /// Counts a value; says no when there are too many or they are too deep.
    fn may_read(&mut self, level: usize) -> bool {
        let Some(left) = self.nodes.checked_sub(1) else {
            self.problem("the document has more values than allowed; the rest is not read");
            self.at = self.text.len();
            return false;
        };
        self.nodes = left;
        if level >= self.levels {
            self.problem(format!("nested deeper than {} levels; skipped", self.levels));
            return false;
        }
        true
    }

    fn skip_block(&mut self, parent: Option<usize>) {
        while self.at < self.text.len() {
            self.next_line();
            self.skip_to_content();
            if parent.is_some_and(|parent| self.column() <= parent) {
                return;
            }
        }
    }

    fn sequence(&mut self, column: usize, level: usize) -> Value<'a> {
        let mut nodes = Vec::new();
        while self.column() == column && self.is_mark(b'-') && !self.is_document_mark() {
            self.at += 1;
            self.skip_blanks();
            nodes.push(self.block(Some(column), false, level + 1));
            self.skip_to_content();
        }
        Value::List(nodes)
    }

    fn mapping(&mut self, column: usize, level: usize) -> Value<'a> {
        let mut members: Vec<Member<'a>> = Vec::new();
        loop {
            self.skip_to_content();
            if self.peek().is_none() || self.column() < column || self.is_document_mark() {
                break;
            }
            if self.column() > column {
                self.problem("indented deeper than the names above");
                self.next_line();
                continue;
            }
            let line = self.line;
            let is_long = self.is_mark(b'?');
            let Some(key) = self.key(column, level) else {
                self.problem(format!("`{}` is no name with a value", short(self.rest_of_line())));
                self.next_line();
                continue;
            };
            let value = if is_long {
                self.block(Some(column), true, level + 1)
            } else {
                self.value(column, level + 1)
            };
            members.push(Member { key, line, value });
        }
        let room = self.most_problems.saturating_sub(self.problems.len());
        self.problems.extend(duplicates(&members).take(room));
        Value::Map(members)
    }

    /// Reads a name and the colon behind it.
    fn key(&mut self, column: usize, level: usize) -> Option<Cow<'a, str>> {
        if self.is_mark(b'?') {
            // The long way to write a name, taken for names beyond 1024 characters.
            self.at += 1;
            let node = self.block(Some(column), false, level + 1);
            self.skip_to_content();
            if self.column() == column && self.is_mark(b':') {
                self.at += 1;
            }
            return match node.value {
                Value::Text(text) => Some(text),
                _ => None,
            };
        }
        let length = self.key_length()?;
        if matches!(self.peek(), Some(b'"' | b'\'')) {
            let key = self.quoted(None);
            self.skip_blanks();
            self.at += 1;
            return Some(key);
        }
        let text = self.rest().get(..length)?;
        self.at += length + 1;
        Some(Cow::Borrowed(text.trim_end()))
    }

    /// How many bytes lie between here and the colon that ends a name, if this line begins with one.
    fn key_length(&self) -> Option<usize> {
        let line = self.rest_of_line();
        let bytes = line.as_bytes();
        let start = match bytes.first()? {
            quote @ (b'"' | b'\'') => scalar::quoted_length(line, *quote)?,
            b'{' | b'[' | b'|' | b'>' | b'#' => return None,
            _ => 0,
        };
        let mut before = b' ';
        for (index, byte) in bytes.iter().enumerate().skip(start) {
            let ends = matches!(bytes.get(index + 1), None | Some(b' ' | b'\t'));
            match byte {
                b':' if ends => return Some(index),
                b'#' if before == b' ' && index > start => return None,
                b' ' | b'\t' => {}
                _ if start > 0 => return None,
                _ => {}
            }
            before = *byte;
        }
        None
    }

    /// Reads what follows the colon of a name at `column`.
    fn value(&mut self, column: usize, level: usize) -> Node<'a> {
        self.skip_properties();
        let line = self.line;
        let rest = self.rest_of_line();
        if rest.is_empty() || rest.starts_with('#') {
            return self.block(Some(column), true, level);
        }
        if !self.may_read(level) {
            self.skip_block(Some(column));
            return Node { line, value: Value::Null };
        }
        Node { line, value: self.inline(Some(column), level) }
    }

    /// Passes over blanks, anchors and tags.
    fn skip_properties(&mut self) {
        loop {
            self.skip_blanks();
            if !matches!(self.peek(), Some(b'&' | b'!')) {
                return;
            }
            let line = self.rest_of_line();
            self.at += line.find([' ', '\t']).unwrap_or(line.len());
        }
    }

    /// A value that begins on this line: flow style, quoted, plain, or the lines behind `|` and `>`.
    fn inline(&mut self, parent: Option<usize>, level: usize) -> Value<'a> {
        match self.peek() {
            Some(b'{' | b'[') => {
                let value = self.flow(parent, level);
                self.expect_end_of_line();
                value
            }
            Some(b'"' | b'\'') => {
                let text = self.quoted(parent);
                self.expect_end_of_line();
                Value::Text(text)
            }
            Some(b'|' | b'>') => Value::Text(self.literal(parent)),
            Some(b'*') => {
                self.problem(format!("the alias `{}` is not followed", short(self.rest_of_line())));
                self.next_line();
                Value::Null
            }
            _ => match self.plain(parent) {
                Cow::Borrowed("~" | "null" | "") => Value::Null,
                text => Value::Text(text),
            },
        }
    }

    fn expect_end_of_line(&mut self) {
        self.skip_blanks();
        let rest = self.rest_of_line();
        // A value without an end was given up at the beginning of a later line.
        let is_new_line =
            self.text.get(self.line_start..self.at).is_some_and(|text| text.trim().is_empty());
        if !is_new_line && !rest.is_empty() && !rest.starts_with('#') {
            self.problem(format!("`{}` follows the end of a value", short(rest)));
            self.next_line();
        }
    }
}

#[cfg(test)]
mod tests;
