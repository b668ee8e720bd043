//! Values as Go prints them. Go, package `fmt`.

use super::cost::Cost;
use super::syntax::Stop;
use super::text::{Str, Writer};
use super::value::{DEEP, Kind, Val};

/// What an action prints; nothing for what has no value.
pub(crate) fn shown(value: &Val, cost: &Cost) -> Result<Str, Stop> {
    match &value.kind {
        Kind::Nil => Ok(Str::new("")),
        _ => text(value, cost),
    }
}

/// `%v` of a value, with its marks.
pub(crate) fn text(value: &Val, cost: &Cost) -> Result<Str, Stop> {
    if let Some(text) = value.as_text() {
        return Ok(text);
    }
    let mut out = String::new();
    write(value, &mut out, cost, 0)?;
    cost.text(out.len())?;
    Ok(Str::new(out).of_value(value.from.as_ref()))
}

fn write(value: &Val, out: &mut String, cost: &Cost, depth: u32) -> Result<(), Stop> {
    cost.step(1)?;
    if depth > DEEP {
        return Err("a value is nested too deep to be printed".into());
    }
    match &value.kind {
        Kind::Nil => out.push_str("<nil>"),
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Int(value) => out.push_str(&value.to_string()),
        Kind::Float(value) => out.push_str(&float(*value, 'g', None)),
        Kind::Text(text) => {
            cost.text(text.len())?;
            out.push_str(text.as_str());
        }
        Kind::List(items) => {
            out.push('[');
            list(items.items().iter().map(|item| (None, item)), out, cost, depth)?;
        }
        Kind::Dict(dict) => {
            let entries = dict.entries();
            out.push_str("map[");
            let entries = entries.iter().map(|(key, value)| (Some(&**key), value));
            list(entries, out, cost, depth)?;
        }
        Kind::Files(files) => {
            let entries = files.entries();
            out.push_str("map[");
            let entries = entries.iter().map(|(key, value)| (Some(&**key), value));
            list(entries, out, cost, depth)?;
        }
        Kind::Time(seconds) => {
            out.push_str(&super::dates::format(*seconds, "2006-01-02 15:04:05 -0700 MST"));
        }
        Kind::ApiVersions => {
            out.push('[');
            out.push_str(&super::capabilities::VERSIONS.join(" "));
            out.push(']');
        }
        Kind::KubeVersion => out.push_str(super::capabilities::KUBE_VERSION),
    }
    Ok(())
}

fn list<'v>(
    items: impl Iterator<Item = (Option<&'v str>, &'v Val)>,
    out: &mut String,
    cost: &Cost,
    depth: u32,
) -> Result<(), Stop> {
    for (index, (key, item)) in items.enumerate() {
        if index > 0 {
            out.push(' ');
        }
        if let Some(key) = key {
            cost.text(key.len())?;
            out.push_str(key);
            out.push(':');
        }
        write(item, out, cost, depth + 1)?;
    }
    out.push(']');
    Ok(())
}

/// A float by one of the verbs `e`, `f` and `g`; without a precision, as few digits as tell it apart.
pub(crate) fn float(value: f64, verb: char, precision: Option<usize>) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = |text: String| {
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{digits}e{sign}{:02}", exponent.abs())
    };
    match (verb, precision) {
        ('f', Some(precision)) => format!("{value:.precision$}"),
        ('f', None) => format!("{value}"),
        ('e', Some(precision)) => scientific(format!("{value:.precision$e}")),
        ('e', None) => scientific(format!("{value:e}")),
        (_, precision) => {
            let text = match precision {
                Some(precision) => format!("{value:.*e}", precision.max(1) - 1),
                None => format!("{value:e}"),
            };
            let exponent = text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
            let digits = text.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
            let threshold = match precision {
                Some(precision) => {
                    let precision = precision.max(1) as i32;
                    if precision > digits as i32 && digits as i32 > exponent {
                        digits as i32
                    } else {
                        precision
                    }
                }
                None => 6,
            };
            if exponent < -4 || exponent >= threshold {
                let (digits, rest) = text.split_once('e').unwrap_or((&text, "0"));
                let digits = if digits.contains('.') {
                    digits.trim_end_matches('0').trim_end_matches('.')
                } else {
                    digits
                };
                return scientific(format!("{digits}e{rest}"));
            }
            match precision {
                None => format!("{value}"),
                Some(precision) => {
                    let decimals = (precision.max(1) as i32 - 1 - exponent).max(0) as usize;
                    let text = format!("{value:.decimals$}");
                    if text.contains('.') {
                        text.trim_end_matches('0').trim_end_matches('.').to_owned()
                    } else {
                        text
                    }
                }
            }
        }
    }
}

/// `%q`: quoted as in Go's source.
pub(crate) fn quoted(text: &Str) -> Str {
    let mut writer = Writer::default();
    writer.plain("\"");
    let mut done = 0;
    for (at, c) in text.as_str().char_indices() {
        let escape = match c {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '\u{7}' => "\\a".to_owned(),
            '\u{8}' => "\\b".to_owned(),
            '\u{c}' => "\\f".to_owned(),
            '\u{b}' => "\\v".to_owned(),
            c if (c as u32) < 0x20 || c == '\u{7f}' => format!("\\x{:02x}", c as u32),
            '\u{80}'..='\u{a0}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}'
            | '\u{feff}'
            | '\u{e000}'..='\u{f8ff}' => format!("\\u{:04x}", c as u32),
            _ => continue,
        };
        writer.part(text, done..at);
        writer.plain(&escape);
        done = at + c.len_utf8();
    }
    writer.part(text, done..text.len());
    writer.plain("\"");
    writer.finish()
}
