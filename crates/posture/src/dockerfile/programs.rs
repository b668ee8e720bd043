//! What programs that install software are told to do: verb, switches, packages and their versions.
//!
//! Every program has options that take the next word; without knowing them, that word would look like
//! a package. apt-get(8), apk(8), dnf(8), zypper(8), the references of pip, npm, yarn, gem, go, cargo.

/// One call of a program that installs software.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Call {
    /// `apt-get`, `pip`: the same for all names of a program.
    pub(super) manager: &'static str,
    /// `install`, `update`; of short names the long one.
    pub(super) verb: String,
    pub(super) packages: Vec<Package>,
}

/// A package that is to be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    /// Which version will be installed is said, or it is a file that is there already.
    pub(super) pinned: bool,
}

struct Manager {
    name: &'static str,
    /// Options whose value is the next word.
    values: &'static [&'static str],
    /// Verbs that install, and the other names of verbs.
    installs: &'static [&'static str],
    pinned: fn(&str) -> bool,
}

const MANAGERS: &[Manager] = &[
    Manager { name: "apt-get", values: APT, installs: &["install"], pinned: apt },
    Manager { name: "apt", values: APT, installs: &["install"], pinned: apt },
    Manager { name: "aptitude", values: APT, installs: &["install"], pinned: apt },
    Manager {
        name: "apk",
        values: &[
            "-t",
            "--virtual",
            "-X",
            "--repository",
            "--repositories-file",
            "-p",
            "--root",
            "--arch",
            "--keys-dir",
            "--cache-dir",
            "--wait",
        ],
        installs: &["add"],
        pinned: |word| word.contains(['=', '~', '<', '>']) || has_ending(word, &["apk"]),
    },
    Manager { name: "yum", values: RPM, installs: RPM_INSTALLS, pinned: rpm },
    Manager { name: "dnf", values: RPM, installs: RPM_INSTALLS, pinned: rpm },
    Manager { name: "microdnf", values: RPM, installs: RPM_INSTALLS, pinned: rpm },
    Manager { name: "tdnf", values: RPM, installs: RPM_INSTALLS, pinned: rpm },
    Manager {
        name: "zypper",
        values: &["-r", "--repo", "--from", "-t", "--type", "-R", "--root", "-D", "--reposd-dir"],
        installs: &["install"],
        pinned: |word| word.contains(['=', '<', '>']) || has_ending(word, &["rpm"]),
    },
    Manager { name: "pip", values: PIP, installs: &["install"], pinned: pip },
    Manager {
        name: "npm",
        values: &[
            "--prefix",
            "--registry",
            "--cache",
            "--loglevel",
            "--tag",
            "-w",
            "--workspace",
            "--omit",
            "--only",
            "--include",
            "-C",
        ],
        installs: &["install"],
        pinned: npm,
    },
    Manager {
        name: "yarn",
        values: &["--cwd", "--registry", "--prefix", "--network-timeout", "--cache-folder"],
        installs: &["add"],
        pinned: npm,
    },
    Manager {
        name: "pnpm",
        values: &["-C", "--dir", "--filter", "--registry", "--store-dir"],
        installs: &["add", "install"],
        pinned: npm,
    },
    Manager {
        name: "gem",
        values: &[
            "-v",
            "--version",
            "-i",
            "--install-dir",
            "-n",
            "--bindir",
            "-s",
            "--source",
            "-P",
            "--platform",
        ],
        installs: &["install"],
        pinned: |word| word.contains(':') || has_ending(word, &["gem"]),
    },
    Manager {
        name: "go",
        values: &["-tags", "-ldflags", "-o", "-mod", "-p", "-C"],
        installs: &["install", "get"],
        pinned: |word| match word.split_once('@') {
            Some((_, version)) => !matches!(version, "latest" | "master" | "main" | ""),
            // A path that begins with a host is fetched; others are of the module itself.
            None => {
                !word.split('/').next().is_some_and(|host| host.trim_matches('.').contains('.'))
            }
        },
    },
    Manager {
        name: "cargo",
        values: &[
            "--version",
            "--vers",
            "--root",
            "--git",
            "--branch",
            "--tag",
            "--rev",
            "--path",
            "--features",
            "-F",
            "--target",
            "--profile",
            "--registry",
            "-j",
            "--jobs",
            "--bin",
            "--config",
        ],
        installs: &["install"],
        pinned: |word| word.contains('@'),
    },
];

