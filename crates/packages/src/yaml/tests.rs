use super::*;

/// Reads a document; expects its tree, in one line, and the problems.
fn check(text: &str, tree: &str, problems: &[&str]) {
    let read = parse(text, &Limits::TINY);
    assert_eq!(read.value.to_string(), tree, "{text}");
    let found: Vec<_> = read.problems.iter().map(ToString::to_string).collect();
    assert_eq!(found, problems, "{text}");
}

#[test]
fn maps_and_lists_nest_by_indentation() {
    check(
        "a: 1\nb:\n  c: x # y\n  d:\n    - e\n    - f: g\n      h: i\n",
        "{a: 1, b: {c: x, d: [e, {f: g, h: i}]}}",
        &[],
    );
    check("a:\n- 1\n- - 2\n  - 3\nb:\n", "{a: [1, [2, 3]], b: null}", &[]);
    check("---\n# c\na:\r\n  b: c\r\n...\n", "{a: {b: c}}", &[]);
    check("", "null", &[]);
    check("just text", "just text", &[]);
}

#[test]
fn scalars_are_kept_as_written() {
    check(
        "a: 1.10\nb: ~\nc: true\nd: 'it''s'\ne: \"x\\ty\\u00e4\"\n\"f g\": h#i\n/k@1: http://x:1/\n",
        "{a: 1.10, b: null, c: true, d: it's, e: x\tyä, f g: h#i, /k@1: http://x:1/}",
        &[],
    );
    check("a: one\n  two\n\n  three\nb: \"one\n  two\"\n", "{a: one two three, b: one two}", &[]);
    check(
        "a: |\n  one\n   two\nb: >-\n  one\n  two\nc: d",
        "{a: one\n two, b: one two, c: d}",
        &[],
    );
}

#[test]
fn flow_style_is_read() {
    check(
        "a: {integrity: sha512-x==, url: http://x/y:z}\nb: [x64, 'arm', {c: d}]\ne: {}\nf: [\n  1,\n  2 ]\n",
        "{a: {integrity: sha512-x==, url: http://x/y:z}, b: [x64, arm, {c: d}], e: {}, f: [1, 2]}",
        &[],
    );
    check(
        "a: {b: [1, 2\nc: d\n",
        "{a: {b: [1, 2]}, c: d}",
        &["line 2: a bracket is not closed", "line 2: a bracket is not closed"],
    );
}

#[test]
fn long_names_anchors_and_tags_are_understood() {
    check(
        "? \"a, b\"\n: c: 1\n? d\n:\n  e: 2\nf: &x !!str g\nh: *x\n",
        "{a, b: {c: 1}, d: {e: 2}, f: g, h: null}",
        &["line 7: the alias `*x` is not followed"],
    );
}

#[test]
fn lines_are_those_of_the_values() {
    let tree = parse("# c\na:\n\n  b: \"x\n   y\"\n  c: 1", &Limits::TINY).value;
    let a = tree.members().first().unwrap();
    assert_eq!((a.line, a.value.line), (2, 4));
    let lines: Vec<_> = a.value.members().iter().map(|member| member.line).collect();
    assert_eq!(lines, [4, 6]);
}

#[test]
fn what_is_broken_is_told_and_the_rest_is_read() {
    check("a: 1\noops\nb: 2\n", "{a: 1, b: 2}", &["line 2: `oops` is no name with a value"]);
    check("a: \"x\nb: 2\n", "{a: x, b: 2}", &["line 1: a text has no closing quote"]);
    check("a: {b: c} d\ne: 2\n", "{a: {b: c}, e: 2}", &["line 1: `d` follows the end of a value"]);
    check("a: 1\na: 2\n", "{a: 1, a: 2}", &["line 2: `a` is given a second time"]);
    check(":a: 1\n", "{:a: 1}", &[]);
    check("a: 1\n---\nb: 2\n", "{a: 1}", &["line 2: only the first document is read"]);
    check(
        "a: x\n  b: y\n",
        "{a: x b: y}",
        &["line 2: a name with a value inside a text; its indentation may be wrong"],
    );
    check(
        "a:\n    b: 1\n  c: 2\nd: 3\n",
        "{a: {b: 1}, d: 3}",
        &["line 3: indented deeper than the names above"],
    );
}

#[test]
fn deep_nesting_is_skipped_and_the_rest_is_read() {
    let text = format!("a: {}{}\nb: 2\n", "[".repeat(9_000), "]".repeat(9_000));
    let read = parse(&text, &Limits::TINY);
    assert_eq!((read.value.text_of("b"), read.problems.len()), (Some("2"), 1));
    let deep: String = (0..200).flat_map(|level| [" ".repeat(level), "a:\n".to_owned()]).collect();
    let text = format!("{deep}b: 2\n");
    let read = parse(&text, &Limits::TINY);
    assert_eq!((read.value.text_of("b"), read.problems.len()), (Some("2"), 1));
    for open in ["[", "{", "- ", "? ", "{a: "] {
        parse(&open.repeat(300_000), &Limits::DEFAULT);
    }
}

#[test]
fn no_bytes_whatever_make_it_panic_or_hang() {
    let text = "a: \"ä\\ä\"\n? b\n: - 'c''d'\n  - {e: [f, g: h], *i}\nj: >\n  k\n\n l\r\n\tm: &n !o p # q\n---";
    for start in 0..text.len() {
        for end in start..text.len() {
            if let Some(part) = text.get(start..end) {
                parse(part, &Limits::TINY);
            }
        }
    }
}

#[test]
fn a_stream_may_hold_several_documents() {
    let read = parse_all("---\na: 1\n---\nb: 2\n...\n", &Limits::TINY);
    let trees: Vec<_> = read.value.iter().map(ToString::to_string).collect();
    assert_eq!((trees, read.problems), (vec!["{a: 1}".to_owned(), "{b: 2}".to_owned()], vec![]));
}
