//! A walk over all files of a host, for what no list of paths can name: files and directories that
//! everybody may write to, programs with the setuid or setgid bit, files that belong to nobody, and dot
//! files in homes.
//!
//! Nothing is opened but directories, and no link is followed. Only what stands out is kept. Other file
//! systems are entered where they are local disks of the running host, and named where they are not.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use panoply_base::Cancel;
use serde::Serialize;

use crate::host::snapshot::{FileFact, Unreadable};
use crate::host::standing::{Known, Standing};
use crate::host::wild;

/// What the walk may cost.
#[derive(Clone, Debug)]
pub struct WalkBounds {
    /// Files and directories that are looked at. With none there is no walk.
    pub entries: usize,
    /// Directories below each other.
    pub depth: usize,
    /// Facts that are kept.
    pub found: usize,
    /// Ends the walk from outside: engines have no clock.
    pub cancel: Cancel,
}

impl Default for WalkBounds {
    fn default() -> Self {
        Self { entries: 5_000_000, depth: 64, found: 20_000, cancel: Cancel::new() }
    }
}

/// What a walk has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Walk {
    pub entries: usize,
    /// What stands out.
    pub files: Vec<FileFact>,
    /// Places that were not looked at though they should have been, and why.
    pub missed: Vec<Unreadable>,
    /// File systems that were not entered, with their type.
    pub other: Vec<Mount>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mount {
    pub path: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// Local disks, and memory in which people keep files.
const ENTERED: [&str; 13] = [
    "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "reiserfs", "bcachefs", "vfat",
    "tmpfs", "ramfs",
];
/// File systems of the kernel: nobody keeps files there, so nobody needs to be told.
const OF_KERNEL: [&str; 22] = [
    "proc",
    "sysfs",
    "cgroup",
    "cgroup2",
    "devtmpfs",
    "devpts",
    "mqueue",
    "hugetlbfs",
    "debugfs",
    "tracefs",
    "securityfs",
    "pstore",
    "bpf",
    "configfs",
    "fusectl",
    "binfmt_misc",
    "efivarfs",
    "rpc_pipefs",
    "autofs",
    "selinuxfs",
    "nsfs",
    "rootfs",
];
/// Where container engines keep the files of containers, and package stores the files of packages: their
/// modes mean something inside of them only.
const LEFT_OUT: [&str; 16] = [
    "/proc",
    "/sys",
    "/dev",
    "/var/lib/docker/overlay2",
    "/var/lib/docker/vfs",
    "/var/lib/docker/btrfs",
    "/var/lib/docker/fuse-overlayfs",
    "/var/lib/containerd/io.containerd.snapshotter.*",
    "/run/containerd/io.containerd.runtime.*",
    "/var/lib/containers/storage/overlay",
    "/var/lib/kubelet/pods",
    "/var/lib/rancher/*/agent/containerd/io.containerd.snapshotter.*",
    "/var/lib/lxd/storage-pools",
    "/var/lib/machines",
    "/var/lib/flatpak/repo",
    "/ostree/repo",
];
/// Places that could not be looked at that are named; more are counted.
const MISSED: usize = 200;

struct Walking<'a> {
    bounds: &'a WalkBounds,
    known: &'a Known,
    seen: Walk,
    missed: usize,
}

struct Waiting {
    place: PathBuf,
    path: String,
    depth: usize,
    /// The file system.
    device: u64,
    /// Owner and group, where one of them has no name.
    nobodys: Option<(u32, u32)>,
}

/// Walks over everything below a root directory.
pub(crate) fn walk(root: &Path, known: &Known, bounds: &WalkBounds) -> Walk {
    let mut walking = Walking { bounds, known, seen: Walk::default(), missed: 0 };
    match fs::symlink_metadata(root).and_then(|found| {
        // The root itself may be given as a link.
        if found.is_symlink() { fs::metadata(root) } else { Ok(found) }
    }) {
        Ok(metadata) => walking.run(root, device(&metadata)),
        Err(error) => walking.miss("/", &error.to_string()),
    }
    let mut seen = walking.seen;
    if walking.missed > MISSED {
        let more = walking.missed - MISSED;
        let why = format!("{more} more places could not be looked at");
        seen.missed.push(Unreadable { path: "/".to_owned(), why });
    }
    seen.files.sort_by(|a, b| a.path.cmp(&b.path));
    seen.missed.sort_by(|a, b| (&a.path, &a.why).cmp(&(&b.path, &b.why)));
    seen.other.sort_by(|a, b| a.path.cmp(&b.path));
    seen
}

