//! `{{ … }}` as far as names, fields, defaults and a few filters go; the rest is not known.
//!
//! "Using variables" and "Using filters". A template that only names a variable keeps the type of its value.

use crate::node::{Cause, Entry, Map, Node, Value};
use crate::sources::Span;
use crate::variables::split_outside;

use super::task::worded;

/// Variables inside of variables.
const DEPTH: u32 = 16;
/// Values that one argument may be worked out to.
const VALUES: u64 = 20_000;
/// Bytes of a text that is put together.
const LENGTH: usize = 256 << 10;

/// Variables by name; the first map that has one counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope(Vec<Node>);

impl Scope {
    /// The scope with variables that count more than those in it.
    pub(super) fn over(&self, variables: Option<&Node>) -> Self {
        let Some(variables) = variables.filter(|node| node.as_map().is_some()) else {
            return self.clone();
        };
        let mut maps = vec![variables.clone()];
        maps.extend(self.0.iter().cloned());
        Self(maps)
    }

    /// The scope with variables that count less than those in it.
    pub(super) fn below(&self, variables: Option<&Node>) -> Self {
        let mut maps = self.0.clone();
        maps.extend(variables.filter(|node| node.as_map().is_some()).cloned());
        Self(maps)
    }

    fn find(&self, name: &str) -> Option<&Node> {
        self.0.iter().find_map(|map| map.get(name))
    }

    /// A value with its templates worked out.
    pub(super) fn value(&self, node: &Node) -> Node {
        let mut left = VALUES;
        self.worked_out(node, DEPTH, &mut left)
    }

    fn worked_out(&self, node: &Node, depth: u32, left: &mut u64) -> Node {
        let limit = || Node::unknown(Cause::Limit("templates".to_owned()), node.span);
        let Some(rest) = left.checked_sub(1) else { return limit() };
        *left = rest;
        match &node.value {
            Value::Text(text) if text.contains("{%") => {
                Node::unknown(Cause::Function("{% … %}".to_owned()), node.span)
            }
            Value::Text(text) if text.contains("{{") => match depth.checked_sub(1) {
                Some(depth) => self.text(text, node, depth, left),
                None => limit(),
            },
            Value::List(items) => {
                let items = items.iter().map(|item| self.worked_out(item, depth, left)).collect();
                Node::list(items, node.span)
            }
            Value::Map(map) => {
                // What a vault keeps is known to nobody here.
                if let [only] = map.entries()
                    && &*only.key == "!vault"
                {
                    return Node::unknown(Cause::NoValue("!vault".to_owned()), node.span);
                }
                if let [only] = map.entries()
                    && &*only.key == "!unsafe"
                {
                    return only.node.clone();
                }
                let entries = map.entries().iter().map(|entry| Entry {
                    node: self.worked_out(&entry.node, depth, left),
                    ..entry.clone()
                });
                Node::map(entries.collect(), node.span)
            }
            _ => node.clone(),
        }
    }

    fn text(&self, text: &str, node: &Node, depth: u32, left: &mut u64) -> Node {
        let trimmed = text.trim();
        if let Some(inner) = trimmed.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"))
            && !inner.contains("{{")
        {
            return self.expression(inner.trim(), node.span, depth, left);
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let Some((inner, next)) = after.split_once("}}") else {
                return Node::unknown(Cause::Broken("`{{`".to_owned()), node.span);
            };
            rest = next;
            let value = self.expression(inner.trim(), node.span, depth, left);
            match written(&value) {
                Some(text) => out.push_str(&text),
                None if value.cause().is_some() => return value,
                None => return Node::unknown(Cause::Function(shortened(inner)), node.span),
            }
            if out.len() > LENGTH {
                return Node::unknown(Cause::Limit("templates".to_owned()), node.span);
            }
        }
        out.push_str(rest);
        Node { value: Value::Text(out.into()), ..node.clone() }
    }

    fn expression(&self, text: &str, span: Option<Span>, depth: u32, left: &mut u64) -> Node {
        let mut parts = pipes(text).into_iter();
        let first = parts.next().unwrap_or_default().trim();
        let mut value = self.name(first, span, depth, left);
        for filter in parts {
            value = filtered(value, filter.trim(), text, span);
        }
        value
    }

