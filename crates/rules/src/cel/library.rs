//! What Kubernetes and the extension libraries of cel-go add to the language.
//!
//! kubernetes.io, "Common Expression Language in Kubernetes", CEL libraries; cel-go `ext`. Values
//! that are neither text nor number nor collection are [`Special`].

mod address;
mod lists;
mod optional;
mod quantity;
mod semver;
mod texts;
mod url;

use std::cmp::Ordering;
use std::net::IpAddr;
use std::rc::Rc;

use super::functions::Signature;
use super::value::Value;
use quantity::Quantity;
use semver::Semver;
use url::Url;

/// A value that only functions can look into.
#[derive(Clone, Debug)]
pub enum Special<'v> {
    Optional(Option<Value<'v>>),
    Quantity(Quantity),
    Ip(IpAddr),
    Cidr(IpAddr, u8),
    Url(Url),
    Semver(Semver),
    /// A named form of texts, such as `dns1123Label`.
    Format(&'static str),
}

pub(super) const KNOWN: &[Signature] = &[
    ("optional.of", false, 1, 1),
    ("optional.none", false, 0, 0),
    ("optional.ofNonZeroValue", false, 1, 1),
    ("hasValue", true, 1, 1),
    ("value", true, 1, 1),
    ("or", true, 2, 2),
    ("orValue", true, 2, 2),
    ("quantity", false, 1, 1),
    ("isQuantity", false, 1, 1),
    ("isInteger", true, 1, 1),
    ("asInteger", true, 1, 1),
    ("asApproximateFloat", true, 1, 1),
    ("sign", true, 1, 1),
    ("add", true, 2, 2),
    ("sub", true, 2, 2),
    ("compareTo", true, 2, 2),
    ("isGreaterThan", true, 2, 2),
    ("isLessThan", true, 2, 2),
    ("url", false, 1, 1),
    ("isURL", false, 1, 1),
    ("getScheme", true, 1, 1),
    ("getHost", true, 1, 1),
    ("getHostname", true, 1, 1),
    ("getPort", true, 1, 1),
    ("getEscapedPath", true, 1, 1),
    ("getQuery", true, 1, 1),
    ("ip", false, 1, 1),
    ("ip", true, 1, 1),
    ("isIP", false, 1, 1),
    ("ip.isCanonical", false, 1, 1),
    ("family", true, 1, 1),
    ("isUnspecified", true, 1, 1),
    ("isLoopback", true, 1, 1),
    ("isLinkLocalMulticast", true, 1, 1),
    ("isLinkLocalUnicast", true, 1, 1),
    ("isGlobalUnicast", true, 1, 1),
    ("cidr", false, 1, 1),
    ("isCIDR", false, 1, 1),
    ("containsIP", true, 2, 2),
    ("containsCIDR", true, 2, 2),
    ("masked", true, 1, 1),
    ("prefixLength", true, 1, 1),
    ("semver", false, 1, 2),
    ("isSemver", false, 1, 2),
    ("major", true, 1, 1),
    ("minor", true, 1, 1),
    ("patch", true, 1, 1),
    ("find", true, 2, 2),
    ("findAll", true, 2, 3),
    ("format", true, 2, 2),
    ("quote", false, 1, 1),
    ("strings.quote", false, 1, 1),
    ("reverse", true, 1, 1),
    ("format.named", false, 1, 1),
    ("format.dns1123Label", false, 0, 0),
    ("format.dns1123Subdomain", false, 0, 0),
    ("format.dns1035Label", false, 0, 0),
    ("format.qualifiedName", false, 0, 0),
    ("format.labelValue", false, 0, 0),
    ("format.uri", false, 0, 0),
    ("format.uuid", false, 0, 0),
    ("validate", true, 2, 2),
    ("isSorted", true, 1, 1),
    ("sum", true, 1, 1),
    ("min", true, 1, 1),
    ("max", true, 1, 1),
    ("flatten", true, 1, 1),
    ("distinct", true, 1, 1),
    ("sort", true, 1, 1),
    ("slice", true, 3, 3),
    ("first", true, 1, 1),
    ("last", true, 1, 1),
    ("lists.range", false, 1, 1),
    ("sets.contains", false, 2, 2),
    ("sets.equivalent", false, 2, 2),
    ("sets.intersects", false, 2, 2),
    ("math.greatest", false, 1, 9),
    ("math.least", false, 1, 9),
    ("math.abs", false, 1, 1),
    ("math.ceil", false, 1, 1),
    ("math.floor", false, 1, 1),
    ("math.round", false, 1, 1),
];

pub(super) type Called<'v> = Result<Value<'v>, String>;

/// Steps a call takes beside those for its arguments.
pub(super) fn cost(name: &str) -> u64 {
    match name {
        // A pattern is compiled each time.
        "find" | "findAll" | "validate" => 500,
        _ => 0,
    }
}

/// The value of a call; `None` if no library has it for these arguments.
pub(super) fn call<'v>(name: &str, arguments: &[Value<'v>], size: usize) -> Option<Called<'v>> {
    optional::call(name, arguments)
        .or_else(|| quantity::call(name, arguments))
        .or_else(|| semver::call(name, arguments))
        .or_else(|| address::call(name, arguments))
        .or_else(|| url::call(name, arguments))
        .or_else(|| texts::call(name, arguments, size))
        .or_else(|| lists::call(name, arguments, size))
}

impl<'v> Special<'v> {
    pub(super) fn value(self) -> Value<'v> {
        Value::Special(Rc::new(self))
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Optional(_) => "optional_type",
            Self::Quantity(_) => "kubernetes.Quantity",
            Self::Ip(_) => "net.IP",
            Self::Cidr(..) => "net.CIDR",
            Self::Url(_) => "kubernetes.URL",
            Self::Semver(_) => "kubernetes.Semver",
            Self::Format(_) => "kubernetes.NamedFormat",
        }
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Optional(a), Self::Optional(b)) => match (a, b) {
                (Some(a), Some(b)) => a.equals(b),
                (a, b) => a.is_none() && b.is_none(),
            },
            (Self::Quantity(a), Self::Quantity(b)) => a == b,
            (Self::Ip(a), Self::Ip(b)) => a == b,
            (Self::Cidr(a, n), Self::Cidr(b, m)) => a == b && n == m,
            (Self::Url(a), Self::Url(b)) => a == b,
            (Self::Semver(a), Self::Semver(b)) => a.compare(b) == Ordering::Equal,
            (Self::Format(a), Self::Format(b)) => a == b,
            _ => false,
        }
    }

    /// As `string()` gives it; `None` for what has no text.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Ip(ip) => Some(ip.to_string()),
            Self::Cidr(ip, length) => Some(format!("{ip}/{length}")),
            Self::Url(url) => Some(url.text.clone()),
            _ => None,
        }
    }
}

fn owned<'v>(text: impl Into<String>) -> Value<'v> {
    Value::Text(std::borrow::Cow::Owned(text.into()))
}

/// What a special value is, if it is one.
fn special<'a, 'v>(value: &'a Value<'v>) -> Option<&'a Special<'v>> {
    match value {
        Value::Special(special) => Some(special),
        _ => None,
    }
}