impl Walking<'_> {
    fn miss(&mut self, path: &str, why: &str) {
        self.missed += 1;
        if self.seen.missed.len() < MISSED {
            self.seen.missed.push(Unreadable { path: path.to_owned(), why: why.to_owned() });
        }
    }

    fn run(&mut self, root: &Path, device: u64) {
        let first = Waiting {
            place: root.to_owned(),
            path: String::new(),
            depth: 0,
            device,
            nobodys: None,
        };
        let mut waiting = vec![first];
        while let Some(directory) = waiting.pop() {
            let shown =
                if directory.path.is_empty() { "/".to_owned() } else { directory.path.clone() };
            if self.bounds.cancel.is_cancelled() {
                self.miss(&shown, "the walk took longer than it may");
                return;
            }
            if directory.depth >= self.bounds.depth {
                self.miss(&shown, &format!("deeper than {} directories", self.bounds.depth));
                continue;
            }
            // Names are sorted: where a bound is hit, it is hit at the same place every time.
            let left = self.bounds.entries.saturating_sub(self.seen.entries);
            let names = match names(&directory.place, left) {
                Ok(names) => names,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    let why = if error.kind() == std::io::ErrorKind::PermissionDenied {
                        "permission denied".to_owned()
                    } else {
                        error.kind().to_string()
                    };
                    self.miss(&shown, &why);
                    continue;
                }
            };
            let Some(names) = names else {
                let why = format!("the walk ends after {} files", self.bounds.entries);
                self.miss(&shown, &why);
                return;
            };
            let mut inner = Vec::new();
            for name in names {
                self.seen.entries += 1;
                let place = directory.place.join(&name);
                let path = format!("{}/{}", directory.path, name.to_string_lossy());
                // What went away since its directory was listed is not there.
                let Ok(metadata) = fs::symlink_metadata(&place) else { continue };
                if let Some(next) = self.entry(&directory, place, path, &metadata) {
                    inner.push(next);
                }
            }
            if self.seen.files.len() >= self.bounds.found {
                let why = format!("more than {} files stand out", self.bounds.found);
                self.miss(&shown, &why);
                return;
            }
            waiting.extend(inner.into_iter().rev());
        }
    }

    /// Looks at one entry; a directory is walked later.
    fn entry(
        &mut self,
        above: &Waiting,
        place: PathBuf,
        path: String,
        metadata: &Metadata,
    ) -> Option<Waiting> {
        let is_directory = metadata.is_dir();
        if is_directory && is_left_out(&path) {
            return None;
        }
        if is_directory && device(metadata) != above.device {
            let kind = self.known.mounts.get(&path).map_or("", String::as_str);
            if !ENTERED.contains(&kind) {
                if !OF_KERNEL.contains(&kind) {
                    let kind = kind.to_owned();
                    self.seen.other.push(Mount { path, kind });
                }
                return None;
            }
        }
        let stands = self.judge(above, &path, metadata);
        if !is_directory {
            return None;
        }
        let nobodys = stands.nobodys.then(|| owner(metadata));
        let device = device(metadata);
        Some(Waiting { place, path, depth: above.depth + 1, device, nobodys })
    }

    fn judge(&mut self, above: &Waiting, path: &str, metadata: &Metadata) -> Standing {
        let kind = match () {
            () if metadata.is_file() => "file",
            () if metadata.is_dir() => "directory",
            // Links have no mode; sockets and devices are made by those who listen.
            () => return Standing::default(),
        };
        let (uid, gid) = owner(metadata);
        let mode = mode(metadata);
        let stands = self.known.standing(path, kind == "file", mode, (uid, gid));
        // What lies in a directory of nobody is named with it, not a thousand times.
        let is_named = above.nobodys == Some((uid, gid));
        if stands == Standing::default()
            || (is_named && stands == Standing { nobodys: true, ..Standing::default() })
        {
            return stands;
        }
        self.seen.files.push(FileFact {
            path: path.to_owned(),
            kind,
            mode: Some(format!("{mode:04o}")),
            uid: Some(uid),
            gid: Some(gid),
            ..FileFact::default()
        });
        stands
    }
}

fn is_left_out(path: &str) -> bool {
    LEFT_OUT.iter().any(|pattern| {
        if wild::is_pattern(pattern) { wild::fits(pattern, path) } else { *pattern == path }
    })
}

/// Names in a directory, sorted; none if there are more than the limit.
fn names(place: &Path, limit: usize) -> std::io::Result<Option<Vec<std::ffi::OsString>>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(place)? {
        if names.len() >= limit {
            return Ok(None);
        }
        names.push(entry?.file_name());
    }
    names.sort();
    Ok(Some(names))
}

