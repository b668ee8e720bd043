//! Walks the tree of a template: its blocks, actions and terms.

use std::ops::Range;
use std::rc::Rc;

use super::eval::{Engine, Flow, Frame};
use super::functions;
use super::print::shown;
use super::syntax::{Block, Item, Pipe, Place, Stop, Term};
use super::text::{Mark, Str};
use super::value::{Kind, Val};

impl Engine {
    pub(super) fn block(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Val,
        block: &Block,
    ) -> Result<Flow, Stop> {
        self.cost.enter()?;
        let variables = frame.variables.len();
        for item in block {
            let flow = self.item(frame, dot, item).map_err(|stop| match stop.at {
                Some(_) => stop,
                None => Stop { at: place(item), ..stop },
            })?;
            if !matches!(flow, Flow::Next) {
                frame.variables.truncate(variables);
                self.cost.leave();
                return Ok(flow);
            }
        }
        frame.variables.truncate(variables);
        self.cost.leave();
        Ok(Flow::Next)
    }

    fn item(&mut self, frame: &mut Frame<'_>, dot: &Val, item: &Item) -> Result<Flow, Stop> {
        match item {
            Item::Text(range) => self.literal(frame, range)?,
            Item::Print(pipe) => {
                let value = self.pipe(frame, dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.print(frame, &value, &pipe.at)?;
                }
            }
            Item::If { branches, other } => {
                return self.branches(frame, dot, branches, other, false);
            }
            Item::With { branches, other } => {
                return self.branches(frame, dot, branches, other, true);
            }
            Item::Range { pipe, body, other } => {
                return self.range(frame, dot, pipe, body, other);
            }
            Item::Template { name, pipe, at } => {
                let data = match pipe {
                    Some(pipe) => self.pipe(frame, dot, pipe)?,
                    None => Val::NIL,
                };
                let site = frame.define.source.span(at);
                let text = self.include(name, &data, site).map_err(|stop| outer(stop, at))?;
                self.print(frame, &Kind::Text(text).into(), at)?;
            }
            Item::Break => return Ok(Flow::Break),
            Item::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn branches(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Val,
        branches: &[(Pipe, Block)],
        other: &Block,
        with: bool,
    ) -> Result<Flow, Stop> {
        let variables = frame.variables.len();
        for (pipe, body) in branches {
            let value = self.pipe(frame, dot, pipe)?;
            if value.truth() {
                let flow = self.block(frame, if with { &value } else { dot }, body)?;
                frame.variables.truncate(variables);
                return Ok(flow);
            }
        }
        let flow = self.block(frame, dot, other)?;
        frame.variables.truncate(variables);
        Ok(flow)
    }

    fn range(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Val,
        pipe: &Pipe,
        body: &Block,
        other: &Block,
    ) -> Result<Flow, Stop> {
        let over = self.pipe_value(frame, dot, pipe)?;
        let variables = frame.variables.len();
        let count = match &over.kind {
            Kind::Nil => 0,
            Kind::Int(count) => usize::try_from(*count).unwrap_or_default(),
            Kind::List(list) => list.items().len(),
            Kind::Dict(_) | Kind::Files(_) | Kind::ApiVersions => usize::MAX,
            Kind::Text(text) if self.unknowns.find(text.as_str()).is_some() => 0,
            _ => return Err(format!("range can't iterate over a {}", over.type_name()).into()),
        };
        let entries = match &over.kind {
            Kind::Dict(dict) => {
                self.cost.step(dict.len())?;
                dict.entries()
            }
            Kind::Files(files) => files.entries(),
            _ => Vec::new(),
        };
        let count = if count == usize::MAX { entries.len() } else { count };
        for index in 0..count {
            self.cost.step(1)?;
            let (key, value) = match (&over.kind, entries.get(index)) {
                (_, Some((key, value))) => (Val::text(key.clone()), value.clone()),
                (Kind::List(list), None) => {
                    let value = list.items().get(index).cloned().unwrap_or(Val::NIL);
                    (Val::int(index as i64), value)
                }
                _ => (Val::int(index as i64), Val::int(index as i64)),
            };
            match pipe.variables.as_slice() {
                [] => {}
                [element] => assign(frame, pipe, element, value.clone())?,
                [name, element, ..] => {
                    assign(frame, pipe, name, key)?;
                    assign(frame, pipe, element, value.clone())?;
                }
            }
            let flow = self.block(frame, &value, body)?;
            frame.variables.truncate(variables);
            if matches!(flow, Flow::Break) {
                break;
            }
        }
        if count > 0 {
            return Ok(Flow::Next);
        }
        self.block(frame, dot, other)
    }

    fn literal(&mut self, frame: &mut Frame<'_>, range: &Range<u32>) -> Result<(), Stop> {
        let source = &frame.define.source;
        let text = source.slice(range);
        self.cost.text(text.len())?;
        let span = source.span(range);
        let through = match &source.place {
            Place::File(_) => None,
            Place::Made(through) => through.as_ref(),
        };
        let start = frame.printed.writer.text.len() as u32;
        frame.printed.writer.marked(text, span, span.is_some(), through);
        let end = frame.printed.writer.text.len() as u32;
        frame.printed.pieces.push(Mark { start, end, span, exact: true, through: None });
        Ok(())
    }

    /// Prints a value: parts of it that have no place yet are at the action.
    fn print(&mut self, frame: &mut Frame<'_>, value: &Val, at: &Range<u32>) -> Result<(), Stop> {
        let text = shown(value, &self.cost)?;
        // Helm takes these words for a missing value wherever they come from.
        let text = if text.as_str().contains("<no value>") {
            text.replace("<no value>", &Str::new(""), usize::MAX)
        } else {
            text
        };
        self.cost.text(text.len())?;
        self.cost.step(text.marks().len())?;
        let span = frame.define.source.span(at);
        let writer = &mut frame.printed.writer;
        let start = writer.text.len() as u32;
        let first = writer.marks.len();
        writer.str(&text);
        let end = writer.text.len() as u32;
        if span.is_some() {
            let marks = writer.marks.split_off(first);
            let mut done = start;
            let gap = |from, to| Mark { start: from, end: to, span, exact: false, through: None };
            for mut mark in marks {
                if done < mark.start {
                    writer.marks.push(gap(done, mark.start));
                }
                done = mark.end;
                if mark.span.is_none() {
                    mark.span = span;
                    mark.exact = false;
                }
                writer.marks.push(mark);
            }
            if done < end {
                writer.marks.push(gap(done, end));
            }
        }
        frame.printed.pieces.push(Mark { start, end, span, exact: false, through: None });
        Ok(())
    }

    fn pipe(&mut self, frame: &mut Frame<'_>, dot: &Val, pipe: &Pipe) -> Result<Val, Stop> {
        let value = self.pipe_value(frame, dot, pipe)?;
        if let Some(name) = pipe.variables.first() {
            assign(frame, pipe, name, value.clone())?;
        }
        Ok(value)
    }

    fn pipe_value(&mut self, frame: &mut Frame<'_>, dot: &Val, pipe: &Pipe) -> Result<Val, Stop> {
        self.cost.enter()?;
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(frame, dot, command, value, &pipe.at)?);
        }
        self.cost.leave();
        Ok(value.unwrap_or(Val::NIL))
    }

