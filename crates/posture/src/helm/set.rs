//! `--set a.b=1,c[0].d={x,y}`. Helm, "The Format and Limitations of --set".

use std::rc::Rc;
use std::sync::Arc;

use super::read::Table;
use super::value::{Kind, Val};
use crate::node::Through;

/// Elements of a list that one setting may reach.
const INDEX: usize = 65_536;
/// Keys and indexes of one setting.
const DEPTH: usize = 30;

enum Step {
    Key(String),
    Index(usize),
}

/// Puts the values of a setting into a table; what is broken of it is told and left out.
pub(crate) fn set(text: &str, into: &mut Table) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, value) in assignments(text, &mut problems) {
        match steps(&path) {
            Ok(steps) => {
                let name = format!("--set {path}");
                let through = Arc::new(Through { name, span: None, before: None });
                let value = value.map_or(Val::NIL, |value| value.val(&through));
                let mut root = Val::dict(std::mem::take(into));
                if !put(&mut root, &steps, value) {
                    problems.push(format!("`{path}` is set inside of something that is no table"));
                }
                if let Some(dict) = root.as_dict() {
                    *into = dict.take();
                }
            }
            Err(what) => problems.push(format!("`{path}`: {what}")),
        }
    }
    problems
}

enum Raw {
    One(String),
    Many(Vec<String>),
}

impl Raw {
    fn val(&self, through: &Arc<Through>) -> Val {
        match self {
            Self::One(text) => Val { from: Some(through.clone()), ..typed(text) },
            Self::Many(items) => Val::list(
                items
                    .iter()
                    .map(|item| Val { from: Some(through.clone()), ..typed(item) })
                    .collect(),
            ),
        }
    }
}

fn typed(text: &str) -> Val {
    match text {
        "true" => return Val::bool(true),
        "false" => return Val::bool(false),
        "null" => return Val::NIL,
        "0" => return Val::int(0),
        _ => {}
    }
    match text.parse::<i64>() {
        Ok(number) if !text.starts_with('0') => Val::int(number),
        _ => Val::text(text),
    }
}

/// Cuts at commas outside of braces, and each piece at its first `=`.
fn assignments(text: &str, problems: &mut Vec<String>) -> Vec<(String, Option<Raw>)> {
    let mut found = Vec::new();
    let mut chars = text.chars().peekable();
    while chars.peek().is_some() {
        let mut path = String::new();
        let mut has_value = false;
        while let Some(c) = chars.next() {
            match c {
                // The backslash stays for the cut at dots.
                '\\' => {
                    path.push('\\');
                    path.extend(chars.next());
                }
                '=' => {
                    has_value = true;
                    break;
                }
                ',' => break,
                c => path.push(c),
            }
        }
        if !has_value {
            if !path.is_empty() {
                problems.push(format!("`{path}` has no value"));
            }
            continue;
        }
        let value = if chars.peek() == Some(&'{') {
            chars.next();
            let mut items = vec![String::new()];
            while let Some(c) = chars.next() {
                match c {
                    '}' => break,
                    ',' => items.push(String::new()),
                    '\\' => push(&mut items, chars.next()),
                    c => push(&mut items, Some(c)),
                }
            }
            if items.len() == 1 && items.first().is_some_and(String::is_empty) {
                items.clear();
            }
            chars.next_if_eq(&',');
            Raw::Many(items)
        } else {
            let mut value = String::new();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => value.extend(chars.next()),
                    ',' => break,
                    c => value.push(c),
                }
            }
            Raw::One(value)
        };
        found.push((path, Some(value)));
    }
    found
}

fn push(items: &mut [String], c: Option<char>) {
    if let (Some(last), Some(c)) = (items.last_mut(), c) {
        last.push(c);
    }
}

fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut key = String::new();
    let mut closed = false;
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => key.extend(chars.next()),
            '.' => {
                if !key.is_empty() {
                    steps.push(Step::Key(std::mem::take(&mut key)));
                } else if !closed {
                    return Err("an empty key".to_owned());
                }
                closed = false;
            }
            '[' => {
                if !key.is_empty() {
                    steps.push(Step::Key(std::mem::take(&mut key)));
                }
                let digits: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let index = digits.parse::<usize>().ok().filter(|index| *index <= INDEX);
                steps.push(Step::Index(index.ok_or("an index that is none, or too large")?));
                closed = true;
            }
            c => {
                key.push(c);
                closed = false;
            }
        }
    }
    if !key.is_empty() {
        steps.push(Step::Key(key));
    } else if !closed {
        return Err("an empty key".to_owned());
    }
    match steps.first() {
        Some(Step::Key(_)) if steps.len() <= DEPTH => Ok(steps),
        Some(Step::Key(_)) => Err(format!("more than {DEPTH} keys")),
        _ => Err("no key".to_owned()),
    }
}

/// Sets a value below another; false if there is something else on the way.
fn put(at: &mut Val, steps: &[Step], value: Val) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        *at = value;
        return true;
    };
    match step {
        Step::Key(key) => {
            if at.is_nil() {
                *at = Val::dict([]);
            }
            let Kind::Dict(dict) = &at.kind else { return false };
            let mut table: Table = dict.entries().into_iter().collect();
            let inner = table.entry(Rc::from(key.as_str())).or_insert(Val::NIL);
            // A scalar makes room for a table, as in Helm.
            if !rest.is_empty() && !matches!(inner.kind, Kind::Dict(_) | Kind::List(_)) {
                *inner = Val::NIL;
            }
            let done = put(inner, rest, value);
            *at = Val::dict(table);
            done
        }
        Step::Index(index) => {
            let mut items = match &at.kind {
                Kind::Nil => Vec::new(),
                Kind::List(list) => list.items().to_vec(),
                _ => return false,
            };
            if items.len() <= *index {
                items.resize(index + 1, Val::NIL);
            }
            let done = items.get_mut(*index).is_some_and(|item| put(item, rest, value));
            *at = Val::list(items);
            done
        }
    }
}

#[cfg(test)]
mod tests {
    use panoply_base::Limits;

    use super::*;
    use crate::helm::cost::Cost;
    use crate::helm::write::{Style, json};

    fn check(text: &str, expected: &str, problems: usize) {
        let mut table = Table::new();
        let said = set(text, &mut table);
        assert_eq!(said.len(), problems, "{text}: {said:?}");
        let cost = Cost::new(&Limits::DEFAULT);
        let shown = json(&Val::dict(table), Style::Plain, &cost).expect("is small");
        assert_eq!(shown.as_str(), expected, "{text}");
    }

    #[test]
    fn settings_are_read_as_helm_reads_them() {
        check("a=1,b=x", r#"{"a":1,"b":"x"}"#, 0);
        check("a.b.c=true", r#"{"a":{"b":{"c":true}}}"#, 0);
        check("a.b=1,a.c=null", r#"{"a":{"b":1,"c":null}}"#, 0);
        check("a={x,1,}", r#"{"a":["x",1,""]}"#, 0);
        check("a={}", r#"{"a":[]}"#, 0);
        check("a[1].b=x", r#"{"a":[null,{"b":"x"}]}"#, 0);
        check("a[0][1]=x", r#"{"a":[[null,"x"]]}"#, 0);
        check(r"a\.b=1\,2", r#"{"a.b":"1,2"}"#, 0);
        check("a=007,b=1.5,c=", r#"{"a":"007","b":"1.5","c":""}"#, 0);
        check("a=1,a.b=2", r#"{"a":{"b":2}}"#, 0);
        check("a=b=c", r#"{"a":"b=c"}"#, 0);
        check("a,b=1", r#"{"b":1}"#, 1);
        check("a[99999999999]=1,b=1", r#"{"b":1}"#, 1);
        check("a.=1", "{}", 1);
    }
}
