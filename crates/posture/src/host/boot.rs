//! Boot loader and scheduled jobs: kind `grub` (`password`, `cmdline`), kind `cron-job` (`user`,
//! `schedule`, `command`, `program`), kind `limits` (lines of limits.conf(5)).

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Attrs, Line, said, scalar};
use crate::node::{Cause, Node};
use crate::resource::Resource;
use crate::sources::FileId;

const GENERATED: [&str; 6] = [
    "/boot/grub/grub.cfg",
    "/boot/grub2/grub.cfg",
    "/boot/grub2/user.cfg",
    "/boot/grub/user.cfg",
    "/boot/efi/EFI/*/grub.cfg",
    "/boot/efi/EFI/*/user.cfg",
];

/// The boot loader of a host; none where there is no sign of it.
pub(crate) fn grub(facts: &Facts<'_>) -> Vec<Resource> {
    let mut password: Option<Node> = None;
    let mut first = None;
    let mut unknown: Option<Cause> = None;
    for (_, text) in GENERATED.iter().flat_map(|pattern| facts.matching(pattern)) {
        match text {
            Text::Is(file, text) => {
                first = first.or(Some((file, whole(file, text))));
                let found = said(text, file, &['#']).find(|line| {
                    line.text.starts_with("password_pbkdf2")
                        || line.text.starts_with("password ")
                        || line.text.starts_with("GRUB2_PASSWORD=")
                });
                password = password.or(found.map(|line| Node::text("set", Some(line.span()))));
            }
            Text::Unreadable(cause) => unknown = Some(cause),
            Text::Absent => {}
        }
    }
    let mut words: Vec<Node> = Vec::new();
    if let Text::Is(file, text) = facts.text("/etc/default/grub") {
        first = first.or(Some((file, whole(file, text))));
        for line in said(text, file, &['#']) {
            if let Some((key, value)) = line.halves('=')
                && key.text.starts_with("GRUB_CMDLINE_LINUX")
            {
                let value = value.text.trim_matches(['"', '\'']);
                words.extend(value.split_whitespace().map(|w| Node::text(w, Some(line.span()))));
            }
        }
    }
    if let Text::Is(file, text) = facts.text("/proc/cmdline") {
        // What the kernel was started with outweighs what it would be started with.
        let line = said(text, file, &[]).next();
        words = line.map(|line| crate::host::lines::texts(line.words())).unwrap_or_default();
    }
    if first.is_none() && unknown.is_none() {
        return Vec::new();
    }
    let mut attrs = Attrs::default();
    match (password, unknown) {
        (Some(node), _) => drop(attrs.flag("password", true, node.span)),
        (None, Some(cause)) => drop(attrs.put("password", Node::unknown(cause, None))),
        (None, None) => drop(attrs.flag("password", false, None)),
    }
    attrs.list("cmdline", words, None);
    let (file, span) = first.map_or((facts.document, None), |(file, span)| (file, Some(span)));
    vec![resource("grub", "grub", attrs.node(span), file)]
}

/// Every scheduled job.
pub(crate) fn jobs(facts: &Facts<'_>) -> Vec<Resource> {
    let mut found = Vec::new();
    let of_system = ["/etc/crontab", "/etc/cron.d/*"];
    for (path, text) in of_system.iter().flat_map(|pattern| facts.matching(pattern)) {
        if let Text::Is(file, text) = text {
            found.extend(crontab(path, text, file, None, Some(facts)));
        }
    }
    for pattern in ["/var/spool/cron/*", "/var/spool/cron/crontabs/*"] {
        for (path, text) in facts.matching(pattern) {
            if let Text::Is(file, text) = text {
                let user = path.rsplit('/').next();
                found.extend(crontab(path, text, file, user, Some(facts)));
            }
        }
    }
    found
}

/// The jobs of one file; those of users name no user.
pub(crate) fn crontab(
    path: &str,
    text: &str,
    file: FileId,
    owner: Option<&str>,
    facts: Option<&Facts<'_>>,
) -> Vec<Resource> {
    let mut found: Vec<Resource> = Vec::new();
    for line in said(text, file, &['#']) {
        let Some((schedule, user, command)) = job(line, owner) else { continue };
        let span = Some(line.span());
        let program = program(command);
        let mut attrs = Attrs::default();
        attrs
            .text("schedule", schedule.trim(), span)
            .text("user", user, span)
            .text("command", command, span);
        if let Some(program) = program {
            attrs.text("program", program, span);
            if let Some(node) = facts.and_then(|facts| facts.metadata(program)) {
                for key in ["mode", "uid"] {
                    let value = node.get(key).cloned().unwrap_or(Node::null(None));
                    attrs.put(&format!("program_{key}"), value);
                }
            }
        }
        let address = format!("cron {path} {}", program.unwrap_or(command));
        found.push(resource("cron-job", &address, attrs.node(span), file));
    }
    found
}

/// Schedule, user and command of a line; none if it sets a variable.
fn job<'t>(line: Line<'t>, owner: Option<&'t str>) -> Option<(&'t str, &'t str, &'t str)> {
    let fields = if line.text.starts_with('@') { 1 } else { 5 };
    let is_time = line.text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '*' | '@'));
    if !is_time {
        return None;
    }
    let mut rest = line.text;
    for _ in 0..fields {
        let end = rest.find(char::is_whitespace)?;
        rest = rest.get(end..)?.trim_start();
    }
    let schedule = line.text.get(..line.text.len() - rest.len())?;
    let (user, command) = match owner {
        Some(owner) => (owner, rest),
        None => rest.split_once(char::is_whitespace)?,
    };
    Some((schedule, user, command.trim()))
}

/// The first absolute path in a command, which is what runs.
pub(crate) fn program(command: &str) -> Option<&str> {
    let word = command.split_whitespace().find(|word| word.starts_with('/'))?;
    Some(word.trim_end_matches([';', ')', '"', '\'']))
}

/// Paths of programs that crontabs name, so that their metadata can be looked at.
pub(crate) fn programs(text: &str, of_user: bool, file: FileId) -> Vec<&str> {
    let owner = of_user.then_some("user");
    said(text, file, &['#']).filter_map(|line| program(job(line, owner)?.2)).collect()
}

/// Limits of sessions.
pub(crate) fn limits(facts: &Facts<'_>) -> Vec<Resource> {
    let mut items = Vec::new();
    let mut first = None;
    for pattern in ["/etc/security/limits.conf", "/etc/security/limits.d/*.conf"] {
        for (_, text) in facts.matching(pattern) {
            if let Text::Is(file, text) = text {
                first = first.or(Some((file, whole(file, text))));
                items.extend(limit_lines(text, file));
            }
        }
    }
    let Some((file, span)) = first else { return Vec::new() };
    let mut attrs = Attrs::default();
    attrs.list("items", items, Some(span));
    vec![resource("limits", "limits", attrs.node(Some(span)), file)]
}

fn limit_lines(text: &str, file: FileId) -> Vec<Node> {
    let mut found = Vec::new();
    for line in said(text, file, &['#']) {
        if let [domain, kind, item, value, ..] = line.words().as_slice() {
            let mut attrs = Attrs::default();
            attrs
                .text("domain", domain.text, Some(domain.span))
                .text("type", kind.text, Some(kind.span))
                .text("item", item.text, Some(item.span))
                .put("value", scalar(value.text, Some(value.span)));
            found.push(attrs.node(Some(line.span())));
        }
    }
    found
}
