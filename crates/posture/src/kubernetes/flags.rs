//! What a container starts, and with which flags: the components of a control plane are configured
//! so, in static pods that kubeadm and others write.

use std::borrow::Cow;

use panoply_rules::cel::{Node as CelNode, Value as CelValue};

/// Words in front of a program that start it and are not it.
const WRAPPERS: &[&str] =
    &["sh", "bash", "ash", "dash", "exec", "env", "tini", "dumb-init", "nohup", "nice", "sudo"];

/// Whether a container runs a program such as `kube-apiserver`.
///
/// Where neither command nor arguments name a program, its image does.
pub(crate) fn runs(container: &dyn CelNode, program: &str) -> bool {
    let words = words(container);
    let mut words = words.iter().map(AsRef::as_ref).skip_while(|word| is_wrapper(word));
    match words.next() {
        Some(word) if !word.starts_with('-') => {
            let name = base(word);
            let is_all_in_one = matches!(name, "hyperkube" | "k3s" | "kubelite");
            let short = program.strip_prefix("kube-").unwrap_or(program);
            let mut second = || words.next().is_some_and(|next| next == program || next == short);
            name == program || (is_all_in_one && second())
        }
        _ => image_of(container).is_some_and(|image| {
            let name = base(image.split(['@']).next().unwrap_or_default());
            let name = name.split(':').next().unwrap_or_default();
            let rest = name.strip_prefix(program);
            rest.is_some_and(|rest| matches!(rest, "" | "-amd64" | "-arm64"))
        }),
    }
}

/// The value of a flag: its text, `"true"` for a bare one, null where it is not given.
///
/// The last one counts, as for the components themselves. etcd takes every flag from its environment
/// as well, `ETCD_CERT_FILE` for `--cert-file`.
pub(crate) fn flag<'v>(container: &dyn CelNode, name: &str) -> CelValue<'v> {
    let words = words(container);
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let Some(text) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
            continue;
        };
        let next = || words.get(at + 1).map(AsRef::as_ref).filter(|next| !next.starts_with('-'));
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (text, next()),
        };
        let dashed = key.bytes().map(|byte| if byte == b'_' { b'-' } else { byte });
        if dashed.eq(name.bytes()) {
            found = Some(value.unwrap_or("true").to_owned());
        }
    }
    let found = found.or_else(|| {
        let variable = format!("ETCD_{}", name.replace('-', "_").to_ascii_uppercase());
        runs(container, "etcd").then(|| environment(container, &variable)).flatten()
    });
    match found {
        Some(value) => CelValue::Text(value.trim_matches(['"', '\'']).to_owned().into()),
        None => unknown_in(container).unwrap_or(CelValue::Null),
    }
}

/// Words of command and arguments; a script handed to a shell is taken apart at white space.
fn words(container: &dyn CelNode) -> Vec<Cow<'_, str>> {
    let mut words = Vec::new();
    for value in lists(container) {
        match value {
            CelValue::Text(Cow::Borrowed(text)) if text.starts_with('-') => {
                words.push(Cow::Borrowed(text.trim()));
            }
            CelValue::Text(Cow::Borrowed(text)) => {
                words.extend(text.split_whitespace().map(Cow::Borrowed));
            }
            CelValue::Text(text) if text.starts_with('-') => {
                words.push(Cow::Owned(text.trim().to_owned()));
            }
            CelValue::Text(text) => {
                words.extend(text.split_whitespace().map(|word| Cow::Owned(word.to_owned())));
            }
            CelValue::Int(number) => words.push(Cow::Owned(number.to_string())),
            CelValue::Bool(value) => words.push(Cow::Owned(value.to_string())),
            _ => {}
        }
    }
    words
}

fn lists(container: &dyn CelNode) -> Vec<CelValue<'_>> {
    let items = |name: &str| match container.field(name) {
        Some(CelValue::Node(node)) => {
            let node: &dyn CelNode = node;
            node.items().unwrap_or_default()
        }
        Some(other @ (CelValue::Text(_) | CelValue::Unknown(_))) => vec![other],
        _ => Vec::new(),
    };
    let mut all = items("command");
    all.extend(items("args"));
    all
}

/// A word nobody can know may be the flag that is asked for.
fn unknown_in<'v>(container: &dyn CelNode) -> Option<CelValue<'v>> {
    lists(container).into_iter().find_map(|value| match value {
        CelValue::Unknown(why) => Some(CelValue::Unknown(why)),
        _ => None,
    })
}

fn environment(container: &dyn CelNode, name: &str) -> Option<String> {
    let Some(CelValue::Node(list)) = container.field("env") else { return None };
    let found = list.items()?.into_iter().find_map(|item| {
        let CelValue::Node(item) = item else { return None };
        let is_it = matches!(item.field("name"), Some(CelValue::Text(text)) if text == name);
        is_it.then(|| item.field("value")).flatten()
    })?;
    match found {
        CelValue::Text(text) => Some(text.into_owned()),
        CelValue::Bool(value) => Some(value.to_string()),
        CelValue::Int(value) => Some(value.to_string()),
        _ => None,
    }
}

fn image_of(container: &dyn CelNode) -> Option<String> {
    match container.field("image") {
        Some(CelValue::Text(text)) => Some(text.into_owned()),
        _ => None,
    }
}

fn is_wrapper(word: &str) -> bool {
    WRAPPERS.contains(&base(word)) || matches!(word, "-c" | "-ec" | "-xec" | "-xc" | "--" | "-g")
}

fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use panoply_base::Limits;

    use super::*;
    use crate::read::yaml;
    use crate::sources::Sources;

    fn check(container: &str, program: &str, runs_it: bool, name: &str, value: &str) {
        let file = Sources::default().add("a.yaml", container);
        let documents = yaml(container, file, &Limits::DEFAULT).value;
        let root = &documents[0].root;
        assert_eq!(runs(root, program), runs_it, "{container}");
        assert_eq!(format!("{:?}", flag(root, name)), value, "{container}");
    }

    #[test]
    fn flags_stand_in_command_and_arguments() {
        let both = "{command: [kube-apiserver], args: [--profiling=false, --v, 2]}";
        check(both, "kube-apiserver", true, "profiling", "\"false\"");
        check(both, "kube-apiserver", true, "v", "\"2\"");
        check(both, "kube-scheduler", false, "audit-log-path", "null");
        check("{command: [/usr/bin/etcd, --auto-tls]}", "etcd", true, "auto-tls", "\"true\"");
    }

    #[test]
    fn the_last_of_two_flags_counts_and_underscores_are_dashes() {
        let text = "{command: [kubelet, --read_only_port=1, --read-only-port=0]}";
        check(text, "kubelet", true, "read-only-port", "\"0\"");
    }

    #[test]
    fn shells_and_collections_of_programs_are_seen_through() {
        let shell = "{command: [/bin/sh, -ec, 'exec kube-scheduler --profiling=false 2>&1']}";
        check(shell, "kube-scheduler", true, "profiling", "\"false\"");
        check("{command: [/hyperkube, apiserver]}", "kube-apiserver", true, "x", "null");
        check("{command: [kubectl, logs, etcd]}", "etcd", false, "x", "null");
    }

    #[test]
    fn an_image_names_the_program_where_nothing_else_does() {
        let text = "{image: 'quay.io/coreos/etcd:v3.5', args: [--data-dir=/d], \
                    env: [{name: ETCD_CERT_FILE, value: /c}]}";
        check(text, "etcd", true, "cert-file", "\"/c\"");
        check("{image: 'reg/etcd-backup:1'}", "etcd", false, "cert-file", "null");
    }
}
