//! Trees of Python.

use panoply_base::Limits;
use panoply_code::{Kind, Language, parse};

fn check(text: &str, expected: &str) {
    super::check(Language::Python, text, expected);
}

#[test]
fn a_call_has_a_callee_and_arguments() {
    check(
        "db.execute(q, *args, timeout=3)\n",
        r#"
        Expression
          Call
            Member "execute"
              Name "db"
            Args
              Name "q"
              Spread "*"
                Name "args"
              Named "timeout"
                Int "3"
        "#
        .trim_end(),
    );
}

#[test]
fn texts_are_what_the_program_sees() {
    check("'a\\x41\\n' \"b\"\n", "Expression\n  Str \"aA\\nb\"");
    check("r'\\d'\n", "Expression\n  Str \"\\\\d\"");
    check("f'a{x}b'\n", "Expression\n  Template\n    Str \"a\"\n    Name \"x\"\n    Str \"b\"");
}

#[test]
fn alternatives_are_nested() {
    check(
        "if a:\n  x\nelif b:\n  y\nelse:\n  z\n",
        "
        If
          Name \"a\"
          Block
            Expression
              Name \"x\"
          If
            Name \"b\"
            Block
              Expression
                Name \"y\"
            Block
              Expression
                Name \"z\"
        "
        .trim_end(),
    );
}

#[test]
fn long_sums_are_no_deep_nesting() {
    let sum = vec!["'a'"; 20_000].join(" + ");
    let read = parse(Language::Python, "a.py", &format!("x = {sum}\n"), &Limits::DEFAULT);
    assert_eq!(read.problems, []);
    let tree = read.value.unwrap();
    let texts = tree.nodes().filter(|node| tree.kind(*node) == Kind::Str).count();
    assert_eq!(texts, 20_000);
}

#[test]
fn what_lies_too_deep_costs_its_place_and_no_more() {
    let deep = format!("x = {}1{}\ny = 2\n", "[".repeat(10_000), "]".repeat(10_000));
    let read = parse(Language::Python, "a.py", &deep, &Limits::DEFAULT);
    assert!(read.problems.iter().any(|problem| problem.what.contains("too deep")));
    let tree = read.value.unwrap();
    assert!(tree.nodes().any(|node| tree.kind(node) == Kind::Int && tree.atom(node) == "2"));
}

#[test]
fn broken_code_costs_its_statement() {
    let read = parse(Language::Python, "a.py", "a = 1\n)) = (\nb = 2\n", &Limits::DEFAULT);
    assert!(!read.problems.is_empty());
    let tree = read.value.unwrap();
    let numbers: Vec<&str> = tree
        .nodes()
        .filter(|node| tree.kind(*node) == Kind::Int)
        .map(|node| tree.atom(node))
        .collect();
    assert!(numbers.contains(&"1"), "{tree:?}");
}
