//! `printf`: Go's verbs, flags, widths and precisions. Go, package `fmt`, "Printing".

use super::cost::Cost;
use super::print::{float, quoted, text};
use super::syntax::Stop;
use super::text::{Str, Writer};
use super::value::{Kind, Val};

/// Wider than this is nobody's table.
const WIDEST: usize = 100_000;

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

pub(crate) fn printf(format: &Str, values: &[Val], cost: &Cost) -> Result<Str, Stop> {
    let mut out = Writer::default();
    let source = format.as_str();
    let mut next = 0;
    let mut reordered = false;
    let mut done = 0;
    while let Some(at) = source.get(done..).and_then(|rest| rest.find('%')).map(|at| at + done) {
        out.part(format, done..at);
        let mut rest = source.get(at + 1..).unwrap_or_default();
        let mut flags = Flags::default();
        while let Some(c) = rest.chars().next() {
            match c {
                '+' => flags.plus = true,
                '-' => flags.minus = true,
                '#' => flags.sharp = true,
                ' ' => flags.space = true,
                '0' => flags.zero = true,
                _ => break,
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        reordered |= index(&mut rest, &mut next);
        if let Some(after) = rest.strip_prefix('*') {
            rest = after;
            let width = star(values, &mut next);
            flags.minus |= width.is_some_and(|width| width < 0);
            flags.width = width.map(|width| width.unsigned_abs() as usize);
        } else {
            flags.width = digits(&mut rest);
        }
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            reordered |= index(&mut rest, &mut next);
            if let Some(after) = rest.strip_prefix('*') {
                rest = after;
                flags.precision =
                    star(values, &mut next).and_then(|precision| usize::try_from(precision).ok());
            } else {
                flags.precision = Some(digits(&mut rest).unwrap_or_default());
            }
        }
        reordered |= index(&mut rest, &mut next);
        let Some(verb) = rest.chars().next() else {
            out.plain("%!(NOVERB)");
            done = source.len();
            break;
        };
        rest = rest.get(verb.len_utf8()..).unwrap_or_default();
        done = source.len() - rest.len();
        if verb == '%' {
            out.plain("%");
            continue;
        }
        let Some(value) = values.get(next) else {
            out.plain(&format!("%!{verb}(MISSING)"));
            continue;
        };
        next += 1;
        if flags.width.max(flags.precision).is_some_and(|width| width > WIDEST) {
            return Err("a width beyond the limits".into());
        }
        let printed = one(verb, flags, value, cost)?;
        cost.text(printed.len())?;
        out.str(&printed);
    }
    out.part(format, done..source.len());
    if !reordered && next < values.len() {
        out.plain("%!(EXTRA ");
        for (index, value) in values.iter().skip(next).enumerate() {
            if index > 0 {
                out.plain(", ");
            }
            if value.is_nil() {
                out.plain("<nil>");
            } else {
                out.plain(&format!("{}=", value.type_name()));
                out.str(&text(value, cost)?);
            }
        }
        out.plain(")");
    }
    Ok(out.finish())
}

fn digits(rest: &mut &str) -> Option<usize> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest.get(..end).filter(|digits| !digits.is_empty())?;
    *rest = rest.get(end..).unwrap_or_default();
    Some(number.parse().unwrap_or(usize::MAX))
}

/// `[3]`: the verb is about another value.
fn index(rest: &mut &str, next: &mut usize) -> bool {
    let Some((number, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']'))
    else {
        return false;
    };
    *next = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).unwrap_or(usize::MAX - 1);
    *rest = after;
    true
}

fn star(values: &[Val], next: &mut usize) -> Option<i64> {
    let value = values.get(*next)?;
    *next += 1;
    match value.kind {
        Kind::Int(value) => Some(value),
        _ => None,
    }
}

