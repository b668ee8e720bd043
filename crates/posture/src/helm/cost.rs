//! What rendering one chart may cost, and what could not be known while it was rendered.

use std::cell::Cell;

use panoply_base::Limits;

use super::syntax::Stop;
use super::value::Val;
use crate::node::Cause;

/// Steps of one chart: actions, function calls, elements, and pieces of text of a hundred bytes.
const STEPS: u64 = 5_000_000;
/// Bytes of text that one chart may put together.
const BYTES: u64 = 64 << 20;
/// Blocks, pipelines and templates within each other. Each costs some kilobytes of stack.
const DEPTH: u32 = 200;

#[derive(Debug)]
pub(crate) struct Cost {
    steps: Cell<u64>,
    bytes: Cell<u64>,
    depth: Cell<u32>,
}

impl Cost {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            steps: Cell::new(STEPS.min(limits.entries.saturating_mul(16))),
            bytes: Cell::new(BYTES.min(limits.file_bytes)),
            depth: Cell::new(0),
        }
    }

    pub(crate) fn step(&self, count: usize) -> Result<(), Stop> {
        let left = self.steps.get().checked_sub(count as u64);
        self.steps.set(left.unwrap_or_default());
        left.map(drop)
            .ok_or_else(|| Stop::spent("the chart takes more steps than the limits allow"))
    }

    /// Counts text before it is made.
    pub(crate) fn text(&self, bytes: usize) -> Result<(), Stop> {
        self.step(1 + bytes / 100)?;
        let left = self.bytes.get().checked_sub(bytes as u64);
        self.bytes.set(left.unwrap_or_default());
        left.map(drop).ok_or_else(|| Stop::spent("the chart makes more text than the limits allow"))
    }

    pub(crate) fn enter(&self) -> Result<(), Stop> {
        self.step(1)?;
        let depth = self.depth.get() + 1;
        if depth > DEPTH {
            return Err("templates are nested deeper than the limits allow".into());
        }
        self.depth.set(depth);
        Ok(())
    }

    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// How deep it is right now, and back to there after a failure.
    pub(crate) fn depth(&self) -> u32 {
        self.depth.get()
    }

    pub(crate) fn back_to(&self, depth: u32) {
        self.depth.set(depth);
    }
}

/// Values that nobody can know, as words in the text that stand for them.
///
/// A word is of letters and digits only, so that quoting and YAML leave it as it is.
#[derive(Debug)]
pub(crate) struct Unknowns {
    prefix: String,
    causes: Vec<Cause>,
}

const DIGITS: usize = 6;

impl Unknowns {
    /// `used` says whether a text is in the chart already: what somebody wrote is never taken for
    /// one of ours.
    pub(crate) fn new(used: impl Fn(&str) -> bool) -> Self {
        let mut prefix = "PanoplyUnknown".to_owned();
        while prefix.len() < 64 && used(&prefix) {
            prefix.push('x');
        }
        Self { prefix, causes: Vec::new() }
    }

    pub(crate) fn make(&mut self, cause: Cause) -> Val {
        // Six digits: after that, values share the word of the last cause.
        if self.causes.len() < 999_999 {
            self.causes.push(cause);
        }
        Val::text(format!("{}{:0DIGITS$}", self.prefix, self.causes.len() - 1))
    }

    /// The first such word in a text.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        if self.causes.is_empty() {
            return None;
        }
        let start = text.find(&self.prefix)?;
        text.get(start..start + self.prefix.len() + DIGITS)
    }

    /// Why the first unknown value in a text is not known.
    pub(crate) fn cause(&self, text: &str) -> Option<&Cause> {
        let word = self.find(text)?;
        self.causes.get(word.get(self.prefix.len()..)?.parse::<usize>().ok()?)
    }
}
