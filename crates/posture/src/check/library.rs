//! Where the checks of a run come from: all of them ready, or packed and unpacked for what is there.
//!
//! The built-in checks are many, and a target has resources of a few kinds. Unpacking those checks
//! that look at these kinds takes a fraction of the time, and no other would ever be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use panoply_base::{Parsed, Problem};
use panoply_rules::Rule;
use panoply_rules::pack::Indexed;

use super::{CheckBody, Checks};
use crate::resource::Platform;
use crate::view::View;
use crate::world::World;

/// The checks of a program.
#[derive(Debug)]
pub struct Library(Source);

#[derive(Debug)]
enum Source {
    Whole(Checks),
    /// Beside the packed ones, those that a user brings; of two with the same id theirs counts.
    Packed(Indexed<'static>, Vec<Rule<CheckBody>>),
}

/// The checks that can have something to say of a world.
#[derive(Debug)]
pub enum Chosen<'l> {
    All(&'l Checks),
    Some(Checks),
}

impl Deref for Chosen<'_> {
    type Target = Checks;

    fn deref(&self) -> &Checks {
        match self {
            Self::All(checks) => checks,
            Self::Some(checks) => checks,
        }
    }
}

impl Library {
    /// Checks that are all ready: for runs that speak of checks nothing was there for as well.
    pub fn whole(rules: Vec<Rule<CheckBody>>) -> Self {
        Self(Source::Whole(Checks::new(rules)))
    }

    /// Checks of a pack, unpacked when there is something for them, and a user's own.
    pub fn packed(pack: Indexed<'static>, own: Vec<Rule<CheckBody>>) -> Self {
        Self(Source::Packed(pack, own))
    }

    /// Every check, if this is a library of whole ones.
    pub fn all(&self) -> Option<&Checks> {
        match &self.0 {
            Source::Whole(checks) => Some(checks),
            Source::Packed(..) => None,
        }
    }

    /// The checks that look at something in `world`, with those that cannot be unpacked.
    pub fn looking_at(&self, world: &World) -> Parsed<Chosen<'_>> {
        let (pack, own) = match &self.0 {
            Source::Whole(checks) => return Parsed::whole(Chosen::All(checks)),
            Source::Packed(pack, own) => (pack, own),
        };
        let (mut rules, mut problems) = (Vec::new(), Vec::new());
        for position in positions(pack, world) {
            match pack.rule(position as usize) {
                Some(Ok(rule)) => rules.push(rule),
                Some(Err(error)) => problems.push(Problem::whole(error.to_string())),
                None => {
                    problems.push(Problem::whole("the pack of rules is shorter than its index"));
                }
            }
        }
        rules.extend(own.iter().cloned());
        Parsed { value: Chosen::Some(Checks::new(rules)), problems }
    }
}

/// Where the rules stand that look at any resource, each once.
fn positions(pack: &Indexed<'_>, world: &World) -> BTreeSet<u32> {
    let mut names: BTreeMap<Platform, BTreeSet<&str>> = BTreeMap::new();
    for resource in world.resources() {
        names.entry(resource.platform).or_default().extend(View::of(resource, world).names);
    }
    let mut found = BTreeSet::new();
    for (platform, names) in names {
        // Kinds of Azure are written in any case.
        let lower: BTreeSet<String> = match platform {
            Platform::Azure => names.iter().map(|name| name.to_ascii_lowercase()).collect(),
            _ => BTreeSet::new(),
        };
        for (kind, rules) in pack.kinds(platform.name()) {
            let looked_at = match platform {
                Platform::Azure => lower.contains(&kind.to_ascii_lowercase()),
                _ => names.contains(kind),
            };
            if looked_at {
                found.extend(rules);
            }
        }
    }
    found
}