fn one(verb: char, flags: Flags, value: &Val, cost: &Cost) -> Result<Str, Stop> {
    let from = value.from.as_ref();
    if verb == 'T' {
        return Ok(padded(Str::new(value.type_name()), flags));
    }
    Ok(match (&value.kind, verb) {
        (Kind::Nil, 'v') => padded(Str::new("<nil>"), flags),
        (Kind::Nil, _) => Str::new(format!("%!{verb}(<nil>)")),
        (Kind::List(items), _) if verb != 'v' => {
            let mut out = Writer::default();
            out.plain("[");
            for (index, item) in items.items().iter().enumerate() {
                cost.step(1)?;
                if index > 0 {
                    out.plain(" ");
                }
                // A list in a list is printed plainly: no chart does more, and it bounds the depth.
                let nested = matches!(item.kind, Kind::List(_));
                out.str(&one(if nested { 'v' } else { verb }, flags, item, cost)?);
            }
            out.plain("]");
            out.finish()
        }
        (Kind::Bool(_), 't' | 'v') => padded(text(value, cost)?, flags),
        (Kind::Int(number), _) => match integer(verb, flags, *number) {
            Some(text) => Str::new(text).of_value(from),
            None => wrong(verb, value, cost)?,
        },
        (Kind::Float(number), 'v' | 'g' | 'G' | 'f' | 'F' | 'e' | 'E') => {
            let (verb, default) = match verb {
                'v' | 'g' | 'G' => ('g', None),
                'e' | 'E' => ('e', Some(6)),
                _ => ('f', Some(6)),
            };
            let text = float(*number, verb, flags.precision.or(default));
            Str::new(number_padded(&text, flags)).of_value(from)
        }
        (Kind::Text(_), 's' | 'v' | 'q' | 'x' | 'X') => {
            let text = value.as_text().unwrap_or_else(|| Str::new(""));
            let text = match flags.precision {
                Some(precision) => {
                    let end = text.as_str().char_indices().nth(precision);
                    text.slice(0..end.map_or(text.len(), |(at, _)| at))
                }
                None => text,
            };
            let text = match verb {
                'q' if flags.sharp && !text.as_str().contains('`') => {
                    Str::new(format!("`{}`", text.as_str())).of_value(text.only_value())
                }
                'q' => quoted(&text),
                'v' if flags.sharp => quoted(&text),
                'x' | 'X' => {
                    let separator = if flags.space { " " } else { "" };
                    let bytes: Vec<String> = text
                        .as_str()
                        .bytes()
                        .map(|b| if verb == 'x' { format!("{b:02x}") } else { format!("{b:02X}") })
                        .collect();
                    Str::new(bytes.join(separator)).of_value(text.only_value())
                }
                _ => text,
            };
            padded(text, flags)
        }
        (_, 'v') => padded(text(value, cost)?, flags),
        (Kind::Time(_) | Kind::KubeVersion, 's') => padded(text(value, cost)?, flags),
        (Kind::Dict(_), 's') => padded(text(value, cost)?, flags),
        _ => wrong(verb, value, cost)?,
    })
}

/// A verb that the value cannot be printed with.
fn wrong(verb: char, value: &Val, cost: &Cost) -> Result<Str, Stop> {
    let mut out = Writer::default();
    out.plain(&format!("%!{verb}({}=", value.type_name()));
    out.str(&text(value, cost)?);
    out.plain(")");
    Ok(out.finish())
}

fn integer(verb: char, flags: Flags, number: i64) -> Option<String> {
    let size = number.unsigned_abs();
    let (prefix, digits) = match verb {
        'd' | 'v' => ("", size.to_string()),
        'b' => (if flags.sharp { "0b" } else { "" }, format!("{size:b}")),
        'o' => (if flags.sharp { "0" } else { "" }, format!("{size:o}")),
        'O' => ("0o", format!("{size:o}")),
        'x' => (if flags.sharp { "0x" } else { "" }, format!("{size:x}")),
        'X' => (if flags.sharp { "0X" } else { "" }, format!("{size:X}")),
        'c' | 'q' => {
            let c = u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
            let text = if verb == 'c' { c.to_string() } else { format!("'{c}'") };
            return Some(padded(Str::new(text), flags).as_str().to_owned());
        }
        'U' => return Some(format!("U+{size:04X}")),
        _ => return None,
    };
    let least = flags.precision.unwrap_or_default();
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{sign}{prefix}{digits:0>least$}");
    let flags = Flags { zero: flags.zero && flags.precision.is_none(), ..flags };
    Some(number_padded(&digits, flags))
}

/// A number with its sign, filled with spaces, or with zeros behind the sign.
fn number_padded(digits: &str, flags: Flags) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None if flags.plus => ("+", digits.trim_start_matches('+')),
        None if flags.space => (" ", digits),
        None => ("", digits),
    };
    let width = flags.width.unwrap_or_default();
    if flags.zero && !flags.minus {
        let width = width.saturating_sub(sign.len());
        return format!("{sign}{digits:0>width$}");
    }
    padded(Str::new(format!("{sign}{digits}")), Flags { zero: false, ..flags }).as_str().to_owned()
}

fn padded(text: Str, flags: Flags) -> Str {
    let missing = flags.width.unwrap_or_default().saturating_sub(text.as_str().chars().count());
    if missing == 0 {
        return text;
    }
    let mut out = Writer::default();
    if flags.minus {
        out.str(&text);
        out.plain(&" ".repeat(missing));
    } else {
        out.plain(&(if flags.zero { "0" } else { " " }).repeat(missing));
        out.str(&text);
    }
    out.finish()
}
