//! The base score of CVSS v4.0 (specification document, section 8: macrovectors and
//! interpolation between them).
//!
//! With base metrics only, every threat and environmental metric has its default, which is the
//! worst: exploited (EQ5 is 0), every requirement high, and no effect on safety (EQ4 is not 0).

use super::v4_scores::SCORES;
use super::{Metric, Metrics, mandatory, optional};

pub(super) const METRICS: &[Metric] = &[
    mandatory("AV", &["N", "A", "L", "P"]),
    mandatory("AC", &["L", "H"]),
    mandatory("AT", &["N", "P"]),
    mandatory("PR", &["N", "L", "H"]),
    mandatory("UI", &["N", "P", "A"]),
    mandatory("VC", &["H", "L", "N"]),
    mandatory("VI", &["H", "L", "N"]),
    mandatory("VA", &["H", "L", "N"]),
    mandatory("SC", &["H", "L", "N"]),
    mandatory("SI", &["H", "L", "N"]),
    mandatory("SA", &["H", "L", "N"]),
    optional("E", &["X", "A", "P", "U"]),
    optional("CR", &["X", "H", "M", "L"]),
    optional("IR", &["X", "H", "M", "L"]),
    optional("AR", &["X", "H", "M", "L"]),
    optional("MAV", &["X", "N", "A", "L", "P"]),
    optional("MAC", &["X", "L", "H"]),
    optional("MAT", &["X", "N", "P"]),
    optional("MPR", &["X", "N", "L", "H"]),
    optional("MUI", &["X", "N", "P", "A"]),
    optional("MVC", &["X", "N", "L", "H"]),
    optional("MVI", &["X", "N", "L", "H"]),
    optional("MVA", &["X", "N", "L", "H"]),
    optional("MSC", &["X", "N", "L", "H"]),
    optional("MSI", &["X", "N", "L", "H", "S"]),
    optional("MSA", &["X", "N", "L", "H", "S"]),
    optional("S", &["X", "N", "P"]),
    optional("AU", &["X", "N", "Y"]),
    optional("R", &["X", "A", "U", "I"]),
    optional("V", &["X", "D", "C"]),
    optional("RE", &["X", "L", "M", "H"]),
    optional("U", &["X", "Clear", "Green", "Amber", "Red"]),
];

/// Steps a metric's value is below its worst one.
type Steps = i32;

/// The base metrics in steps.
struct Vector {
    attack: Steps,
    privileges: Steps,
    interaction: Steps,
    complexity: Steps,
    requirements: Steps,
    vulnerable: [Steps; 3],
    subsequent: [Steps; 3],
}

/// Which equivalence class a vector is in, per set of metrics.
#[derive(Clone, Copy)]
struct Macro {
    eq1: usize,
    eq2: usize,
    /// EQ3 and EQ6 together.
    eq36: (usize, usize),
    eq4: usize,
    eq5: usize,
}

impl Macro {
    /// The score in tenths; `None` for classes that do not exist.
    fn score(self) -> Option<u8> {
        let eq36 = match self.eq36 {
            (0, 0) => 0,
            (0, 1) => 1,
            (1, 0) => 2,
            (1, 1) => 3,
            (2, 1) => 4,
            _ => return None,
        };
        if self.eq1 > 2 || self.eq2 > 1 || self.eq4 > 2 || self.eq5 > 2 {
            return None;
        }
        let index = (((self.eq1 * 2 + self.eq2) * 5 + eq36) * 3 + self.eq4) * 3 + self.eq5;
        SCORES.get(index).copied()
    }
}

