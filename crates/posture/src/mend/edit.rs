//! The change of the text that gives one value what a check wants there.

use panoply_base::Text;
use serde_json::Value as Json;

use super::write::Language;
use crate::check::{Answer, ReadyRepair};
use crate::kubernetes::terraform::written_name;
use crate::node::{Entry, Map, Node, Value};
use crate::path::Step;
use crate::sources::{FileId, Sources, Span};
use crate::view::{Bound, View};
use crate::world::World;

/// Takes a stretch of a file's text out and puts another in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    span: Span,
    pub(super) text: String,
}

impl Edit {
    /// File, first byte, byte behind the last.
    pub(super) fn place(&self) -> (FileId, u32, u32) {
        (self.span.file, self.span.start, self.span.end)
    }
}

/// Why a value stays as it is.
fn refused<T>(en: &str, zh: &str) -> Result<T, Text> {
    Err(Text::new(en, zh))
}

/// The change that a repair means for the resource it was found in.
pub(super) fn of(
    answer: &Answer<'_>,
    repair: &ReadyRepair,
    world: &World,
    sources: &Sources,
) -> Result<Edit, Text> {
    let path = &repair.set;
    let view = View::of(answer.resource, world);
    let root = match answer.element {
        Some((name, element)) if name == path.root => Some(element),
        _ => match view.bound(&path.root) {
            Some(Bound::One(node)) => Some(*node),
            _ => None,
        },
    };
    let Some(mut node) = root else {
        return refused("it is not clear which of several places is meant", "无法确定应修改哪一处");
    };
    let mut steps = path.steps.iter();
    let mut missing: Vec<&str> = Vec::new();
    let mut entry = None;
    let mut way: Vec<(&Map, &Entry)> = Vec::new();
    while let Some(step) = steps.next() {
        let next = match (step, &node.value) {
            (Step::Key(key), Value::Map(map)) => map.entry(key).map(|found| {
                entry = Some(found);
                way.push((map, found));
                &found.node
            }),
            (Step::Index(at), Value::List(items)) => {
                way.clear();
                items.get(*at)
            }
            _ => None,
        };
        match next {
            // `securityContext:` with nothing behind it is there and holds nothing.
            Some(next) if !next.is_null() || steps.len() == 0 => node = next,
            _ => {
                let rest = std::iter::once(step).chain(steps.by_ref());
                missing = keys(rest)
                    .ok_or_else(|| Text::new("there is no such element", "不存在对应的元素"))?;
            }
        }
    }
    let place = Place { sources };
    match (&repair.to, missing.as_slice()) {
        (None, []) => place.without(&way),
        (None, _) => refused("there is nothing to take out", "没有可删除的内容"),
        (Some(value), []) => place.replaced(node, entry, value),
        (Some(value), keys) => {
            let keys: Vec<String> =
                keys.iter().map(|key| written_name(answer.resource, key)).collect();
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            place.inserted(node, &keys, value)
        }
    }
}

/// Keys of steps; the first element of a list that is not there is a block to be written.
fn keys<'s>(steps: impl Iterator<Item = &'s Step>) -> Option<Vec<&'s str>> {
    let mut keys = Vec::new();
    for step in steps {
        match step {
            Step::Key(key) => keys.push(key.as_str()),
            Step::Index(0) if !keys.is_empty() => {}
            _ => return None,
        }
    }
    Some(keys)
}

struct Place<'s> {
    sources: &'s Sources,
}

