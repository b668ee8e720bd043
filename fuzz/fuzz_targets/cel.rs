//! Expressions: parsed and evaluated within their budget, twice with the same answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use panoply_fuzz::text;
use panoply_rules::cel::{Budget, Expression, Node, Value, Variables};

/// Something to look into, with a bit of every type.
struct Sample;

impl Node for Sample {
    fn field(&self, name: &str) -> Option<Value<'_>> {
        Some(match name {
            "severity" => Value::Int(3),
            "count" => Value::Uint(7),
            "score" => Value::Double(0.5),
            "nan" => Value::Double(f64::NAN),
            "least" => Value::Int(i64::MIN),
            "path" => Value::text("src/é/main.rs"),
            "bytes" => Value::Bytes(b"\xff\0a".as_slice().into()),
            "kev" => Value::Bool(true),
            "none" => Value::Null,
            "epss" => Value::Unknown("nobody knows".into()),
            "aliases" => Value::list(["CVE-1", "GHSA-2", ""].map(Value::text)),
            "package" => Value::Node(self),
            _ => return None,
        })
    }

    fn keys(&self) -> Vec<&str> {
        vec!["severity", "count", "score", "path", "kev", "none", "epss", "aliases"]
    }
}

fuzz_target!(|bytes: &[u8]| {
    let source = text(bytes);
    let expression = match Expression::parse(&source) {
        Ok(expression) => expression,
        Err(error) => {
            assert!(error.span.start <= error.span.end && error.span.end <= source.len());
            return;
        }
    };
    assert_eq!(expression.text(), source);
    expression.paths();
    let variables = Variables::new()
        .with("finding", Value::Node(&Sample))
        .with("HIGH", Value::Int(3))
        .with("x", Value::text("text"));
    let budget = Budget { steps: 20_000, size: 4_096 };
    let value = expression.evaluate(&variables, budget);
    let again = expression.evaluate(&variables, budget);
    assert_eq!(format!("{value:?}"), format!("{again:?}"), "the same values give the same answer");
    match &value {
        Err(error) => assert!(error.span.end <= source.len(), "{error}"),
        Ok(Value::Text(text)) => assert!(text.len() <= budget.size + source.len() + 64),
        Ok(Value::List(items)) => assert!(items.len() <= budget.size),
        Ok(_) => {}
    }
    let held = expression.holds(&variables, budget);
    assert_eq!(held.is_ok(), matches!(value, Ok(Value::Bool(_) | Value::Unknown(_))));
});
