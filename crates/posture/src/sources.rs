//! The files that evidence comes from, so that a span can be shown as a line.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Which of the files that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// Bytes of one file, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let bounded = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { file, start: bounded(start), end: bounded(end.max(start)) }
    }

    /// From the start of this span to the end of another one in the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { end: other.end.max(self.end), ..self }
    }
}

/// The path that `relative` names, seen from a directory of the target; none if it leaves the target.
///
/// Whether a path may begin at a root of its own is for the format it is written in to say.
pub(crate) fn beneath(directory: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// One file: its path in the target, and its text.
#[derive(Clone, Debug)]
pub struct SourceFile {
    pub path: Arc<str>,
    pub text: Arc<str>,
    /// Where each line begins.
    lines: Arc<Vec<u32>>,
    /// Whether any comment in it could accept a finding, once somebody asked.
    marked: OnceLock<bool>,
}

/// Every file that was read for one run of the checks.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
    by_path: BTreeMap<Arc<str>, FileId>,
}

/// Lines and columns of a span, counted from 1; columns in characters, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lines {
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

impl Sources {
    /// Adds a file; `path` is relative to the root of the target, `/` between parts.
    pub fn add(&mut self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let (path, text) = (path.into(), text.into());
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1)).collect();
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.by_path.insert(path.clone(), id);
        let lines = Arc::new(lines);
        self.files.push(SourceFile { path, text, lines, marked: OnceLock::new() });
        id
    }

    /// The same files, under the same ids, some with another text.
    #[must_use]
    pub fn with(&self, texts: &BTreeMap<FileId, String>) -> Self {
        let mut changed = Self::default();
        for (at, file) in self.files.iter().enumerate() {
            let text = u32::try_from(at).ok().and_then(|at| texts.get(&FileId(at)));
            if let Some(text) = text {
                changed.add(file.path.clone(), text.as_str());
            } else {
                changed.by_path.insert(file.path.clone(), FileId(at as u32));
                changed.files.push(file.clone());
            }
        }
        changed
    }

    pub fn find(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// Every file, in the order of paths.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.by_path.values().filter_map(|id| Some((*id, self.file(*id)?)))
    }

    /// Files at any depth below a directory, in the order of paths; an empty name is the root.
    pub fn under(&self, directory: &str) -> impl Iterator<Item = (FileId, &SourceFile)> {
        let prefix = match directory.trim_end_matches('/') {
            "" => String::new(),
            directory => format!("{directory}/"),
        };
        self.by_path
            .range::<str, _>((
                std::ops::Bound::Included(prefix.as_str()),
                std::ops::Bound::Unbounded,
            ))
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .filter_map(|(_, id)| Some((*id, self.file(*id)?)))
    }

    /// Files right inside a directory.
    pub fn inside(&self, directory: &str) -> impl Iterator<Item = (FileId, &SourceFile)> {
        let length = match directory.trim_end_matches('/') {
            "" => 0,
            directory => directory.len() + 1,
        };
        let direct = move |path: &str| path.get(length..).is_some_and(|rest| !rest.contains('/'));
        self.under(directory).filter(move |(_, file)| direct(&file.path))
    }

    pub fn file(&self, id: FileId) -> Option<&SourceFile> {
        self.files.get(id.0 as usize)
    }

    pub fn path(&self, id: FileId) -> &str {
        self.file(id).map_or("", |file| &file.path)
    }

    pub fn lines(&self, span: Span) -> Option<Lines> {
        self.file(span.file).map(|file| file.lines(span.start, span.end))
    }

    /// The bytes a span covers.
    pub fn slice(&self, span: Span) -> Option<&str> {
        self.file(span.file)?.text.get(span.start as usize..span.end as usize)
    }
}

impl SourceFile {
    pub fn lines(&self, start: u32, end: u32) -> Lines {
        let (line, column) = self.place(start);
        let (end_line, end_column) = self.place(end.max(start));
        Lines { line, column, end_line, end_column }
    }

    /// Whether the text holds a mark; all who ask mean the same one.
    pub(crate) fn is_marked(&self, is_marked: fn(&str) -> bool) -> bool {
        *self.marked.get_or_init(|| is_marked(&self.text))
    }

    /// The text of one line, counted from 1, without its end.
    pub fn line(&self, line: u32) -> Option<&str> {
        let index = line.checked_sub(1)? as usize;
        let start = *self.lines.get(index)? as usize;
        let end = self.lines.get(index + 1).map_or(self.text.len(), |next| *next as usize);
        Some(self.text.get(start..end)?.trim_end_matches(['\n', '\r']))
    }

    fn place(&self, at: u32) -> (u32, u32) {
        let index = self.lines.partition_point(|start| *start <= at).saturating_sub(1);
        let start = self.lines.get(index).copied().unwrap_or_default() as usize;
        let before = self.text.get(start..at as usize).unwrap_or_default();
        (index as u32 + 1, before.chars().count() as u32 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_by_directory() {
        let mut sources = Sources::default();
        for path in ["b.tf", "a/x.tf", "a/b/y.tf", "ab/z.tf", "a.tf"] {
            sources.add(path, "");
        }
        let paths = |files: Vec<(FileId, &SourceFile)>| -> Vec<String> {
            files.iter().map(|(_, file)| file.path.to_string()).collect()
        };
        assert_eq!(paths(sources.under("a").collect()), ["a/b/y.tf", "a/x.tf"]);
        assert_eq!(paths(sources.inside("a/").collect()), ["a/x.tf"]);
        assert_eq!(paths(sources.inside("").collect()), ["a.tf", "b.tf"]);
        assert_eq!(paths(sources.iter().collect()).len(), 5);
        assert!(sources.find("a/x.tf").is_some() && sources.find("x.tf").is_none());
    }

    #[test]
    fn spans_become_lines_and_columns() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "a: 1\n密码: x\r\nlast");
        let lines = |start, end| sources.lines(Span::new(file, start, end)).expect("is there");
        assert_eq!(lines(0, 1), Lines { line: 1, column: 1, end_line: 1, end_column: 2 });
        assert_eq!(lines(13, 14), Lines { line: 2, column: 5, end_line: 2, end_column: 6 });
        let file = sources.file(file).expect("is there");
        assert_eq!(file.line(2), Some("密码: x"));
        assert_eq!((file.line(3), file.line(4), file.line(0)), (Some("last"), None, None));
    }
}
