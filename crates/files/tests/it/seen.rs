//! A visitor that writes down what it is shown, one line an entry.

use panoply_base::{Cancelled, Problem};
use panoply_files::{Entry, EntryKind, Visitor};

#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) entries: Vec<String>,
    pub(crate) problems: Vec<String>,
    /// Longest content that is read; longer content is passed over.
    pub(crate) read: u64,
}

impl Seen {
    pub(crate) fn reading() -> Self {
        Self { read: 1 << 20, ..Self::default() }
    }

    pub(crate) fn assert(&self, entries: &[&str], problems: &[&str]) {
        assert_eq!(self.entries, entries);
        assert_eq!(self.problems, problems);
    }
}

impl Visitor for Seen {
    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<(), Cancelled> {
        let path = entry.path.to_owned();
        let line = match entry.kind {
            EntryKind::File if self.read > 0 => {
                let mut content = Vec::new();
                match entry.read_into(&mut content, self.read) {
                    Ok(()) => format!("{path} = {}", String::from_utf8_lossy(&content)),
                    Err(error) => format!("{path} ! {error}"),
                }
            }
            EntryKind::File => format!("{path} {}", entry.size),
            EntryKind::Directory => format!("{path}/"),
            EntryKind::Symlink(target) => format!("{path} -> {target}"),
            EntryKind::HardLink(target) => format!("{path} == {target}"),
            EntryKind::Whiteout => format!("{path} gone"),
            EntryKind::Opaque => format!("{path} emptied"),
            EntryKind::Other => format!("{path} other"),
        };
        self.entries.push(line);
        Ok(())
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem.to_string());
    }
}
