//! Patterns of paths: `*` and `?` stay within a part of the path, `**` does not; `[a-z]`, `{a,b}`.

/// A pattern, one for each choice of its braces.
#[derive(Debug)]
pub(crate) struct Glob {
    choices: Vec<Vec<Token>>,
}

#[derive(Debug)]
enum Token {
    Char(char),
    /// `?`.
    One,
    /// `*`.
    Part,
    /// `**`.
    All,
    /// `**/`: directories, or none.
    MaybeDirectories,
    Directories,
    Class {
        not: bool,
        ranges: Vec<(char, char)>,
    },
}

/// Bytes of a pattern; longer ones match nothing.
const LONGEST: usize = 1_024;
/// Choices that the braces of one pattern give.
const CHOICES: usize = 64;

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        if pattern.len() > LONGEST {
            return Self { choices: Vec::new() };
        }
        let mut open = vec![pattern.to_owned()];
        let mut done = Vec::new();
        while let Some(pattern) = open.pop() {
            match braces(&pattern) {
                Some(choices) if open.len() + done.len() < CHOICES => open.extend(choices),
                _ => done.push(tokens(&pattern)),
            }
        }
        Self { choices: done }
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        self.choices.iter().any(|tokens| fits(tokens, path))
    }
}

/// The patterns that the first pair of braces stands for.
fn braces(pattern: &str) -> Option<Vec<String>> {
    let (before, rest) = pattern.split_once('{')?;
    let mut depth = 0;
    let mut cuts = vec![0];
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' if depth == 0 => cuts.push(at + 1),
            '}' => {
                let after = rest.get(at + 1..)?;
                cuts.push(at + 1);
                let pairs = cuts.windows(2).filter_map(|pair| match pair {
                    [from, to] => rest.get(*from..to - 1),
                    _ => None,
                });
                return Some(pairs.map(|part| format!("{before}{part}{after}")).collect());
            }
            _ => {}
        }
    }
    None
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' if chars.next_if_eq(&'*').is_some() => {
                if chars.next_if_eq(&'/').is_some() {
                    tokens.extend([Token::MaybeDirectories, Token::Directories]);
                } else {
                    tokens.push(Token::All);
                }
            }
            '*' => tokens.push(Token::Part),
            '?' => tokens.push(Token::One),
            '[' => {
                let not = chars.next_if(|c| matches!(c, '!' | '^')).is_some();
                let mut ranges = Vec::new();
                while let Some(from) = chars.next().filter(|c| *c != ']') {
                    let from = if from == '\\' { chars.next().unwrap_or(from) } else { from };
                    let to = match chars.next_if_eq(&'-') {
                        Some(_) => chars.next().unwrap_or(from),
                        None => from,
                    };
                    ranges.push((from, to));
                }
                tokens.push(Token::Class { not, ranges });
            }
            '\\' => tokens.extend(chars.next().map(Token::Char)),
            c => tokens.push(Token::Char(c)),
        }
    }
    tokens
}

/// Follows all ways through the pattern at once, so that no pattern is slow.
fn fits(tokens: &[Token], path: &str) -> bool {
    let mut now = vec![false; tokens.len() + 2];
    let set = |places: &mut Vec<bool>, at: usize| {
        if let Some(place) = places.get_mut(at) {
            *place = true;
        }
    };
    set(&mut now, 0);
    skip(tokens, &mut now);
    for c in path.chars() {
        let mut next = vec![false; tokens.len() + 2];
        for (at, token) in tokens.iter().enumerate() {
            if now.get(at) != Some(&true) {
                continue;
            }
            let (stays, goes) = match token {
                Token::Char(wanted) => (false, *wanted == c),
                Token::One => (false, c != '/'),
                Token::Part => (c != '/', false),
                Token::All => (true, false),
                Token::MaybeDirectories => (false, false),
                Token::Directories => (true, c == '/'),
                Token::Class { not, ranges } => {
                    let found = ranges.iter().any(|(from, to)| (*from..=*to).contains(&c));
                    (false, found != *not && c != '/')
                }
            };
            if stays {
                set(&mut next, at);
            }
            if goes {
                set(&mut next, at + 1);
            }
        }
        skip(tokens, &mut next);
        now = next;
    }
    now.get(tokens.len()) == Some(&true)
}

/// Goes on where a token may stand for nothing.
fn skip(tokens: &[Token], places: &mut [bool]) {
    for (at, token) in tokens.iter().enumerate() {
        let steps: &[usize] = match token {
            Token::Part | Token::All => &[1],
            Token::MaybeDirectories => &[1, 2],
            _ => &[],
        };
        if places.get(at) == Some(&true) {
            for step in steps {
                if let Some(place) = places.get_mut(at + step) {
                    *place = true;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_chart() {
        let cases = [
            ("*", "a.yaml", true),
            ("*", "a/b.yaml", false),
            ("**", "a/b.yaml", true),
            ("conf/**.toml", "conf/a/b.toml", true),
            ("**/x.json", "x.json", true),
            ("conf/*.{yaml,yml}", "conf/a.yml", true),
            ("conf/*.{yaml,yml}", "conf/a.json", false),
            ("a[0-9].txt", "a7.txt", true),
            ("a[!0-9].txt", "a7.txt", false),
            ("a+b(c)", "a+b(c)", true),
            ("**/a/*.{j,y{a,}ml}", "x/a/b.yml", true),
            ("**/a/*.{j,y{a,}ml}", "x/ba/b.yml", false),
            ("a**b", "a/x/b", true),
            ("\\*", "*", true),
            ("{a", "{a", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(Glob::new(pattern).matches(path), expected, "{pattern} {path}");
        }
    }
}
