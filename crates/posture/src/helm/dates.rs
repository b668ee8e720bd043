//! Times in Go's layouts, in UTC. Sprig, "Date Functions"; Go, package `time`.
//!
//! The time of rendering is unknown, and so is everything that is made of it. What is left are times
//! that a chart names itself.

use panoply_base::calendar::{civil, days};

use super::eval::Engine;
use super::functions::Args;
use super::syntax::Stop;
use super::value::{Kind, Val};
use crate::node::Cause;

type Answer = Result<Val, Stop>;

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
const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Parts of a layout; of those that begin alike the longest comes first.
const PARTS: &[&str] = &[
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "-07:00:00",
    "-07:00",
    "-0700",
    "-07",
    "Z07:00",
    "Z0700",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "002",
    "15",
    "PM",
    "pm",
    "_2",
    "1",
    "2",
    "3",
    "4",
    "5",
];

pub(crate) fn call(engine: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    Some(match name {
        "date" => args.text().and_then(|layout| shown(engine, layout.as_str(), args)),
        "dateInZone" | "date_in_zone" => args.text().and_then(|layout| {
            let time = args.value()?;
            args.text()?;
            Ok(at(engine, &time, |seconds| Val::text(format(seconds, layout.as_str()))))
        }),
        "htmlDate" => shown(engine, "2006-01-02", args),
        "htmlDateInZone" => args.value().and_then(|time| {
            args.text()?;
            Ok(at(engine, &time, |seconds| Val::text(format(seconds, "2006-01-02"))))
        }),
        "toDate" | "mustToDate" => args.text().and_then(|layout| {
            let text = args.text()?;
            let seconds = parse(layout.as_str(), text.as_str());
            if seconds.is_none() && name == "mustToDate" {
                return Err(format!("`{}` is no time of that layout", text.as_str()).into());
            }
            Ok(Kind::Time(seconds.unwrap_or(ZERO)).into())
        }),
        "unixEpoch" => args.value().map(|time| at(engine, &time, |s| Val::text(s.to_string()))),
        "dateModify" | "date_modify" | "mustDateModify" | "must_date_modify" => {
            modify(engine, args)
        }
        "duration" => args.value().map(|value| Val::text(written(seconds(&value)))),
        "durationRound" => args.value().map(|value| Val::text(rounded(&value))),
        _ => return None,
    })
}

/// Go's zero time.
const ZERO: i64 = -62_135_596_800;

fn shown(engine: &mut Engine, layout: &str, args: &mut Args) -> Answer {
    let time = args.value()?;
    Ok(at(engine, &time, |seconds| Val::text(format(seconds, layout))))
}

/// Numbers are seconds since 1970; Sprig takes everything else for the present.
fn at(engine: &mut Engine, time: &Val, make: impl FnOnce(i64) -> Val) -> Val {
    match &time.kind {
        Kind::Time(seconds) | Kind::Int(seconds) => make(*seconds),
        _ => engine.unknowns.make(Cause::Function("now".to_owned())),
    }
}

fn modify(engine: &mut Engine, args: &mut Args) -> Answer {
    let change = args.text()?;
    let time = args.value()?;
    let by = duration(change.as_str());
    Ok(at(engine, &time, |seconds| {
        Kind::Time(seconds.saturating_add(by.unwrap_or_default() as i64)).into()
    }))
}

pub(crate) fn method(seconds: i64, name: &str, args: &mut Args) -> Answer {
    let field = |layout: &str| Val::int(format(seconds, layout).parse().unwrap_or_default());
    match name {
        "Format" => Ok(Val::text(format(seconds, args.text()?.as_str()))),
        "Unix" => Ok(Val::int(seconds)),
        "UTC" | "Local" => Ok(Kind::Time(seconds).into()),
        "Year" => Ok(field("2006")),
        "Day" => Ok(field("2")),
        "Hour" => Ok(field("15")),
        "Minute" => Ok(field("4")),
        "Second" => Ok(field("5")),
        "Month" => Ok(Val::text(format(seconds, "January"))),
        "Weekday" => Ok(Val::text(format(seconds, "Monday"))),
        _ => Err(format!("a time has no `{name}`").into()),
    }
}

