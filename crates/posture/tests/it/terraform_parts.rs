//! Texts of which parts are known before deployment.

use panoply_posture::cel;
use panoply_rules::cel::{Budget, Expression, Value, Variables};

use crate::terraform::read;

/// Compares what is known of an attribute.
fn check(expression: &str, expected: &str) {
    let text = format!(
        "variable \"x\" {{}}\nvariable \"y\" {{ default = \"known\" }}\nlocals {{ half = \"a-${{var.x}}-b\" }}\n\
         resource \"aws_a\" \"b\" {{}}\nresource \"aws_c\" \"d\" {{\n  text = {expression}\n}}\n"
    );
    let read = read(&[("main.tf", &text)]);
    assert_eq!(read.attr("aws_c.d", "text"), expected, "{expression}");
}

#[test]
fn what_stands_around_a_gap_is_kept() {
    check("\"serviceAccount:${aws_a.b.email}\"", "?computed aws_a.b.email in serviceAccount:*");
    check("\"${var.y}-${var.x}.${var.x}\"", "?no value var.x in known-*.*");
    check("local.half", "?no value var.x in a-*-b");
    check("\"<${local.half}>\"", "?no value var.x in <a-*-b>");
    check("true ? local.half : \"\"", "?no value var.x in a-*-b");
}

#[test]
fn nothing_is_known_of_what_is_worked_out_from_it() {
    check("var.x", "?no value var.x");
    check("\"${var.x}\"", "?no value var.x");
    check("upper(local.half)", "?no value var.x");
    check("replace(local.half, \"a\", \"z\")", "?no value var.x");
    check("local.half == \"q\" ? 1 : 2", "?no value var.x");
    check("\"%{if var.x}a%{endif}b\"", "?no value var.x");
    check("split(\"-\", local.half)[0]", "?no value var.x");
}

#[test]
fn texts_inside_of_documents_keep_theirs() {
    check(
        "jsonencode({ Principal = \"arn:aws:iam::${var.x}:root\" })",
        "{Principal: ?no value var.x in arn:aws:iam::*:root}",
    );
}

/// Compares what an expression of a check says of a text, `?` for what nobody knows.
fn says(text: &str, expression: &str, expected: &str) {
    let file = format!("variable \"x\" {{}}\nresource \"aws_c\" \"d\" {{\n  text = {text}\n}}\n");
    let read = read(&[("main.tf", &file)]);
    let parsed = Expression::parse(expression).expect(expression);
    let resource = &read.find("aws_c.d").attrs;
    let names = Variables::new().lenient().with("resource", cel::value(resource));
    let said = match parsed.evaluate(&names, Budget::default()).expect(expression) {
        Value::Unknown(_) => "?".to_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!(said, expected, "{expression} of {text}");
}

#[test]
fn checks_answer_from_what_is_known() {
    let account = "\"serviceAccount:${var.x}\"";
    for (expression, expected) in [
        ("resource.text == 'allUsers'", "false"),
        ("resource.text != 'allUsers'", "true"),
        ("resource.text == 'serviceAccount:a'", "?"),
        ("resource.text in ['allUsers', 'allAuthenticatedUsers']", "false"),
        ("resource.text in ['allUsers', 'serviceAccount:b']", "?"),
        ("resource.text.startsWith('serviceAccount:')", "true"),
        ("resource.text.startsWith('user:')", "false"),
        ("resource.text.endsWith('.com')", "?"),
        ("resource.text.contains('Account')", "true"),
        ("resource.text.contains('admin')", "?"),
        ("resource.text.matches('^all(Authenticated)?Users$')", "false"),
        ("resource.text.lowerAscii().startsWith('serviceaccount:')", "true"),
        ("has(resource.text)", "true"),
        ("resource.text == null", "false"),
        // What is worked out from it is not known, and neither are its fields.
        ("resource.text.size() == 1", "?"),
        ("resource.text.replace('s', 't') == 'allUsers'", "?"),
        ("resource.text.field == 'allUsers'", "?"),
        ("!resource.text", "?"),
        ("(resource.text == 'a' ? 1 : 2) == 2", "true"),
    ] {
        says(account, expression, expected);
    }
    let members = "[\"user:${var.x}\", var.x]";
    says(members, "'allUsers' in resource.text", "?");
    says(members, "'allUsers' in [resource.text[0]]", "false");
    says(members, "resource.text.exists(m, m == 'allUsers')", "?");
    says("[\"user:${var.x}\"]", "resource.text.exists(m, m == 'allUsers')", "false");
    says("[\"user:${var.x}\"]", "'allUsers' in resource.text", "false");
    says("\"${var.x}/32\"", "resource.text.endsWith('/0')", "false");
    says("\"8${var.x}\"", "resource.text == 80", "?");
}
