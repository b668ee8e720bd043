//! HCL text into the tree of [`super::syntax`].
//!
//! The parser gives up at the first mistake. The file is then cut into its top-level blocks, and each
//! is read by itself, so that a broken block costs that block.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::expr::{
    BinaryOperator, Expression, ForExpr, ObjectKey, Traversal, TraversalOperator, UnaryOperator,
};
use hcl_edit::structure::{Body as HclBody, Structure};
use hcl_edit::template::{Directive, Element, Template};
use hcl_edit::{Ident, Span as _};
use panoply_base::Problem;

use super::split;
use super::syntax::{
    Attr, Block, Body, Call, Expr, ExprKind, For, Key, Names, Operator, Part, Step,
};
use crate::node::{Entry, Node, Value};
use crate::sources::{FileId, Span};

/// Reads a file; what could not be read is told by line.
pub(super) fn body(
    text: &str,
    file: FileId,
    names: &mut Names,
    problems: &mut Vec<Problem>,
) -> Body {
    if let Err(problem) = split::bounded(text) {
        problems.push(problem);
        return Body::default();
    }
    match hcl_edit::parser::parse_body(text) {
        Ok(parsed) => Lowering::at(file, 0, names).body(&parsed),
        Err(whole) => {
            let mut body = Body::default();
            let before = problems.len();
            for piece in split::blocks(text) {
                let part = text.get(piece.clone()).unwrap_or_default();
                match hcl_edit::parser::parse_body(part) {
                    Ok(parsed) => {
                        let piece = Lowering::at(file, piece.start, names).body(&parsed);
                        body.attrs.extend(piece.attrs);
                        body.blocks.extend(piece.blocks);
                    }
                    Err(error) => {
                        let line = text.get(..piece.start).unwrap_or_default();
                        let line = line.bytes().filter(|byte| *byte == b'\n').count();
                        let line = line + error.location().line();
                        problems.push(broken(line, error.message()));
                    }
                }
            }
            // Every block by itself is right; together they are not.
            if problems.len() == before {
                problems.push(broken(whole.location().line(), whole.message()));
            }
            body
        }
    }
}

fn broken(line: usize, what: &str) -> Problem {
    Problem::line(u32::try_from(line).unwrap_or(u32::MAX), format!("broken HCL: {what}"))
}

/// Reads one text with `${…}` in it, as JSON files hold them; its parts all stand at `span`.
pub(super) fn template(text: &str, span: Span, names: &mut Names) -> Result<Expr, String> {
    if split::bounded(text).is_err() {
        return Err("the template is too large".to_owned());
    }
    let parsed = hcl_edit::parser::parse_template(text).map_err(|e| e.message().to_owned())?;
    let mut lowering = Lowering { base: Base::Fixed(span), names };
    let parts = lowering.parts(&parsed, span);
    Ok(unwrapped(parts, span))
}

/// Reads one expression.
pub(super) fn expression(text: &str, span: Span, names: &mut Names) -> Result<Expr, String> {
    if split::bounded(text).is_err() {
        return Err("the expression is too large".to_owned());
    }
    let parsed = hcl_edit::parser::parse_expr(text).map_err(|e| e.message().to_owned())?;
    Ok(Lowering { base: Base::Fixed(span), names }.expr(&parsed, span))
}

/// A template that is one expression is that expression, whatever its type.
fn unwrapped(mut parts: Vec<Part>, span: Span) -> Expr {
    match parts.as_slice() {
        [] => return Expr::constant(Node::text("", Some(span)), span),
        [Part::Text(text)] => {
            return Expr::constant(Node::text(text.clone(), Some(span)), span);
        }
        [Part::Expr(_)] => {
            if let Some(Part::Expr(expr)) = parts.pop() {
                return expr;
            }
        }
        _ => {}
    }
    Expr { kind: ExprKind::Template(parts), span }
}

/// Where the spans of the parser count from.
#[derive(Clone, Copy)]
enum Base {
    From(FileId, usize),
    Fixed(Span),
}

struct Lowering<'a> {
    base: Base,
    names: &'a mut Names,
}

