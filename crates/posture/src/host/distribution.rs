//! Distributions: which family one belongs to, and what differs between them where nobody wrote anything
//! down: the form of packages, the mandatory access control, defaults of OpenSSH.
//!
//! Checks ask for the difference (`os.packages`, `os.mac`) and not for names, where they can. IDs are those of
//! os-release(5), in lower case.

use crate::host::facts::Facts;
use crate::node::Node;

/// Families, and the IDs that belong to them.
///
/// `rhel` stands beside the Chinese distributions that come from it, or from openEuler: those have baselines
/// of their own. `uos` and `kylin` exist with packages of Debian (desktops) and with RPM (servers).
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "debian",
        &["debian", "ubuntu", "linuxmint", "kali", "raspbian", "deepin", "pop", "devuan", "pureos"],
    ),
    (
        "rhel",
        &[
            "rhel",
            "centos",
            "rocky",
            "almalinux",
            "fedora",
            "ol",
            "scientific",
            "eurolinux",
            "miraclelinux",
            "virtuozzo",
            "cloudlinux",
            "circle",
        ],
    ),
    ("amazon", &["amzn"]),
    (
        "openeuler",
        &[
            "openeuler",
            "euleros",
            "hce",
            "ctyunos",
            "bclinux",
            "fusionos",
            "linx",
            "isoft",
            "kylinsec",
        ],
    ),
    ("anolis", &["anolis", "alinux", "aliyun"]),
    ("kylin", &["kylin", "neokylin"]),
    ("tencentos", &["tencentos", "tlinux", "opencloudos"]),
    ("uos", &["uos", "uniontech"]),
    (
        "suse",
        &[
            "sles",
            "sled",
            "sles_sap",
            "sle-micro",
            "sl-micro",
            "suse",
            "opensuse",
            "opensuse-leap",
            "opensuse-leap-micro",
            "opensuse-microos",
            "opensuse-tumbleweed",
            "opensuse-slowroll",
        ],
    ),
    ("alpine", &["alpine"]),
];

/// The family of a distribution, by `ID` and, where that is not known, by `ID_LIKE`.
pub(crate) fn family(id: &str, like: &str) -> &'static str {
    let named =
        |id: &str| FAMILIES.iter().find(|(_, ids)| ids.contains(&id)).map(|(name, _)| *name);
    let likes = || {
        let words: Vec<&str> = like.split_whitespace().collect();
        // A child of RHEL often says `rhel centos fedora`, one of openEuler `openeuler`.
        FAMILIES.iter().find(|(_, ids)| words.iter().any(|word| ids.contains(word)))
    };
    named(id).or_else(|| likes().map(|(name, _)| *name)).unwrap_or("other")
}

/// Where a package manager keeps its database: what is there counts for more than a name.
pub(crate) const DATABASES: &[(&str, &str)] = &[
    ("/var/lib/dpkg/status", "deb"),
    ("/var/lib/rpm", "rpm"),
    ("/usr/lib/sysimage/rpm", "rpm"),
    ("/lib/apk/db", "apk"),
];

/// What is known of the operating system of a host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Distribution<'a> {
    pub(crate) id: &'a str,
    pub(crate) version: &'a str,
    pub(crate) family: &'a str,
    /// `deb`, `rpm`, `apk`; empty where nobody knows.
    pub(crate) packages: &'static str,
}

impl<'a> Distribution<'a> {
    pub(crate) fn of(facts: &Facts<'a>) -> Self {
        let text =
            |key| facts.root.at(&["host", "os", key]).and_then(Node::as_text).unwrap_or_default();
        let (family, like) = (text("family"), text("like"));
        let is_there = |path: &str| {
            let kind = facts.metadata(path).and_then(|node| node.get("kind")?.as_text());
            kind.is_some_and(|kind| kind != "absent")
        };
        // A tool for the other kind of packages may be installed beside: one database is no doubt.
        let mut found: Vec<&str> =
            DATABASES.iter().filter(|(path, _)| is_there(path)).map(|(_, kind)| *kind).collect();
        found.dedup();
        let packages = match found.as_slice() {
            [only] => only,
            _ => by_name(family, like),
        };
        Self { id: text("id"), version: text("version"), family, packages }
    }

    /// The first number of the version.
    fn major(&self) -> u32 {
        let digits = self.version.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits.get(..end).and_then(|number| number.parse().ok()).unwrap_or_default()
    }

