//! Walks everything that was ever committed, each content once.
//!
//! A tree that was seen holds nothing new, whatever commit and directory it is met in again. So the
//! work is the number of distinct trees, and not commits times files.

use std::collections::{HashMap, HashSet};

use gix::ObjectId;
use gix::bstr::BStr;
use gix::objs::tree::EntryKind as Mode;
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;
use panoply_base::{Cancel, Cancelled, Limits, Parsed, Problem};

use super::tree::{entries, join, tree_of};
use super::{BlobError, BlobId, CommitId, GitError, Repository};
use crate::entry::Walked;
use crate::limit::LimitError;
use crate::path::Quoted;

/// A set of commits: all that lead to `include`, without those that lead to `exclude`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commits {
    pub include: Vec<CommitId>,
    pub exclude: Vec<CommitId>,
}

/// The content of a file, at the first place where it appeared.
#[derive(Clone, Copy, Debug)]
pub struct HistoryBlob<'a> {
    pub blob: BlobId,
    pub path: &'a str,
    /// The oldest commit that has it; parents are older than their children whatever clocks say.
    pub commit: CommitId,
    pub executable: bool,
}

/// Whoever is told of blobs, and of what could not be read.
pub type HistoryListener<'l> =
    dyn FnMut(Result<HistoryBlob<'_>, Problem>) -> Result<(), Cancelled> + 'l;

/// Whoever is told of blobs with their content.
pub type ContentListener<'l> =
    dyn FnMut(Result<(HistoryBlob<'_>, &[u8]), Problem>) -> Result<(), Cancelled> + 'l;

impl Repository {
    /// The commits that a range names: `A..B`, `A...B`, or `B` with all that led to it.
    pub fn range(&self, range: &str) -> Result<Commits, GitError> {
        use gix::revision::plumbing::Spec;
        let repository = self.local();
        let spec = repository.rev_parse(BStr::new(range)).map_err(|source| GitError::Revision {
            revision: range.to_owned(),
            source: source.into(),
        })?;
        let commit = |id: ObjectId| self.commit(&id.to_string());
        Ok(match spec.detach() {
            Spec::Include(id) => Commits { include: vec![commit(id)?], exclude: Vec::new() },
            Spec::Range { from, to } => {
                Commits { include: vec![commit(to)?], exclude: vec![commit(from)?] }
            }
            Spec::Merge { theirs, ours } => {
                let bases = repository.merge_bases_many(theirs, &[ours]).unwrap_or_default();
                Commits {
                    include: vec![commit(theirs)?, commit(ours)?],
                    exclude: bases.into_iter().map(|id| CommitId(id.detach())).collect(),
                }
            }
            _ => return Err(GitError::Range(range.to_owned())),
        })
    }

    /// Every commit that a branch, a tag, a remote's branch, a stash or `HEAD` leads to. A reference
    /// that leads to no commit is a problem.
    pub fn all_commits(&self) -> Result<Parsed<Commits>, GitError> {
        let failed = |error: gix::Error| GitError::References(error.into());
        let repository = self.local();
        let mut include: Vec<CommitId> = self.head()?.into_iter().collect();
        let mut problems = Vec::new();
        for reference in repository.references().map_err(failed)?.all().map_err(failed)? {
            let mut reference = match reference {
                Ok(reference) => reference,
                Err(error) => {
                    problems.push(Problem::whole(format!("cannot read a reference: {error}")));
                    continue;
                }
            };
            match reference.peel_to_commit() {
                Ok(commit) => include.push(CommitId(commit.id)),
                Err(error) => {
                    let name = Quoted(reference.name().as_bstr());
                    problems.push(Problem::whole(format!("{name} leads to no commit: {error}")));
                }
            }
        }
        include.sort_unstable();
        include.dedup();
        Ok(Parsed { value: Commits { include, exclude: Vec::new() }, problems })
    }

    /// Tells `listener` of every distinct file content in a set of commits, once, at the oldest
    /// place. Content is not read; [`Repository::blobs`] does that, from any thread.
    ///
    /// What `exclude` leads to, and what the commits just before the set already had, is not told.
    /// In a clone that was cut off (`--depth`), its oldest commits count as the beginning.
    ///
    /// # Errors
    ///
    /// [`Cancelled`], by the flag or by the listener.
    pub fn history(
        &self,
        commits: &Commits,
        limits: &Limits,
        cancel: &Cancel,
        listener: &mut HistoryListener<'_>,
    ) -> Result<Walked, Cancelled> {
        let mut walk = HistoryWalk {
            repository: self.local(),
            limits,
            cancel,
            listener,
            trees: HashSet::new(),
            blobs: HashSet::new(),
            walked: Walked { complete: true, ..Walked::default() },
        };
        let chain = walk.collect(commits)?;
        for before in chain.before() {
            walk.commit(before, false)?;
        }
        for commit in chain.parents_first() {
            if !walk.commit(commit, true)? {
                break;
            }
        }
        Ok(walk.walked)
    }

    /// Like [`Repository::history`], and reads the content of blobs up to `limits.file_bytes`;
    /// larger ones are problems.
    pub fn history_blobs(
        &self,
        commits: &Commits,
        limits: &Limits,
        cancel: &Cancel,
        listener: &mut ContentListener<'_>,
    ) -> Result<Walked, Cancelled> {
        let blobs = self.blobs();
        let mut content = Vec::new();
        let mut bytes = 0;
        let walked = self.history(commits, limits, cancel, &mut |found| {
            let found = match found {
                Ok(found) => found,
                Err(problem) => return listener(Err(problem)),
            };
            match blobs.read_into(found.blob, &mut content, limits.file_bytes) {
                Ok(()) => {
                    bytes += content.len() as u64;
                    listener(Ok((found, &content)))
                }
                Err(error) => listener(Err(unreadable(&found, &error))),
            }
        })?;
        Ok(Walked { bytes, ..walked })
    }
}

fn unreadable(found: &HistoryBlob<'_>, error: &BlobError) -> Problem {
    Problem::whole(format!("blob {} of commit {} {error}", found.blob, found.commit))
        .within(found.path)
}

struct HistoryWalk<'w> {
    repository: gix::Repository,
    limits: &'w Limits,
    cancel: &'w Cancel,
    listener: &'w mut HistoryListener<'w>,
    trees: HashSet<ObjectId>,
    blobs: HashSet<ObjectId>,
    walked: Walked,
}

impl HistoryWalk<'_> {
    fn give_up(&mut self, what: String) -> Result<(), Cancelled> {
        self.walked.complete = false;
        (self.listener)(Err(Problem::whole(what)))
    }

    /// All commits of the set, youngest first.
    fn collect(&mut self, commits: &Commits) -> Result<Chain, Cancelled> {
        let mut chain = Chain::default();
        let repository = self.repository.clone();
        let walk = repository
            .rev_walk(commits.include.iter().map(|id| id.0))
            .with_hidden(commits.exclude.iter().map(|id| id.0))
            .sorting(Sorting::ByCommitTime(CommitTimeOrder::NewestFirst))
            .all();
        let walk = match walk {
            Ok(walk) => walk,
            Err(error) => {
                self.give_up(format!("the history cannot be walked: {error}"))?;
                return Ok(chain);
            }
        };
        for commit in walk {
            self.cancel.check()?;
            if chain.commits.len() as u64 >= self.limits.entries {
                let error = LimitError::Entries { limit: self.limits.entries };
                self.give_up(format!("the history {error}"))?;
                break;
            }
            match commit {
                Ok(commit) => chain.push(commit.id, &commit.parent_ids),
                Err(error) => {
                    self.give_up(format!("the history cannot be walked on: {error}"))?;
                    break;
                }
            }
        }
        // A shallow clone names parents that it does not have.
        if let Ok(Some(shallow)) = repository.shallow_commits() {
            chain.cut(shallow.iter().copied());
        }
        Ok(chain)
    }

    /// Goes through what is new in one commit, telling it or only remembering it. `false` at a
    /// limit.
    fn commit(&mut self, commit: ObjectId, tell: bool) -> Result<bool, Cancelled> {
        self.cancel.check()?;
        let root = match tree_of(&self.repository, commit) {
            Ok(root) => root,
            Err(error) => {
                self.give_up(format!("commit {commit} cannot be read: {error}"))?;
                return Ok(true);
            }
        };
        let mut waiting = Vec::new();
        if self.trees.insert(root) {
            waiting.push((root, String::new()));
        }
        while let Some((tree, directory)) = waiting.pop() {
            let seen = (self.trees.len() + self.blobs.len()) as u64;
            if seen > self.limits.entries {
                let error = LimitError::Entries { limit: self.limits.entries };
                self.give_up(format!("the history {error}"))?;
                return Ok(false);
            }
            let entries = match entries(&self.repository, tree) {
                Ok(entries) => entries,
                Err(error) => {
                    self.give_up(format!(
                        "tree {tree} of commit {commit} cannot be read: {error}"
                    ))?;
                    continue;
                }
            };
            for entry in entries {
                let new = match entry.mode {
                    Mode::Tree => self.trees.insert(entry.id),
                    Mode::Blob | Mode::BlobExecutable => self.blobs.insert(entry.id),
                    Mode::Link | Mode::Commit => false,
                };
                if !new {
                    continue;
                }
                let Some(path) = join(&directory, &entry.name, self.limits) else {
                    let name = Quoted(&entry.name);
                    self.give_up(format!(
                        "the name {name} in commit {commit} is none that can be checked out"
                    ))?;
                    continue;
                };
                if entry.mode == Mode::Tree {
                    waiting.push((entry.id, path));
                } else if tell {
                    self.walked.entries += 1;
                    (self.listener)(Ok(HistoryBlob {
                        blob: BlobId(entry.id),
                        path: &path,
                        commit: CommitId(commit),
                        executable: entry.mode == Mode::BlobExecutable,
                    }))?;
                }
            }
        }
        Ok(true)
    }
}

/// The commits of a set, youngest first, with their parents.
#[derive(Default)]
struct Chain {
    commits: Vec<(ObjectId, Vec<ObjectId>)>,
    index: HashMap<ObjectId, usize>,
}

impl Chain {
    fn push(&mut self, commit: ObjectId, parents: &[ObjectId]) {
        if self.index.insert(commit, self.commits.len()).is_none() {
            self.commits.push((commit, parents.to_vec()));
        }
    }

    fn cut(&mut self, beginnings: impl IntoIterator<Item = ObjectId>) {
        for commit in beginnings {
            let parents = self.index.get(&commit).and_then(|index| self.commits.get_mut(*index));
            if let Some((_, parents)) = parents {
                parents.clear();
            }
        }
    }

    /// Parents of the set that are not in it.
    fn before(&self) -> Vec<ObjectId> {
        let parents = self.commits.iter().flat_map(|(_, parents)| parents);
        let mut before: Vec<_> =
            parents.filter(|id| !self.index.contains_key(*id)).copied().collect();
        before.sort_unstable();
        before.dedup();
        before
    }

    /// Oldest first; where clocks disagree, parents before children.
    fn parents_first(&self) -> Vec<ObjectId> {
        let mut order = Vec::with_capacity(self.commits.len());
        let mut begun = vec![false; self.commits.len()];
        // A commit, and how many of its parents were looked at.
        let mut path: Vec<(usize, usize)> = Vec::new();
        for oldest in (0..self.commits.len()).rev() {
            if !std::mem::replace(begun.get_mut(oldest).unwrap_or(&mut true), true) {
                path.push((oldest, 0));
            }
            while let Some((index, looked_at)) = path.last_mut() {
                let Some((commit, parents)) = self.commits.get(*index) else { break };
                let Some(parent) = parents.get(*looked_at) else {
                    order.push(*commit);
                    path.pop();
                    continue;
                };
                *looked_at += 1;
                if let Some(&parent) = self.index.get(parent)
                    && !std::mem::replace(begun.get_mut(parent).unwrap_or(&mut true), true)
                {
                    path.push((parent, 0));
                }
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_before_children_whatever_the_order_they_were_found_in() {
        let id = |byte: u8| ObjectId::try_from(&[byte; 20][..]).unwrap();
        let mut chain = Chain::default();
        // 4 merges 3 and 2, both of which follow 1; 2 was found behind its parent.
        for (commit, parents) in [(4, vec![3, 2]), (3, vec![1]), (1, vec![0]), (2, vec![1])] {
            chain.push(id(commit), &parents.into_iter().map(id).collect::<Vec<_>>());
        }
        assert_eq!(chain.parents_first(), [1, 2, 3, 4].map(id));
        assert_eq!(chain.before(), [id(0)]);
        chain.cut([id(1)]);
        assert!(chain.before().is_empty());
    }
}
