//! What a parser hands back: all it could read, together with all it could not.

use std::fmt;

/// A value and the problems met on the way to it.
///
/// A parser gives up on a record, never on the file, so both halves are usually wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T> {
    pub value: T,
    pub problems: Vec<Problem>,
}

impl<T> Parsed<T> {
    pub fn whole(value: T) -> Self {
        Self { value, problems: Vec::new() }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Parsed<U> {
        Parsed { value: change(self.value), problems: self.problems }
    }
}

impl<T: Default> Parsed<T> {
    /// Nothing could be read, for one reason.
    pub fn failed(problem: Problem) -> Self {
        Self { value: T::default(), problems: vec![problem] }
    }
}

/// Something that could not be read or checked, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as the target names it; empty while only the caller knows it.
    pub file: String,
    pub place: Place,
    /// Lower case, no full stop, foreign text in backticks.
    pub what: String,
}

/// Where in a file a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Whole,
    /// Counted from 1.
    Line(u32),
    /// Byte offset, counted from 0.
    Byte(u64),
}

impl Problem {
    pub fn new(place: Place, what: impl Into<String>) -> Self {
        Self { file: String::new(), place, what: what.into() }
    }

    /// About the file as a whole.
    pub fn whole(what: impl Into<String>) -> Self {
        Self::new(Place::Whole, what)
    }

    pub fn line(line: u32, what: impl Into<String>) -> Self {
        Self::new(Place::Line(line), what)
    }

    pub fn byte(offset: u64, what: impl Into<String>) -> Self {
        Self::new(Place::Byte(offset), what)
    }

    /// Names the file, unless an inner reader already named a nested one; then both are named.
    #[must_use]
    pub fn within(mut self, file: &str) -> Self {
        self.file =
            if self.file.is_empty() { file.to_owned() } else { format!("{file}!{}", self.file) };
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}: ", self.file)?;
        }
        match self.place {
            Place::Whole => {}
            Place::Line(line) => write!(f, "line {line}: ")?,
            Place::Byte(offset) => write!(f, "byte {offset}: ")?,
        }
        f.write_str(&self.what)
    }
}
