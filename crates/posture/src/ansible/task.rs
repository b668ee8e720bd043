//! One task: which module, with what arguments, and what checks ask about them.

use crate::dockerfile::shell;
use crate::node::{Cause, Entry, Map, Node, Value};
use crate::sources::Sources;

use super::jinja::Scope;
use super::module::{Call, KEYWORDS, short};
use super::permission;
use super::told::Told;

/// Modules that run what they are given.
const RUNNING: [&str; 6] = ["command", "shell", "raw", "script", "win_shell", "win_command"];

/// What blocks and plays give to the tasks in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Inherited {
    pub(super) scope: Scope,
    /// `become`, `become_user`, `no_log`, `ignore_errors`, as written nearest.
    pub(super) keywords: Vec<Entry>,
    /// Nobody here says where the tasks are run from.
    pub(super) is_alone: bool,
    /// Variables that count more than those of the task, such as the item of its loop; the last most.
    pub(super) above: Vec<Node>,
}

const EFFECTIVE: [&str; 4] = ["become", "become_user", "no_log", "ignore_errors"];

impl Inherited {
    /// What is inside of a play, block or task inherits.
    pub(super) fn inside(&self, node: &Node) -> Self {
        let mut keywords = self.keywords.clone();
        for key in EFFECTIVE {
            if let Some(entry) = node.as_map().and_then(|map| map.entry(key)) {
                keywords.retain(|other| *other.key != *key);
                keywords.push(entry.clone());
            }
        }
        let scope = self.scope.over(node.get("vars"));
        Self { scope, keywords, is_alone: self.is_alone, above: self.above.clone() }
    }

    /// The variables as a task sees them.
    pub(super) fn seen(&self) -> Scope {
        self.above.iter().fold(self.scope.clone(), |scope, above| scope.over(Some(above)))
    }

    /// The keywords in effect at a node, worked out.
    pub(super) fn effective(&self, node: &Node) -> Node {
        let inside = self.inside(node);
        let scope = inside.seen();
        let entries = EFFECTIVE.iter().filter_map(|key| {
            let given = inside.keywords.iter().find(|entry| *entry.key == **key);
            match given {
                Some(entry) => {
                    Some(Entry::new(*key, entry.key_span, truth(&scope.value(&entry.node))))
                }
                None if self.is_alone => {
                    let cause = Cause::NoValue((*key).to_owned());
                    Some(Entry::new(*key, None, Node::unknown(cause, node.span)))
                }
                None => None,
            }
        });
        Node::map(entries.collect(), node.span)
    }
}

/// `yes`, `no` and the like as Ansible takes them.
pub(super) fn worded(text: &str) -> Value {
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Value::Bool(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Value::Bool(false)
        }
        _ => match text.parse() {
            // A leading zero makes it a mode or a number of a telephone.
            Ok(number) if !text.starts_with('0') || text == "0" => Value::Int(number),
            _ => Value::Text(text.into()),
        },
    }
}

/// A value in which the words for truth are truth, at any depth.
fn truth(node: &Node) -> Node {
    match &node.value {
        Value::Text(text) => match worded(text) {
            is @ Value::Bool(_) => Node { value: is, ..node.clone() },
            _ => node.clone(),
        },
        Value::List(items) => {
            let items = items.iter().map(truth).collect();
            Node { value: Value::List(std::sync::Arc::new(items)), ..node.clone() }
        }
        Value::Map(map) => {
            let entries = map
                .entries()
                .iter()
                .map(|entry| Entry { node: truth(&entry.node), ..entry.clone() });
            let map = Map::new(entries.collect());
            Node { value: Value::Map(std::sync::Arc::new(map)), ..node.clone() }
        }
        _ => node.clone(),
    }
}

/// Words of `key=value`, with quotes taken off; of a word without `=`, no value.
pub(super) fn pairs(text: &str) -> Vec<(String, Option<String>)> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut quote, mut braces) = (String::new(), None, 0_u32);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') if braces == 0 => quote = Some(c),
            (None, '{') if chars.peek() == Some(&'{') => {
                braces += 1;
                word.push(c);
            }
            (None, '}') if chars.peek() != Some(&'}') => {
                braces = braces.saturating_sub(1);
                word.push(c);
            }
            (None, c) if c.is_whitespace() && braces == 0 => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, c) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    let pairs = words.into_iter().map(|word| match word.split_once('=') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
        None => (word, None),
    });
    pairs.collect()
}

