//! CVSS vectors and the base scores they stand for: v2, v3.0, v3.1 and v4.0.
//!
//! Scores are computed here and never taken from a record: records copy them wrongly, or copy the
//! score of another version. Obeys FIRST's specification documents of each version. Temporal,
//! threat, environmental and supplemental metrics are read and checked, but the score is that of
//! the base metrics: what somebody else's environment adds says nothing about ours.

mod v2;
mod v3;
mod v4;
mod v4_scores;

use panoply_model::CvssVersion;

/// Why a text is no CVSS vector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{vector}` is not a CVSS vector: {why}")]
pub struct CvssError {
    pub vector: String,
    pub why: String,
}

/// The longest vector is one of v4.0 with every metric, of less than 250 bytes.
const LONGEST: usize = 512;

/// The version a vector is of, and its base score from 0 to 10 with one decimal place.
///
/// Metrics may stand in any order, as many records have them.
pub fn score(vector: &str) -> Result<(CvssVersion, f32), CvssError> {
    let refuse = |why: String| CvssError { vector: vector.chars().take(LONGEST).collect(), why };
    if vector.len() > LONGEST {
        return Err(refuse(format!("longer than {LONGEST} bytes")));
    }
    let text = vector.trim();
    let (version, metrics) = match text.split_once('/') {
        Some(("CVSS:4.0", metrics)) => (CvssVersion::V40, metrics),
        Some(("CVSS:3.1", metrics)) => (CvssVersion::V31, metrics),
        Some(("CVSS:3.0", metrics)) => (CvssVersion::V30, metrics),
        Some(("CVSS:2.0", metrics)) => (CvssVersion::V2, metrics),
        _ if text.starts_with("CVSS:") => return Err(refuse("unknown version".to_owned())),
        _ => {
            let bare = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
            (CvssVersion::V2, bare.unwrap_or(text))
        }
    };
    let table = match version {
        CvssVersion::V2 => v2::METRICS,
        CvssVersion::V30 | CvssVersion::V31 => v3::METRICS,
        CvssVersion::V40 => v4::METRICS,
    };
    let metrics = Metrics::read(metrics, table).map_err(refuse)?;
    let tenths = match version {
        CvssVersion::V2 => v2::base(&metrics),
        CvssVersion::V30 => v3::base(&metrics, v3::round_up_30),
        CvssVersion::V31 => v3::base(&metrics, v3::round_up_31),
        CvssVersion::V40 => v4::base(&metrics),
    };
    Ok((version, f32::from(tenths) / 10.0))
}

/// A metric that a version knows: its name, the values it can take, and whether it must be there.
struct Metric {
    name: &'static str,
    values: &'static [&'static str],
    mandatory: bool,
}

const fn mandatory(name: &'static str, values: &'static [&'static str]) -> Metric {
    Metric { name, values, mandatory: true }
}

const fn optional(name: &'static str, values: &'static [&'static str]) -> Metric {
    Metric { name, values, mandatory: false }
}

/// The metrics of one vector, every one known and said once.
struct Metrics<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Metrics<'a> {
    fn read(text: &'a str, table: &[Metric]) -> Result<Self, String> {
        let mut metrics = Vec::new();
        for part in text.split('/').filter(|part| !part.is_empty()) {
            let (name, value) =
                part.split_once(':').ok_or_else(|| format!("`{part}` is not `name:value`"))?;
            let known = table.iter().find(|metric| metric.name == name);
            let known = known.ok_or_else(|| format!("no metric `{name}`"))?;
            if !known.values.contains(&value) {
                return Err(format!("`{name}` cannot be `{value}`"));
            }
            if metrics.iter().any(|(said, _)| *said == name) {
                return Err(format!("`{name}` is said twice"));
            }
            metrics.push((name, value));
        }
        let missing = |metric: &&Metric| {
            metric.mandatory && metrics.iter().all(|(said, _)| *said != metric.name)
        };
        match table.iter().find(missing) {
            Some(metric) => Err(format!("`{}` is missing", metric.name)),
            None => Ok(Self(metrics)),
        }
    }

    /// The value of a mandatory metric.
    fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(said, _)| *said == name).map_or("", |(_, value)| value)
    }

    /// The weight that `weights` give the value of a mandatory metric.
    fn weigh(&self, name: &str, weights: &[(&str, f64)]) -> f64 {
        let value = self.value(name);
        weights.iter().find(|(known, _)| *known == value).map_or(0.0, |(_, weight)| *weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(vector: &str, version: CvssVersion, expected: f32) {
        assert_eq!(score(vector), Ok((version, expected)), "{vector}");
    }

    #[test]
    fn scores_are_those_the_specifications_name() {
        check("AV:N/AC:L/Au:N/C:N/I:N/A:C", CvssVersion::V2, 7.8);
        check("AV:N/AC:L/Au:N/C:C/I:C/A:C", CvssVersion::V2, 10.0);
        check("(AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C)", CvssVersion::V2, 6.2);
        check("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", CvssVersion::V30, 9.8);
        check("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", CvssVersion::V31, 6.1);
        check("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N", CvssVersion::V31, 0.0);
        let v4 = CvssVersion::V40;
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", v4, 10.0);
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", v4, 9.3);
        check("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", v4, 0.0);
    }

    #[test]
    fn metrics_beside_the_base_do_not_move_the_score() {
        let base = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N";
        check(&format!("{base}/E:P/RL:O/RC:C/MAV:L/CR:H"), CvssVersion::V31, 4.2);
        check(base, CvssVersion::V31, 4.2);
        let base = "CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N";
        check(&format!("{base}/E:U/CR:L/MSI:S/U:Amber"), CvssVersion::V40, 6.8);
        check(base, CvssVersion::V40, 6.8);
    }

    #[test]
    fn the_order_of_metrics_is_free() {
        let vector = "CVSS:3.1/AC:L/AV:N/A:L/C:N/I:N/PR:N/S:U/UI:N";
        check(vector, CvssVersion::V31, 5.3);
    }

    #[test]
    fn what_is_no_vector_says_why() {
        for (vector, why) in [
            ("", "`AV` is missing"),
            ("CVSS:5.0/AV:N", "unknown version"),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "`A` is missing"),
            ("CVSS:3.1/AV:N/AV:N", "`AV` is said twice"),
            ("CVSS:3.1/AV:Q", "`AV` cannot be `Q`"),
            ("CVSS:3.1/frob", "`frob` is not `name:value`"),
            ("medium", "`medium` is not `name:value`"),
        ] {
            assert_eq!(score(vector).unwrap_err().why, why, "{vector}");
        }
        assert!(score(&"AV:N/".repeat(1000)).is_err());
    }
}
