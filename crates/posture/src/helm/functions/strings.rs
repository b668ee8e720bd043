//! Texts. Sprig, "String Functions"; Go, package `strings`.

use super::{Answer, Args, plain};
use crate::helm::eval::Engine;
use crate::helm::print::quoted;
use crate::helm::printf::printf;
use crate::helm::syntax::Stop;
use crate::helm::text::{Str, Writer};
use crate::helm::value::{Kind, Val};
use std::fmt::Write as _;

pub(super) fn call(engine: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    let text = match name {
        "trim" => args.text().map(|text| text.cut(text.as_str().trim())),
        "upper" => changed(args, str::to_uppercase),
        "lower" => changed(args, str::to_lowercase),
        "title" => changed(args, |text| each_word(text, |c| c.to_uppercase().collect())),
        "untitle" => changed(args, |text| each_word(text, |c| c.to_lowercase().collect())),
        "swapcase" => changed(args, swapcase),
        "snakecase" => changed(args, |text| words(text).join("_").to_lowercase()),
        "kebabcase" => changed(args, |text| words(text).join("-").to_lowercase()),
        "camelcase" => changed(args, camelcase),
        "nospace" => changed(args, |text| text.split_whitespace().collect()),
        "initials" => changed(args, |text| {
            text.split_whitespace().filter_map(|word| word.chars().next()).collect()
        }),
        "trunc" => trunc(args),
        "substr" => substr(args),
        "abbrev" => abbrev(args),
        "abbrevboth" => abbrevboth(args),
        "repeat" => repeat(engine, args),
        "trimAll" | "trimall" => {
            two(args, |set, text| text.cut(text.as_str().trim_matches(|c| set.contains(c))))
        }
        "trimSuffix" => two(args, |end, text| {
            text.cut(text.as_str().strip_suffix(end).unwrap_or(text.as_str()))
        }),
        "trimPrefix" => two(args, |start, text| {
            text.cut(text.as_str().strip_prefix(start).unwrap_or(text.as_str()))
        }),
        "indent" | "nindent" => indent(engine, args, name == "nindent"),
        "replace" => replace(engine, args),
        "quote" => quote(engine, args),
        "squote" => squote(engine, args),
        "cat" => cat(engine, args),
        "toString" => args.value().and_then(|value| plain(engine, &value)),
        "plural" => plural(args),
        "wrap" => args.whole().and_then(|width| Ok(wrap(&args.text()?, width, "\n", false))),
        "wrapWith" => wrap_with(args),
        "print" | "println" => print(engine, args, name == "println"),
        "printf" => args.text().and_then(|format| printf(&format, &args.all(), &engine.cost)),
        "html" => escaped(engine, args, html),
        "js" => escaped(engine, args, js),
        "urlquery" => escaped(engine, args, |text| super::urls::escape(text, true)),
        "hello" => Ok(Str::new("Hello!")),
        "contains" => return Some(holds(args, |part, text| text.contains(part))),
        "hasPrefix" => return Some(holds(args, |part, text| text.starts_with(part))),
        "hasSuffix" => return Some(holds(args, |part, text| text.ends_with(part))),
        _ => return None,
    };
    Some(text.and_then(|text| {
        engine.cost.text(text.len())?;
        Ok(Kind::Text(text).into())
    }))
}

fn changed(args: &mut Args, change: impl FnOnce(&str) -> String) -> Result<Str, Stop> {
    let text = args.text()?;
    Ok(Str::new(change(text.as_str())).of_value(text.only_value()))
}

fn two(args: &mut Args, change: impl FnOnce(&str, &Str) -> Str) -> Result<Str, Stop> {
    let first = args.text()?;
    Ok(change(first.as_str(), &args.text()?))
}

fn holds(args: &mut Args, test: impl FnOnce(&str, &str) -> bool) -> Answer {
    let part = args.text()?;
    Ok(Val::bool(test(part.as_str(), args.text()?.as_str())))
}

/// The first letter of every word changed.
fn each_word(text: &str, change: impl Fn(char) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        let inside = before.is_alphanumeric() || matches!(before, '_' | '\'');
        if inside {
            out.push(c);
        } else {
            out.push_str(&change(c));
        }
        before = c;
    }
    out
}

