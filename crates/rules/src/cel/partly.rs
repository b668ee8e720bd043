//! Texts of which parts are known: `serviceAccount:?`, where anything may stand for the `?`.
//!
//! Every answer here holds whatever the unknown parts turn out to be; where that differs, there is none.

use std::rc::Rc;

use regex_automata::nfa::thompson::{NFA, State};
use regex_automata::util::look::{Look, LookSet};
use regex_automata::util::primitives::StateID;

/// Steps of following one pattern through one text.
const STEPS: usize = 2_000_000;

/// What is known of a text: between each two of its parts, and nowhere else, any text may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts(Rc<[Rc<str>]>);

impl Parts {
    /// None for a text of which nothing is known, and for one that is known whole.
    pub fn new<'t>(parts: impl IntoIterator<Item = &'t str>) -> Option<Self> {
        let parts: Rc<[Rc<str>]> = parts.into_iter().map(Rc::from).collect();
        let says_something = parts.len() > 1 && parts.iter().any(|part| !part.is_empty());
        says_something.then_some(Self(parts))
    }

    fn first(&self) -> &str {
        self.0.first().map_or("", |part| part)
    }

    fn last(&self) -> &str {
        self.0.last().map_or("", |part| part)
    }

    /// Whether it may be this very text; it never has to be.
    pub(super) fn may_be(&self, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(self.first()) else { return false };
        let Some(mut rest) = rest.strip_suffix(self.last()) else { return false };
        // What is found first leaves the most for those that follow.
        let inner = self.0.get(1..self.0.len() - 1).unwrap_or_default();
        for part in inner {
            let Some(at) = rest.find(&**part) else { return false };
            rest = rest.get(at + part.len()..).unwrap_or_default();
        }
        true
    }

    /// Whether it may be the same text as another one.
    pub(super) fn may_be_like(&self, other: &Self) -> bool {
        let (a, b) = (self.first(), other.first());
        let (c, d) = (self.last(), other.last());
        (a.starts_with(b) || b.starts_with(a)) && (c.ends_with(d) || d.ends_with(c))
    }

    pub(super) fn starts_with(&self, start: &str) -> Option<bool> {
        let first = self.first();
        if first.starts_with(start) {
            return Some(true);
        }
        (!start.starts_with(first)).then_some(false)
    }

    pub(super) fn ends_with(&self, end: &str) -> Option<bool> {
        let last = self.last();
        if last.ends_with(end) {
            return Some(true);
        }
        (!end.ends_with(last)).then_some(false)
    }

    pub(super) fn contains(&self, inner: &str) -> Option<bool> {
        self.0.iter().any(|part| part.contains(inner)).then_some(true)
    }

    /// The same text in other letters; `change` looks at each character alone.
    pub(super) fn map(&self, change: impl Fn(&str) -> String) -> Self {
        Self(self.0.iter().map(|part| Rc::from(change(part))).collect())
    }

    /// Whether a pattern is somewhere in it; `is_in` asks one known text.
    pub(super) fn matches(&self, nfa: &NFA, is_in: impl Fn(&str) -> bool) -> Option<bool> {
        let looks = nfa.look_set_any();
        let only = |look: Look| looks.subtract(LookSet::singleton(look)).is_empty();
        let found = (looks.is_empty() && self.0.iter().any(|part| is_in(part)))
            || (only(Look::Start) && is_in(self.first()))
            || (only(Look::End) && is_in(self.last()));
        if found {
            return Some(true);
        }
        match self.may_match(nfa) {
            Some(false) => Some(false),
            _ => None,
        }
    }

    /// Whether some text in the place of the unknown parts has the pattern in it; `None` if that
    /// takes too long to find out.
    fn may_match(&self, nfa: &NFA) -> Option<bool> {
        let mut walk = Walk { nfa, reached: vec![false; nfa.states().len()], steps: STEPS };
        walk.close(vec![nfa.start_unanchored()], Ends { start: true, end: false })?;
        for (at, part) in self.0.iter().enumerate() {
            if at > 0 {
                walk.anything()?;
            }
            for byte in part.bytes() {
                walk.byte(byte)?;
            }
        }
        let reached = walk.states();
        walk.close(reached, Ends { start: false, end: true })?;
        Some(walk.matched())
    }
}

