//! Files of single settings that say how passwords and sessions are: kinds `login-defs`, `pwquality`,
//! `faillock`, `useradd`, `journald`, `auditd-conf`, `shell`, `selinux`, `crypto-policy`.
//!
//! Each has one attribute per setting, in the spelling of the file. Modules of PAM take the same
//! settings as arguments, which count for more; `used` says whether PAM asks the module at all.

use crate::host::facts::{Facts, Text, resource, whole};
use crate::host::lines::{Word, said, scalar};
use crate::host::pam;
use crate::node::{Entry, Node, Value};
use crate::resource::Resource;
use crate::sources::FileId;

/// One kind of file, with what counts where nothing is written.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) kind: &'static str,
    /// Address of the resource.
    name: &'static str,
    /// Later files count for more.
    paths: &'static [&'static str],
    /// The module of PAM that reads it.
    module: Option<&'static str>,
    defaults: &'static [(&'static str, &'static str)],
}

pub(crate) const POLICIES: &[Policy] = &[
    Policy {
        kind: "login-defs",
        name: "login-defs",
        paths: &["/usr/etc/login.defs", "/etc/login.defs"],
        module: None,
        defaults: &[("PASS_MAX_DAYS", "99999"), ("PASS_MIN_DAYS", "0"), ("PASS_WARN_AGE", "7")],
    },
    Policy {
        kind: "pwquality",
        name: "pwquality",
        paths: &[
            "/usr/etc/security/pwquality.conf",
            "/etc/security/pwquality.conf",
            "/etc/security/pwquality.conf.d/*.conf",
        ],
        module: Some("pam_pwquality"),
        defaults: &[
            ("minlen", "8"),
            ("difok", "1"),
            ("dcredit", "0"),
            ("ucredit", "0"),
            ("lcredit", "0"),
            ("ocredit", "0"),
            ("minclass", "0"),
            ("maxrepeat", "0"),
            ("enforcing", "1"),
            ("dictcheck", "1"),
        ],
    },
    // The module before it, still that of SUSE 12 and 15: all it is told stands in its line.
    Policy {
        kind: "pwquality",
        name: "cracklib",
        paths: &[],
        module: Some("pam_cracklib"),
        defaults: &[
            ("minlen", "9"),
            ("difok", "5"),
            ("dcredit", "1"),
            ("ucredit", "1"),
            ("lcredit", "1"),
            ("ocredit", "1"),
            ("minclass", "0"),
            ("maxrepeat", "0"),
            ("enforcing", "1"),
            ("dictcheck", "1"),
        ],
    },
    Policy {
        kind: "faillock",
        name: "faillock",
        paths: &["/usr/etc/security/faillock.conf", "/etc/security/faillock.conf"],
        module: Some("pam_faillock"),
        defaults: &[("deny", "3"), ("unlock_time", "600"), ("fail_interval", "900")],
    },
    // The module before it (RHEL 7, Ubuntu 20.04, SUSE 15): without `deny` it only counts.
    Policy {
        kind: "faillock",
        name: "tally2",
        paths: &[],
        module: Some("pam_tally2"),
        defaults: &[("deny", "0"), ("unlock_time", "0")],
    },
    Policy {
        kind: "useradd",
        name: "useradd",
        paths: &["/etc/default/useradd"],
        module: None,
        defaults: &[],
    },
    Policy {
        kind: "journald",
        name: "journald",
        paths: &[
            "/usr/lib/systemd/journald.conf",
            "/etc/systemd/journald.conf",
            "/usr/lib/systemd/journald.conf.d/*.conf",
            "/etc/systemd/journald.conf.d/*.conf",
        ],
        module: None,
        defaults: &[("Storage", "auto"), ("Compress", "yes")],
    },
    Policy {
        kind: "coredump",
        name: "coredump",
        paths: &["/etc/systemd/coredump.conf", "/etc/systemd/coredump.conf.d/*.conf"],
        module: None,
        defaults: &[("Storage", "external")],
    },
    Policy {
        kind: "auditd-conf",
        name: "auditd-conf",
        paths: &["/etc/audit/auditd.conf"],
        module: None,
        defaults: &[("max_log_file", "8"), ("max_log_file_action", "ROTATE"), ("num_logs", "5")],
    },
    // One word: the name of the policy.
    Policy {
        kind: "crypto-policy",
        name: "crypto-policy",
        paths: &["/etc/crypto-policies/config"],
        module: None,
        defaults: &[],
    },
    Policy {
        kind: "selinux",
        name: "selinux",
        paths: &["/etc/selinux/config"],
        module: None,
        defaults: &[],
    },
    Policy {
        kind: "shell",
        name: "shell",
        paths: &["/etc/profile", "/etc/bash.bashrc", "/etc/bashrc", "/etc/profile.d/*.sh"],
        module: None,
        defaults: &[],
    },
];