fn swapcase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = true;
    for c in text.chars() {
        match c {
            c if c.is_uppercase() => out.extend(c.to_lowercase()),
            // A lower-case letter at the start of a word becomes its title case, which is upper.
            c if c.is_lowercase() && space => out.extend(c.to_uppercase()),
            c if c.is_lowercase() => out.extend(c.to_uppercase()),
            c => out.push(c),
        }
        space = c.is_whitespace();
    }
    out
}

/// The words of a name, however it puts them together.
fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
        let after = chars.get(at + 1).copied();
        if matches!(c, '_' | '-' | ' ') {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let starts = c.is_uppercase()
            && (before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit())
                || before.is_some_and(char::is_uppercase) && after.is_some_and(char::is_lowercase));
        if starts && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn camelcase(text: &str) -> String {
    let mut out = String::new();
    let mut upper = true;
    for c in text.chars() {
        match c {
            '_' | '-' | ' ' => upper = true,
            c if upper => {
                out.extend(c.to_uppercase());
                upper = false;
            }
            c => out.push(c),
        }
    }
    out
}

/// The end of at most `bytes` bytes that is an end of a character.
fn floor(text: &str, bytes: usize) -> usize {
    text.floor_char_boundary(bytes)
}

fn trunc(args: &mut Args) -> Result<Str, Stop> {
    let count = args.whole()?;
    let text = args.text()?;
    let length = text.len();
    let size = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if count < 0 && size < length {
        return Ok(text.slice(floor(text.as_str(), length - size)..length));
    }
    if count >= 0 && length > size {
        return Ok(text.slice(0..floor(text.as_str(), size)));
    }
    Ok(text)
}

fn substr(args: &mut Args) -> Result<Str, Stop> {
    let (start, end) = (args.whole()?, args.whole()?);
    let text = args.text()?;
    let length = text.len();
    let whole = usize::try_from(end).ok().filter(|end| *end <= length);
    let from = usize::try_from(start).unwrap_or_default();
    let to = whole.unwrap_or(length);
    if start < 0 && whole.is_none() || from > to {
        return Err("`substr` reaches outside of its text".into());
    }
    Ok(text.slice(floor(text.as_str(), from)..floor(text.as_str(), to)))
}

fn abbrev(args: &mut Args) -> Result<Str, Stop> {
    let width = args.whole()?;
    let text = args.text()?;
    let length = text.len();
    if width < 4 || length as u64 <= width as u64 {
        return Ok(text);
    }
    let mut out = Writer::default();
    out.part(&text, 0..floor(text.as_str(), width as usize - 3));
    out.plain("...");
    Ok(out.finish())
}

fn abbrevboth(args: &mut Args) -> Result<Str, Stop> {
    let (left, right) = (args.whole()?, args.whole()?);
    let text = args.text()?;
    let length = text.len() as i64;
    if right < 4 || left > 0 && right < 7 || length <= right {
        return Ok(text);
    }
    let mut offset = left.min(length);
    if length - offset < right - 3 {
        offset = length - (right - 3);
    }
    let mut out = Writer::default();
    let mut part = |from: i64, to: i64| {
        let at = |at: i64| floor(text.as_str(), usize::try_from(at).unwrap_or_default());
        out.part(&text, at(from)..at(to));
    };
    if offset <= 4 {
        part(0, right - 3);
        out.plain("...");
    } else if offset + right - 3 < length {
        let end = offset + right - 6;
        out.plain("...");
        out.part(&text, floor(text.as_str(), offset as usize)..floor(text.as_str(), end as usize));
        out.plain("...");
    } else {
        out.plain("...");
        out.part(&text, floor(text.as_str(), (length - (right - 3)) as usize)..text.len());
    }
    Ok(out.finish())
}

fn repeat(engine: &Engine, args: &mut Args) -> Result<Str, Stop> {
    let count = usize::try_from(args.whole()?).map_err(|_| "a negative count for `repeat`")?;
    let text = args.text()?;
    engine.cost.text(text.len().saturating_mul(count))?;
    Ok(Str::new(text.as_str().repeat(count)).of_value(text.only_value()))
}

fn indent(engine: &Engine, args: &mut Args, newline: bool) -> Result<Str, Stop> {
    let spaces = usize::try_from(args.whole()?).map_err(|_| "a negative indentation")?;
    let text = args.text()?;
    let lines = text.as_str().matches('\n').count() + 1;
    engine.cost.text(lines.saturating_mul(spaces))?;
    let pad = " ".repeat(spaces);
    let mut out = Writer::default();
    if newline {
        out.plain("\n");
    }
    out.plain(&pad);
    let mut done = 0;
    for (at, _) in text.as_str().match_indices('\n') {
        out.part(&text, done..at + 1);
        out.plain(&pad);
        done = at + 1;
    }
    out.part(&text, done..text.len());
    Ok(out.finish())
}