impl Place<'_> {
    /// Text, language and span of a node that stands where it is used.
    fn written(&self, node: &Node) -> Result<(&str, Language, Span), Text> {
        if let Some(through) = &node.through {
            return Err(Text::new(
                format!("its value comes from `{}`", through.name),
                format!("其值来自 `{}`", through.name),
            ));
        }
        let found = node.span.and_then(|span| Some((self.sources.file(span.file)?, span)));
        let Some((file, span)) = found else {
            return refused("nobody wrote it: it is a default", "没有人写过它：这是默认值");
        };
        let Some(language) = Language::of(&file.path, &file.text) else {
            return refused("files of this kind are not changed", "不修改这类文件");
        };
        Ok((&file.text, language, span))
    }

    fn replaced(&self, node: &Node, entry: Option<&Entry>, value: &Json) -> Result<Edit, Text> {
        let (text, language, span) = self.written(node)?;
        let old = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        if old.contains("{{") {
            return refused("a template makes it", "它由模板生成");
        }
        let mut new = language.value(value);
        // The author's own quotes stay.
        let quoted = old.starts_with(['"', '\'']);
        if quoted && language == Language::Yaml && value.is_string() && !new.starts_with('"') {
            let quote = old.get(..1).unwrap_or_default();
            new = format!("{quote}{new}{quote}");
        }
        let mut span = span;
        let key = entry.and_then(|entry| entry.key_span).filter(|key| key.file == span.file);
        if let (Language::Yaml, Some(key)) = (language, key)
            && let Some(between) = text.get(key.end as usize..span.start as usize)
            && let Some(colon) = between.find(':').filter(|_| between.contains('\n'))
        {
            // The value began on a line of its own, as a list does.
            span.start = key.end + colon as u32 + 1;
            new.insert(0, ' ');
        }
        Ok(Edit { span: trimmed(text, span), text: new })
    }

    fn inserted(&self, parent: &Node, keys: &[&str], value: &Json) -> Result<Edit, Text> {
        if parent.is_null() && parent.span.is_some() {
            return refused("it is empty", "它是空的");
        }
        let (text, language, span) = self.written(parent)?;
        let Value::Map(map) = &parent.value else {
            return refused("there is no map to put it into", "没有可写入的映射");
        };
        let whole = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let last = last_of(map, span);
        if language == Language::Json || whole.starts_with('{') && language == Language::Yaml {
            return Ok(into_braces(text, language, span, last, keys, value));
        }
        let first = map.entries().iter().filter_map(|entry| entry.key_span);
        let first = first.filter(|key| inside(*key, span)).min_by_key(|key| key.start);
        let (Some(first), Some(last)) = (first, last) else {
            if language == Language::Hcl {
                return into_empty_block(text, span, keys, value);
            }
            return refused("nothing stands there that shows where it goes", "无法确定写入位置");
        };
        let margin = " ".repeat(column(text, first.start));
        let end = line_end(text, trimmed(text, last).end);
        let entry = language.entry(keys, value, &margin);
        let line_break = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let added = format!("\n{margin}{entry}").replace('\n', line_break);
        Ok(Edit { span: Span::new(span.file, end, end), text: added })
    }

    /// Takes out the last entry of a way through maps, and maps that would be empty without it.
    fn without(&self, way: &[(&Map, &Entry)]) -> Result<Edit, Text> {
        let kept = way.iter().rposition(|(map, _)| map.len() > 1).unwrap_or(0);
        let Some((map, entry)) = way.get(kept) else {
            return refused("there is nothing to take out", "没有可删除的内容");
        };
        let (text, language, span) = self.written(&entry.node)?;
        let Some(key) =
            entry.key_span.filter(|key| key.file == span.file && key.start <= span.start)
        else {
            return refused("it is written elsewhere", "它写在别处");
        };
        let whole = trimmed(text, key.to(span));
        let start = whole.start as usize - column_bytes(text, whole.start);
        let end = line_end(text, whole.end);
        let alone =
            text.get(start..whole.start as usize).is_some_and(|head| head.trim().is_empty())
                && text.get(whole.end as usize..end).is_some_and(|rest| {
                    let rest = rest.trim_start();
                    rest.is_empty() || rest.starts_with('#')
                });
        if alone && language != Language::Json {
            let behind = text.get(end..).unwrap_or_default();
            let line_break = if behind.starts_with("\r\n") { 2 } else { behind.len().min(1) };
            let span = Span::new(span.file, start, end + line_break);
            return Ok(Edit { span, text: String::new() });
        }
        // Among others in braces: with the comma that parts it from its neighbour.
        let keys = map.entries().iter().filter_map(|entry| entry.key_span);
        let next = keys.filter(|next| next.start > whole.start).min_by_key(|next| next.start);
        let behind = text.get(whole.end as usize..).unwrap_or_default().trim_start();
        let before = text.get(..whole.start as usize).unwrap_or_default().trim_end();
        let span = match next {
            Some(next) if behind.starts_with(',') => Span { end: next.start, ..whole },
            None if before.ends_with(',') => Span { start: before.len() as u32 - 1, ..whole },
            _ => return refused("it does not stand by itself", "它没有独立成段"),
        };
        Ok(Edit { span, text: String::new() })
    }
}

