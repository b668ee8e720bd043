//! Expressions of one policy: what it names, when it applies, what must hold.

use panoply_base::Text;
use panoply_posture::{Node, Span};
use panoply_rules::cel::{Budget, Expression, Signature, Value, Variables};

use crate::text_at;

/// Expressions of one policy; each may take a million steps.
const EXPRESSIONS: usize = 500;

/// What can be asked of `authorizer`. Nobody knows the answers here, so none is ever called.
const AUTHORIZER: &[Signature] = &[
    ("path", true, 2, 2),
    ("check", true, 2, 2),
    ("group", true, 2, 2),
    ("resource", true, 2, 2),
    ("subresource", true, 2, 2),
    ("namespace", true, 2, 2),
    ("name", true, 2, 2),
    ("fieldSelector", true, 2, 2),
    ("labelSelector", true, 2, 2),
    ("serviceAccount", true, 3, 3),
    ("allowed", true, 1, 1),
    ("reason", true, 1, 1),
    ("errored", true, 1, 1),
    ("error", true, 1, 1),
];

/// Compiled expressions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    variables: Vec<(String, Expression)>,
    pub(crate) conditions: Vec<(String, Expression)>,
    pub(crate) validations: Vec<Validation>,
}

/// What must hold, and what is said where it does not.
#[derive(Clone, Debug)]
pub(crate) struct Validation {
    expression: Expression,
    message: Option<String>,
    message_expression: Option<Expression>,
}

/// What one expression makes of one object.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Fails { message: String, blamed: Option<Blamed> },
    Unknown { cause: Text, fails_when: String },
    Error(String),
}

/// The value that an expression turned on.
#[derive(Clone, Debug)]
pub(crate) struct Blamed {
    pub(crate) path: String,
    pub(crate) span: Option<Span>,
}

impl Program {
    /// Compiles `variables`, `matchConditions` and `validations` of a document.
    ///
    /// # Errors
    ///
    /// The first expression that is none, with its place in the policy.
    pub(crate) fn compile(spec: &Node) -> Result<Self, String> {
        let mut program = Self::default();
        for (at, variable) in items(spec, "variables").iter().enumerate() {
            let name = text_at(variable, &["name"])
                .ok_or_else(|| format!("variables[{at}] has no name"))?;
            let place = format!("variables[{at}] ({name})");
            program.variables.push((name.to_owned(), expression(variable, &place)?));
        }
        for (at, condition) in items(spec, "matchConditions").iter().enumerate() {
            let name = text_at(condition, &["name"]).unwrap_or("?").to_owned();
            let place = format!("matchConditions[{at}] ({name})");
            program.conditions.push((name, expression(condition, &place)?));
        }
        for (at, validation) in items(spec, "validations").iter().enumerate() {
            let place = format!("validations[{at}]");
            let message_expression = match text_at(validation, &["messageExpression"]) {
                Some(text) => Some(parse(text, &format!("{place}.messageExpression"))?),
                None => None,
            };
            program.validations.push(Validation {
                expression: expression(validation, &place)?,
                message: text_at(validation, &["message"]).map(str::to_owned),
                message_expression,
            });
        }
        let count = program.variables.len() + program.conditions.len() + program.validations.len();
        if count > EXPRESSIONS {
            return Err(format!("more than {EXPRESSIONS} expressions"));
        }
        Ok(program)
    }

    /// Adds what `variables` stands for.
    ///
    /// Values are made at once and errors kept for whoever asks, which comes to the same as
    /// Kubernetes' way of making them when they are needed.
    pub(crate) fn with_variables<'v>(&'v self, mut names: Variables<'v>) -> Variables<'v> {
        for (name, expression) in &self.variables {
            let value = expression
                .evaluate(&names, Budget::default())
                .map_err(|error| format!("variables.{name}: {error}"));
            names = names.with_part("variables", name, value, expression);
        }
        names
    }

