//! What OPA takes and regorus does not, written so that both do.
//!
//! Lines stay where they are, but for rules that have several bodies.

/// Functions of old versions of OPA, and what they are called now.
const OLD: &[(&str, &str)] = &[("re_match(", "regex.match(")];

/// The module as regorus reads it.
pub(crate) fn adapt(text: &str) -> String {
    let mut text = text.to_owned();
    for (old, new) in OLD {
        if text.contains(old) {
            text = text.replace(old, new);
        }
    }
    let mut adapting =
        Adapting { rest: &text, made: String::new(), open: Vec::new(), ..Adapting::default() };
    while let Some(letter) = adapting.rest.chars().next() {
        adapting.one(letter);
    }
    adapting.made
}

/// Whether a module is written for OPA 1: it says so, or its rules have `if` or `contains` before
/// their bodies and it asks for no keywords.
pub(crate) fn is_v1(text: &str) -> bool {
    let lines = || text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    if lines().any(|line| line == "import rego.v1") {
        return true;
    }
    let asks = lines().any(|line| line.starts_with("import future.keywords"));
    !asks && lines().any(|line| line.ends_with(" if {") || line.contains(" contains msg if"))
}

#[derive(Default)]
struct Adapting<'t> {
    rest: &'t str,
    made: String,
    /// Brackets that are open, the innermost last.
    open: Vec<char>,
    /// Whether the next word begins a rule.
    is_fresh: bool,
    /// Whether nothing but space stands between here and the end of a rule's body.
    after_body: bool,
    /// Where the rule begins.
    start: usize,
    head: String,
}

impl Adapting<'_> {
    fn copy(&mut self, length: usize) {
        let length = if self.rest.is_char_boundary(length) { length } else { self.rest.len() };
        let (piece, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.made.push_str(piece);
        self.rest = rest;
    }

    fn one(&mut self, letter: char) {
        let rest = self.rest;
        match letter {
            '#' => self.copy(rest.find('\n').unwrap_or(rest.len())),
            '\n' => {
                self.end_of_line();
                self.is_fresh |= self.open.is_empty();
                self.copy(1);
            }
            _ if letter.is_whitespace() => self.copy(letter.len_utf8()),
            _ => {
                if self.open.is_empty() {
                    self.top(letter);
                }
                self.word(letter);
            }
        }
    }

    /// A character outside all brackets.
    fn top(&mut self, letter: char) {
        if letter == '{' {
            if self.after_body && is_set(&self.head) {
                let head = self.head.clone();
                self.made.push('\n');
                self.made.push_str(&head);
                self.made.push(' ');
            } else if !self.after_body {
                self.head = self.made.get(self.start..).unwrap_or_default().trim().to_owned();
            }
        } else if self.is_fresh || self.after_body {
            self.start = self.made.len();
        }
        self.is_fresh = false;
        self.after_body = false;
    }

    fn word(&mut self, letter: char) {
        let rest = self.rest;
        match letter {
            '"' => {
                let mut escaped = false;
                let inner = rest.get(1..).unwrap_or_default();
                let end = inner.find(|c: char| {
                    let ends = !escaped && matches!(c, '"' | '\n');
                    escaped = !escaped && c == '\\';
                    ends
                });
                self.copy(end.map_or(rest.len(), |end| end + 2));
            }
            '`' => {
                let end = rest.get(1..).and_then(|inner| inner.find('`'));
                self.copy(end.map_or(rest.len(), |end| end + 2));
            }
            '(' | '[' | '{' => {
                self.open.push(letter);
                self.copy(1);
            }
            ')' | ']' | '}' => {
                self.open.pop();
                self.after_body = letter == '}' && self.open.is_empty();
                self.copy(1);
            }
            _ => self.copy(letter.len_utf8()),
        }
    }

    fn end_of_line(&mut self) {
        let next = self
            .rest
            .lines()
            .skip(1)
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with('#'));
        let next = next.and_then(|line| line.chars().next());
        let line = self.made.rsplit('\n').next().unwrap_or_default();
        // A line with a comment is left alone: it is hard to say where its code ends.
        if line.contains('#') {
            return;
        }
        let last = line.trim_end().chars().last();
        let ends_value = last.is_some_and(|last| last.is_alphanumeric() || "_])\"".contains(last));
        if self.open.last() == Some(&'{') && next == Some('(') && ends_value {
            // Otherwise it would be taken for the arguments of a call.
            self.made.push(';');
        }
        if self.open.is_empty() && next != Some('{') && !self.is_fresh {
            let rule = self.made.get(self.start..).unwrap_or_default().trim();
            if is_fact(rule) {
                self.made.push_str(" = true");
            }
        }
    }
}

/// Whether a head is that of a set: `deny[msg]`.
fn is_set(head: &str) -> bool {
    let name = head.find(|c: char| !c.is_alphanumeric() && c != '_');
    name.is_some_and(|end| end > 0 && head.get(end..).is_some_and(|rest| rest.starts_with('[')))
        && head.ends_with(']')
}

/// Whether a rule is a function without a body: `f("x")`.
fn is_fact(rule: &str) -> bool {
    let name = rule.find(|c: char| !c.is_alphanumeric() && c != '_');
    let call = name
        .is_some_and(|end| end > 0 && rule.get(end..).is_some_and(|rest| rest.starts_with('(')));
    call && rule.ends_with(')') && !rule.contains('=') && !rule.contains(['\n', '{'])
}

#[cfg(test)]
mod tests {
    use super::adapt;

    fn check(text: &str, expected: &str) {
        assert_eq!(adapt(text), expected);
    }

    #[test]
    fn what_regorus_does_not_read_is_written_in_another_way() {
        check("f(\"a\", _)\n\nf(x) { x == 1 }\n", "f(\"a\", _) = true\n\nf(x) { x == 1 }\n");
        check("p {\n  input.a\n  (1 + 2) > 2\n}\n", "p {\n  input.a;\n  (1 + 2) > 2\n}\n");
        check(
            "deny[m] {\n m := \"}\"\n} {\n m := `{`\n}\n",
            "deny[m] {\n m := \"}\"\n} \ndeny[m] {\n m := `{`\n}\n",
        );
        check("p { re_match(\"a\", \"b\") }", "p { regex.match(\"a\", \"b\") }");
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        for text in [
            "package a\n\n# f(x)\nimport data.b\nf(x) = y {\n  y := [1, # (\n  2]\n} else = 2 {\n  true\n}\n",
            "allow if {\n  x := {\"a\": 1}\n  x.a == 1\n}\n",
            "f(x)\n{\n  x == 1\n}\n",
            "\"never closed\n",
            "密码(\"中\n",
        ] {
            check(text, text);
        }
    }
}
