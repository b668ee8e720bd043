//! What a cataloguer is: the files it wants, and a function from their bytes to packages.

use panoply_base::{Limits, Parsed};

use crate::Catalogue;

/// One reader of package facts. A constant in a file of its own, listed in `os::ALL`, `lang::INSTALLED` or `lang::DECLARED`.
#[derive(Debug)]
pub struct Cataloguer {
    /// Lower case, dashes, unique: `dpkg`, `npm-package-lock`. Shown in reports.
    pub name: &'static str,
    /// Any of these makes the file its own.
    pub patterns: &'static [Pattern],
    pub reads: Reads,
}

/// How a cataloguer is fed.
#[derive(Clone, Copy, Debug)]
pub enum Reads {
    /// Each file says everything about itself.
    Each(fn(&FileInput<'_>, &Limits) -> Parsed<Catalogue>),
    /// Files speak of each other (a pom of its parent), so all files of the tree come together,
    /// sorted by path, once the tree was walked.
    Together(fn(&[FileInput<'_>], &Limits) -> Parsed<Catalogue>),
}

/// One file of the tree.
#[derive(Clone, Copy, Debug)]
pub struct FileInput<'a> {
    /// Relative to the root of the tree, `/` between parts, no leading `/`.
    pub path: &'a str,
    pub bytes: &'a [u8],
}

impl FileInput<'_> {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit(['/', '!']).next().unwrap_or(self.path)
    }

    /// The directory that holds the file, empty for the root.
    pub fn directory(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(directory, _)| directory)
    }
}

/// Which files a cataloguer wants. Compared byte by byte; case matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The last part of the path, whole: `package-lock.json`.
    Name(&'static str),
    /// How the last part ends: `.jar`. Not the whole of it.
    Suffix(&'static str),
    /// How the last part begins and how it ends, without overlap: (`pylock.`, `.toml`).
    Framed(&'static str, &'static str),
    /// How the path ends, on whole parts: `var/lib/dpkg/status`.
    Path(&'static str),
    /// A file right inside a directory, and how the file's name ends: (`var/lib/dpkg/info`, `.list`).
    In(&'static str, &'static str),
    /// A file with this name in a directory somewhere below another: (`usr/share/doc`, `copyright`).
    Below(&'static str, &'static str),
    /// What the file begins with, whatever its name. Asked only of files that are executable or
    /// have a `.so` in their name, because reading the head of every file costs too much.
    Sniff(Sniff),
}

/// Kinds of executable that carry package facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniff {
    Elf,
    Pe,
    MachO,
}

impl Sniff {
    /// Recognises a kind from the first bytes of a file; four are enough.
    pub fn of(head: &[u8]) -> Option<Self> {
        match head {
            [0x7f, b'E', b'L', b'F', ..] => Some(Self::Elf),
            [b'M', b'Z', ..] => Some(Self::Pe),
            [0xcf | 0xce, 0xfa, 0xed, 0xfe, ..] | [0xca, 0xfe, 0xba, 0xbe, ..] => Some(Self::MachO),
            _ => None,
        }
    }
}