    /// `name`, `name.field`, `name['field']`, or a literal.
    fn name(&self, text: &str, span: Option<Span>, depth: u32, left: &mut u64) -> Node {
        if let Some(literal) = literal(text) {
            return Node::new(literal, span);
        }
        let Some(steps) = steps(text) else {
            return Node::unknown(Cause::Function(shortened(text)), span);
        };
        let missing = || Node::unknown(Cause::NoValue(shortened(text)), span);
        let [name, rest @ ..] = steps.as_slice() else { return missing() };
        let Some(found) = self.find(name) else { return missing() };
        let place = found.span;
        let mut value = self.worked_out(found, depth, left);
        for step in rest {
            let next = match &value.value {
                Value::Map(map) => map.get(step).cloned(),
                Value::List(items) => {
                    step.parse::<usize>().ok().and_then(|at| items.get(at).cloned())
                }
                Value::Unknown(_) => return Node { span, ..value },
                _ => None,
            };
            match next {
                Some(next) => value = next,
                None => return missing(),
            }
        }
        Node { span, ..value }.by_way_of(shortened(text), place)
    }

    /// A value in whose texts what is known is in its place; unknown is only what is one template alone.
    pub(super) fn known(&self, node: &Node) -> Node {
        let mut left = VALUES;
        self.known_below(node, DEPTH, &mut left)
    }

    fn known_below(&self, node: &Node, depth: u32, left: &mut u64) -> Node {
        let Some(depth) = depth.checked_sub(1) else { return self.value(node) };
        match &node.value {
            Value::Text(text) if text.contains("{{") => {
                let trimmed = text.trim();
                let is_alone =
                    trimmed.starts_with("{{") && trimmed.find("}}") == Some(trimmed.len() - 2);
                if is_alone || text.contains("{%") {
                    return self.worked_out(node, DEPTH, left);
                }
                Node { value: Value::Text(self.partly(text, node.span).into()), ..node.clone() }
            }
            Value::List(items) => {
                let items = items.iter().map(|item| self.known_below(item, depth, left)).collect();
                Node::list(items, node.span)
            }
            Value::Map(map) if !map.keys().any(|key| key.starts_with('!')) => {
                let entries = map.entries().iter().map(|entry| Entry {
                    node: self.known_below(&entry.node, depth, left),
                    ..entry.clone()
                });
                Node::map(entries.collect(), node.span)
            }
            _ => self.worked_out(node, DEPTH, left),
        }
    }

    /// A text in which what is known is in its place and what is not stays as it is written.
    pub(super) fn partly(&self, text: &str, span: Option<Span>) -> String {
        let (mut out, mut rest, mut left) = (String::new(), text, VALUES);
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let Some((inner, next)) = after.split_once("}}") else {
                rest = after;
                break;
            };
            rest = next;
            match written(&self.expression(inner.trim(), span, DEPTH, &mut left)) {
                Some(text) if out.len() + text.len() <= LENGTH => out.push_str(&text),
                _ => {
                    out.push_str("{{");
                    out.push_str(inner);
                    out.push_str("}}");
                }
            }
        }
        out.push_str(rest);
        out
    }
}

/// The names that the templates of a text begin with.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{").skip(1).filter_map(|rest| {
        let inner = rest.split("}}").next()?.trim();
        let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
        let name = inner.get(..end.unwrap_or(inner.len()))?;
        (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some(name)
    })
}

/// Parts between `|` outside of quotes and parentheses.
fn pipes(text: &str) -> Vec<&str> {
    split_outside(text, '|', ['(', '['], [')', ']'])
}

fn filtered(value: Node, filter: &str, whole: &str, span: Option<Span>) -> Node {
    let (name, argument) = match filter.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.rsplit_once(')').map(|(inner, _)| inner.trim())),
        None => (filter, None),
    };
    let name = name.strip_prefix("ansible.builtin.").unwrap_or(name);
    if matches!(name, "default" | "d") {
        let is_absent = matches!(value.cause(), Some(Cause::NoValue(_)));
        if !is_absent {
            return value;
        }
        let given = argument.unwrap_or("''");
        let given = pipes(given).first().copied().unwrap_or_default();
        let given = given.split_once(", true").map_or(given, |(given, _)| given).trim();
        return match literal(given) {
            Some(literal) => Node::new(literal, span),
            None => Node::unknown(Cause::Function(shortened(whole)), span),
        };
    }
    if value.cause().is_some() {
        return value;
    }
    let changed = |text: String| Node { value: Value::Text(text.into()), ..value.clone() };
    match (name, &value.value) {
        ("bool", _) => match written(&value).as_deref().map(worded) {
            Some(Value::Bool(known)) => Node { value: Value::Bool(known), ..value },
            Some(Value::Int(number)) => Node { value: Value::Bool(number == 1), ..value },
            _ => Node::unknown(Cause::Function(shortened(whole)), span),
        },
        ("int", _) => match written(&value).and_then(|text| text.trim().parse().ok()) {
            Some(number) => Node { value: Value::Int(number), ..value },
            None => Node::unknown(Cause::Function(shortened(whole)), span),
        },
        ("string", _) => written(&value).map_or_else(|| value.clone(), changed),
        ("trim", Value::Text(text)) => changed(text.trim().to_owned()),
        ("lower", Value::Text(text)) => changed(text.to_lowercase()),
        ("upper", Value::Text(text)) => changed(text.to_uppercase()),
        ("mandatory", _) => value,
        ("dict2items", Value::Map(_)) => {
            Node::list(super::each::pairs(&value).unwrap_or_default(), value.span)
        }
        _ => Node::unknown(Cause::Function(shortened(whole)), span),
    }
}

