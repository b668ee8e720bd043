//! Which module a task calls, in whatever form it is written.

use crate::node::Node;
use crate::sources::Span;

/// Keys of a task that name no module ("Playbook Keywords").
pub(super) const KEYWORDS: [&str; 52] = [
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
    "add_host",
    "apt",
    "apt_key",
    "apt_repository",
    "assemble",
    "assert",
    "authorized_key",
    "blockinfile",
    "command",
    "copy",
    "cron",
    "debug",
    "dnf",
    "docker_container",
    "docker_image",
    "fail",
    "fetch",
    "file",
    "find",
    "firewalld",
    "get_url",
    "git",
    "group",
    "group_by",
    "hostname",
    "import_role",
    "import_tasks",
    "include",
    "include_role",
    "include_tasks",
    "include_vars",
    "iptables",
    "known_hosts",
    "lineinfile",
    "meta",
    "modprobe",
    "mount",
    "package",
    "pip",
    "raw",
    "reboot",
    "replace",
    "rpm_key",
    "script",
    "selinux",
    "service",
    "service_facts",
    "set_fact",
    "setup",
    "shell",
    "stat",
    "sysctl",
    "systemd",
    "template",
    "ufw",
    "unarchive",
    "uri",
    "user",
    "wait_for",
    "yum",
];

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
    let modules = map
        .entries()
        .iter()
        .filter(|entry| !KEYWORDS.contains(&&*entry.key) && !entry.key.starts_with("with_"));
    let is_alone = modules.count() <= 1;
    let is_collection = call.module.split('.').count() == 3;
    let families =
        ["ec2_", "s3_", "rds_", "iam_", "azure_rm_", "gcp_", "docker_", "k8s", "win_", "aws_"];
    let is_known = MODULES.contains(&&*call.module)
        || families.iter().any(|family| call.module.starts_with(family));
    let has_args = call.args.as_map().is_some() || call.args.as_text().is_some();
    is_alone && has_args && (is_collection || is_known)
}
