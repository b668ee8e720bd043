//! Whole sentences that several formats say alike: the verdict, and what to do.

use panoply_base::Language;
use panoply_model::{Finding, Report};

use crate::advice::{Action, Advice};
use crate::clean;
use crate::tally::{self, Tally};
use crate::words::{self, Word};

/// What a report without findings is worth, in one sentence.
pub(crate) fn verdict(report: &Report, language: Language) -> String {
    let (_, problems) = tally::problems(report);
    let word = if report.coverage.engines.is_empty() {
        Word::NotChecked
    } else if problems > 0 {
        let (one, many) = (Word::CleanIncompleteOne, Word::CleanIncompleteMany);
        return words::count(language, problems, one, many);
    } else if report.coverage.files == 0 && report.packages.is_empty() {
        Word::NothingToCheck
    } else if tally::seed_only(report).is_some() {
        Word::CleanSeed
    } else if report.databases.is_empty() && !report.packages.is_empty() {
        Word::CleanNoDatabase
    } else {
        Word::CleanComplete
    };
    word.get(language).to_owned()
}

/// Whether a report without findings says that all is well: everything was checked, against a real database.
pub(crate) fn earned(report: &Report) -> bool {
    verdict(report, Language::English) == Word::CleanComplete.get(Language::English)
}

/// A piece of advice as two sentences: what to do, and what it is good for.
pub(crate) fn sentences(advice: &Advice, language: Language) -> (String, String) {
    let mut effects = Vec::new();
    let action = match &advice.action {
        Action::Remove { package, version } => {
            Word::Remove.fill(language, &[&clean::line(package), &clean::line(version)])
        }
        Action::Upgrade { package, from, to, binaries, left } => {
            let (package, from, to) = (clean::line(package), clean::line(from), clean::line(to));
            let counts = counts(&advice.tally, language);
            effects.push(Word::Fixes.fill(language, &[&advice.tally.total(), &counts]));
            if !binaries.is_empty() {
                effects.push(Word::Binaries.fill(language, &[&some(binaries, 5, language)]));
            }
            if *left > 0 {
                effects.push(Word::StillOpen.fill(language, &[left]));
            }
            if from.is_empty() {
                Word::UpgradeUnknown.fill(language, &[&package, &to])
            } else {
                Word::Upgrade.fill(language, &[&package, &from, &to])
            }
        }
        Action::Revoke { what } => Word::Revoke.fill(language, &[&clean::line(what.get(language))]),
        Action::Configure { what } => clean::line(what.get(language)),
        Action::Other { package, what } => {
            format!("{}: {}", clean::line(package), clean::line(what.get(language)))
        }
    };
    if advice.exploited {
        effects.push(Word::ExploitedMark.get(language).to_owned());
    }
    if !advice.places.is_empty() {
        effects.push(Word::In.fill(language, &[&some(&advice.places, 3, language)]));
    }
    let between = match language {
        Language::English => "; ",
        Language::Chinese => "；",
    };
    (action, effects.join(between))
}

/// Why a check could not be answered, and when it will fail.
pub(crate) fn review(finding: &Finding, language: Language) -> String {
    let Some(review) = finding.config().and_then(|detail| detail.review.as_ref()) else {
        return String::new();
    };
    let cause = clean::line(review.cause.get(language));
    Word::UnknownBecause.fill(language, &[&cause, &clean::line(&review.fails_when)])
}

/// `1 critical, 2 high` without colour.
pub(crate) fn counts(tally: &Tally, language: Language) -> String {
    let one = |(severity, count)| format!("{count} {}", words::severity(severity).get(language));
    tally.present().map(one).collect::<Vec<_>>().join(comma(language))
}

/// The first few of many.
fn some(all: &[String], limit: usize, language: Language) -> String {
    let shown: Vec<String> = all.iter().take(limit).map(|text| clean::line(text)).collect();
    let shown = shown.join(comma(language));
    match all.len().checked_sub(limit) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} {}", Word::AndMore.fill(language, &[&more])),
    }
}

/// What stands between the parts of a list.
pub(crate) fn comma(language: Language) -> &'static str {
    match language {
        Language::English => ", ",
        Language::Chinese => "、",
    }
}

/// `97.0 %`, and never 0 for what is not 0.
pub(crate) fn percent(share: f32) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.1 { "<0.1%".to_owned() } else { format!("{percent:.1}%") }
}
