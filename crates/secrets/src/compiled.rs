//! One detector, with its expression compiled the first time somebody needs it.

use std::ops::Range;
use std::sync::OnceLock;

use panoply_rules::Rule;
use regex_automata::meta::{BuildError, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

use crate::body::SecretBody;

/// What stands between a name and its value in the languages people keep settings in: the rest of
/// the name, closing quotes, a type, a sign, an opening quote.
const ASSIGNMENT: &str = concat!(
    r#"[A-Za-z0-9_.$-]{0,40}["'`\])]{0,2}[ \t]{0,8}"#,
    r"(?::[ \t]?[A-Za-z&<>\[\]?]{1,24}[ \t]?=|=>|:=|={1,3}|!==?|\?=|:|->|,|\(|>",
    r#"|["']?[ \t]{1,4}value=|[ \t]{0,4}\r?\n[ \t-]{1,16}["']?value["']?[ \t]{0,2}:)"#,
    r#"[ \t]{0,8}(?:[rbufLN@]?["'`]{1,3}|\\["'])?(?:Bearer |Token |Basic )?"#,
);

/// What may not follow a value, else the match is a piece of something longer.
const END: &str = r"(?:[^A-Za-z0-9_+/=-]|\z)";

/// Bytes that an unbounded expression may look ahead.
const REACH: usize = 4_096;

/// Bytes behind a keyword that stands inside its match. Small, because such a search walks through
/// all of them at every keyword.
pub(crate) const NEAR: usize = 512;

/// How the expression is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// At a keyword, or `before` bytes in front of it.
    Keyword,
    /// Right behind a name.
    Name,
    /// Anywhere in the file.
    File,
    Generic,
}

#[derive(Debug)]
pub(crate) struct Detector {
    pub(crate) rule: Rule<SecretBody>,
    pub(crate) shape: Shape,
    /// Begins with `\b` and a keyword that begins with a letter or digit: most places where a short
    /// keyword is met are inside words, and need no expression to be let go.
    bounded: bool,
    regex: OnceLock<Result<Regex, Box<BuildError>>>,
}

impl Detector {
    /// Refuses bodies that say nothing, or two things at once.
    pub(crate) fn new(rule: Rule<SecretBody>) -> Result<Self, &'static str> {
        let body = &rule.body;
        let shape = match (&body.pattern, &body.generic) {
            (None, Some(_)) if body.keywords.is_empty() && body.names.is_empty() => Shape::Generic,
            (Some(_), None) => match (body.keywords.is_empty(), body.names.is_empty()) {
                (false, true) => Shape::Keyword,
                (true, false) => Shape::Name,
                (true, true) if !body.paths.is_empty() => Shape::File,
                _ => return Err("`pattern` needs either `keywords`, or `names`, or `paths` alone"),
            },
            _ => return Err("a rule has either a `pattern` or a `generic` kind of candidates"),
        };
        if body.keywords.iter().chain(&body.names).any(|word| word.len() < 3) {
            return Err("`keywords` and `names` have at least three bytes");
        }
        let starts = |keyword: &String| keyword.starts_with(|c: char| c.is_ascii_alphanumeric());
        let pattern = body.pattern.as_deref().unwrap_or_default();
        let bounded = pattern.trim_start_matches("(?i)").starts_with(r"\b")
            && body.keywords.iter().all(starts);
        Ok(Self { rule, shape, bounded, regex: OnceLock::new() })
    }

    /// The expression, or why there is none.
    pub(crate) fn regex(&self) -> Result<&Regex, String> {
        let built = self.regex.get_or_init(|| {
            Regex::builder()
                .configure(Regex::config().utf8_empty(false).nfa_size_limit(Some(4 << 20)))
                .syntax(syntax::Config::new().unicode(false).utf8(false))
                .build(&self.expression())
                .map_err(Box::new)
        });
        built.as_ref().map_err(|error| {
            let reason =
                error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string);
            format!("rule `{}`: {}", self.rule.head.id, reason.replace('\n', " "))
        })
    }

    fn expression(&self) -> String {
        let pattern = self.rule.body.pattern.as_deref().unwrap_or_default();
        match self.shape {
            Shape::Name => format!("{ASSIGNMENT}(?P<secret>{pattern}){END}"),
            _ => pattern.to_owned(),
        }
    }

    /// Whether keywords are compared with case.
    pub(crate) fn is_exact(&self) -> bool {
        let pattern = self.rule.body.pattern.as_deref().unwrap_or_default();
        self.shape == Shape::Keyword && !pattern.starts_with("(?i)")
    }

    /// Whether `path` is one the detector is for.
    pub(crate) fn wants(&self, path: &str) -> bool {
        let fits = |want: &String| match want.strip_prefix('*') {
            Some(end) => path.ends_with(end),
            None => path
                .strip_suffix(want.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('/')),
        };
        self.rule.body.paths.is_empty() || self.rule.body.paths.iter().any(fits)
    }

    /// Where the secret is, for a word of `length` bytes found at `at`.
    pub(crate) fn secret_at(
        &self,
        text: &[u8],
        at: usize,
        length: usize,
    ) -> Result<Option<Range<usize>>, String> {
        let before = self.rule.body.before;
        let (start, anchored) = match self.shape {
            Shape::Name if !is_word_start(text, at) => return Ok(None),
            Shape::Name => (at + length, Anchored::Yes),
            _ if before == 0 && self.bounded && is_word(text, at) => return Ok(None),
            _ if before == 0 => (at, Anchored::Yes),
            _ => (at.saturating_sub(before), Anchored::No),
        };
        let reach = if anchored == Anchored::Yes { REACH } else { NEAR };
        let end = text.len().min(at.saturating_add(length + reach));
        self.search(&Input::new(text).span(start..end).anchored(anchored))
    }

    /// Every secret in the whole file.
    pub(crate) fn secrets_in(&self, text: &[u8]) -> Result<Vec<Range<usize>>, String> {
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(span) = self.search(&Input::new(text).span(from..text.len()))? {
            from = span.end.max(from + 1);
            found.push(span);
            if from >= text.len() || found.len() >= 10_000 {
                break;
            }
        }
        Ok(found)
    }

    fn search(&self, input: &Input<'_>) -> Result<Option<Range<usize>>, String> {
        let regex = self.regex()?;
        if regex.search_half(input).is_none() {
            return Ok(None);
        }
        let mut captures = regex.create_captures();
        regex.search_captures(input, &mut captures);
        let group = captures.get_group_by_name("secret").or_else(|| captures.get_group(1));
        Ok(group.or_else(|| captures.get_group(0)).map(|span| span.range()))
    }
}

/// Whether the byte in front belongs to a word.
fn is_word(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| text.get(at));
    before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Whether a word begins here: `dd` does in `my_dd_key` and `myDdKey`, and does not in `add`.
fn is_word_start(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| text.get(at)).copied().unwrap_or(b' ');
    let first = text.get(at).copied().unwrap_or(b' ');
    !before.is_ascii_alphanumeric()
        || before.is_ascii_lowercase() && first.is_ascii_uppercase()
        || before.is_ascii_digit() != first.is_ascii_digit()
}
