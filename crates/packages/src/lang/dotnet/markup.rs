//! Reads the XML of projects and package lists into a flat list of elements with their lines.
//!
//! Entities beyond the five of XML are left as they stand; nothing outside the file is looked at.

use std::borrow::Cow;

use panoply_base::{Limits, Parsed, Problem};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

/// An element, in the order of the file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Element {
    /// Without the prefix of a name space.
    pub(super) name: String,
    pub(super) line: u32,
    pub(super) attributes: Vec<(String, String)>,
    /// The text right inside.
    pub(super) text: String,
    /// Index of the element around it.
    pub(super) parent: Option<usize>,
}

impl Element {
    /// The value of an attribute; MSBuild takes its name in any case.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }
}

/// Reads a document as far as it can be read.
pub(super) fn parse(text: &str, limits: &Limits) -> Parsed<Vec<Element>> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_unmatched_ends = true;
    reader.config_mut().check_end_names = false;
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut problems = Vec::new();
    loop {
        let line = lines.at(reader.buffer_position());
        if elements.len() as u64 >= limits.entries {
            problems.push(Problem::line(line, "more elements than allowed; the rest is not read"));
            break;
        }
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                elements.push(element(&start, line, open.last().copied()));
                open.push(elements.len() - 1);
            }
            Ok(Event::Empty(start)) => elements.push(element(&start, line, open.last().copied())),
            Ok(Event::End(_)) => {
                open.pop();
            }
            Ok(Event::Text(content)) => {
                if let Some(inside) = open.last().and_then(|index| elements.get_mut(*index)) {
                    inside.text.push_str(&content);
                }
            }
            Ok(Event::Eof) => {
                if !open.is_empty() {
                    problems.push(Problem::line(line, "ends before an element is closed"));
                }
                break;
            }
            Ok(_) => {}
            Err(error) => {
                problems.push(Problem::line(line, format!("no XML from here on: {error}")));
                break;
            }
        }
    }
    Parsed { value: elements, problems }
}

fn element(start: &BytesStart<'_>, line: u32, parent: Option<usize>) -> Element {
    let mut attributes = start.attributes();
    let attributes = attributes.with_checks(false).flatten().map(|attribute| {
        let value = unescape(&attribute.value)
            .map_or_else(|_| attribute.value.to_string(), Cow::into_owned);
        (attribute.key.local_name().into_inner().to_owned(), value)
    });
    Element {
        name: start.local_name().into_inner().to_owned(),
        line,
        attributes: attributes.collect(),
        text: String::new(),
        parent,
    }
}

/// Counts lines while going forward through a text.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn at(&mut self, offset: u64) -> u32 {
        let to = usize::try_from(offset).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.as_bytes().get(self.at..to).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u32;
        self.at = to.max(self.at);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a document; expects `line parent name attributes text`, and the starts of the problems.
    fn check(text: &str, elements: &[&str], problems: &[&str]) {
        let read = parse(text, &Limits::TINY);
        let found: Vec<_> = read
            .value
            .iter()
            .map(|element| {
                let parent = element.parent.map_or("-".to_owned(), |index| index.to_string());
                let attributes: Vec<_> = element
                    .attributes
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect();
                format!(
                    "{} {parent} {} {} {}",
                    element.line,
                    element.name,
                    attributes.join(","),
                    element.text.trim()
                )
            })
            .collect();
        assert_eq!(found, elements, "{text}");
        assert_eq!(read.problems.len(), problems.len(), "{:?}", read.problems);
        for (found, start) in read.problems.iter().zip(problems) {
            assert!(found.to_string().starts_with(start), "{found}");
        }
    }

    #[test]
    fn elements_know_their_line_and_their_parent() {
        check(
            "<?xml version='1.0'?>\n<a>\n<x:b c='&lt;1' d=\"2\"/>\n<e>t</e></a>",
            &["2 - a  ", "3 0 b c=<1,d=2 ", "4 0 e  t"],
            &[],
        );
    }

    #[test]
    fn what_is_broken_keeps_its_beginning() {
        check("<a><b/>\n<c", &["1 - a  ", "1 0 b  "], &["line 2: no XML from here on"]);
        check("<a>", &["1 - a  "], &["line 1: ends before an element is closed"]);
        check("</a><b/>", &["1 - b  "], &[]);
        check("", &[], &[]);
        let read = parse(&"<a>".repeat(100_000), &Limits::TINY);
        assert_eq!((read.value.len(), read.problems.len()), (100, 1));
    }
}
