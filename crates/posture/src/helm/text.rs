//! Text that knows where its parts were written.
//!
//! What a template prints is put together from literal text, values and what other templates
//! printed. Each part keeps a [`Mark`], and cutting, indenting and joining carry the marks along, so
//! that a line of the output can be shown where somebody wrote it.

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use crate::node::Through;
use crate::sources::Span;

/// Where one part of a text comes from.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Where it is written; none while only the value behind it is known.
    pub(crate) span: Option<Span>,
    /// Whether each byte of the part is the byte at the same offset of the span.
    pub(crate) exact: bool,
    pub(crate) through: Option<Arc<Through>>,
}

/// Text with the marks of its parts, in order and without overlap.
#[derive(Clone, Debug)]
pub(crate) struct Str {
    text: Rc<str>,
    marks: Option<Rc<[Mark]>>,
}

impl Str {
    pub(crate) fn new(text: impl Into<Rc<str>>) -> Self {
        Self { text: text.into(), marks: None }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn marks(&self) -> &[Mark] {
        self.marks.as_deref().unwrap_or_default()
    }

    /// The same text, all of it from one value, unless its parts already say more.
    #[must_use]
    pub(crate) fn of_value(self, through: Option<&Arc<Through>>) -> Self {
        let (None, Some(through)) = (&self.marks, through) else { return self };
        if self.text.is_empty() {
            return self;
        }
        let mark = Mark {
            start: 0,
            end: self.text.len() as u32,
            span: None,
            exact: false,
            through: Some(through.clone()),
        };
        Self { marks: Some(Rc::new([mark])), text: self.text }
    }

    /// The only value that the text was made of; none if there are several.
    pub(crate) fn only_value(&self) -> Option<&Arc<Through>> {
        let mut found = self.marks().iter().filter_map(|mark| mark.through.as_ref());
        let first = found.next()?;
        found.all(|next| Arc::ptr_eq(first, next)).then_some(first)
    }

    #[must_use]
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        if range == (0..self.text.len()) {
            return self.clone();
        }
        let mut writer = Writer::default();
        writer.part(self, range);
        writer.finish()
    }

    /// The part of the text that `part`, a slice of it, covers.
    #[must_use]
    pub(crate) fn cut(&self, part: &str) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        match start.checked_add(part.len()) {
            Some(end) if end <= self.text.len() => self.slice(start..end),
            _ => Self::new(part),
        }
    }

    /// Every `old` replaced, at most `times` times.
    #[must_use]
    pub(crate) fn replace(&self, old: &str, new: &Self, times: usize) -> Self {
        let mut writer = Writer::default();
        let mut from = 0;
        for (at, found) in self.text.match_indices(old).take(times) {
            writer.part(self, from..at);
            writer.str(new);
            from = at + found.len();
        }
        writer.part(self, from..self.text.len());
        writer.finish()
    }
}

/// Puts a text together.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) text: String,
    pub(crate) marks: Vec<Mark>,
}

impl Writer {
    pub(crate) fn plain(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Text that is written at a place, or comes from a value.
    pub(crate) fn marked(
        &mut self,
        text: &str,
        span: Option<Span>,
        exact: bool,
        through: Option<&Arc<Through>>,
    ) {
        if text.is_empty() {
            return;
        }
        let start = self.text.len() as u32;
        self.text.push_str(text);
        if span.is_some() || through.is_some() {
            let end = self.text.len() as u32;
            self.marks.push(Mark { start, end, span, exact, through: through.cloned() });
        }
    }

    pub(crate) fn str(&mut self, text: &Str) {
        self.part(text, 0..text.len());
    }

    /// A part of a text, with the marks on it. A range that is none of the text adds nothing.
    pub(crate) fn part(&mut self, text: &Str, range: Range<usize>) {
        let Some(part) = text.text.get(range.clone()).filter(|part| !part.is_empty()) else {
            return;
        };
        let base = self.text.len() as u32;
        let (from, to) = (range.start as u32, range.end as u32);
        self.text.push_str(part);
        let marks = text.marks();
        let first = marks.partition_point(|mark| mark.end <= from);
        for mark in marks.iter().skip(first).take_while(|mark| mark.start < to) {
            let (start, end) = (mark.start.max(from), mark.end.min(to));
            let mut mark = mark.clone();
            if mark.exact
                && let Some(span) = &mut mark.span
            {
                span.start += start - mark.start;
                span.end = span.start + (end - start);
            }
            mark.start = start - from + base;
            mark.end = end - from + base;
            self.marks.push(mark);
        }
    }

    pub(crate) fn finish(self) -> Str {
        let marks = if self.marks.is_empty() { None } else { Some(self.marks.into()) };
        Str { text: self.text.into(), marks }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    fn value(name: &str) -> Arc<Through> {
        Arc::new(Through { name: name.to_owned(), span: None, before: None })
    }

    fn marks(text: &Str) -> Vec<(String, &'static str)> {
        let part = |mark: &Mark| {
            let range = mark.start as usize..mark.end as usize;
            text.as_str().get(range).unwrap_or_default().to_owned()
        };
        let is_a = |mark: &Mark| mark.through.as_deref().is_some_and(|through| through.name == "a");
        text.marks()
            .iter()
            .map(|mark| (part(mark), if is_a(mark) { "a" } else { "other" }))
            .collect()
    }

    #[test]
    fn marks_stay_on_what_they_marked() {
        let (a, b) = (value("a"), value("b"));
        let mut writer = Writer::default();
        writer.str(&Str::new("one").of_value(Some(&a)));
        writer.plain(":");
        writer.str(&Str::new("two").of_value(Some(&b)));
        let text = writer.finish();
        assert_eq!(marks(&text), [("one".to_owned(), "a"), ("two".to_owned(), "other")]);
        assert_eq!(marks(&text.slice(2..5)), [("e".to_owned(), "a"), ("t".to_owned(), "other")]);
        let replaced = text.replace(":", &Str::new("---"), 9);
        assert_eq!(replaced.as_str(), "one---two");
        assert_eq!(marks(&replaced), [("one".to_owned(), "a"), ("two".to_owned(), "other")]);
        assert!(text.only_value().is_none());
        assert!(text.cut(text.as_str().get(..3).unwrap_or_default()).only_value().is_some());
    }

    #[test]
    fn exact_marks_move_with_the_cut() {
        let mut sources = Sources::default();
        let file = sources.add("a", "0123456789");
        let mut writer = Writer::default();
        writer.marked("3456", Some(Span::new(file, 3, 7)), true, None);
        let cut = writer.finish().slice(1..3);
        assert_eq!(cut.marks()[0].span, Some(Span::new(file, 4, 6)));
    }
}
