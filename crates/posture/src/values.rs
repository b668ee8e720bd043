//! Values that are more than text: quantities, images, networks, names of secrets.

use std::net::IpAddr;
use std::sync::LazyLock;

use panoply_rules::cel::Value as CelValue;
use regex_automata::meta::Regex;

/// A Kubernetes quantity as a number, `500m` as 0.5 and `1Gi` as 1073741824.
///
/// Kubernetes, "Quantity": a decimal number and a suffix, or an exponent.
pub(crate) fn quantity(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        _ => return text.parse().ok().filter(|number: &f64| number.is_finite()),
    };
    digits.parse::<f64>().ok().map(|number| number * factor)
}

/// Seconds of a duration as Go writes it: `1h30m`, `5m0s`, `300s`; a bare number is seconds.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return Some(number).filter(|number| number.is_finite());
    }
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = next;
    }
    Some(sign * total)
}

/// The parts of a reference to an image: `registry`, `repository`, `tag` and `digest`, null where
/// they are left out.
///
/// distribution, "Reference": the first part is a registry if it has a dot or a port, or is
/// `localhost`.
pub(crate) fn image<'v>(text: &str) -> CelValue<'v> {
    let ImageParts { name, tag, digest } = image_parts(text.trim());
    let (registry, repository) = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
            (Some(first), rest)
        }
        _ => (None, name),
    };
    let part = |part: Option<&str>| {
        let part = part.filter(|part| !part.is_empty());
        part.map_or(CelValue::Null, |part| CelValue::Text(part.to_owned().into()))
    };
    let parts = [
        ("registry", part(registry)),
        ("repository", part(Some(repository))),
        ("tag", part(tag)),
        ("digest", part(digest)),
    ];
    let entries = parts.map(|(name, value)| (CelValue::text(name), value));
    CelValue::Map(std::rc::Rc::new(entries.into()))
}

/// A reference to an image, before anybody asks what its name begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImageParts<'t> {
    /// Registry and repository.
    pub(crate) name: &'t str,
    pub(crate) tag: Option<&'t str>,
    pub(crate) digest: Option<&'t str>,
}

/// `registry:5000/a/b:tag@sha256:…` in its parts.
pub(crate) fn image_parts(text: &str) -> ImageParts<'_> {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    // A colon before the last slash is that of a port.
    let last = rest.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match rest.get(last..).and_then(|last| last.find(':')) {
        Some(at) => {
            let (name, tag) = rest.split_at(last + at);
            (name, tag.strip_prefix(':'))
        }
        None => (rest, None),
    };
    ImageParts { name, tag, digest }
}

/// Whether a network takes in an address, or all of another network; `None` if one is neither.
pub(crate) fn cidr_contains(network: &str, inner: &str) -> Option<bool> {
    let (address, length) = parse_network(network)?;
    let (other, other_length) = parse_network(inner)?;
    let (bits, a, b) = match (address, other) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (32, u128::from(a.to_bits()), u128::from(b.to_bits())),
        (IpAddr::V6(a), IpAddr::V6(b)) => (128, a.to_bits(), b.to_bits()),
        _ => return Some(false),
    };
    let differing = (a ^ b).checked_shr(bits - length).unwrap_or(0);
    Some(other_length >= length && differing == 0)
}

fn parse_network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = match text.trim().split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text.trim(), None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        Some(length) => length.parse().ok().filter(|length| *length <= most)?,
        None => most,
    };
    Some((address, length))
}

/// Whether a name is that of something secret and the value beside it is one: not a reference, a
/// path, a switch or a stand-in.
pub(crate) fn is_secret(name: &str, value: &str) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)(?:^|[_.-]|[a-z])(?:passw(?:or)?d|passwd|pwd|passphrase|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?|auth[_-]?key|account[_-]?key|connection[_-]?string)$",
        )
        .ok()
    });
    static STAND_IN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^(?:\$[({].*|.*\{\{.*|<.*>|%.*%|/.*|\./.*|~/.*|[a-z][a-z0-9+.-]*://[^@]*|vault:.*|ref\+.*|arn:.*|file:.*|secret(?:key)?ref:.*|x{3,}|\*{3,}|\.{3}|redacted|null|none|nil|true|false|yes|no|on|off|enabled?|disabled?|required|optional|[0-9]{1,3})$",
        )
        .ok()
    });
    let is = |pattern: &LazyLock<Option<Regex>>, text: &str| {
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
    };
    let value = value.trim();
    !value.is_empty() && is(&NAME, name.trim()) && !is(&STAND_IN, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_suffixes() {
        let cases = [("500m", 0.5), ("1Gi", 1_073_741_824.0), ("2", 2.0), ("1e3", 1000.0)];
        for (text, value) in cases {
            assert_eq!(quantity(text), Some(value), "{text}");
        }
        assert_eq!(quantity("much"), None);
    }

    #[test]
    fn durations_add_up() {
        let cases = [("1h30m", 5400.0), ("300s", 300.0), ("1h1m1s", 3661.0), ("0", 0.0)];
        for (text, value) in cases {
            assert_eq!(seconds(text), Some(value), "{text}");
        }
        assert_eq!((seconds("soon"), seconds("5 m"), seconds("")), (None, None, None));
    }

    #[test]
    fn images_come_apart() {
        let shown = |text| format!("{:?}", image(text));
        assert_eq!(
            shown("host:5000/a/b:1@sha256:ab"),
            r#"{"registry": "host:5000", "repository": "a/b", "tag": "1", "digest": "sha256:ab"}"#
        );
        assert_eq!(
            shown("nginx"),
            r#"{"registry": null, "repository": "nginx", "tag": null, "digest": null}"#
        );
        assert_eq!(
            shown("library/nginx:"),
            r#"{"registry": null, "repository": "library/nginx", "tag": null, "digest": null}"#
        );
    }

    #[test]
    fn networks_take_in_addresses() {
        let cases = [
            ("0.0.0.0/0", "169.254.169.254", Some(true)),
            ("169.254.0.0/16", "169.254.169.254/32", Some(true)),
            ("10.0.0.0/8", "169.254.169.254", Some(false)),
            ("10.0.0.0/24", "10.0.0.0/8", Some(false)),
            ("::/0", "fd00:ec2::254", Some(true)),
            ("::/0", "10.0.0.1", Some(false)),
            ("10.0.0.0/33", "10.0.0.1", None),
        ];
        for (network, inner, expected) in cases {
            assert_eq!(cidr_contains(network, inner), expected, "{network} {inner}");
        }
    }

    #[test]
    fn secrets_are_values_under_telling_names() {
        let secret = [
            ("DB_PASSWORD", "hunter2!"),
            ("apiKey", "k-1234abcd"),
            ("aws_secret_access_key", "abcd"),
        ];
        let other = [
            ("DB_PASSWORD", "$(OTHER)"),
            ("PASSWORD_FILE", "secret"),
            ("TOKEN", "/var/run/token"),
            ("TOKEN", "true"),
            ("SECRET", ""),
            ("TOKEN_URL", "https://a/b"),
            ("MONKEY", "banana"),
        ];
        assert!(secret.iter().all(|(name, value)| is_secret(name, value)));
        for (name, value) in other {
            assert!(!is_secret(name, value), "{name} {value}");
        }
    }
}
