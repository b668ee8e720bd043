//! What a match says in words: the range that holds the version, the versions that mend it.

use crate::compile::{NONE, row};
use crate::matching::{Hit, holds};
use crate::pdb::Damaged;
use crate::source::{Position, View};

/// A row as comparisons: `>= 1.0.0, < 1.2.3`.
pub(crate) fn range(view: &View<'_>, row: [u32; 3]) -> Result<String, Damaged> {
    let [kind, introduced, end] = row;
    if kind == row::EXACT {
        return Ok(format!("= {}", view.version(introduced)?));
    }
    let mut words = Vec::new();
    if introduced != NONE {
        words.push(format!(">= {}", view.version(introduced)?));
    }
    if end != NONE {
        let sign = if kind == row::LAST { "<=" } else { "<" };
        words.push(format!("{sign} {}", view.version(end)?));
    }
    Ok(if words.is_empty() { ">= 0".to_owned() } else { words.join(", ") })
}

/// Versions newer than the installed one that none of the hits speaks against.
///
/// The fix of the installed version's own branch stands first, then those of later branches. Where
/// the hits contradict each other about every fix, all are shown.
pub(crate) fn fixes(hits: &[&Hit<'_>]) -> Result<Vec<String>, Damaged> {
    let mut fixes: Vec<(bool, Vec<u8>, String)> = Vec::new();
    for hit in hits {
        for index in hit.affected.rows.clone() {
            let row = hit.view.row(index)?;
            let [kind, _, end] = row;
            if kind != row::FIXED || hit.position.reaches(end) {
                continue;
            }
            let version = hit.view.version(end)?.to_owned();
            let key = hit.view.key(end)?.to_vec();
            fixes.push((row != hit.row, key, version));
        }
    }
    fixes.sort();
    fixes.dedup_by(|(_, a, _), (_, b, _)| a == b);
    let mut clean = Vec::new();
    let mut all = Vec::new();
    for (_, key, version) in fixes {
        if all.contains(&version) {
            continue;
        }
        let mut is_clean = true;
        for hit in hits {
            is_clean &= !is_held(hit, hit.view.position(&key))?;
        }
        if is_clean {
            clean.push(version.clone());
        }
        all.push(version);
    }
    Ok(if clean.is_empty() { all } else { clean })
}

fn is_held(hit: &Hit<'_>, position: Position) -> Result<bool, Damaged> {
    for index in hit.affected.rows.clone() {
        if holds(hit.view.row(index)?, position)? {
            return Ok(true);
        }
    }
    Ok(false)
}
