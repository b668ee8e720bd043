//! Which checks a baseline is made of, and under which heading each stands.

use std::collections::BTreeMap;

use panoply_base::{Language, Text};
use panoply_posture::host::Status;
use panoply_posture::{CheckBody, Platform};
use panoply_rules::Rule;

/// What a baseline looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Subject {
    /// The operating system: SSH, accounts, kernel, services, audit
    Host,
    /// The Docker daemon and containerd
    Docker,
    /// Control plane, etcd and kubelet of this node
    Kubernetes,
}

/// Catalogue whose first four chapters are about nodes; the fifth is about objects.
const CIS_KUBERNETES: &str = "cis-kubernetes";

impl Subject {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Docker => "docker",
            Self::Kubernetes => "kubernetes",
        }
    }

    /// Checks of users are taken in where they are about hosts and have no name of ours.
    pub(crate) fn takes_in(self, rule: &Rule<CheckBody>) -> bool {
        let id = &rule.head.id;
        let of = |prefixes: &[&str]| prefixes.iter().any(|prefix| id.starts_with(prefix));
        if of(&["dockerd-", "containerd-", "host-group-docker-"]) {
            return self == Self::Docker;
        }
        if of(&["node-"]) {
            return self == Self::Kubernetes;
        }
        if rule.body.on.contains_key(&Platform::Host) {
            return self == Self::Host;
        }
        self == Self::Kubernetes && chapter(rule).is_some()
    }
}

/// Chapter of the benchmark for nodes, where a check belongs to one.
fn chapter(rule: &Rule<CheckBody>) -> Option<char> {
    let numbers = rule.body.controls.iter().filter(|(name, _)| name.starts_with(CIS_KUBERNETES));
    let first = numbers.flat_map(|(_, numbers)| numbers).find_map(|number| number.chars().next());
    first.filter(|chapter| ('1'..='4').contains(chapter))
}

/// Headings in the order in which they are printed.
const SECTIONS: &[(&str, &str, &str)] = &[
    ("1", "Control plane", "控制平面"),
    ("2", "etcd", "etcd"),
    ("3", "Authentication and audit of the cluster", "集群认证与审计"),
    ("4", "Nodes", "工作节点"),
    ("k3s", "k3s and RKE2", "k3s 与 RKE2"),
    ("ssh", "SSH", "SSH"),
    ("accounts", "Accounts and passwords", "账号与密码"),
    ("sudo", "sudo", "sudo"),
    ("kernel", "Kernel and network", "内核与网络"),
    ("files", "Owners and modes", "属主与权限"),
    ("mounts", "File systems", "文件系统"),
    ("services", "Services and jobs", "服务与计划任务"),
    ("audit", "Logs and audit", "日志与审计"),
    ("boot", "Boot and mandatory access control", "引导与强制访问控制"),
    ("nginx", "nginx", "nginx"),
    ("docker", "Docker daemon", "Docker 守护进程"),
    ("containerd", "containerd", "containerd"),
    ("other", "Other", "其他"),
];

/// Headings by the second word of an id: `host-sshd-root-login`.
const BY_WORD: &[(&str, &str)] = &[
    ("sshd", "ssh"),
    ("account", "accounts"),
    ("accounts", "accounts"),
    ("group", "accounts"),
    ("password", "accounts"),
    ("lockout", "accounts"),
    ("pam", "accounts"),
    ("umask", "accounts"),
    ("inactive", "accounts"),
    ("shell", "accounts"),
    ("sudo", "sudo"),
    ("sysctl", "kernel"),
    ("module", "kernel"),
    ("file", "files"),
    ("walk", "files"),
    ("mount", "mounts"),
    ("service", "services"),
    ("cron", "services"),
    ("unit", "services"),
    ("audit", "audit"),
    ("journal", "audit"),
    ("core", "audit"),
    ("boot", "boot"),
    ("selinux", "boot"),
    ("apparmor", "boot"),
    ("crypto", "kernel"),
    ("nginx", "nginx"),
    ("no", "services"),
];

