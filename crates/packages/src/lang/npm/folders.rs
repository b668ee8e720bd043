//! Who finds whom in nested `node_modules`: a package's own folder first, then those above it.
//!
//! Follows "Loading from node_modules folders" of the Node.js manual.

use std::collections::HashMap;

/// How far up a name is looked for. Real trees are a dozen deep; a longer way is somebody's attack.
const MOST_STEPS: usize = 64;

/// The folders of one tree. Number 0 is the root.
#[derive(Debug)]
pub(crate) struct Folders<'a> {
    parents: Vec<usize>,
    children: HashMap<(usize, &'a str), usize>,
}

impl<'a> Folders<'a> {
    pub(crate) fn new() -> Self {
        Self { parents: vec![0], children: HashMap::new() }
    }

    /// Adds the folder of a package inside another's.
    pub(crate) fn add(&mut self, parent: usize, name: &'a str) -> usize {
        let index = self.parents.len();
        self.parents.push(parent);
        self.children.insert((parent, name), index);
        index
    }

    /// Adds a folder that nobody finds by name: a workspace's own.
    pub(crate) fn add_workspace(&mut self) -> usize {
        self.parents.push(0);
        self.parents.len() - 1
    }

    /// The folder that code in `from` gets when it asks for `name`.
    pub(crate) fn resolve(&self, from: usize, name: &str) -> Option<usize> {
        let mut folder = from;
        for _ in 0..MOST_STEPS {
            if let Some(found) = self.children.get(&(folder, name)) {
                return Some(*found);
            }
            if folder == 0 {
                return None;
            }
            folder = self.parents.get(folder).copied().unwrap_or_default();
        }
        self.children.get(&(0, name)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_wins() {
        let mut folders = Folders::new();
        let a = folders.add(0, "a");
        let inner = folders.add(a, "b");
        let outer = folders.add(0, "b");
        let workspace = folders.add_workspace();
        assert_eq!(folders.resolve(a, "b"), Some(inner));
        assert_eq!(folders.resolve(inner, "a"), Some(a));
        assert_eq!(folders.resolve(workspace, "b"), Some(outer));
        assert_eq!(folders.resolve(a, "c"), None);
    }
}
