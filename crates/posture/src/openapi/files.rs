//! Files that documents refer to: each is parsed once, whoever asks for it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use panoply_base::{Limits, Problem};

use crate::evidence;
use crate::node::Node;
use crate::read;
use crate::sources::{FileId, Sources, beneath};

use super::refs::unescaped;
use super::walk::Kind;

/// Path of an object with its file before the `#`, what it is, and whether clients send it.
type Object = (String, Kind, bool);

/// The files of a target, as documents of APIs see them.
pub(crate) struct Files<'s> {
    sources: &'s Sources,
    limits: &'s Limits,
    roots: RefCell<BTreeMap<FileId, Option<Node>>>,
    seen: RefCell<BTreeSet<Object>>,
    problems: RefCell<Vec<Problem>>,
}

impl<'s> Files<'s> {
    pub(crate) fn new(sources: &'s Sources, limits: &'s Limits) -> Self {
        let (roots, seen, problems) = Default::default();
        Self { sources, limits, roots, seen, problems }
    }

    pub(super) fn path(&self, file: FileId) -> &'s str {
        self.sources.path(file)
    }

    /// The file that the part of a reference before `#` names, if it is in the target.
    ///
    /// What begins with `/` or has a scheme names something on a server.
    pub(super) fn beside(&self, from: FileId, path: &str) -> Option<FileId> {
        if path.starts_with('/') || path.contains(':') {
            return None;
        }
        let own = self.sources.path(from);
        let directory = own.rsplit_once('/').map_or("", |(directory, _)| directory);
        self.sources.find(&beneath(directory, &unescaped_path(path))?)
    }

    /// The document in a file; none if it is of no format for it, or broken.
    pub(super) fn root(&self, file: FileId) -> Option<Node> {
        if let Some(known) = self.roots.borrow().get(&file) {
            return known.clone();
        }
        let root = self.parsed(file);
        self.roots.borrow_mut().insert(file, root.clone());
        root
    }

    /// Whether a file describes an API by itself.
    pub(super) fn is_whole(&self, file: FileId) -> bool {
        self.root(file).is_some_and(|root| super::generation(&root).is_some())
    }

    fn parsed(&self, file: FileId) -> Option<Node> {
        let source = self.sources.file(file)?;
        let name = source.path.to_ascii_lowercase();
        let (root, problems) = if evidence::is_yaml(&name) {
            let read = read::yaml(&source.text, file, self.limits);
            (read.value.into_iter().next().map(|document| document.root), read.problems)
        } else if evidence::is_json(&name) {
            match read::json(&source.text, file, self.limits) {
                Ok(root) => (Some(root), Vec::new()),
                Err(problem) => (None, vec![problem]),
            }
        } else {
            return None;
        };
        // Whole documents are read by themselves, too, and tell what is wrong then.
        if root.as_ref().is_none_or(|root| super::generation(root).is_none()) {
            let told = problems.into_iter().map(|problem| problem.within(&source.path));
            self.problems.borrow_mut().extend(told);
        }
        root
    }

    /// Whether nobody has asked for an object before: several documents may share it.
    pub(super) fn is_first(&self, object: Object) -> bool {
        self.seen.borrow_mut().insert(object)
    }

    /// What could not be read of the files that somebody refers to.
    pub(crate) fn problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// A path without the escapes of addresses; `~` is only one in pointers.
fn unescaped_path(path: &str) -> String {
    unescaped(&path.replace('~', "~0"))
}