/// Arguments in one map, from whatever form.
fn arguments(call: &Call, task: &Node) -> Node {
    let running = RUNNING.contains(&short(&call.module));
    let mut entries = match &call.args.value {
        Value::Text(text) if running => {
            vec![Entry::new(
                "_raw_params",
                call.args.span,
                Node::text(text.clone(), call.args.span),
            )]
        }
        Value::Text(text) => pairs(text)
            .into_iter()
            .map(|(key, value)| match value {
                Some(value) => {
                    let node = Node::new(worded(&value), call.args.span);
                    Entry::new(key.as_str(), call.args.span, node)
                }
                None => Entry::new(
                    "_raw_params",
                    call.args.span,
                    Node::text(key.as_str(), call.args.span),
                ),
            })
            .collect(),
        _ => call.args.as_map().map(Map::entries).unwrap_or_default().to_vec(),
    };
    let more = task.get("args").and_then(Node::as_map).map(Map::entries).unwrap_or_default();
    entries.extend(more.iter().cloned());
    Node::map(entries, call.args.span.or(call.span))
}

/// Everything that checks see of a task.
pub(super) fn attributes(
    task: &Node,
    call: &Call,
    inherited: &Inherited,
    sources: &Sources,
) -> Node {
    let scope = &inherited.inside(task).seen();
    let written = arguments(call, task);
    // What is not even a map, such as the whole of the arguments in one variable.
    let args = match &call.args.value {
        Value::Unknown(_) => call.args.clone(),
        Value::Text(text)
            if text.trim_start().starts_with("{{")
                && !text.contains('=')
                && !RUNNING.contains(&short(&call.module)) =>
        {
            scope.value(&call.args)
        }
        _ => truth(&scope.value(&written)),
    };
    let mut entries: Vec<Entry> = Vec::new();
    for entry in task.as_map().map(Map::entries).unwrap_or_default() {
        if KEYWORDS.contains(&&*entry.key) && !matches!(&*entry.key, "args" | "vars" | "block") {
            entries.push(Entry { node: truth(&scope.value(&entry.node)), ..entry.clone() });
        }
    }
    let span = task.span;
    let own = entries.iter().filter(|entry| EFFECTIVE.contains(&&*entry.key)).cloned().collect();
    entries.push(Entry::new("own", None, Node::map(own, span)));
    entries.push(Entry::new("effective", None, inherited.effective(task)));
    entries.push(Entry::new("module", call.span, Node::text(call.module.as_str(), call.span)));
    if let Some(mode) = args.get("mode") {
        let slice = written.get("mode").and_then(|node| node.span);
        let slice = slice.and_then(|span| sources.slice(span)).unwrap_or_default();
        entries.push(Entry::new("permission", mode.span, permission::permission(mode, slice)));
    }
    entries.extend(command(call, &written, scope));
    let mut found = Told::default();
    found.of("", &written, scope);
    let list = |key: &'static str, items| Entry::new(key, None, Node::list(items, span));
    entries.push(list("plain_urls", found.plain));
    entries.push(list("secret_args", found.secrets));
    entries.push(list("secret_references", found.references));
    let known = if args.cause().is_some() { args.clone() } else { scope.known(&written) };
    entries.push(Entry::new("known", call.span, known));
    entries.push(Entry::new("args", call.span, args));
    Node::map(entries, span)
}

/// The text that is run, and its commands; parts that are not known stay as they are written.
fn command(call: &Call, args: &Node, scope: &Scope) -> Vec<Entry> {
    if !RUNNING.contains(&short(&call.module)) {
        return Vec::new();
    }
    let given = ["_raw_params", "cmd", "argv"].iter().find_map(|key| args.get(key));
    let Some(given) = given else { return Vec::new() };
    let text = match &given.value {
        Value::Text(text) => text.to_string(),
        Value::List(items) => {
            let words = items.iter().filter_map(Node::as_text);
            words.collect::<Vec<_>>().join(" ")
        }
        _ => return Vec::new(),
    };
    let text = scope.partly(&text, given.span);
    let commands = shell::of_script(&text, given.span);
    vec![
        Entry::new("command", given.span, Node::text(text, given.span)),
        Entry::new("commands", given.span, commands),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_in_one_line_are_pairs() {
        let found = pairs("src=a dest=\"b c\" mode='{{ m }}' x={{ y | default('z w') }} word");
        let found: Vec<String> = found
            .into_iter()
            .map(|(key, value)| format!("{key}:{}", value.unwrap_or_default()))
            .collect();
        assert_eq!(
            found,
            ["src:a", "dest:b c", "mode:{{ m }}", "x:{{ y | default('z w') }}", "word:"]
        );
        assert_eq!(pairs("a='open").len(), 1);
    }
}
