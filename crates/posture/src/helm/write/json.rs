//! `toJson`, `toPrettyJson`, `toRawJson`. Go, package `encoding/json`.

use crate::helm::cost::Cost;
use crate::helm::print;
use crate::helm::syntax::Stop;
use crate::helm::text::{Str, Writer};
use crate::helm::value::{DEEP, Kind, Val};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Characters of HTML are escaped.
    Plain,
    Raw,
    Pretty,
}

pub(crate) fn json(value: &Val, style: Style, cost: &Cost) -> Result<Str, Stop> {
    let mut out = Writer::default();
    write(value, style, cost, &mut out, 0)?;
    Ok(out.finish())
}

fn write(value: &Val, style: Style, cost: &Cost, out: &mut Writer, depth: u32) -> Result<(), Stop> {
    cost.step(1)?;
    if depth > DEEP {
        return Err("a value is nested too deep to be written".into());
    }
    let line = |out: &mut Writer, depth: u32| {
        if style == Style::Pretty {
            out.plain("\n");
            out.plain(&"  ".repeat(depth as usize));
        }
    };
    let entries = match &value.kind {
        Kind::Dict(dict) => Some(dict.entries()),
        Kind::Files(files) => Some(files.entries()),
        _ => None,
    };
    if let Some(entries) = entries {
        out.plain("{");
        for (at, (key, value)) in entries.iter().enumerate() {
            if at > 0 {
                out.plain(",");
            }
            line(out, depth + 1);
            string(&Str::new(key.clone()), style, cost, out)?;
            out.plain(if style == Style::Pretty { ": " } else { ":" });
            write(value, style, cost, out, depth + 1)?;
        }
        if !entries.is_empty() {
            line(out, depth);
        }
        out.plain("}");
        return Ok(());
    }
    match &value.kind {
        Kind::Nil => out.plain("null"),
        Kind::Float(number) => {
            let size = number.abs();
            let text = if !number.is_finite() {
                return Err("a number that JSON cannot hold".into());
            } else if size != 0.0 && !(1e-6..1e21).contains(&size) {
                print::float(*number, 'e', None)
            } else {
                print::float(*number, 'f', None)
            };
            out.str(&Str::new(text).of_value(value.from.as_ref()));
        }
        Kind::Text(_) => {
            let text = value.as_text().unwrap_or_else(|| Str::new(""));
            string(&text, style, cost, out)?;
        }
        Kind::List(items) => {
            out.plain("[");
            for (at, item) in items.items().iter().enumerate() {
                if at > 0 {
                    out.plain(",");
                }
                line(out, depth + 1);
                write(item, style, cost, out, depth + 1)?;
            }
            if !items.items().is_empty() {
                line(out, depth);
            }
            out.plain("]");
        }
        Kind::Time(_) | Kind::KubeVersion | Kind::ApiVersions => {
            let text = print::text(value, cost)?;
            string(&text, style, cost, out)?;
        }
        _ => {
            let text = print::text(value, cost)?;
            out.str(&text);
        }
    }
    Ok(())
}

fn string(text: &Str, style: Style, cost: &Cost, out: &mut Writer) -> Result<(), Stop> {
    cost.text(text.len())?;
    out.plain("\"");
    let mut done = 0;
    for (at, c) in text.as_str().char_indices() {
        let escape = match c {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            '<' | '>' | '&' if style != Style::Raw => format!("\\u{:04x}", c as u32),
            '\u{2028}' | '\u{2029}' => format!("\\u{:04x}", c as u32),
            c if (c as u32) < 0x20 => format!("\\u{:04x}", c as u32),
            _ => continue,
        };
        out.part(text, done..at);
        out.plain(&escape);
        done = at + c.len_utf8();
    }
    out.part(text, done..text.len());
    out.plain("\"");
    Ok(())
}