/// The base score in tenths.
pub(super) fn base(metrics: &Metrics<'_>) -> u8 {
    let vector = Vector::of(metrics);
    if vector.vulnerable == [2; 3] && vector.subsequent == [2; 3] {
        return 0;
    }
    let class = vector.class();
    let Some(top) = class.score() else { return 0 };
    let lower36 = match class.eq36 {
        // From EQ6 there is no step down without one in EQ3 as well, except out of 00.
        (0, 0) => {
            Macro { eq36: (0, 1), ..class }.score().max(Macro { eq36: (1, 0), ..class }.score())
        }
        (0, 1) | (1, 0) => Macro { eq36: (1, 1), ..class }.score(),
        (1, 1) => Macro { eq36: (2, 1), ..class }.score(),
        _ => None,
    };
    let sets = [
        (
            Macro { eq1: class.eq1 + 1, ..class }.score(),
            vector.below_eq1(class),
            [1, 4, 5].get(class.eq1),
        ),
        (
            Macro { eq2: class.eq2 + 1, ..class }.score(),
            vector.below_eq2(class),
            [1, 2].get(class.eq2),
        ),
        (
            lower36,
            vector.below_eq36(class),
            match class.eq36 {
                (0, 0) => Some(&7),
                (0, 1) => Some(&6),
                (1, _) => Some(&8),
                _ => Some(&10),
            },
        ),
        (
            Macro { eq4: class.eq4 + 1, ..class }.score(),
            vector.below_eq4(class),
            [6, 5, 4].get(class.eq4),
        ),
        (Macro { eq5: class.eq5 + 1, ..class }.score(), 0, Some(&1)),
    ];
    let mut lowering = 0.0;
    let mut counted = 0.0;
    for (lower, steps, depth) in sets {
        if let (Some(lower), Some(depth)) = (lower, depth) {
            lowering += f64::from(top.saturating_sub(lower)) * f64::from(steps) / f64::from(*depth);
            counted += 1.0;
        }
    }
    let mean = if counted > 0.0 { lowering / counted } else { 0.0 };
    // The reference implementation adds 1e-6 to a score before rounding it to a tenth.
    (f64::from(top) - mean + 1e-5).round().clamp(0.0, 100.0) as u8
}

impl Vector {
    fn of(metrics: &Metrics<'_>) -> Self {
        let steps = |name: &str, order: &[&str]| {
            let value = metrics.value(name);
            order.iter().position(|known| *known == value).unwrap_or(0) as Steps
        };
        let impact = |name| steps(name, &["H", "L", "N"]);
        Self {
            attack: steps("AV", &["N", "A", "L", "P"]),
            privileges: steps("PR", &["N", "L", "H"]),
            interaction: steps("UI", &["N", "P", "A"]),
            complexity: steps("AC", &["L", "H"]),
            requirements: steps("AT", &["N", "P"]),
            vulnerable: [impact("VC"), impact("VI"), impact("VA")],
            subsequent: [impact("SC"), impact("SI"), impact("SA")],
        }
    }

    fn class(&self) -> Macro {
        let [confidentiality, integrity, availability] = self.vulnerable;
        let any_high = self.vulnerable.contains(&0);
        let worst = [self.attack, self.privileges, self.interaction];
        Macro {
            eq1: match worst {
                [0, 0, 0] => 0,
                _ if self.attack != 3 && worst.contains(&0) => 1,
                _ => 2,
            },
            eq2: usize::from(self.complexity != 0 || self.requirements != 0),
            eq36: match (confidentiality, integrity, availability) {
                (0, 0, _) => (0, 0),
                _ if any_high => (1, 0),
                _ => (2, 1),
            },
            eq4: if self.subsequent.contains(&0) { 1 } else { 2 },
            eq5: 0,
        }
    }

    fn below_eq1(&self, class: Macro) -> Steps {
        let tops: &[[Steps; 3]] = match class.eq1 {
            0 => &[[0, 0, 0]],
            1 => &[[1, 0, 0], [0, 1, 0], [0, 0, 1]],
            _ => &[[3, 0, 0], [1, 1, 1]],
        };
        below(&[self.attack, self.privileges, self.interaction], tops)
    }

    fn below_eq2(&self, class: Macro) -> Steps {
        let tops: &[[Steps; 2]] = if class.eq2 == 0 { &[[0, 0]] } else { &[[1, 0], [0, 1]] };
        below(&[self.complexity, self.requirements], tops)
    }

    fn below_eq36(&self, class: Macro) -> Steps {
        // Every requirement is high, so only the tops that allow that can be above the vector.
        let tops: &[[Steps; 3]] = match class.eq36 {
            (0, 0) => &[[0, 0, 0]],
            (1, 0) => &[[1, 0, 0], [0, 1, 0]],
            _ => &[[1, 1, 1]],
        };
        below(&self.vulnerable, tops)
    }

    fn below_eq4(&self, class: Macro) -> Steps {
        let tops: &[[Steps; 3]] = if class.eq4 == 1 { &[[0, 0, 0]] } else { &[[1, 1, 1]] };
        below(&self.subsequent, tops)
    }
}

/// Steps from the first of a class's worst vectors that is nowhere better than `values`.
fn below<const N: usize>(values: &[Steps; N], tops: &[[Steps; N]]) -> Steps {
    let down = |top: &[Steps; N]| {
        let steps = values.iter().zip(top).map(|(value, top)| value - top);
        steps.clone().all(|step| step >= 0).then(|| steps.sum())
    };
    tops.iter().find_map(down).unwrap_or(0)
}
