//! The time, read once, so that everything in one run agrees on it.

use std::time::{SystemTime, UNIX_EPOCH};

use panoply_base::calendar::civil;

/// One moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// Seconds since 1970.
    pub(crate) seconds: i64,
}

impl Clock {
    /// The present, or what `SOURCE_DATE_EPOCH` says (reproducible-builds.org), so that a report
    /// can be made again byte for byte.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn now() -> Self {
        let fixed = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
        let present =
            || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64);
        Self { seconds: fixed.unwrap_or_else(present) }
    }

    /// RFC 3339 in UTC, to the second.
    pub(crate) fn rfc3339(self) -> String {
        let days = self.seconds.div_euclid(86_400);
        let second = self.seconds.rem_euclid(86_400);
        let (year, month, day) = civil(days);
        let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (-1, "1969-12-31T23:59:59Z"),
        ] {
            assert_eq!(Clock { seconds }.rfc3339(), text);
        }
    }
}