impl<'a> Lowering<'a> {
    fn at(file: FileId, offset: usize, names: &'a mut Names) -> Self {
        Self { base: Base::From(file, offset), names }
    }

    fn span(&self, range: Option<Range<usize>>) -> Option<Span> {
        match self.base {
            Base::Fixed(span) => Some(span),
            Base::From(file, offset) => {
                range.map(|range| Span::new(file, range.start + offset, range.end + offset))
            }
        }
    }

    fn somewhere(&self) -> Span {
        match self.base {
            Base::Fixed(span) => span,
            Base::From(file, offset) => Span::new(file, offset, offset),
        }
    }

    fn name(&mut self, ident: &Ident) -> Arc<str> {
        self.names.of(ident.as_str())
    }

    fn body(&mut self, body: &HclBody) -> Body {
        let mut lowered = Body::default();
        for structure in body {
            match structure {
                Structure::Attribute(attr) => {
                    let span = self.span(attr.span()).unwrap_or_else(|| self.somewhere());
                    let name_span = self.span(attr.key.span()).unwrap_or(span);
                    let name = self.names.of(attr.key.as_str());
                    let expr = self.expr(&attr.value, span);
                    lowered.attrs.push(Attr { name, name_span, expr });
                }
                Structure::Block(block) => {
                    let span = self.span(block.span()).unwrap_or_else(|| self.somewhere());
                    let kind_span = self.span(block.ident.span()).unwrap_or(span);
                    let kind = self.names.of(block.ident.as_str());
                    let labels =
                        block.labels.iter().map(|label| self.names.of(label.as_str())).collect();
                    let body = self.body(&block.body);
                    lowered.blocks.push(Block { kind, kind_span, labels, body, span });
                }
            }
        }
        lowered
    }

    fn expr(&mut self, expr: &Expression, around: Span) -> Expr {
        let span = self.span(expr.span()).unwrap_or(around);
        let constant = |value| Expr::constant(Node::new(value, Some(span)), span);
        let kind = match expr {
            Expression::Null(_) => return constant(Value::Null),
            Expression::Bool(value) => return constant(Value::Bool(*value.value())),
            Expression::Number(number) => {
                let number = number.value();
                return constant(number.as_i64().map_or_else(
                    || super::number::float(number.as_f64().unwrap_or(f64::NAN)),
                    Value::Int,
                ));
            }
            Expression::String(text) => return constant(Value::Text(text.as_str().into())),
            Expression::Array(items) => {
                let items: Vec<Expr> = items.iter().map(|item| self.expr(item, span)).collect();
                return list(items, span);
            }
            Expression::Object(object) => {
                let mut items = Vec::with_capacity(object.len());
                for (key, value) in object {
                    let key = self.key(key, span);
                    items.push((key, self.expr(value.expr(), span)));
                }
                return self::object(items, span);
            }
            Expression::StringTemplate(template) => {
                let parts = self.parts(template, span);
                return unwrapped(parts, span);
            }
            Expression::HeredocTemplate(heredoc) => {
                let parts = self.parts(&heredoc.template, span);
                match parts.as_slice() {
                    [] => return constant(Value::Text("".into())),
                    [Part::Text(text)] => return constant(Value::Text(text.clone())),
                    _ => ExprKind::Template(parts),
                }
            }
            Expression::Parenthesis(inner) => return self.expr(inner.inner(), span),
            Expression::Variable(name) => ExprKind::Name(self.name(name)),
            Expression::Conditional(conditional) => ExprKind::Conditional(Box::new([
                self.expr(&conditional.cond_expr, span),
                self.expr(&conditional.true_expr, span),
                self.expr(&conditional.false_expr, span),
            ])),
            Expression::FuncCall(call) => {
                let mut name = String::new();
                for scope in &call.name.namespace {
                    name.push_str(scope.as_str());
                    name.push_str("::");
                }
                name.push_str(call.name.name.as_str());
                ExprKind::Call(Box::new(Call {
                    name: self.names.of(&name),
                    args: call.args.iter().map(|arg| self.expr(arg, span)).collect(),
                    spread: call.args.expand_final(),
                }))
            }
            Expression::Traversal(traversal) => return self.path(traversal, span),
            Expression::UnaryOp(op) => {
                let inner = Box::new(self.expr(&op.expr, span));
                match op.operator.value() {
                    UnaryOperator::Neg => match inner.as_constant().map(|node| &node.value) {
                        Some(Value::Int(value)) => {
                            return constant(Value::Int(value.saturating_neg()));
                        }
                        Some(Value::Float(value)) => return constant(Value::Float(-value)),
                        _ => ExprKind::Minus(inner),
                    },
                    UnaryOperator::Not => ExprKind::Not(inner),
                }
            }
            Expression::BinaryOp(op) => ExprKind::Binary(
                operator(*op.operator.value()),
                Box::new([self.expr(&op.lhs_expr, span), self.expr(&op.rhs_expr, span)]),
            ),
            Expression::ForExpr(each) => ExprKind::For(Box::new(self.each(each, span))),
        };
        Expr { kind, span }
    }

