//! Paths and addresses. Go, packages `path` and `net/url`.

use std::fmt::Write as _;
use std::rc::Rc;

use super::{Answer, Args};
use crate::helm::eval::Engine;
use crate::helm::value::{Dict, Kind, Val};

pub(super) fn call(_: &mut Engine, name: &str, args: &mut Args) -> Option<Answer> {
    let name = name.strip_prefix("os").map_or(name.to_owned(), str::to_ascii_lowercase);
    let on_path: fn(&str) -> String = match name.as_str() {
        "base" => base,
        "dir" => dir,
        "clean" => clean,
        "ext" => |path| {
            let last = path.rsplit('/').next().unwrap_or_default();
            last.rfind('.').and_then(|at| last.get(at..)).unwrap_or_default().to_owned()
        },
        "isAbs" | "isabs" => {
            return Some(args.text().map(|path| Val::bool(path.as_str().starts_with('/'))));
        }
        "urlParse" => return Some(args.text().map(|url| parse(url.as_str()))),
        "urlJoin" => return Some(args.dict().map(|parts| Val::text(join(&parts)))),
        _ => return None,
    };
    Some(args.text().map(|path| Val::text(on_path(path.as_str()))))
}

fn base(path: &str) -> String {
    match path {
        "" => ".".to_owned(),
        path => match path.trim_end_matches('/') {
            "" => "/".to_owned(),
            path => path.rsplit('/').next().unwrap_or_default().to_owned(),
        },
    }
}

fn dir(path: &str) -> String {
    let end = path.rfind('/').map_or(0, |at| at + 1);
    clean(path.get(..end).unwrap_or_default())
}

pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Percent-encoding; a space of a query is a plus.
pub(super) fn escape(text: &str, query: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' if query => out.push('+'),
            b'/' | b'$' | b'&' | b'+' | b',' | b':' | b';' | b'=' | b'@' if !query => {
                out.push(char::from(byte));
            }
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        bytes.extend_from_slice(rest.get(..at).unwrap_or_default().as_bytes());
        let digits = rest.get(at + 1..at + 3);
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = rest.get(at + 3..).unwrap_or_default();
        } else {
            bytes.push(b'%');
            rest = rest.get(at + 1..).unwrap_or_default();
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn parse(url: &str) -> Val {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, after))
            if scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) =>
        {
            (scheme.to_ascii_lowercase(), after)
        }
        _ => (String::new(), rest),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut opaque = "";
    let (authority, path) = match rest.strip_prefix("//") {
        Some(after) => after.find('/').map_or((after, ""), |at| after.split_at(at)),
        None if !scheme.is_empty() && !rest.starts_with('/') => {
            opaque = rest;
            ("", "")
        }
        None => ("", rest),
    };
    let (userinfo, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let hostname = match host.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((inner, _)) => inner,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let path = unescape(path);
    let fields = [
        ("scheme", scheme.as_str()),
        ("host", host),
        ("hostname", hostname),
        ("path", &path),
        ("query", query),
        ("opaque", opaque),
        ("fragment", fragment),
        ("userinfo", userinfo),
    ];
    Val::dict(fields.map(|(key, value)| (Rc::from(key), Val::text(value))))
}

fn join(parts: &Dict) -> String {
    let part = |key: &str| match parts.get(key) {
        Some(Val { kind: Kind::Text(text), .. }) => text.as_str().to_owned(),
        _ => String::new(),
    };
    let mut out = String::new();
    let scheme = part("scheme");
    if !scheme.is_empty() {
        out.push_str(&scheme);
        out.push(':');
    }
    let opaque = part("opaque");
    if opaque.is_empty() {
        let (host, user, path) = (part("host"), part("userinfo"), part("path"));
        if !host.is_empty() || !user.is_empty() || !scheme.is_empty() {
            out.push_str("//");
            if !user.is_empty() {
                out.push_str(&user);
                out.push('@');
            }
            out.push_str(&host);
        }
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        out.push_str(&escape(&path, false));
    } else {
        out.push_str(&opaque);
    }
    for (mark, key) in [('?', "query"), ('#', "fragment")] {
        let text = part(key);
        if !text.is_empty() {
            out.push(mark);
            out.push_str(&text);
        }
    }
    out
}
