//! One task: which module, with what arguments, and what checks ask about them.

use crate::dockerfile::shell;
use crate::node::{Cause, Entry, Map, Node, Value};
use crate::secret_names;
use crate::sources::{Sources, Span};

use super::jinja::{self, Scope};
use super::permission;

/// Keys of a task that name no module ("Playbook Keywords").
const KEYWORDS: [&str; 52] = [
    "action",
    "any_errors_fatal",
    "args",
    "async",
    "become",
    "become_exe",
    "become_flags",
    "become_method",
    "become_user",
    "block",
    "rescue",
    "always",
    "changed_when",
    "check_mode",
    "collections",
    "connection",
    "debugger",
    "delay",
    "delegate_facts",
    "delegate_to",
    "diff",
    "environment",
    "failed_when",
    "ignore_errors",
    "ignore_unreachable",
    "listen",
    "local_action",
    "loop",
    "loop_control",
    "module_defaults",
    "name",
    "no_log",
    "notify",
    "poll",
    "port",
    "register",
    "remote_user",
    "retries",
    "run_once",
    "sudo",
    "sudo_user",
    "su",
    "tags",
    "throttle",
    "timeout",
    "until",
    "vars",
    "when",
    "first_available_file",
    "transport",
    "always_run",
    "static",
];

/// Modules by short name that tell a task file from other lists; collections tell it by their dots.
const MODULES: [&str; 60] = [
    "add_host", "apt", "apt_key", "apt_repository", "assemble", "assert", "authorized_key", "blockinfile",
    "command", "copy", "cron", "debug", "dnf", "docker_container", "docker_image", "fail", "fetch", "file",
    "find", "firewalld", "get_url", "git", "group", "group_by", "hostname", "import_role", "import_tasks",
    "include", "include_role", "include_tasks", "include_vars", "iptables", "known_hosts", "lineinfile",
    "meta", "modprobe", "mount", "package", "pip", "raw", "reboot", "replace", "rpm_key", "script",
    "selinux", "service", "service_facts", "set_fact", "setup", "shell", "stat", "sysctl", "systemd",
    "template", "ufw", "unarchive", "uri", "user", "wait_for", "yum",
];

/// Modules that run what they are given.
const RUNNING: [&str; 6] = ["command", "shell", "raw", "script", "win_shell", "win_command"];

/// Arguments that say what is done with a secret: `update_password: on_create`.
const ABOUT: [&str; 8] = [
    "allow_",
    "encrypt_",
    "generate_",
    "password_expire",
    "password_lock",
    "require_",
    "update_",
    "use_",
];

/// Levels of arguments that are searched.
const DEPTH: u32 = 16;
/// Answers kept of one task.
const FOUND: usize = 50;

