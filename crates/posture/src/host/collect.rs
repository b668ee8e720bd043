//! Takes a snapshot of a host from its root directory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io;
use std::path::Path;

use crate::host::distribution::DATABASES;
use crate::host::lines::{Line, said};
use crate::host::root::Root;
use crate::host::snapshot::{FORMAT, FileFact, Identity, Snapshot, Unreadable, VERSION, os_of};
use crate::host::standing::{Known, home};
use crate::host::walk::{self, WalkBounds};
use crate::host::wanted::{LINKS, LIVE, ROLES, TEXTS};
use crate::host::{boot, live, redact};
use crate::sources::Sources;

/// What taking a snapshot may cost.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Bytes of one file whose text is kept.
    pub file_bytes: u64,
    /// Bytes of all texts.
    pub total_bytes: u64,
    /// Files that are looked at; also names in one directory.
    pub files: usize,
    /// Of the walk over everything.
    pub walk: WalkBounds,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            file_bytes: 1 << 20,
            total_bytes: 64 << 20,
            files: 50_000,
            walk: WalkBounds::default(),
        }
    }
}

/// How often files lead to further files: an `Include` to files with an `Include`.
const ROUNDS: u32 = 6;

/// Looks at a root directory; `running` says that it is the one of the running host.
///
/// What cannot be read is listed in the snapshot, and what depends on it is not known later on.
///
/// # Errors
///
/// A directory that cannot be listed at all.
pub fn collect(
    directory: &Path,
    running: bool,
    collected: &str,
    bounds: &Bounds,
) -> io::Result<Snapshot> {
    let root = Root::new(directory);
    root.list("/", bounds.files)?;
    let mut taking = Taking {
        root: &root,
        bounds,
        left: bounds.total_bytes,
        files: BTreeMap::new(),
        unreadable: BTreeMap::new(),
        asked: BTreeSet::new(),
    };
    // On most systems `/lib` is `/usr/lib`: what was found there is not found twice.
    let twice: Vec<&str> =
        ["/lib/", "/var/run/"].into_iter().filter(|at| is_link(&root, at)).collect();
    let once = |pattern: &&str| !twice.iter().any(|prefix| pattern.starts_with(prefix));
    for pattern in TEXTS.iter().copied().filter(once) {
        taking.pattern(pattern, true);
    }
    for pattern in ROLES.iter().map(|(pattern, _)| *pattern).filter(once) {
        taking.pattern(pattern, false);
    }
    for pattern in LINKS.iter().copied().filter(once) {
        taking.pattern(pattern, false);
    }
    for path in ["/boot/vmlinuz*", "/usr/lib/modules/*", "/lib/modules/*"] {
        taking.pattern(path, false);
    }
    for (path, _) in DATABASES {
        taking.path(path, false);
    }
    if running {
        for path in LIVE {
            taking.path(path, true);
        }
    }
    for home in taking.homes() {
        taking.home(&home);
    }
    for _ in 0..ROUNDS {
        let before = taking.asked.len();
        for (pattern, wants_text) in taking.further() {
            taking.pattern(&pattern, wants_text);
        }
        if taking.asked.len() == before {
            break;
        }
    }
    let text = |path: &str| {
        let file: Option<&FileFact> = taking.files.get(path);
        file.and_then(|file| file.text.clone()).unwrap_or_default()
    };
    let release = match text("/etc/os-release") {
        empty if empty.is_empty() => text("/usr/lib/os-release"),
        release => release,
    };
    let name = if running {
        live::word(&root, "/proc/sys/kernel/hostname")
    } else {
        text("/etc/hostname").trim().to_owned()
    };
    let kernel =
        if running { live::word(&root, "/proc/sys/kernel/osrelease") } else { String::new() };
    let known = Known::of(
        &text("/etc/passwd"),
        &text("/etc/group"),
        &text("/etc/subuid"),
        &text("/proc/mounts"),
    );
    // Modes of other systems say something else.
    let walks = cfg!(unix) && bounds.walk.entries > 0;
    let walk = walks.then(|| walk::walk(directory, &known, &bounds.walk));
    let unreadable = std::mem::take(&mut taking.unreadable).into_iter();
    Ok(Snapshot {
        snapshot: FORMAT.to_owned(),
        version: VERSION,
        collected: collected.to_owned(),
        live: running,
        host: Identity { name, os: os_of(&release), kernel },
        files: taking.files.into_values().collect(),
        processes: if running { live::processes(&root, bounds.files) } else { Vec::new() },
        sysctls: if running { live::settings(&root) } else { BTreeMap::new() },
        unreadable: unreadable.map(|(path, why)| Unreadable { path, why }).collect(),
        walk,
    })
}

fn is_link(root: &Root, path: &str) -> bool {
    root.link(path.trim_end_matches('/')).is_some()
}

struct Taking<'r> {
    root: &'r Root,
    bounds: &'r Bounds,
    left: u64,
    files: BTreeMap<String, FileFact>,
    unreadable: BTreeMap<String, String>,
    asked: BTreeSet<String>,
}