#[cfg(unix)]
fn device(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::dev(metadata)
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777
}

#[cfg(unix)]
fn owner(metadata: &Metadata) -> (u32, u32) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.uid(), metadata.gid())
}

#[cfg(not(unix))]
fn device(_: &Metadata) -> u64 {
    0
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> u32 {
    0
}

#[cfg(not(unix))]
fn owner(_: &Metadata) -> (u32, u32) {
    (0, 0)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A root directory that goes away with the test.
    struct Tree(PathBuf);

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn tree(name: &str) -> Tree {
        let root = std::env::temp_dir().join(format!("panoply-walk-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        let put = |path: &str, mode: u32| {
            let place = root.join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            if path.ends_with('/') { fs::create_dir_all(&place) } else { fs::write(&place, "x") }
                .unwrap();
            fs::set_permissions(&place, fs::Permissions::from_mode(mode)).unwrap();
        };
        put("usr/bin/su", 0o4755);
        put("usr/bin/ls", 0o755);
        put("srv/share/", 0o777);
        put("srv/drop/", 0o1777);
        put("srv/log", 0o666);
        put("home/ann/.bashrc", 0o664);
        put("home/ann/.profile", 0o644);
        put("home/ann/.bash_history", 0o644);
        put("home/ann/notes", 0o664);
        put("proc/1/mem", 0o666);
        put("var/lib/docker/overlay2/x/bin/su", 0o4755);
        std::os::unix::fs::symlink("/", root.join("srv/loop")).unwrap();
        Tree(root)
    }

    /// Whoever runs the test owns the tree, and has a name.
    fn known(root: &Path) -> Known {
        let (uid, gid) = owner(&fs::metadata(root).unwrap());
        let passwd = format!("ann:x:{uid}:{gid}::/home/ann:/bin/bash\n");
        Known::of(&passwd, &format!("ann:x:{gid}:\n"), "", "")
    }

    fn check(name: &str, bounds: &WalkBounds, found: &[&str], missed: &[&str]) {
        let root = tree(name);
        let seen = walk(&root.0, &known(&root.0), bounds);
        let paths: Vec<&str> = seen.files.iter().map(|file| file.path.as_str()).collect();
        let why: Vec<String> =
            seen.missed.iter().map(|one| format!("{}: {}", one.path, one.why)).collect();
        assert_eq!(paths, found);
        assert_eq!(why, missed);
    }

    #[test]
    fn only_what_stands_out_is_kept_and_containers_are_left_alone() {
        check(
            "whole",
            &WalkBounds::default(),
            &[
                "/home/ann/.bash_history",
                "/home/ann/.bashrc",
                "/srv/log",
                "/srv/share",
                "/usr/bin/su",
            ],
            &[],
        );
    }

    #[test]
    fn a_bound_that_was_hit_is_said() {
        let bounds = WalkBounds { depth: 2, ..WalkBounds::default() };
        let deep = "deeper than 2 directories";
        check(
            "deep",
            &bounds,
            &["/srv/log", "/srv/share"],
            &[
                &format!("/home/ann: {deep}"),
                &format!("/srv/drop: {deep}"),
                &format!("/srv/share: {deep}"),
                &format!("/usr/bin: {deep}"),
                &format!("/var/lib: {deep}"),
            ],
        );
        let bounds = WalkBounds { entries: 7, ..WalkBounds::default() };
        check("many", &bounds, &[], &["/home/ann: the walk ends after 7 files"]);
        let bounds = WalkBounds { found: 1, ..WalkBounds::default() };
        check(
            "found",
            &bounds,
            &["/home/ann/.bash_history", "/home/ann/.bashrc"],
            &["/home/ann: more than 1 files stand out"],
        );
        let bounds = WalkBounds::default();
        bounds.cancel.cancel();
        check("time", &bounds, &[], &["/: the walk took longer than it may"]);
    }

    #[test]
    fn other_file_systems_are_named_and_not_entered() {
        // `/proc` is one on every Linux; here it is told to be something else.
        let Ok(here) = fs::metadata("/proc") else { return };
        let Ok(root) = fs::metadata("/") else { return };
        if device(&here) == device(&root) {
            return;
        }
        let bounds = WalkBounds { depth: 1, ..WalkBounds::default() };
        let known = Known::of("", "", "", "x /proc proc rw 0 0\nserver:/x /run nfs4 rw 0 0\n");
        let seen = walk(Path::new("/"), &known, &bounds);
        assert!(seen.files.iter().all(|file| !file.path.starts_with("/proc")));
        assert!(seen.other.iter().all(|mount| mount.path != "/proc"), "{:?}", seen.other);
    }
}