    fn command(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Val,
        command: &[Term],
        piped: Option<Val>,
        at: &Range<u32>,
    ) -> Result<Val, Stop> {
        let Some((first, rest)) = command.split_first() else { return Ok(Val::NIL) };
        if let Term::Function(name) = first {
            if matches!(&**name, "and" | "or") {
                return self.and_or(frame, dot, &**name == "or", rest, piped);
            }
            let mut values = Vec::with_capacity(rest.len() + 1);
            for term in rest {
                values.push(self.term(frame, dot, term)?);
            }
            values.extend(piped);
            let site = frame.define.source.span(at);
            return functions::call(self, name, values, site).map_err(|stop| outer(stop, at));
        }
        if rest.is_empty() && piped.is_none() {
            return self.term(frame, dot, first);
        }
        let mut values = Vec::with_capacity(rest.len() + 1);
        for term in rest {
            values.push(self.term(frame, dot, term)?);
        }
        values.extend(piped);
        match first {
            Term::Field(fields) => self.fields(dot, "", fields, values),
            Term::Variable(name, fields) => {
                let receiver = variable(frame, name)?;
                self.fields(&receiver, name, fields, values)
            }
            Term::Chain(inner, fields) => {
                let receiver = self.term(frame, dot, inner)?;
                self.fields(&receiver, "()", fields, values)
            }
            _ => Err("can't give an argument to a value that is no function".into()),
        }
    }

