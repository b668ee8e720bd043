//! Parts of addresses on the web. RFC 3986; what counts as one follows Go's `url.ParseRequestURI`.

use super::{Called, Special, owned, special};
use crate::cel::value::Value;

/// A URL in its parts, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    pub(super) text: String,
    scheme: String,
    host: String,
    path: String,
    query: String,
}

pub(super) fn call<'v>(name: &str, arguments: &[Value<'v>]) -> Option<Called<'v>> {
    if let ("url" | "isURL", [Value::Text(text)]) = (name, arguments) {
        let parsed = Url::parse(text);
        return Some(match (name, parsed) {
            ("isURL", parsed) => Ok(Value::Bool(parsed.is_some())),
            (_, Some(url)) => Ok(Special::Url(url).value()),
            (_, None) => Err(format!("`{text}` is no URL")),
        });
    }
    let Some(Special::Url(url)) = arguments.first().and_then(special) else { return None };
    Some(Ok(match name {
        "getScheme" => owned(&*url.scheme),
        "getHost" => owned(&*url.host),
        "getHostname" => owned(url.host_and_port().0.trim_matches(['[', ']'])),
        "getPort" => owned(url.host_and_port().1),
        "getEscapedPath" => owned(&*url.path),
        "getQuery" => url.query(),
        _ => return None,
    }))
}

impl Url {
    fn parse(text: &str) -> Option<Self> {
        let broken = |c: char| c.is_control() || c == ' ';
        if text.is_empty() || text.contains(broken) || !well_escaped(text) {
            return None;
        }
        let mut url = Self {
            text: text.to_owned(),
            scheme: String::new(),
            host: String::new(),
            path: String::new(),
            query: String::new(),
        };
        let mut rest = text;
        let is_scheme = |scheme: &str| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        };
        match text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) {
            Some((scheme, after)) => {
                url.scheme = scheme.to_ascii_lowercase();
                rest = after;
            }
            None if text.starts_with('/') => {}
            None => return None,
        }
        if let Some((before, query)) = rest.split_once('?') {
            query.clone_into(&mut url.query);
            rest = before;
        }
        if !url.scheme.is_empty()
            && let Some(authority) = rest.strip_prefix("//")
        {
            let end = authority.find('/').unwrap_or(authority.len());
            let (authority, path) = authority.split_at_checked(end)?;
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            host.clone_into(&mut url.host);
            rest = path;
            let port = url.host_and_port().1;
            if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
        }
        rest.clone_into(&mut url.path);
        Some(url)
    }

    fn host_and_port(&self) -> (&str, &str) {
        match self.host.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (&self.host, ""),
        }
    }

    fn query<'v>(&self) -> Value<'v> {
        let mut found: Vec<(String, Vec<Value<'v>>)> = Vec::new();
        for pair in self.query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (key, value) = (decoded(key), owned(decoded(value)));
            match found.iter_mut().find(|(known, _)| *known == key) {
                Some((_, values)) => values.push(value),
                None => found.push((key, vec![value])),
            }
        }
        let entries = found.into_iter().map(|(key, values)| (owned(key), Value::list(values)));
        Value::Map(std::rc::Rc::new(entries.collect()))
    }
}

fn well_escaped(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        after.get(..2).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.unwrap_or(b'0') as char);
                let digits: String = digits.iter().collect();
                u8::from_str_radix(&digits, 16).unwrap_or(b'%')
            }
            byte => byte,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