const APT: &[&str] =
    &["-t", "--target-release", "--default-release", "-o", "--option", "-c", "--config-file", "-a"];
const RPM: &[&str] = &[
    "--enablerepo",
    "--disablerepo",
    "--repo",
    "--installroot",
    "--releasever",
    "-c",
    "--config",
    "-x",
    "--exclude",
];
const RPM_INSTALLS: &[&str] = &["install", "localinstall", "reinstall"];
const PIP: &[&str] = &[
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-e",
    "--editable",
    "-i",
    "--index-url",
    "--extra-index-url",
    "--trusted-host",
    "-f",
    "--find-links",
    "-t",
    "--target",
    "--prefix",
    "--root",
    "--python-version",
    "--python",
    "--platform",
    "--implementation",
    "--abi",
    "--src",
    "--upgrade-strategy",
    "--install-option",
    "--global-option",
    "--no-binary",
    "--only-binary",
    "--progress-bar",
    "--proxy",
    "--retries",
    "--timeout",
    "--exists-action",
    "--cert",
    "--client-cert",
    "--cache-dir",
    "--log",
    "--report",
    "-C",
    "--config-settings",
];

fn has_ending(word: &str, endings: &[&str]) -> bool {
    word.rsplit_once('.').is_some_and(|(_, ending)| endings.contains(&ending))
}

fn apt(word: &str) -> bool {
    word.contains(['=', '/']) || has_ending(word, &["deb"])
}

fn rpm(word: &str) -> bool {
    let versioned =
        word.split('-').skip(1).any(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    versioned || has_ending(word, &["rpm"]) || word.contains(['/', ':', '='])
}

fn pip(word: &str) -> bool {
    let is_file = has_ending(word, &["whl", "gz", "zip", "bz2"]);
    let is_local = word.starts_with(['.', '/']) || is_file;
    is_local
        || word.contains(['=', '<', '>'])
        || word.rsplit_once('@').is_some_and(|(_, version)| !version.is_empty())
}

fn npm(word: &str) -> bool {
    let name = word.strip_prefix('@').unwrap_or(word);
    let versioned = name
        .split_once('@')
        .is_some_and(|(_, version)| !matches!(version, "" | "latest" | "next" | "*"));
    let is_file = word.starts_with(['.', '/', '~']) || has_ending(word, &["tgz", "gz"]);
    versioned || is_file || (word.contains("://") && word.contains('#'))
}

/// What a command installs; `None` if its program is none that installs.
pub(super) fn call(program: &str, args: &[&str]) -> Option<Call> {
    let (name, args) = match (program, args) {
        (python, ["-m", "pip", rest @ ..]) if is_versioned(python, "python") => ("pip", rest),
        ("uv", ["pip", rest @ ..]) => ("pip", rest),
        ("yarn", ["global", rest @ ..]) => ("yarn", rest),
        (name, rest) if is_versioned(name, "pip") => ("pip", rest),
        (name, rest) => (name, rest),
    };
    let manager = MANAGERS.iter().find(|manager| manager.name == name)?;
    let mut words = Vec::new();
    let mut given = Vec::new();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if arg.starts_with('-') && arg.len() > 1 {
            given.push(arg.split('=').next().unwrap_or(arg));
            if manager.values.contains(arg) {
                rest.next();
            }
        } else {
            words.push(*arg);
        }
    }
    let verb = words.first().copied().unwrap_or_default();
    let verb = long_verb(manager.name, verb).to_owned();
    let mut call = Call { manager: manager.name, verb, packages: Vec::new() };
    if !manager.installs.contains(&call.verb.as_str()) {
        return Some(call);
    }
    let elsewhere = match manager.name {
        "gem" => ["-v", "--version"].iter().any(|option| given.contains(option)),
        "cargo" => {
            ["--version", "--vers", "--path", "--tag", "--rev"].iter().any(|o| given.contains(o))
        }
        // A file of constraints says which versions.
        "pip" => ["-c", "--constraint"].iter().any(|option| given.contains(option)),
        _ => false,
    };
    // What a variable holds is not known here, and what globs match is there already.
    let named = words.iter().skip(1).filter(|word| !word.contains(['$', '*', '`']));
    call.packages = named
        .map(|word| Package {
            name: (*word).to_owned(),
            pinned: elsewhere || (manager.pinned)(word),
        })
        .collect();
    Some(call)
}

