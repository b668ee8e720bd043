//! Patterns for paths that people write: `*.log`, `vendor/**`, `**/*.{test,spec}.ts`.
//!
//! As in `.gitignore`, a pattern without `/` is about names anywhere in the tree, and one with `/`
//! is about the whole path. Matching takes time in proportion to pattern times path, never more.

use std::str::FromStr;

/// A pattern, ready to match.
#[derive(Clone, Debug)]
pub struct Glob {
    alternatives: Vec<Alternative>,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GlobError {
    #[error("pattern `{0}` has a `[` without `]`")]
    OpenClass(String),
    #[error("pattern `{0}` has a `{{` without `}}`")]
    OpenBrace(String),
    #[error("pattern `{0}` ends in `\\`")]
    OpenEscape(String),
    #[error("a pattern is longer than {PATTERN_BYTES} bytes, or `{{}}` make it so")]
    TooLong,
}

/// An error that still wants the whole pattern.
type Broken = fn(String) -> GlobError;

const PATTERN_BYTES: usize = 4096;
const ALTERNATIVES: usize = 256;

/// One way to spell out the `{a,b}` of a pattern.
#[derive(Clone, Debug)]
struct Alternative {
    /// The pattern is about the last part of the path only.
    name_only: bool,
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    /// `**`: any number of parts, also none.
    Any,
    /// Nothing special in it; most parts are of this kind.
    Literal(String),
    Tokens(Vec<Token>),
}

#[derive(Clone, Debug)]
enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Star,
    /// `[a-z]`, `[!a-z]`
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// Whether a path in normal form is meant. `a/**` means `a` too, so that a walk that asks need
    /// not enter it.
    pub fn matches(&self, path: &str) -> bool {
        self.alternatives.iter().any(|alternative| alternative.matches(path))
    }
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(pattern: &str) -> Result<Self, GlobError> {
        if pattern.len() > PATTERN_BYTES {
            return Err(GlobError::TooLong);
        }
        let spelled_out = spell_out(pattern)?;
        let alternatives =
            spelled_out.iter().map(|it| Alternative::new(it)).collect::<Result<_, _>>();
        Ok(Self { alternatives: alternatives.map_err(|error| error(pattern.to_owned()))? })
    }
}

/// Replaces `{a,b}` by one pattern for `a` and one for `b`.
fn spell_out(pattern: &str) -> Result<Vec<String>, GlobError> {
    let mut done = Vec::new();
    let mut waiting = vec![pattern.to_owned()];
    while let Some(next) = waiting.pop() {
        match braces(&next) {
            Braces::None => done.push(next),
            Braces::Open => return Err(GlobError::OpenBrace(pattern.to_owned())),
            Braces::Found(spelled) => waiting.extend(spelled),
        }
        let length: usize = waiting.iter().map(String::len).sum();
        if done.len() + waiting.len() > ALTERNATIVES || length > ALTERNATIVES * PATTERN_BYTES {
            return Err(GlobError::TooLong);
        }
    }
    Ok(done)
}

enum Braces {
    None,
    Open,
    Found(Vec<String>),
}

/// Spells out the first pair of braces; those inside come later.
fn braces(pattern: &str) -> Braces {
    let (mut depth, mut escaped, mut in_class) = (0u32, false, false);
    let (mut before, mut options) = (String::new(), vec![String::new()]);
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        let special = !std::mem::replace(&mut escaped, false) && !in_class;
        match character {
            '\\' if special => escaped = true,
            '[' if special && characters.as_str().contains(']') => in_class = true,
            ']' if in_class => in_class = false,
            '{' if special => {
                depth += 1;
                if depth == 1 {
                    continue;
                }
            }
            '}' if special && depth > 0 => {
                depth -= 1;
                if depth == 0 {
                    let rest = characters.as_str();
                    let spelled = options.iter().map(|option| format!("{before}{option}{rest}"));
                    return Braces::Found(spelled.collect());
                }
            }
            ',' if special && depth == 1 => {
                options.push(String::new());
                continue;
            }
            _ => {}
        }
        match options.last_mut() {
            Some(option) if depth > 0 => option.push(character),
            _ => before.push(character),
        }
    }
    if depth > 0 { Braces::Open } else { Braces::None }
}

impl Alternative {
    fn new(pattern: &str) -> Result<Self, Broken> {
        let bare = pattern.trim_end_matches('/');
        let name_only = !bare.contains('/');
        let parts = bare
            .split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .map(|part| if part == "**" { Ok(Part::Any) } else { Part::new(part) })
            .collect::<Result<_, _>>()?;
        Ok(Self { name_only, parts })
    }

    fn matches(&self, path: &str) -> bool {
        let path = if self.name_only { crate::path::split(path).1 } else { path };
        // The place behind the last `**`, and what of the path was left when it was tried there.
        let mut retry: Option<(usize, Option<&str>)> = None;
        let (mut next, mut left) = (0, Some(path));
        loop {
            match (self.parts.get(next), left) {
                (Some(Part::Any), _) => {
                    next += 1;
                    retry = Some((next, left));
                    continue;
                }
                (Some(part), Some(path)) => {
                    let (first, rest) = first_part(path);
                    if part.matches(first) {
                        (next, left) = (next + 1, rest);
                        continue;
                    }
                }
                (None, None) => return true,
                _ => {}
            }
            let Some((behind, Some(path))) = retry else { return false };
            let rest = first_part(path).1;
            retry = Some((behind, rest));
            (next, left) = (behind, rest);
        }
    }
}