/// What blocks and plays give to the tasks in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Inherited {
    pub(super) scope: Scope,
    /// `become`, `become_user`, `no_log`, `ignore_errors`, as written nearest.
    pub(super) keywords: Vec<Entry>,
    /// Nobody here says where the tasks are run from.
    pub(super) is_alone: bool,
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
        Self { scope: self.scope.over(node.get("vars")), keywords, is_alone: self.is_alone }
    }

    /// The keywords in effect at a node, worked out.
    pub(super) fn effective(&self, node: &Node) -> Node {
        let inside = self.inside(node);
        let entries = EFFECTIVE.iter().filter_map(|key| {
            let given = inside.keywords.iter().find(|entry| *entry.key == **key);
            match given {
                Some(entry) => Some(Entry::new(
                    *key,
                    entry.key_span,
                    truth(&inside.scope.value(&entry.node)),
                )),
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
            let entries =
                map.entries().iter().map(|entry| Entry { node: truth(&entry.node), ..entry.clone() });
            let map = Map::new(entries.collect());
            Node { value: Value::Map(std::sync::Arc::new(map)), ..node.clone() }
        }
        _ => node.clone(),
    }
}

/// The module of a task: its name as written, its arguments, and where both stand.
pub(super) struct Call {
    pub(super) module: String,
    pub(super) args: Node,
    pub(super) span: Option<Span>,
}

/// The last part of a module's name: `ansible.builtin.file` is `file`.
pub(super) fn short(module: &str) -> &str {
    module.rsplit('.').next().unwrap_or(module)
}

/// Whether a kind is that of a task and not of a file.
pub(crate) fn is_task(kind: &str) -> bool {
    !matches!(kind, "play" | "vars" | "inventory" | "config")
}

/// The call of a task; `None` if it is a block, or none.
pub(super) fn call(task: &Node) -> Option<Call> {
    let map = task.as_map()?;
    for key in ["action", "local_action"] {
        let Some(entry) = map.entry(key) else { continue };
        let span = entry.key_span;
        if let Some(text) = entry.node.as_text() {
            let text = text.trim();
            let (module, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let args = Node::text(rest.trim(), entry.node.span);
            return Some(Call { module: module.to_owned(), args, span });
        }
        let module = entry.node.get("module").and_then(Node::as_text)?.to_owned();
        return Some(Call { module, args: entry.node.clone(), span });
    }
    let entry = map.entries().iter().find(|entry| {
        !KEYWORDS.contains(&&*entry.key)
            && !entry.key.starts_with("with_")
            && !entry.key.starts_with(|c: char| !c.is_ascii_alphabetic())
    })?;
    Some(Call { module: entry.key.to_string(), args: entry.node.clone(), span: entry.key_span })
}

/// Whether an element of a list is a task beyond doubt.
pub(super) fn looks_like_task(node: &Node) -> bool {
    let Some(map) = node.as_map() else { return false };
    if let Some(block) = map.get("block") {
        return block.items().iter().any(looks_like_task);
    }
    let Some(call) = call(node) else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    if !call.module.chars().all(is_name) {
        return false;
    }
    let modules = map.entries().iter().filter(|entry| {
        !KEYWORDS.contains(&&*entry.key) && !entry.key.starts_with("with_")
    });
    let is_alone = modules.count() <= 1;
    let is_collection = call.module.split('.').count() == 3;
    let families = ["ec2_", "s3_", "rds_", "iam_", "azure_rm_", "gcp_", "docker_", "k8s", "win_", "aws_"];
    let is_known = MODULES.contains(&&*call.module)
        || families.iter().any(|family| call.module.starts_with(family));
    let has_args = call.args.as_map().is_some() || call.args.as_text().is_some();
    is_alone && has_args && (is_collection || is_known)
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
            vec![Entry::new("_raw_params", call.args.span, Node::text(text.clone(), call.args.span))]
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
    let inside = inherited.inside(task);
    let scope = &inside.scope;
    let written = arguments(call, task);
    // What is not even a map, such as the whole of the arguments in one variable.
    let args = match &call.args.value {
        Value::Unknown(_) => call.args.clone(),
        Value::Text(text) if text.trim_start().starts_with("{{") && !text.contains('=') => {
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
    found.of("", &written, scope, DEPTH);
    let list = |key: &'static str, items| Entry::new(key, None, Node::list(items, span));
    entries.push(list("plain_urls", found.plain));
    entries.push(list("secret_args", found.secrets));
    entries.push(list("secret_references", found.references));
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

/// What the arguments of a task tell by themselves.
#[derive(Default)]
struct Told {
    plain: Vec<Node>,
    secrets: Vec<Node>,
    references: Vec<Node>,
}

impl Told {
    fn of(&mut self, key: &str, node: &Node, scope: &Scope, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let key = if ABOUT.iter().any(|start| key.starts_with(start)) { "" } else { key };
        match &node.value {
            Value::Text(text) => self.text(key, text, node, scope),
            Value::Int(number) if secret_names::is_name(key) && number.abs() > 999 => {
                self.secrets.push(secret_names::secret(key, node.clone(), node.span));
            }
            Value::List(items) => items.iter().for_each(|item| self.of(key, item, scope, depth)),
            Value::Map(map) => {
                for entry in map.entries() {
                    self.of(&entry.key, &entry.node, scope, depth);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, key: &str, text: &str, node: &Node, scope: &Scope) {
        if self.plain.len() < FOUND && is_plain(&scope.partly(text, node.span)) {
            self.plain.push(node.clone());
        }
        // A template may have a default that is written here; a name alone is no secret.
        let is_known = !text.contains("{{") && !text.contains("{%");
        if is_known
            && self.secrets.len() < FOUND
            && secret_names::is_name(key)
            && secret_names::is_value(text)
            && !text.is_empty()
        {
            self.secrets.push(secret_names::secret(key, node.clone(), node.span));
        }
        if !is_known && self.references.len() < FOUND {
            let names = jinja::names(text).filter(|name| {
                secret_names::is_name(name.rsplit('.').next().unwrap_or(name))
            });
            self.references.extend(names.map(|name| Node::text(name, node.span)));
        }
    }
}

/// Whether a text is an address without encryption on another machine.
fn is_plain(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let Some(rest) = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("ftp://")) else {
        return false;
    };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    // A host that is not known may be this machine.
    !(host.is_empty()
        || host.contains("{{")
        || host == "localhost"
        || host.ends_with(".localhost")
        || host.starts_with("127.")
        || host == "[")
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
        assert_eq!(found, ["src:a", "dest:b c", "mode:{{ m }}", "x:{{ y | default('z w') }}", "word:"]);
        assert_eq!(pairs("a='open").len(), 1);
    }

    #[test]
    fn addresses_without_encryption_are_those_of_other_machines() {
        for text in ["http://example.org/a", "HTTP://a:80", "ftp://a.example/x"] {
            assert!(is_plain(text), "{text}");
        }
        for text in ["https://a", "http://localhost:80", "http://127.0.0.1/", "http://{{ h }}/", "x"] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