pub(crate) fn format(seconds: i64, layout: &str) -> String {
    // Far beyond what anybody writes, and near enough that no arithmetic overflows.
    let seconds = seconds.clamp(-1 << 45, 1 << 45);
    let (day, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, of_month) = civil(day);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let weekday = WEEKDAYS.get((day + 4).rem_euclid(7) as usize).copied().unwrap_or_default();
    let name = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
    let short = |name: &str| name.get(..3).unwrap_or_default().to_owned();
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let mut out = String::new();
    let mut rest = layout;
    while let Some(first) = rest.chars().next() {
        let Some(part) = next_part(rest) else {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        };
        rest = rest.get(part.len()..).unwrap_or_default();
        let written = match part {
            "January" => name.to_owned(),
            "Jan" => short(name),
            "Monday" => weekday.to_owned(),
            "Mon" => short(weekday),
            "MST" => "UTC".to_owned(),
            "2006" => format!("{year:04}"),
            "06" => format!("{:02}", year.rem_euclid(100)),
            "-07:00:00" => "+00:00:00".to_owned(),
            "-07:00" => "+00:00".to_owned(),
            "-0700" => "+0000".to_owned(),
            "-07" => "+00".to_owned(),
            "Z07:00" | "Z0700" => "Z".to_owned(),
            "01" => format!("{month:02}"),
            "02" => format!("{of_month:02}"),
            "_2" => format!("{of_month:2}"),
            "002" => format!("{:03}", day - days(year, 1, 1) + 1),
            "03" => format!("{twelve:02}"),
            "04" => format!("{minute:02}"),
            "05" => format!("{second:02}"),
            "15" => format!("{hour:02}"),
            "PM" => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            "pm" => if hour < 12 { "am" } else { "pm" }.to_owned(),
            "1" => month.to_string(),
            "2" => of_month.to_string(),
            "3" => twelve.to_string(),
            "4" => minute.to_string(),
            _ => second.to_string(),
        };
        out.push_str(&written);
    }
    out
}

fn next_part(rest: &str) -> Option<&'static str> {
    PARTS.iter().copied().find(|part| rest.starts_with(part))
}

