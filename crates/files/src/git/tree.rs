//! Walks the tree of one commit.

use std::io::{self, Read};

use gix::ObjectId;
use gix::objs::tree::EntryKind as Mode;
use gix::objs::{TreeRefIter, tree::EntryRef};
use panoply_base::{Cancel, Cancelled, Limits, Problem};

use super::{BlobId, Blobs, CommitId, Repository};
use crate::entry::{Entry, EntryKind, Visitor, Walked};
use crate::limit::LimitError;
use crate::path::Quoted;

impl Repository {
    /// Shows every entry of a commit's tree to `visitor`, in git's order. Submodules are
    /// [`EntryKind::Other`]. A blob is unpacked when its content is first asked for.
    ///
    /// # Errors
    ///
    /// [`Cancelled`], by the flag or by the visitor.
    pub fn walk_tree(
        &self,
        commit: CommitId,
        limits: &Limits,
        cancel: &Cancel,
        visitor: &mut dyn Visitor,
    ) -> Result<Walked, Cancelled> {
        let blobs = self.blobs();
        let walked = Walked { complete: true, ..Walked::default() };
        let mut walk = TreeWalk { blobs, limits, cancel, visitor, walked };
        let root = tree_of(&walk.blobs.repository, commit.0);
        match root.and_then(|root| entries(&walk.blobs.repository, root)) {
            Ok(root) => walk.run(root)?,
            Err(error) => {
                let what = format!("commit {commit} cannot be read: {error}");
                walk.give_up(Problem::whole(what));
            }
        }
        Ok(walk.walked)
    }
}

struct TreeWalk<'w> {
    blobs: Blobs,
    limits: &'w Limits,
    cancel: &'w Cancel,
    visitor: &'w mut dyn Visitor,
    walked: Walked,
}

struct Level {
    left: std::vec::IntoIter<Named>,
    path: String,
}

impl TreeWalk<'_> {
    fn run(&mut self, root: Vec<Named>) -> Result<(), Cancelled> {
        let mut levels = vec![Level { left: root.into_iter(), path: String::new() }];
        while let Some(level) = levels.last_mut() {
            self.cancel.check()?;
            let Some(entry) = level.left.next() else {
                levels.pop();
                continue;
            };
            if self.walked.entries >= self.limits.entries {
                let error = LimitError::Entries { limit: self.limits.entries };
                self.give_up(Problem::whole(format!("the tree {error}")));
                return Ok(());
            }
            self.walked.entries += 1;
            let Some(path) = join(&level.path, &entry.name, self.limits) else {
                let what =
                    format!("the name {} is none that can be checked out", Quoted(&entry.name));
                self.give_up(Problem::whole(what).within(&level.path));
                continue;
            };
            self.show(&entry, &path)?;
            if entry.mode == Mode::Tree {
                match entries(&self.blobs.repository, entry.id) {
                    Ok(inner) => levels.push(Level { left: inner.into_iter(), path }),
                    Err(error) => {
                        let what = format!("tree {} cannot be read: {error}", entry.id);
                        self.give_up(Problem::whole(what).within(&path));
                    }
                }
            }
        }
        Ok(())
    }

    fn show(&mut self, entry: &Named, path: &str) -> Result<(), Cancelled> {
        let blob = BlobId(entry.id);
        let target;
        let (kind, mode) = match entry.mode {
            Mode::Tree => (EntryKind::Directory, 0o755),
            Mode::Commit => (EntryKind::Other, 0),
            Mode::Blob => (EntryKind::File, 0o644),
            Mode::BlobExecutable => (EntryKind::File, 0o755),
            Mode::Link => {
                let mut bytes = Vec::new();
                let limit = self.limits.path_bytes as u64;
                if let Err(error) = self.blobs.read_into(blob, &mut bytes, limit) {
                    self.give_up(Problem::whole(format!("the link {error}")).within(path));
                    return Ok(());
                }
                target = String::from_utf8_lossy(&bytes).into_owned();
                (EntryKind::Symlink(&target), 0o777)
            }
        };
        let size = match kind {
            EntryKind::File => match self.blobs.size(blob) {
                Ok(size) => size,
                Err(error) => {
                    self.give_up(Problem::whole(format!("blob {blob} {error}")).within(path));
                    return Ok(());
                }
            },
            _ => 0,
        };
        self.walked.bytes += size;
        let limit = self.limits.file_bytes;
        let mut content = Late { blobs: &self.blobs, blob, limit, content: None };
        let has_content = kind == EntryKind::File;
        let nothing = &mut io::empty();
        let content: &mut dyn Read = if has_content { &mut content } else { nothing };
        self.visitor.entry(&mut Entry::new(path, kind, mode, size, content))
    }

    fn give_up(&mut self, problem: Problem) {
        self.walked.complete = false;
        self.visitor.problem(problem);
    }
}

/// A blob that is unpacked when somebody reads it.
struct Late<'a> {
    blobs: &'a Blobs,
    blob: BlobId,
    limit: u64,
    content: Option<io::Cursor<Vec<u8>>>,
}

impl Read for Late<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let content = match &mut self.content {
            Some(content) => content,
            none => {
                let mut bytes = Vec::new();
                self.blobs
                    .read_into(self.blob, &mut bytes, self.limit)
                    .map_err(io::Error::other)?;
                none.insert(io::Cursor::new(bytes))
            }
        };
        content.read(out)
    }
}

/// One entry of a tree object.
pub(super) struct Named {
    pub(super) mode: Mode,
    pub(super) name: Vec<u8>,
    pub(super) id: ObjectId,
}

pub(super) fn tree_of(repository: &gix::Repository, commit: ObjectId) -> gix::Result<ObjectId> {
    Ok(repository.find_commit(commit)?.tree_id()?.detach())
}

pub(super) fn entries(repository: &gix::Repository, tree: ObjectId) -> gix::Result<Vec<Named>> {
    let object = repository.find_tree(tree)?;
    TreeRefIter::from_bytes(&object.data, tree.kind())
        .map(|entry| {
            let EntryRef { mode, filename, oid } = entry?;
            Ok(Named { mode: mode.kind(), name: filename.to_vec(), id: oid.to_owned() })
        })
        .collect()
}

/// The path of an entry; `None` for names that git itself refuses to check out, and paths that are
/// too long.
pub(super) fn join(directory: &str, name: &[u8], limits: &Limits) -> Option<String> {
    let refused = matches!(name, b"" | b"." | b"..") || name.contains(&b'/') || name.contains(&0);
    let name = String::from_utf8_lossy(name);
    let length = directory.len() + 1 + name.len();
    if refused || length > limits.path_bytes {
        return None;
    }
    Some(if directory.is_empty() { name.into_owned() } else { format!("{directory}/{name}") })
}