fn replace(engine: &Engine, args: &mut Args) -> Result<Str, Stop> {
    let (old, new, text) = (args.text()?, args.text()?, args.text()?);
    let found = text.as_str().matches(old.as_str()).count();
    engine.cost.text(found.saturating_mul(new.len()))?;
    Ok(text.replace(old.as_str(), &new, usize::MAX))
}

fn quote(engine: &Engine, args: &mut Args) -> Result<Str, Stop> {
    let mut out = Writer::default();
    for value in args.all().iter().filter(|value| !value.is_nil()) {
        if !out.text.is_empty() {
            out.plain(" ");
        }
        out.str(&quoted(&plain(engine, value)?));
    }
    Ok(out.finish())
}

fn squote(engine: &Engine, args: &mut Args) -> Result<Str, Stop> {
    let mut out = Writer::default();
    for value in args.all().iter().filter(|value| !value.is_nil()) {
        out.plain(if out.text.is_empty() { "'" } else { " '" });
        out.str(&plain(engine, value)?);
        out.plain("'");
    }
    Ok(out.finish())
}

fn cat(engine: &Engine, args: &mut Args) -> Result<Str, Stop> {
    let mut out = Writer::default();
    for value in args.all().iter().filter(|value| !value.is_nil()) {
        if !out.text.is_empty() {
            out.plain(" ");
        }
        out.str(&plain(engine, value)?);
    }
    Ok(out.finish())
}

fn plural(args: &mut Args) -> Result<Str, Stop> {
    let (one, many) = (args.text()?, args.text()?);
    Ok(if args.whole()? == 1 { one } else { many })
}

fn wrap_with(args: &mut Args) -> Result<Str, Stop> {
    let (width, separator) = (args.whole()?, args.text()?);
    Ok(wrap(&args.text()?, width, separator.as_str(), true))
}

/// Breaks at spaces into lines of at most `width`; words that are longer only if `cut`.
fn wrap(text: &Str, width: i64, separator: &str, cut: bool) -> Str {
    let width = usize::try_from(width).unwrap_or_default().max(1);
    let mut out = String::new();
    let chars: Vec<char> = text.as_str().chars().collect();
    let mut from = 0;
    while chars.len() - from > width {
        if chars.get(from) == Some(&' ') {
            from += 1;
            continue;
        }
        let line = chars.get(from..=from + width).unwrap_or_default();
        let after = chars.get(from + width..).unwrap_or_default();
        let (taken, skipped) = match line.iter().rposition(|c| *c == ' ') {
            Some(at) if at > 0 => (at, 1),
            _ if cut => (width, 0),
            _ => match after.iter().position(|c| *c == ' ') {
                Some(at) => (width + at, 1),
                None => (chars.len() - from, 0),
            },
        };
        out.extend(chars.get(from..from + taken).unwrap_or_default());
        from += taken + skipped;
        if from < chars.len() {
            out.push_str(separator);
        }
    }
    out.extend(chars.get(from..).unwrap_or_default());
    Str::new(out).of_value(text.only_value())
}

/// Go puts spaces between two values that are no texts, and `println` between all.
fn print(engine: &Engine, args: &mut Args, line: bool) -> Result<Str, Stop> {
    let mut out = Writer::default();
    let mut text_before = true;
    for (index, value) in args.all().iter().enumerate() {
        let is_text = matches!(value.kind, Kind::Text(_));
        if index > 0 && (line || !is_text && !text_before) {
            out.plain(" ");
        }
        text_before = is_text;
        out.str(&plain(engine, value)?);
    }
    if line {
        out.plain("\n");
    }
    Ok(out.finish())
}

fn escaped(engine: &Engine, args: &mut Args, escape: impl Fn(&str) -> String) -> Result<Str, Stop> {
    let text = match args.left() {
        1 => plain(engine, &args.value()?)?,
        _ => print(engine, args, false)?,
    };
    Ok(Str::new(escape(text.as_str())).of_value(text.only_value()))
}

fn html(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '\0' => out.push('\u{fffd}'),
            c => out.push(c),
        }
        out
    })
}

fn js(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
        out
    })
}