fn literal(text: &str) -> Option<Value> {
    let quoted = ['\'', '"'].iter().find_map(|quote| {
        text.strip_prefix(*quote)?.strip_suffix(*quote).filter(|inner| !inner.contains(*quote))
    });
    if let Some(inner) = quoted {
        return Some(Value::Text(inner.into()));
    }
    match text {
        "true" | "True" => Some(Value::Bool(true)),
        "false" | "False" => Some(Value::Bool(false)),
        "none" | "None" => Some(Value::Null),
        "[]" => Some(Value::List(std::sync::Arc::default())),
        "{}" => Some(Value::Map(std::sync::Arc::new(Map::default()))),
        _ => text.parse().ok().map(Value::Int),
    }
}

/// The steps of a name; `None` for anything more.
fn steps(text: &str) -> Option<Vec<String>> {
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (name, next) = rest.split_at(end);
        if !name.is_empty() {
            steps.push(name.to_owned());
        }
        rest = next;
        if let Some(after) = rest.strip_prefix('[') {
            let (inner, next) = after.split_once(']')?;
            let key = inner.trim().trim_matches(['\'', '"']);
            if key.is_empty() || key.contains(['(', '+', ' ']) {
                return None;
            }
            steps.push(key.to_owned());
            rest = next;
        }
        match rest.strip_prefix('.') {
            Some(next) => rest = next,
            None if rest.is_empty() => break,
            None if rest.starts_with('[') => {}
            None => return None,
        }
    }
    (!steps.is_empty()).then_some(steps)
}

fn written(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.to_string()),
        Value::Int(value) => Some(value.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Float(value) => Some(value.to_string()),
        _ => None,
    }
}

fn shortened(text: &str) -> String {
    text.trim().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use panoply_base::Limits;

    use super::*;
    use crate::read::yaml;
    use crate::sources::Sources;

    fn scope(text: &str) -> Scope {
        let file = Sources::default().add("a.yaml", text);
        let root = yaml(text, file, &Limits::DEFAULT).value.remove(0).root;
        Scope::default().over(Some(&root))
    }

    fn check(template: &str, expected: Result<&str, &str>) {
        let scope = scope("a: 1\nb: '{{ a }}x'\nc: {d: [p, q]}\nloop: '{{ loop }}'\nflag: 'yes'\n");
        let found = scope.value(&Node::text(template, None));
        let said = match found.cause() {
            Some(cause) => Err(cause.words().en),
            None => Ok(written(&found).unwrap_or_else(|| "?".to_owned())),
        };
        assert_eq!(said.as_deref().map_err(String::as_str), expected, "{template}");
    }

    #[test]
    fn templates_are_worked_out_as_far_as_they_are_simple() {
        check("{{ b }}/{{ c.d[1] }}", Ok("1x/q"));
        check("{{ c['d'][0] | upper }}", Ok("P"));
        check("{{ flag | bool }}", Ok("true"));
        check("{{ nothing | default('0600') }}", Ok("0600"));
        check("x{{ nothing }}", Err("`nothing` has no value"));
        check("{{ a + 1 }}", Err("`a + 1` cannot be worked out before deployment"));
        check("{{ loop }}", Err("`templates` is beyond the limits of this scan"));
        check("{{ a ", Err("`{{` makes no sense"));
    }

    #[test]
    fn texts_of_which_a_part_is_known_are_texts() {
        let scope = scope("a: 1");
        let known = |text: &str| scope.known(&Node::text(text, None));
        assert_eq!(known("{{ a }}{{ b }}:/x").as_text(), Some("1{{ b }}:/x"));
        assert!(
            known("{{ b }}").cause().is_some() && known("{% if a %}x{{ b }}").cause().is_some()
        );
    }

    #[test]
    fn what_is_known_stands_in_a_text_and_the_rest_stays() {
        assert_eq!(scope("a: 1").partly("x {{ a }} {{ b }} {{", None), "x 1 {{ b }} ");
        assert_eq!(
            names("{{ db.password | quote }} {{x}}").collect::<Vec<_>>(),
            ["db.password", "x"]
        );
    }
}