    /// The mandatory access control that the distribution ships; empty where it has one of its own, or
    /// none.
    pub(crate) fn mac(&self) -> &'static str {
        match self.family {
            "debian" => "apparmor",
            // SUSE went over to SELinux with SLES 16 and Leap 16, Micro and Tumbleweed before.
            "suse" => {
                let is_rolling = ["opensuse-tumbleweed", "opensuse-microos", "opensuse-slowroll"];
                let is_micro = ["sle-micro", "sl-micro", "opensuse-leap-micro"];
                if self.major() == 16
                    || is_rolling.contains(&self.id)
                    || is_micro.contains(&self.id)
                {
                    "selinux"
                } else {
                    "apparmor"
                }
            }
            "rhel" | "amazon" | "openeuler" | "anolis" | "tencentos" => "selinux",
            // Their desktops have modules of their own.
            "kylin" | "uos" if self.packages == "rpm" => "selinux",
            _ => "",
        }
    }

    /// Defaults of this distribution's OpenSSH that are not those of today's.
    pub(crate) fn sshd(&self) -> &'static [(&'static str, &'static str)] {
        let is_old = match self.family {
            // OpenSSH 7.4 of RHEL 7 lets root in with a password; so do those who rebuilt it.
            "rhel" => (6..=7).contains(&self.major()) && self.id != "fedora",
            "anolis" => {
                self.id == "anolis" && self.major() == 7 || self.id == "alinux" && self.major() == 2
            }
            "tencentos" => self.major() == 2,
            "amazon" => self.major() == 2 || self.version.starts_with("2018"),
            _ => false,
        };
        if is_old { &[("permitrootlogin", "yes")] } else { &[] }
    }
}

fn by_name(family: &str, like: &str) -> &'static str {
    let words: Vec<&str> = like.split_whitespace().collect();
    let is = |names: &[&str]| names.iter().any(|name| words.contains(name));
    match family {
        "debian" => "deb",
        "rhel" | "amazon" | "openeuler" | "anolis" | "tencentos" | "suse" => "rpm",
        "alpine" => "apk",
        // Servers of Kylin and UOS are RPM; their desktops say that they are like Debian.
        _ if is(&["debian", "ubuntu"]) => "deb",
        "kylin" => "rpm",
        _ if is(&["rhel", "centos", "fedora", "openeuler", "anolis"]) => "rpm",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_come_from_the_id_and_else_from_what_it_is_like() {
        for (id, like, expected) in [
            ("ubuntu", "debian", "debian"),
            ("rocky", "rhel centos fedora", "rhel"),
            ("openeuler", "", "openeuler"),
            ("alinux", "rhel fedora centos anolis", "anolis"),
            ("kylin", "debian", "kylin"),
            ("kylin", "rhel fedora", "kylin"),
            ("uos", "", "uos"),
            ("amzn", "centos rhel fedora", "amazon"),
            ("tencentos", "rhel fedora centos", "tencentos"),
            ("sles", "suse", "suse"),
            ("unheard", "rhel fedora", "rhel"),
            ("unheard", "ubuntu debian", "debian"),
            ("unheard", "opensuse suse", "suse"),
            ("nixos", "", "other"),
        ] {
            assert_eq!(family(id, like), expected, "{id} {like}");
        }
    }

    #[test]
    fn access_control_and_defaults_follow_the_release() {
        let check = |id, version, packages, mac: &str, root: bool| {
            let one = Distribution { id, version, family: family(id, ""), packages };
            assert_eq!(one.mac(), mac, "{id} {version}");
            assert_eq!(!one.sshd().is_empty(), root, "{id} {version}");
        };
        check("ubuntu", "24.04", "deb", "apparmor", false);
        check("centos", "7", "rpm", "selinux", true);
        check("rhel", "9.4", "rpm", "selinux", false);
        check("sles", "15.6", "rpm", "apparmor", false);
        check("sles", "16.0", "rpm", "selinux", false);
        check("opensuse-tumbleweed", "20261101", "rpm", "selinux", false);
        check("kylin", "V10", "rpm", "selinux", false);
        check("kylin", "V10", "deb", "", false);
        check("uos", "20", "deb", "", false);
        check("uos", "20", "rpm", "selinux", false);
        check("amzn", "2", "rpm", "selinux", true);
        check("amzn", "2023", "rpm", "selinux", false);
        check("fedora", "42", "rpm", "selinux", false);
        check("anolis", "8.8", "rpm", "selinux", false);
        check("opencloudos", "9.2", "rpm", "selinux", false);
    }
}
