//! Dates of records as the database files keep them: seconds, in four bytes.

use panoply_base::calendar::{civil, days};

/// Seconds since 1970 of an RFC 3339 date, up to 2106. 0 where there is none or none can be read.
///
/// Fractions of a second are dropped: some sources write them, nobody asks for them.
pub(crate) fn seconds(text: &str) -> u32 {
    read(text).and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(0)
}

fn read(text: &str) -> Option<i64> {
    let (date, time) = text.trim().split_at_checked(10)?;
    let [year, month, day] = numbers(date, '-')?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let midnight = days(year, month, day) * 86_400;
    let Some(time) = time.strip_prefix(['T', 't', ' ']) else {
        return time.is_empty().then_some(midnight);
    };
    let (clock, rest) = time.split_at_checked(8)?;
    let [hour, minute, second] = numbers(clock, ':')?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = rest
        .strip_prefix('.')
        .map_or(rest, |rest| rest.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    let ahead = match rest {
        "" | "Z" | "z" => 0,
        _ => {
            let sign = if rest.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = rest.strip_prefix(['+', '-'])?.split_once(':')?;
            sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?) * 60
        }
    };
    Some(midnight + hour * 3600 + minute * 60 + second - ahead)
}

fn numbers(text: &str, between: char) -> Option<[i64; 3]> {
    let mut parts = text.split(between).map(|part| part.parse::<u16>().ok().map(i64::from));
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// RFC 3339 in UTC; empty for 0.
pub(crate) fn text(seconds: u32) -> String {
    if seconds == 0 {
        return String::new();
    }
    let (year, month, day) = civil(i64::from(seconds / 86_400));
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let mut text = String::with_capacity(20);
    let parts = [(year / 100, ""), (year % 100, "-"), (month, "-"), (day, "T")];
    let clock = [(hour, ":"), (minute, ":"), (second, "Z")];
    for (number, behind) in parts.into_iter().chain(clock.map(|(n, b)| (i64::from(n), b))) {
        text.push(digit(number / 10));
        text.push(digit(number));
        text.push_str(behind);
    }
    text
}

fn digit(number: i64) -> char {
    char::from(b'0' + (number % 10) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, read_back: &str) {
        assert_eq!(text(seconds(written)), read_back, "{written}");
    }

    #[test]
    fn dates_come_back_to_the_second() {
        for whole in ["1970-01-01T00:00:01Z", "2000-02-29T23:59:59Z", "2024-12-31T12:00:00Z"] {
            check(whole, whole);
        }
        check("2024-03-01T01:02:03.456789Z", "2024-03-01T01:02:03Z");
        check("2024-03-01", "2024-03-01T00:00:00Z");
        check("2024-03-01T01:00:00+02:00", "2024-02-29T23:00:00Z");
        check("2106-02-07T06:28:15Z", "2106-02-07T06:28:15Z");
    }

    #[test]
    fn every_day_comes_back() {
        for day in 0..u32::MAX / 86_400 {
            let at = day * 86_400 + 1;
            assert_eq!(seconds(&text(at)), at);
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for odd in [
            "",
            "soon",
            "2024-13-01",
            "2024-01-01T25:00:00Z",
            "1960-01-01",
            "2024-01-01é",
            "2200-01-01",
            "2024-01-01T00:00:00+x",
            "+024-01-01T00:00:00Z\u{301}",
        ] {
            check(odd, "");
        }
    }
}
