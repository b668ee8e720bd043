//! Functions that write and read encodings: JSON, YAML, CSV, base64, URLs.

use std::fmt::Write as _;

use panoply_base::Limits;

use super::super::evaluate::{sorted, text_of};
use super::super::number::as_text;
use super::super::operators::{Fault, broken, fault};
use super::super::provenance::unknown_inside;
use super::{Answer, Args, list, text, yaml};
use crate::node::{Entry, Node, Value};
use crate::read;
use crate::read::within::Lines;
use crate::sources::{Sources, Span};

pub(super) fn call(
    name: &str,
    args: &Args<'_>,
    sources: &Sources,
    limits: &Limits,
) -> Option<Answer> {
    Some(match name {
        "jsonencode" => structure_or(args, |node| json_text(node, None)),
        "yamlencode" => structure_or(args, yaml::write),
        "jsondecode" => decoded(args, |text, span| from_json(text, Some(span))),
        "yamldecode" => decoded(args, |text, span| {
            let held = args.get(0)?.span.unwrap_or(span);
            let lines = Lines::of(text, sources.slice(held).unwrap_or_default(), held);
            from_yaml(text, span, lines.are_here().then_some(&lines), limits)
        }),
        "csvdecode" => args.text(0).and_then(|text| csv(&text, args)),
        "base64encode" => args.text(0).and_then(|plain| text(base64(plain.as_bytes()))),
        "base64decode" => args.text(0).and_then(|coded| {
            let bytes = unbase64(&coded).ok_or_else(|| broken("base64 that is none"))?;
            text(String::from_utf8(bytes).map_err(|_| broken("base64 of what is no text"))?)
        }),
        "textencodebase64" => args.text(0).and_then(|plain| encoded(&plain, &args.text(1)?)),
        "textdecodebase64" => args.text(0).and_then(|coded| {
            let bytes = unbase64(&coded).ok_or_else(|| broken("base64 that is none"))?;
            text(decode(&bytes, &args.text(1)?)?)
        }),
        "urlencode" => args.text(0).and_then(|plain| text(url(&plain))),
        "urldecode" => args.text(0).and_then(|coded| {
            text(unurl(&coded).ok_or_else(|| broken("an encoded URL that is none"))?)
        }),
        _ => return None,
    })
}

/// Bytes at which writing stops, whatever the limit of a text is.
const TEXT: usize = 16 << 20;

/// Text of what is known; what has unknown parts stays the structure that it is.
fn structure_or(args: &Args<'_>, write: fn(&Node) -> Result<String, Fault>) -> Answer {
    let node = args.known(0)?;
    if unknown_inside(node).is_some() {
        return Ok(node.clone());
    }
    let written = write(node)?;
    args.fits(written.len())?;
    text(written)
}

/// What a text says; a structure that could not be written as text is what it would say.
fn decoded(args: &Args<'_>, read: impl Fn(&str, Span) -> Answer) -> Answer {
    let node = args.known(0)?;
    match &node.value {
        Value::Text(text) => read(text, args.span),
        Value::List(_) | Value::Map(_) if unknown_inside(node).is_some() => Ok(node.clone()),
        _ => read(&text_of(node)?, args.span),
    }
}

pub(in super::super) fn from_json(text: &str, span: Option<Span>) -> Answer {
    let span = span.ok_or_else(|| broken("JSON from nowhere"))?;
    let node = read::json(text, span.file, &Limits::DEFAULT).map_err(|p| broken(p.what))?;
    Ok(nowhere(&node))
}

/// Values stand where the text does, if it is written there.
fn from_yaml(text: &str, span: Span, lines: Option<&Lines>, limits: &Limits) -> Answer {
    let parsed = read::yaml(text, span.file, limits);
    if let Some(problem) = parsed.problems.first() {
        return Err(broken(problem.what.clone()));
    }
    match parsed.value.as_slice() {
        [] => Ok(Node::null(None)),
        [only] => Ok(match (lines, nowhere(&only.root)) {
            // The whole stands where it is used.
            (Some(lines), whole) => Node { span: whole.span, ..lines.placed(&only.root) },
            (None, whole) => whole,
        }),
        _ => Err(broken("YAML of several documents")),
    }
}

/// The same value without places: they are places in a text that stands in no file.
fn nowhere(node: &Node) -> Node {
    let value = match &node.value {
        Value::List(items) => Node::list(items.iter().map(nowhere).collect(), None).value,
        Value::Map(map) => {
            let entries = map.entries().iter();
            let entries = entries.map(|e| Entry::new(e.key.clone(), None, nowhere(&e.node)));
            Node::map(entries.collect(), None).value
        }
        other => other.clone(),
    };
    Node::new(value, None)
}