impl Taking<'_> {
    fn pattern(&mut self, pattern: &str, wants_text: bool) {
        if !self.asked.insert(format!("{pattern} {wants_text}")) {
            return;
        }
        let found = self.root.expand(pattern, self.bounds.files);
        for (path, error) in found.unreadable {
            self.unreadable.insert(path, words(error));
        }
        for path in found.paths {
            self.path(&path, wants_text);
        }
    }

    fn path(&mut self, path: &str, wants_text: bool) {
        let has_text = self.files.get(path).is_some_and(|file| file.text.is_some());
        if self.files.contains_key(path) && (!wants_text || has_text) {
            return;
        }
        if self.files.len() >= self.bounds.files {
            self.unreadable.insert(path.to_owned(), "more files than the limits allow".to_owned());
            return;
        }
        let mut fact = FileFact { path: path.to_owned(), kind: "absent", ..FileFact::default() };
        fact.to = self.root.link(path);
        match self.root.metadata(path) {
            Ok(metadata) => {
                describe(&mut fact, &metadata);
                if wants_text && metadata.is_file() {
                    fact.text = self.text(path);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                self.unreadable.insert(path.to_owned(), words(error.kind()));
                return;
            }
            Err(_) => {}
        }
        self.files.insert(path.to_owned(), fact);
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let why = match self.root.read(path, self.bounds.file_bytes) {
            Ok((_, true)) => format!("larger than {} bytes", self.bounds.file_bytes),
            Ok((bytes, false)) if bytes.len() as u64 > self.left => {
                format!("more than {} bytes together", self.bounds.total_bytes)
            }
            Ok((bytes, false)) => match crate::read::decode(&bytes) {
                Ok(text) => {
                    self.left -= bytes.len() as u64;
                    return Some(redact::text(path, &text));
                }
                Err(problem) => problem.to_string(),
            },
            Err(error) => words(error.kind()),
        };
        self.unreadable.insert(path.to_owned(), why);
        None
    }

    /// Homes of accounts through which somebody may come in.
    fn homes(&self) -> Vec<String> {
        let text = self.files.get("/etc/passwd").and_then(|file| file.text.as_deref());
        let lines = text.unwrap_or_default().lines();
        let homes = lines.filter_map(home).map(str::to_owned);
        let homes: BTreeSet<String> = homes.take(self.bounds.files).collect();
        homes.into_iter().collect()
    }

    /// A home is also looked at where it is not there: somebody should know.
    fn home(&mut self, home: &str) {
        self.path(home, false);
        let inside = [".rhosts", ".shosts", ".netrc", ".ssh/authorized_keys"];
        for name in inside.iter().filter(|_| home.starts_with("/home/") || home == "/root") {
            self.pattern(&format!("{home}/{name}"), false);
        }
    }

    /// Patterns that texts lead to, and whether their text is wanted.
    fn further(&self) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        let mut sources = Sources::default();
        for (path, file) in &self.files {
            let Some(text) = &file.text else { continue };
            let id = sources.add(path.as_str(), "");
            let values = |key: &str| -> Vec<String> {
                let lines = said(text, id, &['#']).map(Line::words);
                let lines = lines.filter(|words| {
                    words.first().is_some_and(|word| word.text.eq_ignore_ascii_case(key))
                });
                let words = lines.flat_map(|words| words.into_iter().skip(1));
                words.map(|word| word.text.trim_end_matches(';').to_owned()).collect()
            };
            let under = |base: &str, value: String| {
                if value.starts_with('/') { value } else { format!("{base}/{value}") }
            };
            if path.contains("/ssh/sshd_config") {
                found.extend(values("include").into_iter().map(|v| (under("/etc/ssh", v), true)));
            } else if path.contains("nginx") {
                let base = if path.starts_with("/usr/local/nginx") {
                    "/usr/local/nginx/conf"
                } else {
                    "/etc/nginx"
                };
                found.extend(values("include").into_iter().map(|v| (under(base, v), true)));
            } else if path.starts_with("/etc/cron") || path.starts_with("/var/spool/cron") {
                let of_user = path.starts_with("/var/spool");
                let programs = boot::programs(text, of_user, id).into_iter();
                found.extend(programs.map(|program| (program.to_owned(), false)));
            } else if path.contains("kubelet") || path.contains("/kubernetes/") {
                found.extend(flag_paths(text));
            }
        }
        found
    }
}

/// Files that flags of components point at.
fn flag_paths(text: &str) -> Vec<(String, bool)> {
    const TEXTS: [&str; 6] = [
        "--config=",
        "--config-file=",
        "--audit-policy-file=",
        "--encryption-provider-config=",
        "--admission-control-config-file=",
        "--authentication-config=",
    ];
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ','));
    let paths = words.filter_map(|word| {
        let path = TEXTS.iter().find_map(|flag| word.strip_prefix(flag))?;
        // Never a pattern: these are names of files.
        (path.starts_with('/') && !path.contains(['*', '?', '['])).then(|| (path.to_owned(), true))
    });
    paths.collect()
}

fn words(error: io::ErrorKind) -> String {
    match error {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        other => other.to_string(),
    }
}

fn describe(fact: &mut FileFact, metadata: &Metadata) {
    let kind = metadata.file_type();
    fact.kind = match () {
        () if kind.is_file() => "file",
        () if kind.is_dir() => "directory",
        () => special(kind),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        fact.mode = Some(format!("{:04o}", metadata.mode() & 0o7777));
        fact.uid = Some(metadata.uid());
        fact.gid = Some(metadata.gid());
    }
}

#[cfg(unix)]
fn special(kind: std::fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_socket() { "socket" } else { "device" }
}

#[cfg(not(unix))]
fn special(_kind: std::fs::FileType) -> &'static str {
    "device"
}
