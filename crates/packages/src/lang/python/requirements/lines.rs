//! Joins the lines of a requirements file that belong together, and takes comments and digests off.

/// One requirement or option.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Line {
    /// Of its first line, counted from 1.
    pub(super) number: u32,
    pub(super) text: String,
    /// Of `--hash`.
    pub(super) hashes: Vec<String>,
    /// Who needs it, from comments such as `# via requests`.
    pub(super) via: Vec<String>,
}

pub(super) fn logical_lines(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open = false;
    let mut in_via = false;
    for (number, raw) in (1..).zip(text.lines()) {
        let (content, comment) = split_comment(raw);
        if content.is_empty() && !open {
            if let (Some(line), Some(comment)) = (lines.last_mut(), comment) {
                in_via = add_via(line, comment, in_via);
            } else {
                in_via = false;
            }
            continue;
        }
        let (part, goes_on) = match content.strip_suffix('\\') {
            Some(part) => (part.trim_end(), true),
            None => (content, false),
        };
        if !open {
            lines.push(Line { number, ..Line::default() });
            in_via = false;
        }
        if let Some(line) = lines.last_mut() {
            for word in part.split(" --hash").enumerate().map(|(index, word)| (index > 0, word)) {
                add_part(line, word, part.trim_start().starts_with("--hash"));
            }
            if let Some(comment) = comment {
                in_via = add_via(line, comment, in_via);
            }
        }
        open = goes_on;
    }
    lines.retain(|line| !line.text.is_empty());
    lines
}

fn add_part(line: &mut Line, (behind_option, word): (bool, &str), begins_with_option: bool) {
    let word = word.trim();
    let value =
        word.strip_prefix("--hash").or((behind_option || begins_with_option).then_some(word));
    match value {
        Some(value) => line.hashes.push(value.trim_start_matches(['=', ' ']).to_owned()),
        None if word.is_empty() => {}
        None => {
            if !line.text.is_empty() {
                line.text.push(' ');
            }
            line.text.push_str(word);
        }
    }
}

/// Splits a line at a `#` that begins it or follows white space; elsewhere it is part of an address.
fn split_comment(raw: &str) -> (&str, Option<&str>) {
    let mut before = ' ';
    for (at, c) in raw.char_indices() {
        if c == '#' && before.is_whitespace() {
            let content = raw.get(..at).unwrap_or_default().trim();
            return (content, raw.get(at + 1..));
        }
        before = c;
    }
    (raw.trim(), None)
}

/// Takes names from `via a, b` and from the lines below it; says whether such lines may follow.
fn add_via(line: &mut Line, comment: &str, in_via: bool) -> bool {
    let comment = comment.trim();
    let names = match comment.strip_prefix("via") {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => rest,
        _ if in_via => comment,
        _ => return false,
    };
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    line.via.extend(names.map(str::to_owned));
    true
}
