//! `toYaml`. The marks of values stay on them, so that a block of the output is still shown where
//! its values are written.

use crate::helm::cost::Cost;
use crate::helm::print;
use crate::helm::syntax::Stop;
use crate::helm::text::{Str, Writer};
use crate::helm::value::{DEEP, Kind, Val};

/// A value in block style, without a last line break. Keys are sorted.
///
/// Long lines stay whole: reading them gives the same text.
pub(crate) fn yaml(value: &Val, cost: &Cost) -> Result<Str, Stop> {
    let mut writing = Writing { out: Writer::default(), cost };
    writing.value(value, 0, 0)?;
    Ok(writing.out.finish())
}

struct Writing<'c> {
    out: Writer,
    cost: &'c Cost,
}

impl Writing<'_> {
    /// A value whose first line goes on where the text ends; its other lines are indented.
    fn value(&mut self, value: &Val, indent: usize, depth: u32) -> Result<(), Stop> {
        self.cost.step(1)?;
        if depth > DEEP {
            return Err("a value is nested too deep to be written".into());
        }
        match &value.kind {
            Kind::List(items) if !items.items().is_empty() => {
                for (at, item) in items.items().iter().enumerate() {
                    if at > 0 {
                        self.line(indent)?;
                    }
                    self.out.plain("- ");
                    self.value(item, indent + 2, depth + 1)?;
                }
            }
            Kind::Dict(dict) if dict.len() > 0 => {
                self.entries(&dict.entries(), indent, depth)?;
            }
            Kind::Files(files) if !files.is_empty() => {
                self.entries(&files.entries(), indent, depth)?;
            }
            Kind::List(_) => self.out.plain("[]"),
            Kind::Dict(_) | Kind::Files(_) => self.out.plain("{}"),
            Kind::Nil => self.out.plain("null"),
            Kind::Float(number) => {
                let text = if number.fract() == 0.0 && number.abs() < 1e15 {
                    format!("{number:.0}")
                } else {
                    print::float(*number, 'g', None)
                };
                self.out.str(&Str::new(text).of_value(value.from.as_ref()));
            }
            Kind::Text(_) => {
                let text = value.as_text().unwrap_or_else(|| Str::new(""));
                self.text(&text, indent)?;
            }
            _ => {
                let text = print::text(value, self.cost)?;
                self.out.str(&text);
            }
        }
        Ok(())
    }

    fn line(&mut self, indent: usize) -> Result<(), Stop> {
        self.cost.text(indent)?;
        self.out.plain("\n");
        self.out.plain(&" ".repeat(indent));
        Ok(())
    }

    fn entries(
        &mut self,
        entries: &[(std::rc::Rc<str>, Val)],
        indent: usize,
        depth: u32,
    ) -> Result<(), Stop> {
        for (at, (key, value)) in entries.iter().enumerate() {
            if at > 0 {
                self.line(indent)?;
            }
            if key.contains('\n') {
                self.out.str(&print::quoted(&Str::new(key.clone())));
            } else {
                self.text(&Str::new(key.clone()), indent)?;
            }
            self.out.plain(":");
            match &value.kind {
                Kind::Dict(dict) if dict.len() > 0 => {
                    self.line(indent + 2)?;
                    self.value(value, indent + 2, depth + 1)?;
                }
                // A list stands below its key, not further in.
                Kind::List(items) if !items.items().is_empty() => {
                    self.line(indent)?;
                    self.value(value, indent, depth + 1)?;
                }
                _ => {
                    self.out.plain(" ");
                    self.value(value, indent + 2, depth + 1)?;
                }
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &Str, indent: usize) -> Result<(), Stop> {
        let plain = text.as_str();
        self.cost.text(plain.len())?;
        let control = |c: char| c.is_control() && c != '\n' || c == '\u{feff}';
        if plain.contains(control) || plain.trim_matches('\n').is_empty() && !plain.is_empty() {
            self.out.str(&print::quoted(text));
        } else if reads_as_something_else(plain) {
            self.out.plain("\"");
            self.out.str(text);
            self.out.plain("\"");
        } else if plain.contains('\n') {
            self.literal(text, indent)?;
        } else if needs_quotes(plain) {
            self.out.plain("'");
            self.out.str(&text.replace("'", &Str::new("''"), usize::MAX));
            self.out.plain("'");
        } else {
            self.out.str(text);
        }
        Ok(())
    }

    /// A text of several lines as they are.
    fn literal(&mut self, text: &Str, indent: usize) -> Result<(), Stop> {
        let plain = text.as_str();
        let indent = if indent == 0 { 2 } else { indent };
        self.out.plain("|");
        if plain.starts_with([' ', '\n']) {
            self.out.plain("2");
        }
        let body = plain.trim_end_matches('\n');
        match plain.len() - body.len() {
            0 => self.out.plain("-"),
            1 => {}
            _ => self.out.plain("+"),
        }
        let end = if plain.ends_with('\n') { plain.len() - 1 } else { plain.len() };
        let mut from = 0;
        for line in plain.get(..end).unwrap_or_default().split('\n') {
            if line.is_empty() {
                self.out.plain("\n");
            } else {
                self.line(indent)?;
                self.out.part(text, from..from + line.len());
            }
            from += line.len() + 1;
        }
        Ok(())
    }
}

/// Whether a plain scalar of this text would be no text. YAML 1.1, which Helm speaks.
fn reads_as_something_else(text: &str) -> bool {
    if matches!(text, "" | "~" | "<<" | "=" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    if text.len() <= 5 {
        let lower = text.to_ascii_lowercase();
        let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
        if words.contains(&lower.as_str()) {
            return true;
        }
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let lower = digits.to_ascii_lowercase();
    let radix = |prefix: &str, valid: fn(u8) -> bool| {
        lower
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| valid(b) || b == b'_'))
    };
    if radix("0x", |b| b.is_ascii_hexdigit()) || radix("0b", |b| matches!(b, b'0' | b'1')) {
        return true;
    }
    if radix("0o", |b| matches!(b, b'0'..=b'7')) {
        return true;
    }
    // Numbers, dates, and the base sixty of `12:30:45`.
    digits.bytes().all(|b| {
        b.is_ascii_digit()
            || matches!(b, b'.' | b'_' | b'-' | b'+' | b':' | b'e' | b'E' | b'T' | b'Z')
    }) && {
        let number = digits.replace('_', "").parse::<f64>().is_ok();
        let parts: Vec<&str> = digits.split(['-', 'T']).collect();
        let date = matches!(parts.as_slice(), [year, month, day, ..]
            if year.len() == 4 && (1..=2).contains(&month.len()) && (1..=2).contains(&day.len()));
        let sixty = digits.contains(':') && !digits.contains(['-', 'T']);
        number || date || sixty
    }
}

/// Whether a plain scalar of this text would be cut short, or be something of YAML's own.
fn needs_quotes(text: &str) -> bool {
    text.starts_with([
        ' ', '#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`',
    ]) || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
        || matches!(text, "-" | "?" | ":")
        || ["- ", "? ", ": ", "---", "..."].iter().any(|start| text.starts_with(start))
}
