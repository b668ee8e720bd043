//! Times and serial numbers: from the report, never from the machine.

use panoply_base::Id;
use panoply_base::calendar::{civil, days};
use panoply_model::Report;

/// A point in time in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    seconds: i64,
}

impl Stamp {
    /// Reads RFC 3339; a date alone is its midnight.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = text.get(from..to)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let separated = |at: usize, by: &str| text.get(at..=at).filter(|c| by.contains(*c));
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        separated(4, "-").and(separated(7, "-"))?;
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let midnight = days(year, month, day) * 86_400;
        if text.len() == 10 {
            return Some(Self { seconds: midnight });
        }
        separated(10, "Tt ").and(separated(13, ":")).and(separated(16, ":"))?;
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let rest = text.get(19..)?;
        let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        let offset = match zone {
            "Z" | "z" => 0,
            _ => {
                let sign = match zone.get(..1)? {
                    "+" => 1,
                    "-" => -1,
                    _ => return None,
                };
                let (hours, minutes) = zone.get(1..)?.split_once(':')?;
                sign * (hours.parse::<u8>().ok().map(i64::from)? * 60
                    + minutes.parse::<u8>().ok().map(i64::from)?)
            }
        };
        Some(Self { seconds: midnight + hour * 3_600 + (minute - offset) * 60 + second })
    }

    /// `2026-11-20T08:00:00`, without a zone.
    pub(crate) fn bare(self) -> String {
        let (day, time) = (self.seconds.div_euclid(86_400), self.seconds.rem_euclid(86_400));
        let (year, month, day) = civil(day);
        let (hour, minute, second) = (time / 3_600, time / 60 % 60, time % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }

    /// `2026-11-20T08:00:00Z`.
    pub(crate) fn utc(self) -> String {
        format!("{}Z", self.bare())
    }
}

/// When the scan began; the epoch where the report does not say, for formats that must have a time.
pub(crate) fn started(report: &Report) -> Stamp {
    Stamp::parse(&report.started).unwrap_or(Stamp { seconds: 0 })
}

/// A UUID made of an id: version 8, which RFC 9562 leaves to whoever makes it.
pub(crate) fn uuid(id: &Id) -> String {
    let mut bytes = *id.as_bytes();
    for (index, byte) in bytes.iter_mut().enumerate() {
        match index {
            6 => *byte = *byte & 0x0f | 0x80,
            8 => *byte = *byte & 0x3f | 0x80,
            _ => {}
        }
    }
    let hex = Id::from_bytes(bytes).to_string();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// Names a document by what is in it: equal reports, equal names.
pub(crate) fn document(report: &Report, format: &str) -> String {
    let target = &report.target;
    let packages =
        crate::tally::packages(report).into_iter().map(|p| format!("{} {:?}", p.purl, p.locations));
    let findings = crate::tally::sorted(&report.findings)
        .into_iter()
        .map(|f| format!("{} {}", f.key, f.severity));
    let content: Vec<String> = packages.chain(findings).collect();
    let digest =
        Id::of("", "content", &content.iter().map(String::as_str).collect::<Vec<_>>()).to_string();
    let parts =
        [format, &target.name, &target.scope, &report.started, &report.tool_version, &digest];
    uuid(&Id::of("", "document", &parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(Stamp::parse(text).map(Stamp::utc).as_deref(), expected, "{text}");
    }

    #[test]
    fn times_become_utc() {
        check("2026-11-20T08:00:00Z", Some("2026-11-20T08:00:00Z"));
        check("2026-11-20T08:00:00.123456789+08:00", Some("2026-11-20T00:00:00Z"));
        check("2026-01-01T00:30:00+01:00", Some("2025-12-31T23:30:00Z"));
        check("2024-02-28T23:59:59-00:01", Some("2024-02-29T00:00:59Z"));
        check("1969-12-31", Some("1969-12-31T00:00:00Z"));
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-11-20T25:00:00Z",
            "2026-11-20T08:00:00",
            "2026年11月20日",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_uuid_has_its_version_and_variant() {
        let uuid = uuid(&Id::from_bytes([0xff; 16]));
        assert_eq!(uuid, "ffffffff-ffff-8fff-bfff-ffffffffffff");
    }
}
