//! Patterns of paths: `*` and `?` stay within a part of the path, `**` does not; `[a-z]`, `{a,b}`.

use regex_automata::meta::Regex;

#[derive(Debug)]
pub(crate) struct Glob {
    regex: Option<Regex>,
}

/// Bytes of a pattern; longer ones match nothing.
const LONGEST: usize = 1_024;

impl Glob {
    pub(crate) fn new(pattern: &str) -> Self {
        if pattern.len() > LONGEST {
            return Self { regex: None };
        }
        let mut out = String::from("^(?s:");
        let mut chars = pattern.chars().peekable();
        let mut braces = 0;
        while let Some(c) = chars.next() {
            match c {
                '*' if chars.peek() == Some(&'*') => {
                    chars.next();
                    if chars.peek() == Some(&'/') {
                        chars.next();
                        out.push_str("(?:.*/)?");
                    } else {
                        out.push_str(".*");
                    }
                }
                '*' => out.push_str("[^/]*"),
                '?' => out.push_str("[^/]"),
                '[' => {
                    out.push('[');
                    if matches!(chars.peek(), Some('!' | '^')) {
                        chars.next();
                        out.push('^');
                    }
                    for c in chars.by_ref() {
                        match c {
                            ']' => break,
                            '\\' | '[' | '&' | '~' => {
                                out.push('\\');
                                out.push(c);
                            }
                            c => out.push(c),
                        }
                    }
                    out.push(']');
                }
                '{' => {
                    braces += 1;
                    out.push_str("(?:");
                }
                '}' if braces > 0 => {
                    braces -= 1;
                    out.push(')');
                }
                ',' if braces > 0 => out.push('|'),
                '\\' => {
                    if let Some(c) = chars.next() {
                        out.push_str(&escaped(c));
                    }
                }
                c => out.push_str(&escaped(c)),
            }
        }
        out.push_str(&")".repeat(braces));
        out.push_str(")$");
        let config = Regex::config().nfa_size_limit(Some(1 << 20));
        Self { regex: Regex::builder().configure(config).build(&out).ok() }
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        self.regex.as_ref().is_some_and(|regex| regex.is_match(path))
    }
}

fn escaped(c: char) -> String {
    if c.is_ascii_punctuation() { format!("\\{c}") } else { c.to_string() }
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
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(Glob::new(pattern).matches(path), expected, "{pattern} {path}");
        }
    }
}