/// `pip`, `pip3`, `pip3.12`.
fn is_versioned(name: &str, program: &str) -> bool {
    name.strip_prefix(program)
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

fn long_verb<'a>(manager: &str, verb: &'a str) -> &'a str {
    match (manager, verb) {
        ("zypper", "in") | ("npm" | "pnpm" | "gem", "i") => "install",
        ("zypper", "up") => "update",
        ("zypper", "dup") => "dist-upgrade",
        ("zypper", "cc") => "clean",
        ("zypper", "ref") => "refresh",
        // `npm add` is `npm install`; `add` of others stands for itself.
        ("npm", "add") => "install",
        _ => verb,
    }
}

/// Options one by one: of `-qqy` `-q` and `-y`, of `--option=value` only the name.
pub(super) fn switches<'a>(args: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for arg in args.filter(|arg| arg.len() > 1) {
        let name = arg.split('=').next().unwrap_or(arg);
        let letters = match name.strip_prefix('-') {
            Some(letters) if !letters.starts_with('-') => letters,
            Some(_) => {
                found.push(name.to_owned());
                continue;
            }
            None => continue,
        };
        found.push(name.to_owned());
        if letters.len() > 1
            && letters.len() <= 12
            && letters.bytes().all(|b| b.is_ascii_alphanumeric())
        {
            found.extend(letters.chars().map(|letter| format!("-{letter}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let words: Vec<&str> = text.split(' ').collect();
        let found = call(words[0], &words[1..]).expect(text);
        let packages: Vec<_> = found
            .packages
            .iter()
            .map(|package| format!("{}{}", package.name, if package.pinned { "!" } else { "" }))
            .collect();
        assert_eq!(format!("{} {}: {}", found.manager, found.verb, packages.join(" ")), expected);
    }

    #[test]
    fn values_of_options_are_no_packages() {
        check("apt-get -o A=b -t sid install -y a b=1 ./c.deb", "apt-get install: a b=1! ./c.deb!");
        check("apk add --no-cache -t .deps a 'b~1", "apk add: a 'b~1!");
        check("dnf install -y --enablerepo x nginx-1.2 gcc-c++", "dnf install: nginx-1.2! gcc-c++");
        check(
            "pip3 install -r r.txt -i u flask flask==1 .[dev]",
            "pip install: flask flask==1! .[dev]!",
        );
        check("python3.12 -m pip install a", "pip install: a");
        check("npm i -g @a/b @a/b@1 c@latest", "npm install: @a/b @a/b@1! c@latest");
        check("gem install a -v 1 b", "gem install: a! b!");
        check("go install example.org/x@latest ./cmd", "go install: example.org/x@latest ./cmd!");
        check("zypper -n in a", "zypper install: a");
        check("apt-get install $PACKAGES", "apt-get install: ");
        check("apt-get update", "apt-get update: ");
    }

    #[test]
    fn switches_come_one_by_one() {
        let found = switches(["-qqy", "--no-install-recommends=true", "x", "-"].into_iter());
        assert_eq!(found, ["-qqy", "-q", "-q", "-y", "--no-install-recommends"]);
        assert!(call("make", &["install"]).is_none());
    }
}