/// The entry that ends last, among those that stand inside of the map.
fn last_of(map: &Map, span: Span) -> Option<Span> {
    let whole = map.entries().iter().filter_map(|entry| {
        let key = entry.key_span?;
        let value =
            entry.node.span.filter(|value| value.file == key.file && value.start >= key.start);
        Some(value.map_or(key, |value| key.to(value)))
    });
    whole.filter(|entry| inside(*entry, span)).max_by_key(|entry| entry.end)
}

fn inside(entry: Span, span: Span) -> bool {
    entry.file == span.file && entry.start >= span.start && entry.end <= span.end.saturating_add(1)
}

fn into_braces(
    text: &str,
    language: Language,
    span: Span,
    last: Option<Span>,
    keys: &[&str],
    value: &Json,
) -> Edit {
    let Some(last) = last else {
        let inner = language.inline(keys, value);
        return Edit { span: trimmed(text, span), text: format!("{{{inner}}}") };
    };
    let last = trimmed(text, last);
    let before = text.get(span.start as usize..last.start as usize).unwrap_or_default();
    let added = if before.contains('\n') {
        let margin = " ".repeat(column(text, last.start));
        format!(",\n{margin}{}", language.entry(keys, value, &margin))
    } else {
        format!(", {}", language.inline(keys, value))
    };
    Edit { span: Span::new(span.file, last.end as usize, last.end as usize), text: added }
}

/// `resource "a" "b" {}` has no line to put anything after.
fn into_empty_block(text: &str, span: Span, keys: &[&str], value: &Json) -> Result<Edit, Text> {
    let block = text.get(span.start as usize..span.end as usize).unwrap_or_default();
    let Some(brace) = block.find('{') else {
        return refused("nothing stands there that shows where it goes", "无法确定写入位置");
    };
    let margin = " ".repeat(column(text, span.start));
    let inner = Language::Hcl.entry(keys, value, &format!("{margin}  "));
    let at = span.start as usize + brace + 1;
    let rest = text.get(at..).unwrap_or_default();
    let end = if rest.starts_with('}') { format!("\n{margin}") } else { String::new() };
    Ok(Edit { span: Span::new(span.file, at, at), text: format!("\n{margin}  {inner}{end}") })
}

/// Without blanks, line ends and comments on lines of their own at its end: readers of blocks count
/// in what stands before the next token.
fn trimmed(text: &str, span: Span) -> Span {
    let mut slice = text.get(span.start as usize..span.end as usize).unwrap_or_default().trim_end();
    while let Some(line) = slice
        .rfind('\n')
        .filter(|line| slice.get(line + 1..).is_some_and(|last| last.trim_start().starts_with('#')))
    {
        slice = slice.get(..line).unwrap_or_default().trim_end();
    }
    Span { end: span.start + slice.len() as u32, ..span }
}

/// Bytes between the start of a line and a place in it.
fn column_bytes(text: &str, at: u32) -> usize {
    let before = text.get(..at as usize).unwrap_or_default();
    before.len() - before.rfind('\n').map_or(0, |line| line + 1)
}

/// Characters before a place on its line.
fn column(text: &str, at: u32) -> usize {
    let bytes = column_bytes(text, at);
    let line = text.get(at as usize - bytes..at as usize).unwrap_or_default();
    line.chars().count()
}

/// The end of the line that a place is on, before its line break.
fn line_end(text: &str, at: u32) -> usize {
    let rest = text.get(at as usize..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default();
    at as usize + line.trim_end_matches('\r').len()
}
