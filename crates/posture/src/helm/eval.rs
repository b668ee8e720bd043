//! The templates of a chart, by name, and all that rendering them shares.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use regex_automata::meta::Regex;

use super::cost::{Cost, Unknowns};
use super::parse::parse;
use super::syntax::{Define, Place, Source, Stop};
use super::text::{Mark, Str, Writer};
use super::value::{Dict, Val};
use crate::node::Through;
use crate::sources::Span;

/// The templates of a chart and all that rendering them shares.
#[derive(Debug)]
pub(crate) struct Engine {
    /// By name; those of a `tpl` lie on top while it is rendered.
    defines: Vec<HashMap<Rc<str>, Rc<Define>>>,
    pub(crate) cost: Cost,
    pub(crate) unknowns: Unknowns,
    pub(crate) regexes: HashMap<String, Option<Regex>>,
    /// Dictionaries that were changed in place. Only they can hold themselves.
    changed: Vec<Dict>,
}

/// What one template printed.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    pub(crate) writer: Writer,
    /// Which bytes of the output the text and actions of this template itself made.
    pub(crate) pieces: Vec<Mark>,
}

pub(super) struct Frame<'d> {
    pub(super) define: &'d Define,
    pub(super) variables: Vec<(Rc<str>, Val)>,
    pub(super) printed: Printed,
}

pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl Drop for Engine {
    /// Values that hold themselves would stay forever, and long chains of them need much stack.
    fn drop(&mut self) {
        let contents: Vec<_> = self.changed.iter().map(Dict::take).collect();
        drop(contents);
    }
}

impl Engine {
    pub(crate) fn new(cost: Cost, unknowns: Unknowns) -> Self {
        Self {
            defines: vec![HashMap::new()],
            cost,
            unknowns,
            regexes: HashMap::new(),
            changed: Vec::new(),
        }
    }

    /// Makes templates known by their names; the last of a name counts, if it prints anything.
    pub(crate) fn define(&mut self, defines: Vec<Define>) {
        for define in defines {
            let Some(known) = self.defines.last_mut() else { return };
            if !define.is_empty() || !known.contains_key(&define.name) {
                known.insert(define.name.clone(), Rc::new(define));
            }
        }
    }

    fn find(&self, name: &str) -> Option<Rc<Define>> {
        self.defines.iter().rev().find_map(|known| known.get(name)).cloned()
    }

    pub(crate) fn will_change(&mut self, dict: &Dict) -> Result<(), Stop> {
        self.cost.step(1)?;
        if !self.changed.last().is_some_and(|last| last.same(dict)) {
            self.changed.push(dict.clone());
        }
        Ok(())
    }

    /// Renders a template by its name.
    pub(crate) fn execute(&mut self, name: &str, data: &Val) -> Result<Printed, Stop> {
        let define = self
            .find(name)
            .ok_or_else(|| Stop::new(format!("the template `{name}` is not here")))?;
        self.execute_define(&define, data)
    }

    fn execute_define(&mut self, define: &Define, data: &Val) -> Result<Printed, Stop> {
        let mut frame = Frame {
            define,
            variables: vec![("".into(), data.clone())],
            printed: Printed::default(),
        };
        self.block(&mut frame, data, &define.body)?;
        Ok(frame.printed)
    }

    /// `include`: what a template prints, as a value.
    pub(crate) fn include(
        &mut self,
        name: &str,
        data: &Val,
        site: Option<Span>,
    ) -> Result<Str, Stop> {
        let printed = self.execute(name, data).map_err(|stop| Stop {
            what: if stop.what.len() < 400 {
                format!("in `{name}`: {}", stop.what)
            } else {
                stop.what
            },
            ..stop
        })?;
        let mut writer = printed.writer;
        let name = format!("include {name}");
        let mut last: Option<(Option<Arc<Through>>, Arc<Through>)> = None;
        for mark in &mut writer.marks {
            let same = match (&last, &mark.through) {
                (Some((None, _)), None) => true,
                (Some((Some(before), _)), Some(now)) => Arc::ptr_eq(before, now),
                _ => false,
            };
            if !same {
                let step = Through { name: name.clone(), span: site, before: mark.through.clone() };
                last = Some((mark.through.clone(), Arc::new(step)));
            }
            mark.through = last.as_ref().map(|(_, step)| step.clone());
        }
        self.cost.step(writer.marks.len())?;
        Ok(writer.finish())
    }

    /// `tpl`: a text that is a template itself.
    pub(crate) fn tpl(&mut self, text: &Str, data: &Val) -> Result<Str, Stop> {
        self.cost.text(text.len())?;
        let place = Place::Made(text.only_value().cloned());
        let source = Rc::new(Source { text: text.as_str().into(), place });
        let broken =
            |stop: Stop| Stop { at: None, what: format!("in `tpl`: {}", stop.what), ..stop };
        let defines = parse("tpl", &source).map_err(broken)?;
        self.defines.push(HashMap::new());
        self.define(defines);
        let printed = self.execute("tpl", data);
        self.defines.pop();
        printed.map(|printed| printed.writer.finish()).map_err(broken)
    }
}