    /// Whether the policy applies: the conditions, of which a false one outweighs the others.
    pub(crate) fn applies<'v>(
        conditions: &'v [(String, Expression)],
        names: &Variables<'v>,
    ) -> Result<bool, Outcome> {
        let mut open = None;
        for (name, condition) in conditions {
            match condition.evaluate(names, Budget::default()) {
                Ok(Value::Bool(true)) => {}
                Ok(Value::Bool(false)) => return Ok(false),
                Ok(Value::Unknown(cause)) => {
                    let fails_when = condition.text().trim().to_owned();
                    open.get_or_insert(Outcome::Unknown { cause: cause.why.clone(), fails_when });
                }
                Ok(other) => {
                    let what = format!("condition `{name}` gives {}", other.kind());
                    open.get_or_insert(Outcome::Error(what));
                }
                Err(error) => {
                    open.get_or_insert(Outcome::Error(format!("condition `{name}`: {error}")));
                }
            }
        }
        open.map_or(Ok(true), Err)
    }

    /// What does not hold of an object, what is open, and what broke.
    pub(crate) fn judge<'v>(&'v self, names: &Variables<'v>, object: &'v Node) -> Vec<Outcome> {
        self.validations.iter().filter_map(|validation| validation.judge(names, object)).collect()
    }
}

impl Validation {
    fn judge<'v>(&'v self, names: &Variables<'v>, object: &'v Node) -> Option<Outcome> {
        let text = self.expression.text().trim();
        match self.expression.evaluate(names, Budget::default()) {
            Ok(Value::Bool(true)) => None,
            Ok(Value::Bool(false)) => {
                let blamed = self.expression.blame(names, Budget::default());
                let blamed = blamed.and_then(|(holder, field)| place(object, holder, &field));
                Some(Outcome::Fails { message: self.message(names), blamed })
            }
            Ok(Value::Unknown(cause)) => Some(Outcome::Unknown {
                cause: cause.why.clone(),
                fails_when: format!("!({text})"),
            }),
            Ok(other) => {
                Some(Outcome::Error(format!("`{text}` gives {}, not true or false", other.kind())))
            }
            Err(error) => Some(Outcome::Error(format!("`{text}`: {error}"))),
        }
    }

    /// The words for a failure: the expression's if it has a value, else the fixed ones.
    fn message<'v>(&'v self, names: &Variables<'v>) -> String {
        let made = self.message_expression.as_ref().and_then(|expression| {
            match expression.evaluate(names, Budget::default()) {
                Ok(Value::Text(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
                _ => None,
            }
        });
        let fixed = || self.message.as_ref().map(|message| message.trim().to_owned());
        made.or_else(fixed)
            .unwrap_or_else(|| format!("failed expression: {}", self.expression.text().trim()))
    }
}

fn items<'n>(spec: &'n Node, key: &str) -> &'n [Node] {
    spec.get(key).map(Node::items).unwrap_or_default()
}

fn expression(node: &Node, place: &str) -> Result<Expression, String> {
    let text =
        text_at(node, &["expression"]).ok_or_else(|| format!("{place} has no expression"))?;
    parse(text, place)
}

fn parse(text: &str, place: &str) -> Result<Expression, String> {
    Expression::parse_with(text, AUTHORIZER).map_err(|error| format!("{place}: {error}"))
}

/// Levels of an object that are searched.
const DEPTH: u32 = 128;

/// Path and span of what was blamed: the field of a holder, or the holder where there is none.
fn place(object: &Node, holder: *const (), field: &str) -> Option<Blamed> {
    let (node, path) = find(object, holder, &mut Vec::new(), DEPTH)?;
    let inner = node.get(field);
    let dot = if path.is_empty() || field.is_empty() { "" } else { "." };
    let path = format!("{path}{dot}{field}");
    Some(Blamed { path, span: inner.and_then(|inner| inner.span).or(node.span) })
}

fn find<'n>(
    node: &'n Node,
    wanted: *const (),
    path: &mut Vec<String>,
    depth: u32,
) -> Option<(&'n Node, String)> {
    if std::ptr::from_ref(node).cast::<()>() == wanted {
        return Some((node, path.concat()));
    }
    let depth = depth.checked_sub(1)?;
    let map = node.as_map().map(panoply_posture::Map::entries).unwrap_or_default();
    for entry in map {
        let dot = if path.is_empty() { "" } else { "." };
        path.push(format!("{dot}{}", entry.key));
        if let Some(found) = find(&entry.node, wanted, path, depth) {
            return Some(found);
        }
        path.pop();
    }
    for (at, item) in node.items().iter().enumerate() {
        // By name where there is one, so that the place stays the same when lines move.
        let label = text_at(item, &["name"]).map_or_else(|| at.to_string(), str::to_owned);
        path.push(format!("[{label}]"));
        if let Some(found) = find(item, wanted, path, depth) {
            return Some(found);
        }
        path.pop();
    }
    None
}
