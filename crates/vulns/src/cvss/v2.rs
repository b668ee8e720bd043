//! The base equation of CVSS v2 ("A Complete Guide to the Common Vulnerability Scoring System
//! Version 2.0", section 3.2.1).

use super::{Metric, Metrics, mandatory, optional};

pub(super) const METRICS: &[Metric] = &[
    mandatory("AV", &["L", "A", "N"]),
    mandatory("AC", &["H", "M", "L"]),
    mandatory("Au", &["M", "S", "N"]),
    mandatory("C", &["N", "P", "C"]),
    mandatory("I", &["N", "P", "C"]),
    mandatory("A", &["N", "P", "C"]),
    optional("E", &["U", "POC", "F", "H", "ND"]),
    optional("RL", &["OF", "TF", "W", "U", "ND"]),
    optional("RC", &["UC", "UR", "C", "ND"]),
    optional("CDP", &["N", "L", "LM", "MH", "H", "ND"]),
    optional("TD", &["N", "L", "M", "H", "ND"]),
    optional("CR", &["L", "M", "H", "ND"]),
    optional("IR", &["L", "M", "H", "ND"]),
    optional("AR", &["L", "M", "H", "ND"]),
];

/// The base score in tenths.
pub(super) fn base(metrics: &Metrics<'_>) -> u8 {
    const IMPACT: &[(&str, f64)] = &[("N", 0.0), ("P", 0.275), ("C", 0.660)];
    let kept = |name| 1.0 - metrics.weigh(name, IMPACT);
    let impact = 10.41 * (1.0 - kept("C") * kept("I") * kept("A"));
    let exploitability = 20.0
        * metrics.weigh("AV", &[("L", 0.395), ("A", 0.646), ("N", 1.0)])
        * metrics.weigh("AC", &[("H", 0.35), ("M", 0.61), ("L", 0.71)])
        * metrics.weigh("Au", &[("M", 0.45), ("S", 0.56), ("N", 0.704)]);
    if impact == 0.0 {
        return 0;
    }
    let score = (0.6 * impact + 0.4 * exploitability - 1.5) * 1.176;
    // A hair more than half rounds up although the product is binary.
    ((score * 10.0 + 1e-9).round()).clamp(0.0, 100.0) as u8
}
