//! `toToml`. TOML 1.0; single values come before tables, as the format asks for.

use std::fmt::Write as _;
use std::rc::Rc;

use crate::helm::cost::Cost;
use crate::helm::print;
use crate::helm::syntax::Stop;
use crate::helm::text::Str;
use crate::helm::value::{DEEP, Kind, Val};

pub(crate) fn toml(value: &Val, cost: &Cost) -> Result<Str, Stop> {
    let mut out = String::new();
    let Kind::Dict(dict) = &value.kind else {
        return Err("only a dictionary can be written as TOML".into());
    };
    table(&dict.entries(), &mut Vec::new(), &mut out, cost)?;
    Ok(Str::new(out))
}

fn is_table(value: &Val) -> bool {
    matches!(value.kind, Kind::Dict(_))
}

fn is_tables(value: &Val) -> bool {
    match &value.kind {
        Kind::List(items) => !items.items().is_empty() && items.items().iter().all(is_table),
        _ => false,
    }
}

fn key(name: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if !name.is_empty() && name.bytes().all(bare) {
        name.to_owned()
    } else {
        print::quoted(&Str::new(name)).as_str().to_owned()
    }
}

fn table(
    entries: &[(Rc<str>, Val)],
    path: &mut Vec<String>,
    out: &mut String,
    cost: &Cost,
) -> Result<(), Stop> {
    cost.step(1 + entries.len())?;
    if path.len() as u32 > DEEP {
        return Err("a value is nested too deep to be written".into());
    }
    let indent = "  ".repeat(path.len());
    for (name, value) in entries {
        if value.is_nil() || is_table(value) || is_tables(value) {
            continue;
        }
        cost.text(indent.len() + name.len())?;
        let _ = write!(out, "{indent}{} = ", key(name));
        single(value, out, cost, 0)?;
        out.push('\n');
    }
    for (name, value) in entries {
        let many = is_tables(value);
        let tables: Vec<Val> = match &value.kind {
            Kind::Dict(_) => vec![value.clone()],
            Kind::List(items) if many => items.items().to_vec(),
            _ => continue,
        };
        let indent = "  ".repeat(path.len());
        path.push(key(name));
        for one in tables {
            let Kind::Dict(dict) = &one.kind else { continue };
            let (open, close) = if many { ("[[", "]]") } else { ("[", "]") };
            if !out.is_empty() {
                out.push('\n');
            }
            cost.text(path.iter().map(String::len).sum())?;
            let _ = writeln!(out, "{indent}{open}{}{close}", path.join("."));
            table(&dict.entries(), path, out, cost)?;
        }
        path.pop();
    }
    Ok(())
}

fn single(value: &Val, out: &mut String, cost: &Cost, depth: u32) -> Result<(), Stop> {
    cost.step(1)?;
    if depth > DEEP {
        return Err("a value is nested too deep to be written".into());
    }
    let mut list = |open: &str, close: &str, items: Vec<(Option<Rc<str>>, Val)>| {
        out.push_str(open);
        for (at, (name, item)) in items.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            if let Some(name) = name {
                let _ = write!(out, "{} = ", key(name));
            }
            single(item, out, cost, depth + 1)?;
        }
        out.push_str(close);
        Ok(())
    };
    match &value.kind {
        Kind::List(items) => {
            list("[", "]", items.items().iter().map(|item| (None, item.clone())).collect())
        }
        Kind::Dict(dict) => {
            let entries = dict.entries().into_iter();
            list("{", "}", entries.map(|(name, item)| (Some(name), item)).collect())
        }
        Kind::Text(text) => {
            cost.text(text.len())?;
            out.push_str(print::quoted(&Str::new(text.as_str())).as_str());
            Ok(())
        }
        Kind::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            let _ = write!(out, "{number:.1}");
            Ok(())
        }
        _ => {
            out.push_str(print::text(value, cost)?.as_str());
            Ok(())
        }
    }
}
