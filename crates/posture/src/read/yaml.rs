//! YAML 1.2 with the merge keys of 1.1, as Kubernetes, Compose and pipelines are written in.
//!
//! Aliases share what they stand for, and what they would unfold to is counted, so that a few lines
//! of anchors cannot become gigabytes. A broken document costs that document: reading goes on at
//! the next `---`.

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span as YamlSpan};
use panoply_base::{Limits, Parsed, Problem};

use crate::node::{Entry, Map, Node, Value};
use crate::sources::{FileId, Span};

/// One document of a stream.
#[derive(Clone, Debug)]
pub struct Document {
    pub root: Node,
    /// Everything from its first to its last value.
    pub span: Span,
}

/// Nodes of one stream, with aliases unfolded.
const NODES: u64 = 2_000_000;

/// Reads every document of a stream.
///
/// A node with a local tag, `!Ref x`, becomes a map of one key, `{"!Ref": x}`: what a tag means is
/// for the reader of that format to know.
pub fn yaml(text: &str, file: FileId, limits: &Limits) -> Parsed<Vec<Document>> {
    let depth = limits.depth.saturating_mul(16).clamp(16, 128) as usize;
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: depth,
        block_nesting_limit: depth,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut reading = Reading {
        file,
        depth,
        nodes: limits.entries.min(NODES),
        open: Vec::new(),
        anchors: HashMap::new(),
        problems: Vec::new(),
        root: None,
    };
    let mut documents = Vec::new();
    while let Some(next) = parser.next_event() {
        let failed = match next {
            Ok((Event::DocumentStart(..), _)) => {
                reading.begin();
                continue;
            }
            Ok((Event::DocumentEnd, _)) => {
                documents.extend(reading.finish());
                continue;
            }
            Ok((Event::StreamEnd, _)) => break,
            Ok((event, span)) => match reading.event(event, &span, text) {
                Ok(()) => continue,
                Err(what) => Problem::line(span.start.line() as u32, what),
            },
            Err(error) => Problem::line(
                error.marker().line() as u32,
                format!("broken YAML: {}", error.info()),
            ),
        };
        reading.problems.push(failed);
        reading.begin();
        if reading.problems.len() > limits.problems
            || !matches!(parser.proceed_next_document(), Ok(true))
        {
            break;
        }
    }
    Parsed { value: documents, problems: reading.problems }
}

struct Reading {
    file: FileId,
    depth: usize,
    /// Nodes that may still be made.
    nodes: u64,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, u64)>,
    problems: Vec<Problem>,
    root: Option<Node>,
}

/// A list or map whose end has not come yet.
struct Open {
    span: Span,
    anchor: usize,
    tag: Option<String>,
    weight: u64,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(Arc<str>, Span)>, merged: Vec<Node> },
}

impl Reading {
    fn begin(&mut self) {
        self.open.clear();
        self.anchors.clear();
        self.root = None;
    }

    fn finish(&mut self) -> Option<Document> {
        let root = self.root.take()?;
        let span = root.span?;
        Some(Document { root, span })
    }