    fn and_or(
        &mut self,
        frame: &mut Frame<'_>,
        dot: &Val,
        or: bool,
        rest: &[Term],
        piped: Option<Val>,
    ) -> Result<Val, Stop> {
        let mut value = None;
        for term in rest {
            let next = self.term(frame, dot, term)?;
            if next.truth() == or {
                return Ok(next);
            }
            value = Some(next);
        }
        let name = if or { "or" } else { "and" };
        piped.or(value).ok_or_else(|| format!("wrong number of arguments for `{name}`").into())
    }

    fn term(&mut self, frame: &mut Frame<'_>, dot: &Val, term: &Term) -> Result<Val, Stop> {
        self.cost.step(1)?;
        Ok(match term {
            Term::Dot => dot.clone(),
            Term::Nil => Val::NIL,
            Term::Bool(value) => Val::bool(*value),
            Term::Int(value) => Val::int(*value),
            Term::Float(value) => Val::float(*value),
            Term::Text(text) => Val::text(text.clone()),
            Term::Field(fields) => self.fields(dot, "", fields, Vec::new())?,
            Term::Variable(name, fields) => {
                let receiver = variable(frame, name)?;
                self.fields(&receiver, name, fields, Vec::new())?
            }
            Term::Function(name) => functions::call(self, name, Vec::new(), None)?,
            Term::Chain(inner, fields) => {
                let receiver = self.term(frame, dot, inner)?;
                self.fields(&receiver, "()", fields, Vec::new())?
            }
            Term::Pipe(pipe) => self.pipe(frame, dot, pipe)?,
        })
    }

    fn fields(
        &mut self,
        receiver: &Val,
        name: &str,
        fields: &[Rc<str>],
        values: Vec<Val>,
    ) -> Result<Val, Stop> {
        // Go has nothing to complain about where there is nothing at all: `(.Values.a).b`.
        if receiver.is_nil() {
            return Ok(Val::NIL);
        }
        let mut value = receiver.clone();
        let mut values = Some(values);
        for (index, field) in fields.iter().enumerate() {
            let last = index + 1 == fields.len();
            let values = if last { values.take().unwrap_or_default() } else { Vec::new() };
            value = match &value.kind {
                Kind::Dict(dict) if values.is_empty() => dict.get(field).unwrap_or(Val::NIL),
                Kind::Dict(_) => {
                    return Err(format!("`{field}` is no method but has arguments").into());
                }
                Kind::Nil => {
                    let dollar = if name.is_empty() || name == "()" { "" } else { "$" };
                    let path = fields.get(..index).unwrap_or_default().join(".");
                    let what = format!(
                        "`{dollar}{name}.{path}` is not set, so there is no `{field}` in it"
                    );
                    return Err(what.into());
                }
                Kind::Text(text) if self.unknowns.find(text.as_str()).is_some() => value,
                _ => functions::method(self, &value, field, values)?,
            };
        }
        if let Some(values) = values
            && !values.is_empty()
        {
            return Err("can't give an argument to a value that is no function".into());
        }
        Ok(value)
    }
}

/// A failure inside of another template, shown at the action that asked for it.
fn outer(stop: Stop, at: &Range<u32>) -> Stop {
    Stop { at: Some(at.start), ..stop }
}

fn place(item: &Item) -> Option<u32> {
    match item {
        Item::Text(range) => Some(range.start),
        Item::Print(pipe) | Item::Range { pipe, .. } => Some(pipe.at.start),
        Item::If { branches, .. } | Item::With { branches, .. } => {
            branches.first().map(|(pipe, _)| pipe.at.start)
        }
        Item::Template { at, .. } => Some(at.start),
        Item::Break | Item::Continue => None,
    }
}

fn variable(frame: &Frame<'_>, name: &str) -> Result<Val, Stop> {
    let found = frame.variables.iter().rev().find(|(known, _)| &**known == name);
    found
        .map(|(_, value)| value.clone())
        .ok_or_else(|| format!("the variable `${name}` is not defined").into())
}

fn assign(frame: &mut Frame<'_>, pipe: &Pipe, name: &Rc<str>, value: Val) -> Result<(), Stop> {
    if !pipe.assigns {
        frame.variables.push((name.clone(), value));
        return Ok(());
    }
    match frame.variables.iter_mut().rev().find(|(known, _)| known == name) {
        Some((_, place)) => {
            *place = value;
            Ok(())
        }
        None => Err(format!("the variable `${name}` is not defined").into()),
    }
}