/// Which ends of the text the walk may stand at.
#[derive(Clone, Copy)]
struct Ends {
    start: bool,
    end: bool,
}

/// The states of a pattern that some text leads to.
struct Walk<'n> {
    nfa: &'n NFA,
    reached: Vec<bool>,
    steps: usize,
}

impl Walk<'_> {
    fn states(&self) -> Vec<StateID> {
        let reached = self.reached.iter().enumerate().filter(|(_, reached)| **reached);
        reached.filter_map(|(at, _)| StateID::new(at).ok()).collect()
    }

    /// A match stays one, whatever follows.
    fn matched(&self) -> bool {
        let is_match = |id: StateID| matches!(self.nfa.state(id), State::Match { .. });
        self.states().into_iter().any(is_match)
    }

    /// Adds states and all that can be reached from them without a character.
    fn close(&mut self, mut todo: Vec<StateID>, ends: Ends) -> Option<()> {
        let mut seen = vec![false; self.reached.len()];
        while let Some(id) = todo.pop() {
            match seen.get_mut(id.as_usize()) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            self.steps = self.steps.checked_sub(1)?;
            if let Some(reached) = self.reached.get_mut(id.as_usize()) {
                *reached = true;
            }
            match self.nfa.state(id) {
                State::Union { alternates } => todo.extend(alternates.iter().copied()),
                State::BinaryUnion { alt1, alt2 } => todo.extend([*alt1, *alt2]),
                State::Capture { next, .. } => todo.push(*next),
                State::Look { look, next } => {
                    let holds = match look {
                        Look::Start => ends.start,
                        Look::End => ends.end,
                        // Of lines and words it is enough that they may.
                        _ => true,
                    };
                    if holds {
                        todo.push(*next);
                    }
                }
                _ => {}
            }
        }
        Some(())
    }

    /// States one character on.
    fn after(&mut self, takes: impl Fn(&State) -> Vec<StateID>) -> Option<Vec<StateID>> {
        let states = self.states();
        self.steps = self.steps.checked_sub(self.reached.len())?;
        let mut next = Vec::new();
        for id in states {
            let state = self.nfa.state(id);
            match state {
                State::Match { .. } => next.push(id),
                state => next.extend(takes(state)),
            }
        }
        Some(next)
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        let next = self.after(|state| match state {
            State::ByteRange { trans } if trans.matches_byte(byte) => vec![trans.next],
            State::Sparse(sparse) => sparse.matches_byte(byte).into_iter().collect(),
            State::Dense(dense) => dense.matches_byte(byte).into_iter().collect(),
            _ => Vec::new(),
        })?;
        self.reached.fill(false);
        self.close(next, Ends { start: false, end: false })
    }

    /// Any text, the empty one too.
    fn anything(&mut self) -> Option<()> {
        loop {
            let before = self.states().len();
            let mut next = self.after(|state| match state {
                State::ByteRange { trans } => vec![trans.next],
                State::Sparse(sparse) => sparse.transitions.iter().map(|t| t.next).collect(),
                State::Dense(dense) => {
                    (0..=u8::MAX).filter_map(|byte| dense.matches_byte(byte)).collect()
                }
                _ => Vec::new(),
            })?;
            next.retain(|id| !self.reached.get(id.as_usize()).copied().unwrap_or(true));
            self.close(next, Ends { start: false, end: false })?;
            if self.states().len() == before {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use regex_automata::meta::Regex;

    use super::*;

    /// What may stand for an unknown part, when all of it is tried.
    const FILLINGS: [&str; 9] = ["", "a", "b", ":", "ab", "ba", "a:b", "::", "bab"];

    fn filled(parts: &[&str]) -> Vec<String> {
        let mut texts = vec![parts[0].to_owned()];
        for part in &parts[1..] {
            texts = texts
                .iter()
                .flat_map(|text| FILLINGS.iter().map(move |fill| format!("{text}{fill}{part}")))
                .collect();
        }
        texts
    }

    /// An answer has to hold for everything that may stand there, and has to be given where the
    /// fillings are no reason to doubt it and `certain` says that nothing else is.
    fn check(said: Option<bool>, truths: &[bool], what: &str) {
        if let Some(said) = said {
            assert!(truths.iter().all(|truth| *truth == said), "{what} is said to be {said}");
        }
    }

    const TEXTS: [&str; 11] = ["", "a", "b", ":", "ab", "a:", "a:b", "b:a", "aab", "aba", "abab"];

    #[test]
    fn no_filling_contradicts_an_answer() {
        let known = ["", "a", "b", "a:", ":b", "ab"];
        let mut asked = 0;
        let mut shapes: Vec<Vec<&str>> = Vec::new();
        for a in known {
            for b in known {
                shapes.push(vec![a, b]);
                shapes.extend(known.map(|c| vec![a, c, b]));
            }
        }
        let patterns = [
            "^a", "b$", "^a:", "^(a|ab)$", "a:b", "^[^:]*$", "^$", "ba*b", "^a.*b$", "(^|:)b",
            "\\bab",
        ];
        for shape in &shapes {
            let Some(parts) = Parts::new(shape.iter().copied()) else { continue };
            let all = filled(shape);
            let truths =
                |is: &dyn Fn(&str) -> bool| -> Vec<bool> { all.iter().map(|t| is(t)).collect() };
            for text in TEXTS {
                let what = format!("{shape:?} {text}");
                let same = truths(&|filled| filled == text);
                assert!(parts.may_be(text) || same.iter().all(|same| !same), "{what}");
                check(parts.starts_with(text), &truths(&|t| t.starts_with(text)), &what);
                check(parts.ends_with(text), &truths(&|t| t.ends_with(text)), &what);
                check(parts.contains(text), &truths(&|t| t.contains(text)), &what);
                asked += 1;
            }
            for pattern in patterns {
                let nfa = NFA::new(pattern).expect(pattern);
                let regex = Regex::new(pattern).expect(pattern);
                let said = parts.matches(&nfa, |text| regex.is_match(text));
                check(said, &truths(&|t| regex.is_match(t)), &format!("{shape:?} {pattern}"));
                asked += 1;
            }
            for other in shapes.iter().step_by(7) {
                let Some(likewise) = Parts::new(other.iter().copied()) else { continue };
                let others = filled(other);
                let same = all.iter().any(|text| others.contains(text));
                assert!(parts.may_be_like(&likewise) || !same, "{shape:?} {other:?}");
            }
        }
        assert!(asked > 5_000, "{asked}");
    }

    #[test]
    fn what_is_certain_is_said() {
        let account = Parts::new(["serviceAccount:", ""]).expect("is known in part");
        assert!(!account.may_be("allUsers"));
        assert!(account.may_be("serviceAccount:"));
        assert_eq!(account.starts_with("service"), Some(true));
        assert_eq!(account.starts_with("serviceAccount:a"), None);
        assert_eq!(account.starts_with("user:"), Some(false));
        assert_eq!(account.contains("Account"), Some(true));
        assert_eq!(account.contains("x"), None);
        let matches = |parts: &Parts, pattern: &str| {
            let regex = Regex::new(pattern).expect(pattern);
            parts.matches(&NFA::new(pattern).expect(pattern), |text| regex.is_match(text))
        };
        assert_eq!(matches(&account, "^(allUsers|allAuthenticatedUsers)$"), Some(false));
        assert_eq!(matches(&account, "^serviceAccount:"), Some(true));
        assert_eq!(matches(&account, "@"), None);
        let host = Parts::new(["", "/32"]).expect("is known in part");
        assert_eq!(matches(&host, "/0$"), Some(false));
        assert_eq!(matches(&host, "/(8|32)$"), Some(true));
        assert!(Parts::new(["", ""]).is_none() && Parts::new(["a"]).is_none());
    }
}
