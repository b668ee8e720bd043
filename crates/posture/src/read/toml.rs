//! TOML into nodes.

use panoply_base::{Limits, Problem};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::node::{Entry, Node, Value};
use crate::sources::{FileId, Span};

/// The document of a TOML file.
///
/// # Errors
///
/// Text that is no TOML, and what is nested deeper than the limits allow.
pub fn toml(text: &str, file: FileId, limits: &Limits) -> Result<Node, Problem> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let lines = text.get(..at).unwrap_or_default().matches('\n').count();
        Problem::line(lines as u32 + 1, error.message().to_owned())
    })?;
    let whole = Span::new(file, 0, text.len());
    let entries = entries(table.get_ref(), file, limits.depth.saturating_mul(8))?;
    Ok(Node::map(entries, Some(whole)))
}

fn entries(table: &DeTable<'_>, file: FileId, depth: u32) -> Result<Vec<Entry>, Problem> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Problem::whole("tables are nested too deep"));
    };
    let mut found = Vec::new();
    for (key, value) in table {
        let range = key.span();
        let span = Span::new(file, range.start, range.end);
        found.push(Entry::new(&**key.get_ref(), Some(span), node(value, file, depth)?));
    }
    Ok(found)
}

fn node(value: &Spanned<DeValue<'_>>, file: FileId, depth: u32) -> Result<Node, Problem> {
    let range = value.span();
    let span = Some(Span::new(file, range.start, range.end));
    let plain = |value| Ok(Node::new(value, span));
    match value.get_ref() {
        DeValue::String(text) => Ok(Node::text(&**text, span)),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            plain(parsed.map_or_else(|_| Value::Text(number.as_str().into()), Value::Int))
        }
        DeValue::Float(number) => {
            let parsed = number.as_str().parse();
            plain(parsed.map_or_else(|_| Value::Text(number.as_str().into()), Value::Float))
        }
        DeValue::Boolean(value) => plain(Value::Bool(*value)),
        DeValue::Datetime(value) => Ok(Node::text(value.to_string(), span)),
        DeValue::Array(items) => {
            let Some(depth) = depth.checked_sub(1) else {
                return Err(Problem::whole("lists are nested too deep"));
            };
            let items: Result<Vec<Node>, Problem> =
                items.iter().map(|item| node(item, file, depth)).collect();
            Ok(Node::list(items?, span))
        }
        DeValue::Table(table) => Ok(Node::map(entries(table, file, depth)?, span)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Sources;

    #[test]
    fn values_know_their_lines() {
        let text = "version = 2\n[plugins.\"a.b\"]\n  enable = true\n  list = [1, 'x']\n";
        let mut sources = Sources::default();
        let file = sources.add("config.toml", text);
        let root = toml(text, file, &Limits::DEFAULT).unwrap();
        let enable = root.at(&["plugins", "a.b", "enable"]).unwrap();
        assert_eq!(enable.as_bool(), Some(true));
        assert_eq!(sources.lines(enable.span.unwrap()).unwrap().line, 3);
        assert_eq!(root.at(&["plugins", "a.b", "list"]).unwrap().items().len(), 2);
    }

    #[test]
    fn what_is_broken_or_too_deep_is_told() {
        let file = Sources::default().add("config.toml", "");
        assert!(toml("a = [", file, &Limits::DEFAULT).is_err());
        let deep = format!("a = {}1{}", "[".repeat(60), "]".repeat(60));
        assert!(toml(&deep, file, &Limits::TINY).is_err());
    }
}
