//! What stands out about one file or directory, by its path, mode and owner alone: the walk keeps what does,
//! and a snapshot is judged by the same.

use std::collections::{BTreeMap, BTreeSet};

/// What is known before the walk, and when its facts are judged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    uids: BTreeSet<u32>,
    gids: BTreeSet<u32>,
    /// First and last number that accounts may give to their containers: subuid(5).
    given: Vec<(u32, u32)>,
    /// Homes of people, without a slash at the end, and whose they are.
    homes: BTreeMap<String, BTreeSet<u32>>,
    /// Mount points of the running host and their types; none of a tree that lies there.
    pub(crate) mounts: BTreeMap<String, String>,
}

/// What stands out about one file or directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Everybody may write to it, or remove what others put there.
    pub(crate) everybody_writes: bool,
    /// It runs with the rights of its owner or group.
    pub(crate) carries_rights: bool,
    /// Its owner or group has no name here.
    pub(crate) nobodys: bool,
    /// A dot file in a home that others may change, or a history that they may read.
    pub(crate) open_dot_file: bool,
}

/// Numbers that systemd gives to services while they run (`DynamicUser=`).
const DYNAMIC: (u32, u32) = (61_184, 65_519);

impl Known {
    /// From the texts of `/etc/passwd`, `/etc/group`, `/etc/subuid` and `/proc/mounts`; empty ones for what
    /// is not there.
    pub(crate) fn of(passwd: &str, group: &str, subuid: &str, mounts: &str) -> Self {
        let field =
            |line: &str, at: usize| -> Option<u32> { line.split(':').nth(at)?.parse().ok() };
        let mut known = Self {
            uids: passwd.lines().filter_map(|line| field(line, 2)).collect(),
            gids: group.lines().filter_map(|line| field(line, 2)).collect(),
            given: vec![DYNAMIC],
            ..Self::default()
        };
        for line in subuid.lines() {
            if let (Some(first), Some(count)) = (field(line, 1), field(line, 2)) {
                known.given.push((first, first.saturating_add(count.saturating_sub(1))));
            }
        }
        for line in passwd.lines() {
            if let (Some(uid), Some(home)) = (field(line, 2), home(line)) {
                known.homes.entry(home.to_owned()).or_default().insert(uid);
            }
        }
        for line in mounts.lines() {
            let mut words = line.split(' ').skip(1);
            if let (Some(path), Some(kind)) = (words.next(), words.next()) {
                known.mounts.insert(path.replace("\\040", " "), kind.to_owned());
            }
        }
        known
    }

    fn is_named(&self, names: &BTreeSet<u32>, number: u32) -> bool {
        let is_given = |(first, last): &(u32, u32)| (*first..=*last).contains(&number);
        // Without a list of names nobody knows who has none.
        names.is_empty() || names.contains(&number) || self.given.iter().any(is_given)
    }

    pub(crate) fn standing(
        &self,
        path: &str,
        is_file: bool,
        mode: u32,
        (uid, gid): (u32, u32),
    ) -> Standing {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let owners = self.homes.get(above).filter(|_| name.starts_with('.'));
        let is_history = is_file && name.ends_with("_history");
        Standing {
            everybody_writes: mode & 0o002 != 0 && (is_file || mode & 0o1000 == 0),
            carries_rights: is_file && mode & 0o6000 != 0,
            nobodys: !self.is_named(&self.uids, uid) || !self.is_named(&self.gids, gid),
            open_dot_file: owners.is_some_and(|owners| {
                mode & 0o022 != 0 || !owners.contains(&uid) || is_history && mode & 0o077 != 0
            }),
        }
    }
}

/// The home of an account through which somebody may come in, from its line.
pub(crate) fn home(line: &str) -> Option<&str> {
    let fields: Vec<&str> = line.split(':').collect();
    let home = fields.get(5)?.trim_end_matches('/');
    let shell = fields.get(6).copied().unwrap_or_default();
    let counts = home.starts_with('/')
        && !["nologin", "false", "sync"].iter().any(|nobody| shell.ends_with(nobody));
    counts.then_some(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_a_name_stand_out() {
        let known = Known::of(
            "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n",
            "root:x:0:\nann:x:1000:\n",
            "ann:100000:65536\n",
            "",
        );
        let nobodys = |uid, gid| known.standing("/srv/x", true, 0o644, (uid, gid)).nobodys;
        assert!(!nobodys(1000, 0) && !nobodys(165_535, 0) && !nobodys(61_200, 61_200));
        assert!(nobodys(1001, 0) && nobodys(0, 1001) && nobodys(165_536, 0));
        assert!(!Known::default().standing("/x", true, 0o644, (7, 7)).nobodys);
        let dot =
            |path: &str, mode, uid| known.standing(path, true, mode, (uid, 1000)).open_dot_file;
        assert!(dot("/home/ann/.bashrc", 0o644, 0) && !dot("/home/ann/.bashrc", 0o644, 1000));
        assert!(!dot("/home/ann/x", 0o666, 1000) && dot("/root/.profile", 0o664, 0));
    }
}