/// A time by its layout; none if it has another shape.
fn parse(layout: &str, text: &str) -> Option<i64> {
    let (mut year, mut month, mut day) = (0, 1, 1);
    let (mut hour, mut minute, mut second, mut offset) = (0, 0, 0, 0);
    let mut afternoon = None;
    let (mut layout, mut text) = (layout, text);
    while let Some(first) = layout.chars().next() {
        let Some(part) = next_part(layout) else {
            text = text.strip_prefix(first)?;
            layout = layout.get(first.len_utf8()..)?;
            continue;
        };
        layout = layout.get(part.len()..)?;
        let mut number = |least: usize, most: usize| {
            let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
            let digits = text.get(..length).filter(|digits| digits.len() >= least)?;
            text = text.get(length..)?;
            digits.parse::<i64>().ok()
        };
        match part {
            "2006" => year = number(4, 4)?,
            "06" => {
                let short = number(2, 2)?;
                year = if short < 69 { 2000 + short } else { 1900 + short };
            }
            "01" => month = number(2, 2)?,
            "1" => month = number(1, 2)?,
            "02" => day = number(2, 2)?,
            "2" => day = number(1, 2)?,
            "_2" => {
                text = text.strip_prefix(' ').unwrap_or(text);
                day = text.bytes().take_while(u8::is_ascii_digit).count() as i64;
                let (digits, rest) = text.split_at_checked(day as usize)?;
                (day, text) = (digits.parse().ok()?, rest);
            }
            "15" | "03" => hour = number(2, 2)?,
            "3" => hour = number(1, 2)?,
            "04" => minute = number(2, 2)?,
            "4" => minute = number(1, 2)?,
            "05" => second = number(2, 2)?,
            "5" => second = number(1, 2)?,
            "January" | "Jan" => {
                let cut =
                    |name: &'static str| if part == "Jan" { name.get(..3) } else { Some(name) };
                let at = MONTHS
                    .iter()
                    .position(|name| cut(name).is_some_and(|name| text.starts_with(name)))?;
                month = at as i64 + 1;
                text = text.get(MONTHS.get(at).copied().and_then(cut)?.len()..)?;
            }
            "Monday" | "Mon" => {
                let cut =
                    |name: &'static str| if part == "Mon" { name.get(..3) } else { Some(name) };
                let day = WEEKDAYS.iter().copied().filter_map(cut).find(|d| text.starts_with(d))?;
                text = text.get(day.len()..)?;
            }
            "PM" | "pm" => {
                afternoon = Some(text.get(..2)?.eq_ignore_ascii_case("pm"));
                text = text.get(2..)?;
            }
            "MST" => text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT"))?,
            "Z07:00" | "Z0700" if text.starts_with('Z') => text = text.get(1..)?,
            "-07:00" | "-0700" | "-07" | "Z07:00" | "Z0700" => {
                let sign = if text.starts_with('-') { -1 } else { 1 };
                text = text.strip_prefix(['+', '-'])?;
                let hours = text.get(..2)?.parse::<i64>().ok()?;
                text = text.get(2..)?;
                let mut minutes = 0;
                if part.contains("00") {
                    text = text.strip_prefix(':').unwrap_or(text);
                    minutes = text.get(..2)?.parse::<i64>().ok()?;
                    text = text.get(2..)?;
                }
                offset = sign * (hours * 3_600 + minutes * 60);
            }
            _ => return None,
        }
    }
    if let Some(afternoon) = afternoon {
        hour = hour % 12 + if afternoon { 12 } else { 0 };
    }
    let whole = text.is_empty()
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    whole.then(|| days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset)
}

/// `-1.5h`, `2h45m10s`, in seconds.
fn duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    let mut total = None;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let seconds = match unit {
            "h" => 3_600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total = Some(total.unwrap_or(0.0) + number.parse::<f64>().ok()? * seconds);
        rest = after;
    }
    total.map(|total| total * sign)
}

fn seconds(value: &Val) -> i64 {
    match &value.kind {
        Kind::Text(text) => text.as_str().parse().unwrap_or_default(),
        Kind::Int(number) => *number,
        _ => 0,
    }
}

/// Go's way to write whole seconds: `1h2m3s`.
fn written(total: i64) -> String {
    let size = total.unsigned_abs();
    let sign = if total < 0 { "-" } else { "" };
    match (size / 3_600, size / 60 % 60, size % 60) {
        (0, 0, second) => format!("{sign}{second}s"),
        (0, minute, second) => format!("{sign}{minute}m{second}s"),
        (hour, minute, second) => format!("{sign}{hour}h{minute}m{second}s"),
    }
}

/// The largest unit of a duration only.
fn rounded(value: &Val) -> String {
    let total = match &value.kind {
        Kind::Text(text) => duration(text.as_str()).unwrap_or_default() as i64,
        Kind::Int(nanoseconds) => nanoseconds / 1_000_000_000,
        _ => 0,
    };
    let size = total.unsigned_abs();
    let sign = if total < 0 { "-" } else { "" };
    let units = [(31_536_000, "y"), (2_592_000, "mo"), (86_400, "d"), (3_600, "h"), (60, "m")];
    let unit = units.iter().find(|(length, _)| size >= *length);
    match unit {
        Some((length, name)) => format!("{sign}{}{name}", size / length),
        None if size == 0 => "0s".to_owned(),
        None => format!("{sign}{size}s"),
    }
}
