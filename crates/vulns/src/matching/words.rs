//! What a match says in words: the range that holds the version, the versions that mend it.

use crate::compile::{NONE, row};
use crate::matching::{Hit, holds};
use crate::pdb::Damaged;
use crate::source::{Position, View};

/// A row as comparisons: `>= 1.0.0, < 1.2.3`.
pub(crate) fn range(view: &View<'_>, row: [u32; 3]) -> Result<String, Damaged> {
    let [kind, introduced, end] = row;
    let mut words = String::with_capacity(32);
    let mut put = |sign: &str, rank: u32| -> Result<(), Damaged> {
        if rank != NONE {
            words.push_str(if words.is_empty() { "" } else { ", " });
            words.push_str(sign);
            words.push_str(view.version(rank)?);
        }
        Ok(())
    };
    match kind {
        row::EXACT => put("= ", introduced)?,
        row::LAST => {
            put(">= ", introduced)?;
            put("<= ", end)?;
        }
        _ => {
            put(">= ", introduced)?;
            put("< ", end)?;
        }
    }
    Ok(if words.is_empty() { ">= 0".to_owned() } else { words })
}

/// Versions newer than the installed one that none of the hits speaks against.
///
/// The fix of the installed version's own branch stands first, then those of later branches. Where
/// the hits contradict each other about every fix, all are shown.
pub(crate) fn fixes<'a>(hits: &[&Hit<'a>]) -> Result<Vec<String>, Damaged> {
    let mut fixes: Vec<Fix<'a>> = Vec::new();
    for hit in hits {
        for index in hit.affected.rows.clone() {
            let row = hit.view.row(index)?;
            let [kind, _, end] = row;
            if kind != row::FIXED || hit.position.reaches(end) {
                continue;
            }
            let (key, version) = (hit.view.key(end)?, hit.view.version(end)?);
            fixes.push(Fix { elsewhere: row != hit.row, key, version, view: hit.view, rank: end });
        }
    }
    fixes.sort_by_key(|fix| (fix.elsewhere, fix.key, fix.version));
    fixes.dedup_by(|a, b| a.key == b.key);
    let mut clean = Vec::new();
    let mut all = Vec::new();
    for fix in fixes {
        if all.contains(&fix.version) {
            continue;
        }
        let mut is_clean = true;
        for hit in hits {
            is_clean &= !is_held(hit, fix.position_in(hit.view)?)?;
        }
        if is_clean {
            clean.push(fix.version);
        }
        all.push(fix.version);
    }
    let best = if clean.is_empty() { all } else { clean };
    Ok(best.into_iter().map(str::to_owned).collect())
}

/// A version that one of the hits calls mended.
struct Fix<'a> {
    /// It mends another branch than the installed version's.
    elsewhere: bool,
    key: &'a [u8],
    version: &'a str,
    view: &'a View<'a>,
    /// Its rank there.
    rank: u32,
}

impl Fix<'_> {
    fn position_in(&self, view: &View<'_>) -> Result<Position, Damaged> {
        // Its own source knows its place; others have to look for it.
        if std::ptr::eq(self.view, view) {
            return view.position_of(self.rank);
        }
        Ok(view.position(self.key))
    }
}

fn is_held(hit: &Hit<'_>, position: Position) -> Result<bool, Damaged> {
    for index in hit.affected.rows.clone() {
        if holds(hit.view.row(index)?, position)? {
            return Ok(true);
        }
    }
    Ok(false)
}
