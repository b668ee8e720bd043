//! Terraform's functions. Those that ask a clock, chance or the machine have no answer here.

mod collection;
mod convert;
mod date;
pub(super) mod encode;
mod file;
mod format;
mod hash;
mod net;
mod numeric;
mod pattern;
mod text;
mod yaml;

use std::sync::Arc;

use super::evaluate::{Evaluator, derived, failed, text_of};
use super::number;
use super::operators::{Fault, broken, fault};
use super::provenance::{broken_inside, of_all, of_tops, unknown_inside, used};
use super::syntax::{Call, Expr};
use crate::node::{Cause, Map, Node, Value};
use crate::sources::Span;

/// The arguments of one call.
pub(super) struct Args<'a> {
    pub(super) nodes: &'a [Node],
    pub(super) span: Span,
    /// Elements that a result may have, and bytes that a text may have.
    pub(super) most: usize,
    pub(super) text: usize,
}

pub(super) type Answer = Result<Node, Fault>;

#[expect(clippy::unnecessary_wraps, reason = "most answers may fail; these end them")]
pub(super) fn value(value: Value) -> Answer {
    Ok(Node::new(value, None))
}

#[expect(clippy::unnecessary_wraps, reason = "most answers may fail; these end them")]
pub(super) fn text(text: impl Into<Arc<str>>) -> Answer {
    Ok(Node::text(text, None))
}

#[expect(clippy::unnecessary_wraps, reason = "most answers may fail; these end them")]
pub(super) fn list(items: Vec<Node>) -> Answer {
    Ok(Node::list(items, None))
}

pub(super) fn truth(answer: bool) -> Answer {
    value(Value::Bool(answer))
}

impl<'a> Args<'a> {
    pub(super) fn get(&self, at: usize) -> Result<&'a Node, Fault> {
        self.nodes.get(at).ok_or_else(|| broken("a call with too few arguments"))
    }

    pub(super) fn known(&self, at: usize) -> Result<&'a Node, Fault> {
        let node = self.get(at)?;
        fault(node).map_or(Ok(node), Err)
    }

    pub(super) fn text(&self, at: usize) -> Result<Arc<str>, Fault> {
        text_of(self.get(at)?)
    }

    pub(super) fn number(&self, at: usize) -> Result<Value, Fault> {
        let node = self.known(at)?;
        number::as_number(node).ok_or_else(|| broken("an argument that is no number"))
    }

    pub(super) fn int(&self, at: usize) -> Result<i64, Fault> {
        match self.number(at)? {
            Value::Int(value) => Ok(value),
            _ => Err(broken("an argument that is not whole")),
        }
    }

    pub(super) fn float(&self, at: usize) -> Result<f64, Fault> {
        number::as_f64(&self.number(at)?).ok_or_else(|| broken("an argument that is no number"))
    }

    pub(super) fn items(&self, at: usize) -> Result<&'a [Node], Fault> {
        match &self.known(at)?.value {
            Value::List(items) => Ok(items),
            _ => Err(broken("an argument that is no list")),
        }
    }

    pub(super) fn map(&self, at: usize) -> Result<&'a Map, Fault> {
        match &self.known(at)?.value {
            Value::Map(map) => Ok(map),
            _ => Err(broken("an argument that is no map")),
        }
    }

    /// Every element as text.
    pub(super) fn texts(&self, at: usize) -> Result<Vec<Arc<str>>, Fault> {
        self.items(at)?.iter().map(text_of).collect()
    }

    pub(super) fn fits(&self, bytes: usize) -> Result<(), Fault> {
        if bytes > self.text { Err(Evaluator::limit("a text of that size")) } else { Ok(()) }
    }

    pub(super) fn few(&self, elements: usize) -> Result<(), Fault> {
        let fits = elements <= self.most;
        if fits { Ok(()) } else { Err(Evaluator::limit("a collection of that size")) }
    }
}

impl Evaluator<'_> {
    pub(super) fn call(&mut self, call: &Call, span: Span) -> Node {
        match &*call.name {
            "try" => return self.attempt(&call.args, span),
            "can" => return self.can(&call.args, span),
            _ => {}
        }
        let mut nodes: Vec<Node> = call.args.iter().map(|arg| self.eval(arg)).collect();
        if call.spread
            && let Some(last) = nodes.pop()
        {
            match &last.value {
                Value::List(items) => nodes.extend(items.iter().cloned()),
                Value::Unknown(cause) => return derived(Err(cause.clone()), span, [&last]),
                _ => return failed(broken("`...` after what is no list"), span),
            }
        }
        let answer = self.answer(&call.name, &nodes, span);
        if let Ok(node) = &answer {
            let size = match &node.value {
                Value::List(items) => items.len(),
                Value::Map(map) => map.len(),
                Value::Text(text) => text.len() / 64,
                _ => 0,
            };
            if let Err(cause) = self.spend(size) {
                return failed(cause, span);
            }
        }
        match answer {
            // One of the arguments, or a part of one: it stands where it stood.
            Ok(node) if node.span.is_some() => {
                let through = node.through.clone().or_else(|| of_tops(&nodes));
                used(Node { through, ..node }, span, || format!("{}()", call.name))
            }
            Ok(node) => {
                let through = match &node.value {
                    Value::List(_) | Value::Map(_) => of_tops(&nodes),
                    _ => of_all(&nodes),
                };
                Node { span: Some(span), through, ..node }
            }
            Err(cause) => derived(Err(cause), span, &nodes),
        }
    }

    fn answer(&mut self, name: &str, nodes: &[Node], span: Span) -> Answer {
        let args = Args {
            nodes,
            span,
            most: usize::try_from(self.bounds.collection).unwrap_or(usize::MAX),
            text: self.bounds.text,
        };
        let known = numeric::call(name, &args)
            .or_else(|| text::call(name, &args))
            .or_else(|| collection::call(name, &args))
            .or_else(|| convert::call(name, &args))
            .or_else(|| encode::call(name, &args, self.sources, self.limits))
            .or_else(|| hash::call(name, &args))
            .or_else(|| net::call(name, &args))
            .or_else(|| date::call(name, &args))
            .or_else(|| file::path_text(name, &args));
        if let Some(answer) = known {
            return answer;
        }
        match name {
            "regex" => self.regex(&args),
            "regexall" => self.regex_all(&args),
            "replace" => self.replace(&args),
            "file" | "filebase64" | "fileexists" | "fileset" | "templatefile"
            | "templatestring" | "filemd5" | "filesha1" | "filesha256" | "filesha512"
            | "filebase64sha256" | "filebase64sha512" => self.file_function(name, &args),
            // The clock, chance, other machines, providers, and what is not known to this version.
            _ => Err(Arc::new(Cause::Function(name.to_owned()))),
        }
    }

    /// The first argument that makes sense.
    fn attempt(&mut self, args: &[Expr], span: Span) -> Node {
        let mut last = failed(broken("`try` without arguments"), span);
        for arg in args {
            last = self.eval(arg);
            if broken_inside(&last).is_none() {
                break;
            }
        }
        last
    }

    fn can(&mut self, args: &[Expr], span: Span) -> Node {
        let Some(arg) = args.first() else {
            return failed(broken("`can` without arguments"), span);
        };
        let node = self.eval(arg);
        let answer = match (broken_inside(&node), unknown_inside(&node)) {
            (Some(_), _) => Ok(Value::Bool(false)),
            (None, Some(cause)) if node.cause().is_some() => Err(cause),
            _ => Ok(Value::Bool(true)),
        };
        derived(answer, span, [&node])
    }
}