/// The policies of a host; one of which there is no file and no module has no resource.
pub(crate) fn on_host(facts: &Facts<'_>, services: &[Resource]) -> Vec<Resource> {
    POLICIES.iter().filter_map(|policy| one(policy, facts, services)).collect()
}

fn one(policy: &Policy, facts: &Facts<'_>, services: &[Resource]) -> Option<Resource> {
    let mut entries = Vec::new();
    let mut first = None;
    for (_, text) in policy.paths.iter().flat_map(|path| facts.matching(path)) {
        match text {
            Text::Is(file, text) => {
                first = first.or(Some((file, whole(file, text))));
                entries.extend(settings(policy.kind, text, file));
            }
            Text::Unreadable(cause) => {
                return Some(facts.unknown(policy.kind, policy.name, cause));
            }
            Text::Absent => {}
        }
    }
    let rules = policy.module.map(|module| pam::using(services, module)).unwrap_or_default();
    if first.is_none() && rules.is_empty() {
        return None;
    }
    for options in rules.iter().filter_map(|rule| rule.get("options")?.as_map()) {
        entries.extend(options.entries().iter().cloned());
    }
    entries.push(Entry::new("used", None, Node::new(Value::Bool(!rules.is_empty()), None)));
    // Without a file of its own, the line of PAM is the place.
    let line = rules.iter().find_map(|rule| rule.span);
    let first = first.or(line.map(|span| (span.file, span)));
    let file = first.map_or(facts.document, |(file, _)| file);
    Some(made(policy, entries, first.map(|(_, span)| span), file))
}

/// One file by itself.
pub(crate) fn alone(kind: &str, text: &str, file: FileId) -> Option<Resource> {
    let policy = POLICIES.iter().find(|policy| policy.kind == kind)?;
    let entries = settings(kind, text, file);
    Some(made(policy, entries, Some(whole(file, text)), file))
}

fn made(
    policy: &Policy,
    entries: Vec<Entry>,
    span: Option<crate::sources::Span>,
    file: FileId,
) -> Resource {
    let defaults = policy
        .defaults
        .iter()
        .map(|(key, value)| Entry::new(*key, None, scalar(value, None).by_way_of("default", None)));
    // Of entries with the same key the last one counts.
    let all: Vec<Entry> = defaults.chain(entries).collect();
    resource(policy.kind, policy.name, Node::map(all, span), file)
}

fn settings(kind: &str, text: &str, file: FileId) -> Vec<Entry> {
    let entry = |key: &str, value: Word<'_>, span| {
        Entry::new(key, Some(span), scalar(value.text.trim_matches(['"', '\'']), Some(span)))
    };
    let mut found = Vec::new();
    for line in said(text, file, &['#', ';', '[']) {
        let span = line.span();
        let line = line.before('#');
        match kind {
            "login-defs" => {
                if let [key, value, ..] = line.words().as_slice() {
                    found.push(entry(key.text, *value, span));
                }
            }
            "shell" => {
                // `readonly TMOUT=600 ; export TMOUT` and `umask 027`, wherever they stand.
                let words = line.words();
                for (at, word) in words.iter().enumerate() {
                    let text = word.text.trim_end_matches(';');
                    if let Some(("TMOUT", value)) = text.split_once('=') {
                        found.push(entry("TMOUT", Word { text: value, span: word.span }, span));
                    }
                    let mask = words.get(at + 1).filter(|_| text == "umask");
                    let is_mask = |word: &&Word<'_>| word.text.bytes().all(|b| b.is_ascii_digit());
                    found.extend(mask.filter(is_mask).map(|mask| entry("umask", *mask, span)));
                }
            }
            // `DEFAULT:SHA1`: a policy and what is laid over it.
            "crypto-policy" => {
                let parts = line.text.split(':').filter(|part| !part.is_empty());
                let set = |part: &str| {
                    Entry::new(part, Some(span), Node::new(Value::Bool(true), Some(span)))
                };
                found.extend(parts.map(set));
            }
            _ => match line.halves('=') {
                Some((key, value)) => found.push(entry(key.text, value, span)),
                // A bare word switches something on.
                None => found.push(Entry::new(
                    line.text,
                    Some(span),
                    Node::new(Value::Bool(true), Some(span)),
                )),
            },
        }
    }
    found
}

/// The kind of a file by its path, where it is read by itself.
pub(crate) fn kind_of(path: &str) -> Option<&'static str> {
    let path = format!("/{}", path.trim_start_matches('/'));
    let ends =
        |known: &&str| path.ends_with(known.trim_start_matches("/usr").trim_start_matches("/etc"));
    let known = ["login-defs", "pwquality", "faillock"];
    let policies = POLICIES.iter().filter(|policy| known.contains(&policy.kind));
    policies.filter(|policy| policy.paths.iter().any(ends)).map(|p| p.kind).next()
}
