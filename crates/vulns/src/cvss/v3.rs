//! The base equations of CVSS v3.0 and v3.1 (specification documents, section 7.1 and, for
//! rounding, v3.1 appendix A).

use super::{Metric, Metrics, mandatory, optional};

pub(super) const METRICS: &[Metric] = &[
    mandatory("AV", &["N", "A", "L", "P"]),
    mandatory("AC", &["L", "H"]),
    mandatory("PR", &["N", "L", "H"]),
    mandatory("UI", &["N", "R"]),
    mandatory("S", &["U", "C"]),
    mandatory("C", &["H", "L", "N"]),
    mandatory("I", &["H", "L", "N"]),
    mandatory("A", &["H", "L", "N"]),
    optional("E", &["X", "H", "F", "P", "U"]),
    optional("RL", &["X", "U", "W", "T", "O"]),
    optional("RC", &["X", "C", "R", "U"]),
    optional("CR", &["X", "H", "M", "L"]),
    optional("IR", &["X", "H", "M", "L"]),
    optional("AR", &["X", "H", "M", "L"]),
    optional("MAV", &["X", "N", "A", "L", "P"]),
    optional("MAC", &["X", "L", "H"]),
    optional("MPR", &["X", "N", "L", "H"]),
    optional("MUI", &["X", "N", "R"]),
    optional("MS", &["X", "U", "C"]),
    optional("MC", &["X", "N", "L", "H"]),
    optional("MI", &["X", "N", "L", "H"]),
    optional("MA", &["X", "N", "L", "H"]),
];

/// The base score in tenths; the versions differ only in how they round up.
pub(super) fn base(metrics: &Metrics<'_>, round_up: fn(f64) -> u8) -> u8 {
    const IMPACT: &[(&str, f64)] = &[("H", 0.56), ("L", 0.22), ("N", 0.0)];
    let changed = metrics.value("S") == "C";
    let kept = |name| 1.0 - metrics.weigh(name, IMPACT);
    let base: f64 = 1.0 - kept("C") * kept("I") * kept("A");
    let impact =
        if changed { 7.52 * (base - 0.029) - 3.25 * (base - 0.02).powi(15) } else { 6.42 * base };
    if impact <= 0.0 {
        return 0;
    }
    let privileges: &[(&str, f64)] = if changed {
        &[("N", 0.85), ("L", 0.68), ("H", 0.5)]
    } else {
        &[("N", 0.85), ("L", 0.62), ("H", 0.27)]
    };
    let exploitability = 8.22
        * metrics.weigh("AV", &[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)])
        * metrics.weigh("AC", &[("L", 0.77), ("H", 0.44)])
        * metrics.weigh("PR", privileges)
        * metrics.weigh("UI", &[("N", 0.85), ("R", 0.62)]);
    let sum = impact + exploitability;
    round_up(if changed { 1.08 * sum } else { sum }.min(10.0))
}

/// The smallest tenth that is not smaller: v3.0.
///
/// The products have more decimals than a double keeps, and none lies within 1e-9 of a tenth
/// without being one.
pub(super) fn round_up_30(score: f64) -> u8 {
    (score * 10.0 - 1e-9).ceil().clamp(0.0, 100.0) as u8
}

/// v3.1 looks at five decimals only, so that every language rounds alike.
pub(super) fn round_up_31(score: f64) -> u8 {
    let scaled = (score * 100_000.0).round().clamp(0.0, 1_000_000.0) as u32;
    scaled.div_ceil(10_000) as u8
}