/// JSON as Terraform writes it: keys sorted, `<`, `>` and `&` escaped.
pub(in super::super) fn json_text(node: &Node, indent: Option<usize>) -> Result<String, Fault> {
    let mut out = String::new();
    // Only policies are indented, and the provider keeps the order of their keys.
    write_json(node, indent, 0, &mut out)?;
    Ok(out)
}

fn write_json(
    node: &Node,
    indent: Option<usize>,
    level: usize,
    out: &mut String,
) -> Result<(), Fault> {
    let newline = |out: &mut String, level: usize| {
        if let Some(indent) = indent {
            out.push('\n');
            out.push_str(&" ".repeat(indent * level));
        }
    };
    if let Some(cause) = fault(node) {
        return Err(cause);
    }
    if level > 128 || out.len() > TEXT {
        return Err(broken("JSON that is too deep or too long"));
    }
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Text(text) => out.push_str(&json_string(text)),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                newline(out, level + 1);
                write_json(item, indent, level + 1, out)?;
            }
            if !items.is_empty() {
                newline(out, level);
            }
            out.push(']');
        }
        Value::Map(map) => {
            let entries: Vec<&Entry> = match indent {
                Some(_) => map.entries().iter().collect(),
                None => sorted(map),
            };
            out.push('{');
            for (at, entry) in entries.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                newline(out, level + 1);
                out.push_str(&json_string(&entry.key));
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write_json(&entry.node, indent, level + 1, out)?;
            }
            if !entries.is_empty() {
                newline(out, level);
            }
            out.push('}');
        }
        _ => out.push_str(&as_text(node).unwrap_or_default()),
    }
    Ok(())
}

pub(super) fn json_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// RFC 4180, the first line being the names of columns.
fn csv(whole: &str, args: &Args<'_>) -> Answer {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut row, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = whole.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ => field.push(c),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.iter().any(|field| !field.is_empty()));
    let mut rows = rows.into_iter();
    let names = rows.next().ok_or_else(|| broken("CSV without a head"))?;
    let mut items = Vec::new();
    for row in rows {
        if row.len() != names.len() {
            return Err(broken("CSV with rows of different lengths"));
        }
        let fields = names.iter().zip(row);
        let entries =
            fields.map(|(name, field)| Entry::new(name.as_str(), None, Node::text(field, None)));
        items.push(Node::map(entries.collect(), None));
        args.few(items.len().saturating_mul(names.len()))?;
    }
    list(items)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place > chunk.len() {
                out.push('=');
            } else {
                let digit = (bits >> (18 - 6 * place)) & 63;
                out.push(char::from(ALPHABET.get(digit as usize).copied().unwrap_or(b'A')));
            }
        }
    }
    out
}

pub(super) fn unbase64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let (mut bits, mut count, mut out) = (0_u32, 0, Vec::with_capacity(text.len() / 4 * 3));
    for byte in digits.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == byte)?;
        bits = bits << 6 | digit as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

fn encoded(plain: &str, encoding: &str) -> Answer {
    let bytes: Vec<u8> = match encoding.to_ascii_uppercase().as_str() {
        "UTF-8" => plain.bytes().collect(),
        "UTF-16LE" => plain.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => plain.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => return Err(broken("an encoding that we do not have")),
    };
    text(base64(&bytes))
}

fn decode(bytes: &[u8], encoding: &str) -> Result<String, Fault> {
    let wide = |order: fn([u8; 2]) -> u16| {
        let (pairs, _) = bytes.as_chunks::<2>();
        String::from_utf16(&pairs.iter().map(|pair| order(*pair)).collect::<Vec<_>>()).ok()
    };
    let text = match encoding.to_ascii_uppercase().as_str() {
        "UTF-8" => String::from_utf8(bytes.to_vec()).ok(),
        "UTF-16LE" => wide(u16::from_le_bytes),
        "UTF-16BE" => wide(u16::from_be_bytes),
        _ => None,
    };
    text.ok_or_else(|| broken("a text in another encoding"))
}

/// As forms are encoded: a space is a plus.
fn url(plain: &str) -> String {
    let mut out = String::new();
    for byte in plain.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn unurl(coded: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = coded.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                (high << 4 | low) as u8
            }
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
