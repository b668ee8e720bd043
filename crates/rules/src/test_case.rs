//! Tests that live in the rule they test.
//!
//! A line that must be flagged ends with the comment `# flag` or `// flag`, or the test lists the
//! numbers of such lines in `flags`. Secrets are written with `<+>` somewhere inside, so that no
//! scanner takes the rule itself for a leak; the sequence is removed before the test runs.

use serde::Deserialize;

/// Removed from the input of a test before it runs.
pub const SPLIT: &str = "<+>";

/// One input, and the lines of it that the rule must flag.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestCase {
    /// What the product does with this input. A name that begins with `gap:` asserts today's
    /// wrong answer, and tells the day it is mended.
    pub name: String,
    pub input: String,
    /// Name of the file the input is in.
    #[serde(default)]
    pub path: Option<String>,
    /// Lines that must be flagged, counted from 1; for inputs that cannot carry a comment.
    #[serde(default)]
    pub flags: Vec<u32>,
    /// Words the engine must say about the findings, such as `expired`.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl TestCase {
    /// The input as an engine should see it, and every line that must be flagged, sorted.
    ///
    /// Markers go, because a comment would change what the line means in formats without comments.
    #[must_use]
    pub fn prepared(&self) -> Self {
        let mut flags = self.flags.clone();
        let mut input = String::with_capacity(self.input.len());
        for (index, line) in self.input.replace(SPLIT, "").split_inclusive('\n').enumerate() {
            let (text, end) = match line.strip_suffix('\n') {
                Some(text) => (text, "\n"),
                None => (line, ""),
            };
            if let Some(text) = without_marker(text) {
                flags.push(index as u32 + 1);
                input.push_str(text);
            } else {
                input.push_str(text);
            }
            input.push_str(end);
        }
        flags.sort_unstable();
        flags.dedup();
        Self { input, flags, ..self.clone() }
    }

    /// Whether it asserts a known wrong answer.
    pub fn is_gap(&self) -> bool {
        self.name.starts_with("gap:")
    }
}

/// The line in front of its marker; `None` without a marker.
///
/// A marker may carry a label, `# flag: web`, which says what is wrong on the line.
fn without_marker(line: &str) -> Option<&str> {
    let trimmed = line.trim_end();
    ["# flag", "// flag"].iter().find_map(|marker| {
        let at = trimmed.rfind(marker)?;
        let label = trimmed.get(at + marker.len()..)?;
        let is_marker = label.is_empty() || label.starts_with(": ");
        is_marker.then(|| trimmed.get(..at).map(str::trim_end)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, flags: &[u32], expected: &str) {
        let case = TestCase { input: input.to_owned(), ..TestCase::default() }.prepared();
        assert_eq!((case.flags.as_slice(), case.input.as_str()), (flags, expected), "{input:?}");
    }

    #[test]
    fn markers_name_lines_and_disappear() {
        check("a = 1\nb = 2  # flag\n", &[2], "a = 1\nb = 2\n");
        check("let b = 2; // flag", &[1], "let b = 2;");
        check("image: x # flag: web\r\nc", &[1], "image: x\nc");
        check("# flagged elsewhere\n", &[], "# flagged elsewhere\n");
        check("", &[], "");
    }

    #[test]
    fn split_values_are_joined() {
        check("key=AK<+>IA0<+>1", &[], "key=AKIA01");
    }
}