fn first_part(path: &str) -> (&str, Option<&str>) {
    path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)))
}

impl Part {
    fn new(part: &str) -> Result<Self, Broken> {
        let mut tokens = Vec::new();
        let mut characters = part.chars();
        while let Some(character) = characters.next() {
            tokens.push(match character {
                '?' => Token::One,
                '*' => Token::Star,
                '[' => Token::class(&mut characters).ok_or(GlobError::OpenClass as Broken)?,
                '\\' => Token::Literal(characters.next().ok_or(GlobError::OpenEscape as Broken)?),
                other => Token::Literal(other),
            });
        }
        let literal: Option<String> = tokens
            .iter()
            .map(|token| if let Token::Literal(it) = token { Some(*it) } else { None })
            .collect();
        Ok(literal.map_or(Self::Tokens(tokens), Self::Literal))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(literal) => literal == text,
            Self::Tokens(tokens) => all_match(tokens, text),
        }
    }
}

fn all_match(tokens: &[Token], text: &str) -> bool {
    let mut retry: Option<(usize, std::str::Chars<'_>)> = None;
    let (mut next, mut left) = (0, text.chars());
    loop {
        let mut rest = left.clone();
        match (tokens.get(next), rest.next()) {
            (Some(Token::Star), _) => {
                next += 1;
                retry = Some((next, left.clone()));
                continue;
            }
            (Some(token), Some(character)) if token.accepts(character) => {
                (next, left) = (next + 1, rest);
                continue;
            }
            (None, None) => return true,
            _ => {}
        }
        let Some((behind, from)) = &mut retry else { return false };
        if from.next().is_none() {
            return false;
        }
        (next, left) = (*behind, from.clone());
    }
}

impl Token {
    fn class(characters: &mut std::str::Chars<'_>) -> Option<Self> {
        let mut ranges = Vec::new();
        let mut inner = characters.clone();
        let negated = matches!(inner.next(), Some('!' | '^'));
        if negated {
            characters.next();
        }
        loop {
            let low = match characters.next()? {
                ']' if !ranges.is_empty() => return Some(Self::Class { negated, ranges }),
                '\\' => characters.next()?,
                other => other,
            };
            let mut ahead = characters.clone();
            let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|it| it != ']');
            let high = if is_range {
                characters.next();
                characters.next()?
            } else {
                low
            };
            ranges.push((low, high));
        }
    }

    fn accepts(&self, character: char) -> bool {
        match self {
            Self::Literal(literal) => *literal == character,
            Self::One | Self::Star => true,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (low..=high).contains(&&character)) != *negated
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let glob: Glob = pattern.parse().unwrap();
        for path in yes {
            assert!(glob.matches(path), "{pattern} {path}");
        }
        for path in no {
            assert!(!glob.matches(path), "{pattern} {path}");
        }
    }

    #[test]
    fn patterns_without_a_slash_are_about_names() {
        check("*.log", &["a.log", "x/y/.log", "x/a.b.log"], &["a.log/x", "a.logs"]);
        check(".git", &[".git", "a/.git"], &[".gitignore", ".git/config"]);
        check("a?c", &["abc", "a数c"], &["ac", "abbc"]);
        check("[a-c]x", &["ax", "cx"], &["dx", "x"]);
        check("[!a-c]x", &["dx", "-x"], &["ax"]);
        check("[]-]", &["]", "-"], &["a"]);
        check("\\*", &["*"], &["a"]);
        check("*a*b*", &["ab", "xaxbx"], &["ba", "x"]);
    }

    #[test]
    fn patterns_with_a_slash_are_about_paths() {
        check("/etc", &["etc"], &["a/etc"]);
        check("a/*.c", &["a/x.c"], &["a/b/x.c", "b/a/x.c"]);
        check("vendor/**", &["vendor", "vendor/a/b"], &["x/vendor/a"]);
        check("**/node_modules/**", &["node_modules", "a/node_modules/b/c"], &["a/node_module"]);
        check("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["a/x", "b"]);
        check("**/a/**/b/*", &["a/b/c", "x/a/a/b/b/c"], &["a/b", "x/b/c"]);
        check("./src/", &["src"], &["a/src"]);
    }

    #[test]
    fn braces_are_spelled_out() {
        check("*.{yml,yaml}", &["a.yml", "a.yaml"], &["a.json"]);
        check("{a,b{c,d}}/x", &["a/x", "bc/x", "bd/x"], &["b/x"]);
        check("[{]", &["{"], &["a"]);
        check("\\{a", &["{a"], &["a"]);
    }

    #[test]
    fn broken_patterns_say_what_is_wrong() {
        let error = |pattern: &str| pattern.parse::<Glob>().unwrap_err().to_string();
        assert_eq!(error("[a"), "pattern `[a` has a `[` without `]`");
        assert_eq!(error("{a"), "pattern `{a` has a `{` without `}`");
        assert_eq!(error("a\\"), "pattern `a\\` ends in `\\`");
        let many = "{a,b}".repeat(20);
        assert_eq!(many.parse::<Glob>().unwrap_err(), GlobError::TooLong);
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        check(&("*a".repeat(200) + "b"), &[], &[&"a".repeat(4000)]);
        check(&("**/a/".repeat(200) + "b"), &[], &[&"a/".repeat(4000)]);
    }
}