    fn event(&mut self, event: Event<'_>, at: &YamlSpan, text: &str) -> Result<(), String> {
        let span = self.span(at);
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let tag = tag.and_then(|tag| local(&tag));
                if self.wants_key() {
                    return self.key(&value, style, span);
                }
                let forced_text = style != ScalarStyle::Plain || tag.as_deref() == Some("str");
                let value = if forced_text { Value::Text(value.into()) } else { plain(&value) };
                self.done(Node::new(value, Some(span)), 1, anchor, tag)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(span, anchor, tag.and_then(|tag| local(&tag)), OpenKind::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                let kind = OpenKind::Map { entries: Vec::new(), key: None, merged: Vec::new() };
                self.open(span, anchor, tag.and_then(|tag| local(&tag)), kind)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span, text),
            Event::Alias(id) => {
                let (node, weight) = self
                    .anchors
                    .get(&id)
                    .cloned()
                    .ok_or("an alias inside of what it stands for")?;
                if self.wants_key() {
                    let key = node.as_text().ok_or("a key that is no text")?.to_owned();
                    return self.key(&key, ScalarStyle::DoubleQuoted, span);
                }
                self.done(node, weight, 0, None)
            }
            _ => Ok(()),
        }
    }

    fn span(&self, at: &YamlSpan) -> Span {
        let range = at.byte_range().unwrap_or_default();
        Span::new(self.file, range.start, range.end)
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: OpenKind::Map { key: None, .. }, .. }))
    }

    fn key(&mut self, text: &str, style: ScalarStyle, span: Span) -> Result<(), String> {
        let Some(Open { kind: OpenKind::Map { entries, key, .. }, .. }) = self.open.last_mut()
        else {
            return Err("a key outside of a map".to_owned());
        };
        if style == ScalarStyle::Plain && text == "<<" {
            *key = Some(("<<".into(), span));
            return Ok(());
        }
        // Maps of real files are small; large ones would make this quadratic.
        if entries.len() < 256 && entries.iter().any(|entry| &*entry.key == text) {
            self.problems.push(Problem::byte(
                u64::from(span.start),
                format!("the key `{text}` is there twice; the last one counts"),
            ));
        }
        *key = Some((text.into(), span));
        Ok(())
    }

    fn open(
        &mut self,
        span: Span,
        anchor: usize,
        tag: Option<String>,
        kind: OpenKind,
    ) -> Result<(), String> {
        if self.wants_key() {
            return Err("a key that is no text".to_owned());
        }
        if self.open.len() >= self.depth {
            return Err(format!("nested deeper than {} levels", self.depth));
        }
        self.open.push(Open { span, anchor, tag, weight: 1, kind });
        Ok(())
    }

    fn close(&mut self, end: Span, text: &str) -> Result<(), String> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let mut span = open.span.to(end);
        // The end of a block is only known where something else begins.
        let body = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        span.end = span.start + body.trim_end().len() as u32;
        let node = match open.kind {
            OpenKind::List(items) => Node::list(items, Some(span)),
            OpenKind::Map { entries, merged, .. } => Node::map(merge(entries, &merged), Some(span)),
        };
        self.done(node, open.weight, open.anchor, open.tag)
    }

    /// Puts a finished node where it belongs.
    fn done(
        &mut self,
        node: Node,
        weight: u64,
        anchor: usize,
        tag: Option<String>,
    ) -> Result<(), String> {
        self.nodes = self.nodes.checked_sub(weight).ok_or("more values than the limits allow")?;
        let span = node.span;
        let node = match tag {
            Some(tag) if tag != "str" => {
                Node::map(vec![Entry::new(format!("!{tag}"), span, node)], span)
            }
            _ => node,
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.weight += weight;
        match &mut parent.kind {
            OpenKind::List(items) => items.push(node),
            OpenKind::Map { entries, key, merged } => match key.take() {
                Some((name, _)) if &*name == "<<" => merged.push(node),
                Some((name, key_span)) => entries.push(Entry::new(name, Some(key_span), node)),
                None => return Err("a value without a key".to_owned()),
            },
        }
        Ok(())
    }
}

/// The entries of a map together with those it merges; its own come first and win.
fn merge(mut entries: Vec<Entry>, merged: &[Node]) -> Vec<Entry> {
    let sources = merged.iter().flat_map(|node| match &node.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![node],
    });
    for source in sources {
        let Some(map) = source.as_map() else { continue };
        let known = Map::new(entries.clone());
        entries.extend(map.entries().iter().filter(|e| known.get(&e.key).is_none()).cloned());
    }
    entries
}

/// The name of a tag that is not one of YAML's own; `str` where text is asked for.
fn local(tag: &granit_parser::Tag) -> Option<String> {
    match tag.core_suffix() {
        Some("str") => Some("str".to_owned()),
        Some(_) => None,
        None => {
            Some(tag.suffix().trim_start_matches('!').to_owned()).filter(|name| !name.is_empty())
        }
    }
}

/// A plain scalar by the core schema. YAML 1.2.2, section 10.3.2.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).unwrap_or_else(|| Value::Text(text.into()))
}

fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Value::Int);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok().map(Value::Int);
    }
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        // File modes are written `0644` by people and read as octal by YAML 1.1, which the tools
        // that read them speak.
        if digits.len() > 1 && digits.starts_with('0') {
            return i64::from_str_radix(digits, 8).ok().map(Value::Int);
        }
        return text.parse().ok().map(Value::Int);
    }
    let float = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'))
        && digits.bytes().any(|b| b.is_ascii_digit());
    if float { text.parse().ok().map(Value::Float) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    fn read(text: &str) -> (Vec<Document>, Vec<String>, Sources) {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let parsed = yaml(text, file, &Limits::DEFAULT);
        let problems = parsed.problems.iter().map(ToString::to_string).collect();
        (parsed.value, problems, sources)
    }

    fn check(text: &str, path: &[&str], expected: &str, line: u32) {
        let (documents, problems, sources) = read(text);
        assert_eq!(problems, Vec::<String>::new(), "{text}");
        let node = documents[0].root.at(path).expect(text);
        let shown = match &node.value {
            Value::Text(text) => format!("{text:?}"),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Null => "null".to_owned(),
            Value::List(items) => format!("list of {}", items.len()),
            Value::Map(map) => map.keys().collect::<Vec<_>>().join(","),
            Value::Unknown(_) => "unknown".to_owned(),
        };
        assert_eq!(shown, expected, "{text}");
        let at = sources.lines(node.span.expect(text)).expect(text);
        assert_eq!(at.line, line, "{text}");
    }

    #[test]
    fn scalars_by_the_core_schema() {
        check("a: true", &["a"], "true", 1);
        check("a: 'true'", &["a"], "\"true\"", 1);
        check("a: !!str 12", &["a"], "\"12\"", 1);
        check("a:\n  b: -12", &["a", "b"], "-12", 2);
        check("a: 0x1f", &["a"], "31", 1);
        check("mode: 0644", &["mode"], "420", 1);
        check("a: 0899", &["a"], "\"0899\"", 1);
        check("a: 1.5e3", &["a"], "1500", 1);
        check("a: 1.2.3", &["a"], "\"1.2.3\"", 1);
        check("a: yes", &["a"], "\"yes\"", 1);
        check("a:", &["a"], "null", 1);
        check("a: |\n  x\n  y\n", &["a"], "\"x\\ny\\n\"", 2);
    }

    #[test]
    fn merge_keys_and_aliases_point_at_what_they_share() {
        let text = "base: &b\n  x: 1\n  y: 2\nother:\n  <<: *b\n  y: 3\nlist: [*b, *b]\n";
        check(text, &["other", "x"], "1", 2);
        check(text, &["other", "y"], "3", 6);
        check(text, &["list"], "list of 2", 7);
    }

    #[test]
    fn local_tags_become_maps_of_one_key() {
        check("a: !Ref Bucket", &["a", "!Ref"], "\"Bucket\"", 1);
        check("a: !GetAtt\n  - B\n  - Arn", &["a", "!GetAtt"], "list of 2", 2);
    }

    #[test]
    fn a_broken_document_costs_that_document() {
        let (documents, problems, _) = read("a: 1\n---\nb: [1\n---\nc: 3\n");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(documents.len(), 2);
        assert!(documents[1].root.get("c").is_some());
    }

    #[test]
    fn the_span_of_a_block_ends_with_its_last_value() {
        let (documents, _, sources) = read("a:\n  b: 1\n\n# comment\nc: 2\n");
        let span = documents[0].root.get("a").and_then(|node| node.span).expect("has a span");
        assert_eq!(sources.lines(span).map(|lines| lines.end_line), Some(4));
    }

    #[test]
    fn a_key_that_is_there_twice_is_told() {
        let (documents, problems, _) = read("a: 1\na: 2\n");
        assert_eq!(problems, ["byte 5: the key `a` is there twice; the last one counts"]);
        assert_eq!(documents[0].root.get("a").and_then(Node::as_int), Some(2));
    }

    #[test]
    fn anchors_that_explode_are_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let below = vec![format!("*a{}", level - 1); 10].join(", ");
            text = format!("{text}a{level}: &a{level} [{below}]\n");
        }
        let (_, problems, _) = read(&text);
        assert!(problems[0].contains("more values"), "{problems:?}");
    }

    #[test]
    fn nesting_is_bounded() {
        let (_, problems, _) = read(&"[".repeat(100_000));
        assert_eq!(problems.len(), 1);
    }
}
