//! Functions of regular expressions. Go's syntax, of which ours is a superset.

use std::sync::Arc;

use regex_automata::meta::{Config, Regex};
use regex_automata::util::captures::Captures;

use super::super::evaluate::Evaluator;
use super::super::operators::{Fault, broken};
use super::{Answer, Args, list, text};
use crate::node::{Entry, Node};

/// Bytes that one compiled expression may take.
const COMPILED: usize = 1 << 20;
/// Expressions kept of one target.
const KEPT: usize = 1_000;

impl Evaluator<'_> {
    fn pattern(&mut self, pattern: &Arc<str>) -> Result<Regex, Fault> {
        if let Some(known) = self.patterns.get(pattern) {
            return known.clone().ok_or_else(|| broken("a regular expression"));
        }
        let config = Config::new()
            .nfa_size_limit(Some(COMPILED))
            .onepass_size_limit(Some(COMPILED))
            .hybrid_cache_capacity(COMPILED);
        let built = Regex::builder().configure(config).build(pattern).ok();
        if self.patterns.len() < KEPT {
            self.patterns.insert(pattern.clone(), built.clone());
        }
        built.ok_or_else(|| broken("a regular expression"))
    }

    pub(super) fn regex(&mut self, args: &Args<'_>) -> Answer {
        let pattern = self.pattern(&args.text(0)?)?;
        let whole = args.text(1)?;
        let mut captures = pattern.create_captures();
        pattern.captures(&*whole, &mut captures);
        if !captures.is_match() {
            return Err(broken("a regular expression that matches nothing"));
        }
        Ok(found(&pattern, &captures, &whole))
    }

    pub(super) fn regex_all(&mut self, args: &Args<'_>) -> Answer {
        let pattern = self.pattern(&args.text(0)?)?;
        let whole = args.text(1)?;
        let mut matches = Vec::new();
        for captures in pattern.captures_iter(&*whole) {
            args.few(matches.len())?;
            matches.push(found(&pattern, &captures, &whole));
        }
        list(matches)
    }

    /// A search text between slashes is an expression.
    pub(super) fn replace(&mut self, args: &Args<'_>) -> Answer {
        let (whole, search, with) = (args.text(0)?, args.text(1)?, args.text(2)?);
        let inner = search.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
        let Some(inner) = inner else {
            let times =
                if search.is_empty() { whole.len() } else { whole.matches(&*search).count() };
            args.fits(whole.len().saturating_add(times.saturating_mul(with.len())))?;
            return text(whole.replace(&*search, &with));
        };
        let pattern = self.pattern(&inner.into())?;
        let mut result = String::new();
        let mut from = 0;
        for captures in pattern.captures_iter(&*whole) {
            let Some(matched) = captures.get_match() else { continue };
            result.push_str(whole.get(from..matched.start()).unwrap_or_default());
            captures.interpolate_string_into(&whole, &with, &mut result);
            args.fits(result.len())?;
            from = matched.end();
        }
        result.push_str(whole.get(from..).unwrap_or_default());
        text(result)
    }
}

/// Named groups make a map, groups without names a list, and without groups it is the text.
fn found(pattern: &Regex, captures: &Captures, whole: &str) -> Node {
    let part = |at: usize| match captures.get_group(at) {
        Some(span) => Node::text(whole.get(span.range()).unwrap_or_default(), None),
        None => Node::null(None),
    };
    let names: Vec<Option<&str>> =
        pattern.group_info().pattern_names(regex_automata::PatternID::ZERO).collect();
    if names.len() <= 1 {
        return part(0);
    }
    if names.iter().any(Option::is_some) {
        let named = names.iter().enumerate();
        let named = named.filter_map(|(at, name)| Some(Entry::new((*name)?, None, part(at))));
        return Node::map(named.collect(), None);
    }
    Node::list((1..names.len()).map(part).collect(), None)
}
