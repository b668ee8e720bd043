//! Messages with expressions in them: `{c.name} runs as root`.

use panoply_rules::cel::{Budget, Expression, Signature, Value, Variables};

/// A message, ready to be filled in.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Words(String),
    Value(Expression),
}

/// Characters of one value that are worth showing.
const SHOWN: usize = 120;

impl Template {
    pub(crate) fn parse(text: &str, functions: &[Signature]) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((words, after)) = rest.split_once('{') {
            let (inner, next) =
                after.split_once('}').ok_or_else(|| format!("`{text}`: `}}` is missing"))?;
            parts.push(Part::Words(words.to_owned()));
            let expression = Expression::parse_with(inner, functions)
                .map_err(|error| format!("`{inner}`: {error}"))?;
            parts.push(Part::Value(expression));
            rest = next;
        }
        parts.push(Part::Words(rest.to_owned()));
        Ok(Self(parts))
    }

    pub(crate) fn fill<'v>(&'v self, variables: &Variables<'v>) -> String {
        let mut filled = String::new();
        for part in &self.0 {
            match part {
                Part::Words(words) => filled.push_str(words),
                Part::Value(expression) => {
                    let value = expression.evaluate(variables, Budget::default());
                    filled.extend(shown(value.ok()).chars().take(SHOWN));
                }
            }
        }
        filled
    }
}

fn shown(value: Option<Value<'_>>) -> String {
    match value {
        Some(Value::Text(text)) => text.into_owned(),
        None | Some(Value::Unknown(_) | Value::Null) => "?".to_owned(),
        Some(value) => format!("{value:?}"),
    }
}
