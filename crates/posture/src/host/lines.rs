//! Lines and words of files that are neither YAML nor JSON, each with its place.

use crate::node::{Entry, Node, Value};
use crate::sources::{FileId, Span};

/// One line, and where it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'t> {
    pub(crate) text: &'t str,
    pub(crate) start: usize,
    pub(crate) file: FileId,
}

/// Part of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    pub(crate) span: Span,
}

/// Every line of a file, without its end.
pub(crate) fn lines(text: &str, file: FileId) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |whole| {
        let line = Line { text: whole.trim_end_matches(['\n', '\r']), start, file };
        start += whole.len();
        line
    })
}

/// Lines that say something: no empty ones, none that begin with one of the marks of a comment.
pub(crate) fn said<'t>(
    text: &'t str,
    file: FileId,
    marks: &'static [char],
) -> impl Iterator<Item = Line<'t>> {
    let says = move |line: &Line<'_>| !line.text.is_empty() && !line.text.starts_with(marks);
    lines(text, file).map(Line::trimmed).filter(says)
}

impl<'t> Line<'t> {
    pub(crate) fn span(self) -> Span {
        Span::new(self.file, self.start, self.start + self.text.len())
    }

    pub(crate) fn trimmed(self) -> Self {
        let text = self.text.trim_start();
        let start = self.start + (self.text.len() - text.len());
        Self { text: text.trim_end(), start, file: self.file }
    }

    /// What stands before the first mark of a comment.
    pub(crate) fn before(self, mark: char) -> Self {
        let text = self.text.split(mark).next().unwrap_or_default();
        Self { text, ..self }.trimmed()
    }

    /// The line from a byte on.
    pub(crate) fn from(self, at: usize) -> Self {
        let text = self.text.get(at..).unwrap_or_default();
        Self { text, start: self.start + at, file: self.file }
    }

    /// Words between white space; what stands in quotation marks is one word, without them.
    pub(crate) fn words(self) -> Vec<Word<'t>> {
        let mut words = Vec::new();
        let mut rest = self.trimmed();
        while let Some(first) = rest.text.chars().next() {
            let quoted = matches!(first, '"' | '\'').then_some(first);
            let inner = if quoted.is_some() { rest.from(1) } else { rest };
            let end = match quoted {
                Some(mark) => inner.text.find(mark),
                None => inner.text.find(char::is_whitespace),
            };
            let end = end.unwrap_or(inner.text.len());
            words.push(inner.word(end));
            rest = inner.from(end + usize::from(quoted.is_some())).trimmed();
        }
        words
    }

    /// Both sides of the first mark, without white space around them.
    pub(crate) fn halves(self, mark: char) -> Option<(Word<'t>, Word<'t>)> {
        let at = self.text.find(mark)?;
        let key = Self { text: self.text.get(..at).unwrap_or_default(), ..self }.trimmed();
        let value = self.from(at + mark.len_utf8()).trimmed();
        Some((key.whole(), value.whole()))
    }

    pub(crate) fn whole(self) -> Word<'t> {
        self.word(self.text.len())
    }

    fn word(self, end: usize) -> Word<'t> {
        let text = self.text.get(..end).unwrap_or_default();
        Word { text, span: Span::new(self.file, self.start, self.start + text.len()) }
    }
}

/// What a word says: a number where it is one, its text otherwise.
pub(crate) fn scalar(text: &str, span: Option<Span>) -> Node {
    // `022` is a mask and `+1` a step: both are more than their number.
    let plain = text.strip_prefix('-').unwrap_or(text);
    let is_number = plain == "0" || plain.starts_with(|c: char| ('1'..='9').contains(&c));
    match text.parse() {
        Ok(number) if is_number => Node::new(Value::Int(number), span),
        _ => Node::text(text, span),
    }
}

/// Attributes of a resource while they are put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attrs(pub(crate) Vec<Entry>);

impl Attrs {
    pub(crate) fn put(&mut self, key: &str, node: Node) -> &mut Self {
        self.0.push(Entry::new(key, None, node));
        self
    }

    pub(crate) fn text(&mut self, key: &str, text: &str, span: Option<Span>) -> &mut Self {
        self.put(key, Node::text(text, span))
    }

    pub(crate) fn flag(&mut self, key: &str, value: bool, span: Option<Span>) -> &mut Self {
        self.put(key, Node::new(Value::Bool(value), span))
    }

    pub(crate) fn int(&mut self, key: &str, value: i64, span: Option<Span>) -> &mut Self {
        self.put(key, Node::new(Value::Int(value), span))
    }

    pub(crate) fn list(&mut self, key: &str, items: Vec<Node>, span: Option<Span>) -> &mut Self {
        self.put(key, Node::list(items, span))
    }

    pub(crate) fn node(self, span: Option<Span>) -> Node {
        Node::map(self.0, span)
    }
}

/// A list of texts from words.
pub(crate) fn texts<'t>(words: impl IntoIterator<Item = Word<'t>>) -> Vec<Node> {
    words.into_iter().map(|word| Node::text(word.text, Some(word.span))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    #[test]
    fn words_keep_their_places() {
        let text = "# no\n\n  Key \"a b\" 'c'  d\r\n";
        let mut sources = Sources::default();
        let file = sources.add("f", text);
        let line = said(text, file, &['#']).next().unwrap();
        let words = line.words();
        let shown: Vec<&str> = words.iter().map(|word| word.text).collect();
        assert_eq!(shown, ["Key", "a b", "c", "d"]);
        for word in words {
            assert_eq!(sources.slice(word.span), Some(word.text));
        }
    }

    #[test]
    fn masks_are_no_numbers() {
        assert_eq!(scalar("12", None).as_int(), Some(12));
        assert_eq!(scalar("-1", None).as_int(), Some(-1));
        assert_eq!(scalar("022", None).as_text(), Some("022"));
        assert_eq!(scalar("99999999999999999999", None).as_int(), None);
    }
}
