//! Patterns of paths: `*`, `?` and `[…]` within one part of a path, `**` for any number of parts.

/// Whether a path fits a pattern; both begin with `/`.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    // Positions in the pattern that the parts so far can have led to: no going back.
    let mut open = vec![0_usize];
    for part in path {
        let mut next: Vec<usize> = Vec::new();
        for at in closed(&pattern, &open) {
            match pattern.get(at) {
                Some(&"**") => next.push(at),
                Some(expected) if part_fits(expected, part) => next.push(at + 1),
                _ => {}
            }
        }
        next.sort_unstable();
        next.dedup();
        open = next;
    }
    closed(&pattern, &open).contains(&pattern.len())
}

/// `**` may also stand for nothing.
fn closed(pattern: &[&str], open: &[usize]) -> Vec<usize> {
    let mut all = open.to_vec();
    let mut at = 0;
    while let Some(position) = all.get(at).copied() {
        if pattern.get(position) == Some(&"**") && !all.contains(&(position + 1)) {
            all.push(position + 1);
        }
        at += 1;
    }
    all
}

/// Whether one part fits; a leading dot is an ordinary character, as in most programs' own globs.
pub(crate) fn part_fits(pattern: &str, part: &str) -> bool {
    let (pattern, part): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), part.chars().collect());
    let (mut p, mut s) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while s < part.len() {
        let step = match (pattern.get(p), part.get(s)) {
            (Some('*'), _) => {
                star = Some((p, s));
                p += 1;
                continue;
            }
            (Some('?'), Some(_)) => Some(1),
            (Some('['), Some(c)) => class(&pattern, p, *c),
            (Some(expected), Some(c)) if expected == c => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(length), _) => {
                p += length;
                s += 1;
            }
            (None, Some((at, from))) => {
                p = at + 1;
                s = from + 1;
                star = Some((at, from + 1));
            }
            (None, None) => return false,
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*'))
}

/// The length of the class at `at`, if it takes in the character.
fn class(pattern: &[char], at: usize, c: char) -> Option<usize> {
    let inner = pattern.get(at + 1..)?;
    let end = inner.iter().skip(1).position(|c| *c == ']')? + 1;
    let body = inner.get(..end)?;
    let (negated, body) = match body {
        ['!' | '^', rest @ ..] => (true, rest),
        _ => (false, body),
    };
    let mut found = false;
    let mut at = 0;
    while let Some(first) = body.get(at) {
        if let (Some('-'), Some(last)) = (body.get(at + 1), body.get(at + 2)) {
            found |= (*first..=*last).contains(&c);
            at += 3;
        } else {
            found |= *first == c;
            at += 1;
        }
    }
    (found != negated).then_some(end + 2)
}

/// Whether a text is a pattern at all.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn parts_fit_as_shells_have_it() {
        for (pattern, path) in [
            ("/etc/*.conf", "/etc/a.conf"),
            ("/etc/**/x", "/etc/x"),
            ("/etc/**/x", "/etc/a/b/x"),
            ("/home/*/.ssh/authorized_keys", "/home/a/.ssh/authorized_keys"),
            ("/a/[0-9]?-*.conf", "/a/10-x.conf"),
            ("/a/**", "/a/b/c"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/etc/*.conf", "/etc/a/b.conf"),
            ("/etc/[!a]", "/etc/a"),
            ("/etc/[a", "/etc/a"),
            ("/etc", "/etc/x"),
        ] {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_they_should() {
        let pattern = format!("/{}b", "a*".repeat(200));
        assert!(!fits(&pattern, &format!("/{}", "a".repeat(2_000))));
        let deep = format!("/{}x", "**/".repeat(50));
        assert!(!fits(&deep, &"/a".repeat(500)));
    }
}
