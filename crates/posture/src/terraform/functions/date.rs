//! Functions of points in time as RFC 3339 writes them. What time it is now, nobody here knows.

use std::fmt::Write as _;

use panoply_base::calendar::{civil, days};

use super::super::operators::{Fault, broken};
use super::{Answer, Args, text, value};
use crate::node::Value;

pub(super) fn call(name: &str, args: &Args<'_>) -> Option<Answer> {
    Some(match name {
        "formatdate" => formatted(args),
        "timeadd" => added(args),
        "timecmp" => compared(args),
        _ => return None,
    })
}

#[derive(Clone, Copy)]
struct Time {
    /// Seconds since 1970 in UTC.
    seconds: i64,
    /// Seconds that the zone is ahead of UTC.
    zone: i64,
    nanos: i64,
}

fn time(text: &str) -> Result<Time, Fault> {
    parse(text).ok_or_else(|| broken(format!("`{text}` as a point in time")))
}

fn parse(text: &str) -> Option<Time> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let part = text.get(from..to)?;
        if part.bytes().all(|byte| byte.is_ascii_digit()) { part.parse().ok() } else { None }
    };
    let is = |at: usize, wanted: &str| text.get(at..=at) == Some(wanted);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let shaped = is(4, "-") && is(7, "-") && is(10, "T") && is(13, ":") && is(16, ":");
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day);
    if !shaped || !valid || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(after) => {
            after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len()))
        }
        None => ("", rest),
    };
    let nanos = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let zone = if zone == "Z" {
        0
    } else {
        let sign = match zone.get(..1)? {
            "+" => 1,
            "-" => -1,
            _ => return None,
        };
        let (hours, minutes) = zone.get(1..)?.split_once(':')?;
        sign * (hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60)
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - zone;
    Some(Time { seconds, zone, nanos })
}

/// Go's durations: `1h30m`, `-10s`, `1.5h`.
fn duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest.is_empty() {
        return None;
    }
    let mut seconds = 0.0;
    while !rest.is_empty() && rest != "0" {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let number: f64 = number.parse().ok()?;
        let units = [
            ("ms", 1e-3),
            ("us", 1e-6),
            ("µs", 1e-6),
            ("ns", 1e-9),
            ("h", 3_600.0),
            ("m", 60.0),
            ("s", 1.0),
        ];
        let (unit, size) = units.into_iter().find(|(unit, _)| after.starts_with(unit))?;
        seconds += number * size;
        rest = after.get(unit.len()..)?;
    }
    Some(sign * seconds)
}

fn added(args: &Args<'_>) -> Answer {
    let (start, length) = (time(&args.text(0)?)?, args.text(1)?);
    let length = duration(&length).ok_or_else(|| broken(format!("`{length}` as a duration")))?;
    if length.abs() > 1e12 {
        return Err(broken("a duration of that length"));
    }
    let moved = Time { seconds: start.seconds + length.round() as i64, ..start };
    let zone = if moved.zone == 0 { "Z" } else { "ZZZZZ" };
    text(write(moved, &format!("YYYY-MM-DD'T'hh:mm:ss{zone}"))?)
}

fn compared(args: &Args<'_>) -> Answer {
    let (a, b) = (time(&args.text(0)?)?, time(&args.text(1)?)?);
    let order = (a.seconds, a.nanos).cmp(&(b.seconds, b.nanos));
    value(Value::Int(order as i64))
}

fn formatted(args: &Args<'_>) -> Answer {
    let (pattern, at) = (args.text(0)?, time(&args.text(1)?)?);
    text(write(at, &pattern)?)
}

fn write(time: Time, pattern: &str) -> Result<String, Fault> {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] =
        ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    let local = time.seconds + time.zone;
    let (day, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    let (year, month, of_month) = civil(day);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    let month_name = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
    let day_name = DAYS.get(day.rem_euclid(7) as usize).copied().unwrap_or_default();
    let short = |name: &'static str| name.get(..3).unwrap_or_default();
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let half = if hour < 12 { "AM" } else { "PM" };
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            // A quoted part; two quotes in it are one.
            let mut at = 1;
            loop {
                let tail = rest.get(at..).unwrap_or_default();
                let Some(end) = tail.find('\'') else {
                    return Err(broken("a quoted part of a date that does not end"));
                };
                out.push_str(tail.get(..end).unwrap_or_default());
                at += end + 1;
                if rest.get(at..).is_some_and(|tail| tail.starts_with('\'')) {
                    out.push('\'');
                    at += 1;
                } else {
                    break;
                }
            }
            rest = rest.get(at..).unwrap_or_default();
            continue;
        }
        let run = rest.find(|c: char| c != first).unwrap_or(rest.len());
        let token = rest.get(..run).unwrap_or_default();
        rest = rest.get(run..).unwrap_or_default();
        let (sign, zone) = (if time.zone < 0 { '-' } else { '+' }, time.zone.abs());
        let (hours, minutes) = (zone / 3_600, zone / 60 % 60);
        let _ = match token {
            "YYYY" => write!(out, "{year:04}"),
            "YY" => write!(out, "{:02}", year.rem_euclid(100)),
            "MMMM" => out.write_str(month_name),
            "MMM" => out.write_str(short(month_name)),
            "MM" => write!(out, "{month:02}"),
            "M" => write!(out, "{month}"),
            "DD" => write!(out, "{of_month:02}"),
            "D" => write!(out, "{of_month}"),
            "EEEE" => out.write_str(day_name),
            "EEE" => out.write_str(short(day_name)),
            "hh" => write!(out, "{hour:02}"),
            "h" => write!(out, "{hour}"),
            "HH" => write!(out, "{twelve:02}"),
            "H" => write!(out, "{twelve}"),
            "AA" => out.write_str(half),
            "aa" => out.write_str(&half.to_lowercase()),
            "mm" => write!(out, "{minute:02}"),
            "m" => write!(out, "{minute}"),
            "ss" => write!(out, "{:02}", second % 60),
            "s" => write!(out, "{}", second % 60),
            "ZZZZZ" => write!(out, "{sign}{hours:02}:{minutes:02}"),
            "Z" if time.zone == 0 => out.write_str("Z"),
            "Z" => write!(out, "{sign}{hours:02}:{minutes:02}"),
            "ZZZZ" => write!(out, "{sign}{hours:02}{minutes:02}"),
            "ZZZ" if time.zone == 0 => out.write_str("UTC"),
            "ZZZ" => write!(out, "{sign}{hours:02}{minutes:02}"),
            _ if first.is_ascii_alphabetic() => return Err(broken("a format of dates")),
            other => out.write_str(other),
        };
    }
    Ok(out)
}