/// The place of a check among the headings.
pub(crate) fn section(rule: &Rule<CheckBody>) -> usize {
    let id = &rule.head.id;
    let mut words = id.split('-');
    let key = match words.next() {
        Some("dockerd") => "docker".to_owned(),
        Some("containerd") => "containerd".to_owned(),
        Some("host") if id == "host-no-audit-daemon" || id == "host-no-log-service" => {
            "audit".to_owned()
        }
        Some("host") => {
            let word = words.next().unwrap_or_default();
            let found = BY_WORD.iter().find(|(known, _)| *known == word);
            found.map_or("other", |(_, key)| key).to_owned()
        }
        Some("node") if id.contains("k3s") || id.contains("rancher") => "k3s".to_owned(),
        _ => chapter(rule).map_or_else(
            || if id.starts_with("node-") { "4".to_owned() } else { "other".to_owned() },
            String::from,
        ),
    };
    let other = SECTIONS.len() - 1;
    SECTIONS.iter().position(|(known, ..)| *known == key).unwrap_or(other)
}

pub(crate) fn heading(section: usize) -> Text {
    let (_, en, zh) = SECTIONS.get(section).copied().unwrap_or(("", "Other", "其他"));
    Text::new(en, zh)
}

/// A number of the catalogue that people know best, in front of the others.
pub(crate) fn control(rule: &Rule<CheckBody>, family: &str) -> Option<String> {
    let all = numbers(&rule.body.controls, family);
    let first = all.first()?;
    // The others are on the page: a terminal has little room.
    Some(match first.split_once(", ") {
        Some((first, _)) => format!("{first} …"),
        None => first.clone(),
    })
}

/// Numbers of controls as people write them, `CIS Docker 1.7: 2.1`; those people know best first.
///
/// A benchmark of another family of distributions than the host's is left out.
pub(crate) fn numbers(controls: &BTreeMap<String, Vec<String>>, family: &str) -> Vec<String> {
    let rank = |name: &str| (!name.starts_with("cis-"), !name.starts_with("mlps"));
    let other = match family {
        "debian" => "cis-rhel-",
        "rhel" | "amazon" | "openeuler" | "anolis" | "tencentos" | "kylin" => "cis-ubuntu-",
        _ => "none",
    };
    let mut sorted: Vec<(&String, &Vec<String>)> =
        controls.iter().filter(|(name, _)| !name.starts_with(other)).collect();
    sorted.sort_by_key(|(name, _)| (rank(name), *name));
    let shown = sorted.into_iter().map(|(name, numbers)| {
        let name = match name.as_str() {
            "mlps-3" => "GB/T 22239-2019".to_owned(),
            other => match other.strip_prefix("cis-") {
                Some(rest) => format!("CIS {}", capitals(rest)),
                None => other.to_owned(),
            },
        };
        format!("{name}: {}", numbers.join(", "))
    });
    shown.collect()
}

/// `ubuntu-22.04-2.0` as people write it.
fn capitals(name: &str) -> String {
    let words = name.split('-').map(|word| match word {
        "rhel" | "aws" | "gcp" | "eks" | "gke" | "aks" => word.to_uppercase(),
        _ => {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// What a page and a table are called.
pub(crate) fn title(subject: Subject) -> Text {
    match subject {
        Subject::Host => Text::new("Baseline host", "主机基线"),
        Subject::Docker => Text::new("Baseline docker", "Docker 基线"),
        Subject::Kubernetes => Text::new("Baseline kubernetes", "Kubernetes 基线"),
    }
}

/// How the facts were taken.
pub(crate) fn taken(live: bool) -> Text {
    if live {
        Text::new("running host", "运行中的主机")
    } else {
        Text::new("files only", "仅文件")
    }
}

pub(crate) fn status(status: Status) -> Text {
    match status {
        Status::Fail => Text::new("FAIL", "不通过"),
        Status::Unknown => Text::new("UNKNOWN", "未知"),
        Status::Pass => Text::new("pass", "通过"),
        Status::NotApplicable => Text::new("n/a", "不适用"),
    }
}

pub(crate) fn manual() -> Text {
    Text::new("manual", "人工")
}

/// One of two texts, by language.
pub(crate) fn words(language: Language, english: &str, chinese: &str) -> String {
    match language {
        Language::English => english.to_owned(),
        Language::Chinese => chinese.to_owned(),
    }
}