    fn key(&mut self, key: &ObjectKey, around: Span) -> Key {
        let span = self.span(key.span()).unwrap_or(around);
        match key {
            ObjectKey::Ident(name) => Key::Name(self.names.of(name.as_str()), span),
            ObjectKey::Expression(expr) => {
                // Without parentheses a name is the key itself.
                if let Expression::Variable(name) = expr {
                    return Key::Name(self.names.of(name.as_str()), span);
                }
                let expr = self.expr(expr, span);
                match expr.as_constant().and_then(super::number::as_text) {
                    Some(text) => Key::Name(self.names.of(&text), span),
                    None => Key::Computed(expr),
                }
            }
        }
    }

    fn path(&mut self, traversal: &Traversal, span: Span) -> Expr {
        let source = self.expr(&traversal.expr, span);
        let mut steps = Vec::with_capacity(traversal.operators.len());
        for operator in &traversal.operators {
            steps.push(match operator.value() {
                TraversalOperator::GetAttr(name) => Step::Attr(self.names.of(name.as_str())),
                TraversalOperator::Index(expr) => Step::Index(self.expr(expr, span)),
                TraversalOperator::LegacyIndex(at) => {
                    let at = Value::Int(i64::try_from(*at.value()).unwrap_or(i64::MAX));
                    Step::Index(Expr::constant(Node::new(at, Some(span)), span))
                }
                TraversalOperator::AttrSplat(_) => Step::AttrSplat,
                TraversalOperator::FullSplat(_) => Step::Splat,
            });
        }
        Expr { kind: ExprKind::Path(Box::new(source), steps), span }
    }

    fn each(&mut self, each: &ForExpr, span: Span) -> For {
        For {
            key: each.intro.key_var.as_ref().map(|name| self.names.of(name.as_str())),
            value: self.names.of(each.intro.value_var.as_str()),
            collection: self.expr(&each.intro.collection_expr, span),
            key_expr: each.key_expr.as_ref().map(|expr| self.expr(expr, span)),
            value_expr: self.expr(&each.value_expr, span),
            grouping: each.grouping,
            condition: each.cond.as_ref().map(|condition| self.expr(&condition.expr, span)),
        }
    }

    /// The parts of a template, with the white space gone that `~` takes away.
    fn parts(&mut self, template: &Template, span: Span) -> Vec<Part> {
        self.trimmed(template, span, false, false)
    }

    fn trimmed(&mut self, template: &Template, span: Span, start: bool, end: bool) -> Vec<Part> {
        let mut parts = Vec::with_capacity(template.len());
        let mut strip_next = start;
        let mut elements = template.iter().peekable();
        while let Some(element) = elements.next() {
            strip_next = match element {
                Element::Literal(text) => {
                    let strip_end = match elements.peek() {
                        None => end,
                        Some(next) => strips(next).0,
                    };
                    let mut text: &str = text.as_str();
                    if std::mem::take(&mut strip_next) {
                        text = text.trim_start();
                    }
                    if strip_end {
                        text = text.trim_end();
                    }
                    if !text.is_empty() {
                        parts.push(Part::Text(text.into()));
                    }
                    continue;
                }
                _ => strips(element).1,
            };
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(inner) => {
                    let span = self.span(inner.span()).unwrap_or(span);
                    parts.push(Part::Expr(self.expr(&inner.expr, span)));
                }
                Element::Directive(directive) => parts.push(self.directive(directive, span)),
            }
        }
        parts
    }

    fn directive(&mut self, directive: &Directive, span: Span) -> Part {
        match directive {
            Directive::If(choice) => {
                let (first, last) = (&choice.if_expr, &choice.endif_expr);
                let then_end = choice.else_expr.as_ref().map_or(last.strip, |other| other.strip);
                Part::If {
                    condition: self.expr(&first.cond_expr, span),
                    then: self.trimmed(
                        &first.template,
                        span,
                        first.strip.strip_end(),
                        then_end.strip_start(),
                    ),
                    otherwise: choice.else_expr.as_ref().map_or_else(Vec::new, |other| {
                        self.trimmed(
                            &other.template,
                            span,
                            other.strip.strip_end(),
                            last.strip.strip_start(),
                        )
                    }),
                }
            }
            Directive::For(each) => {
                let (first, last) = (&each.for_expr, &each.endfor_expr);
                Part::For {
                    key: first.key_var.as_ref().map(|name| self.names.of(name.as_str())),
                    value: self.names.of(first.value_var.as_str()),
                    collection: self.expr(&first.collection_expr, span),
                    body: self.trimmed(
                        &first.template,
                        span,
                        first.strip.strip_end(),
                        last.strip.strip_start(),
                    ),
                }
            }
        }
    }
}

/// Whether an element takes away the white space before and after it.
fn strips(element: &Element) -> (bool, bool) {
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(inner) => (inner.strip.strip_start(), inner.strip.strip_end()),
        Element::Directive(directive) => match &**directive {
            Directive::If(choice) => {
                (choice.if_expr.strip.strip_start(), choice.endif_expr.strip.strip_end())
            }
            Directive::For(each) => {
                (each.for_expr.strip.strip_start(), each.endfor_expr.strip.strip_end())
            }
        },
    }
}

pub(super) fn list(items: Vec<Expr>, span: Span) -> Expr {
    if items.iter().all(|item| item.as_constant().is_some()) {
        let items = items.iter().filter_map(|item| item.as_constant().cloned()).collect();
        return Expr::constant(Node::list(items, Some(span)), span);
    }
    Expr { kind: ExprKind::List(items), span }
}

pub(super) fn object(items: Vec<(Key, Expr)>, span: Span) -> Expr {
    let constant = items
        .iter()
        .all(|(key, value)| matches!(key, Key::Name(..)) && value.as_constant().is_some());
    if constant {
        let entries = items
            .into_iter()
            .filter_map(|(key, value)| match (key, value.kind) {
                (Key::Name(name, span), ExprKind::Constant(node)) => {
                    Some(Entry::new(name, Some(span), node))
                }
                _ => None,
            })
            .collect();
        return Expr::constant(Node::map(entries, Some(span)), span);
    }
    Expr { kind: ExprKind::Object(items), span }
}

fn operator(operator: BinaryOperator) -> Operator {
    match operator {
        BinaryOperator::Eq => Operator::Equal,
        BinaryOperator::NotEq => Operator::NotEqual,
        BinaryOperator::LessEq => Operator::LessEqual,
        BinaryOperator::GreaterEq => Operator::GreaterEqual,
        BinaryOperator::Less => Operator::Less,
        BinaryOperator::Greater => Operator::Greater,
        BinaryOperator::Plus => Operator::Plus,
        BinaryOperator::Minus => Operator::Minus,
        BinaryOperator::Mul => Operator::Times,
        BinaryOperator::Div => Operator::Divide,
        BinaryOperator::Mod => Operator::Modulo,
        BinaryOperator::And => Operator::And,
        BinaryOperator::Or => Operator::Or,
    }
}
