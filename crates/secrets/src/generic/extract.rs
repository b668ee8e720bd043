//! Reads the place around a word as an assignment and hands out what is assigned.

use std::ops::Range;

use memchr::memchr;

use super::file_kind::{Facts, Notation};
use super::key::{self, Class, Meaning};
use super::value;
use super::wrapped::Wrapper;
use crate::body::Generic;

/// What joins name and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    Equals,
    Colon,
    Compare,
    /// `setPassword("…")`, `put("password", "…")`.
    Call,
    /// `<password>…</password>`, `key="password" value="…"`.
    Markup,
    /// `--password …`, `ENV PASSWORD …`, `IDENTIFIED BY '…'`.
    Space,
    /// `proto://user:…@host`, `Bearer …`: the syntax itself says what it is.
    Syntax,
}

/// A name, a value, and how they stand together.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) kind: Generic,
    pub(crate) meaning: Meaning,
    pub(crate) name: Range<usize>,
    pub(crate) value: Range<usize>,
    pub(crate) separator: Separator,
    pub(crate) quoted: bool,
    pub(crate) wrapper: Wrapper,
    /// In a comment of source code.
    pub(crate) comment: bool,
}

/// Longest name in bytes to either side of the word.
const NAME: usize = 64;

pub(crate) fn at(text: &[u8], index: usize) -> u8 {
    text.get(index).copied().unwrap_or(b'\n')
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$') || byte >= 0x80
}

pub(crate) fn skip_blanks(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..text.len().min(from + 32)).unwrap_or_default();
    from + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The assignment that the word of `length` bytes at `start` belongs to.
pub(crate) fn assignment(text: &[u8], facts: Facts, start: usize, length: usize) -> Option<Raw> {
    let after = start + length;
    if !may_end(text, start, after) {
        return None;
    }
    let tail = text.get(after..text.len().min(after + NAME))?;
    // `：` is how a colon looks in Chinese text.
    let wide_colon = |at: usize| tail.get(at..at + 3) == Some("：".as_bytes());
    let is_end = |(at, byte): (usize, &u8)| !is_name(*byte) || *byte == 0xef && wide_colon(at);
    let more = tail.iter().enumerate().position(is_end).unwrap_or(tail.len());
    let name_end = after + more;
    // The end of a sentence is no part of a name, an arrow neither.
    let dots =
        text.get(start..name_end)?.iter().rev().take_while(|b| matches!(b, b'.' | b'-')).count();
    let name_end = name_end - dots;
    let head = text.get(start.saturating_sub(NAME)..start)?;
    let name_start = start - head.iter().rev().take_while(|byte| is_name(**byte)).count();
    let (separator, from) = separator(text, name_start, name_end, facts)?;
    let name = text.get(name_start..name_end)?;
    let dashes = name.iter().take_while(|byte| **byte == b'-').count();
    let meaning = key::meaning(name)?;
    let comment = facts.notation == Notation::Code && value::is_comment(text, name_start);
    let place = value::Place { facts, separator, name_start, from, comment };
    let (value, quoted, wrapper) = value::read(text, &place)?;
    if value::is_trivial(text.get(value.clone())?) {
        return None;
    }
    let name = name_start + dashes..name_end;
    let kind = meaning.class.kind();
    Some(Raw { kind, meaning, name, value, separator, quoted, wrapper, comment })
}

/// Whether the word may be the end of a word: `token` in `tokenizer` is not, and is met often.
fn may_end(text: &[u8], start: usize, after: usize) -> bool {
    let next = at(text, after);
    if !next.is_ascii_lowercase() {
        return true;
    }
    match at(text, start).to_ascii_lowercase() {
        // password, passphrase, passcode, passkey
        b'p' => matches!(next, b'w' | b'p' | b'c' | b'k'),
        // credential, creds
        b'c' => matches!(next, b'e' | b's'),
        // secrets
        b's' => next == b's',
        // noncestr
        b'n' => next == b's',
        // authorization
        b'a' => next == b'o',
        _ => false,
    }
}

/// What joins the name to a value, and where the value begins.
fn separator(
    text: &[u8],
    name_start: usize,
    name_end: usize,
    facts: Facts,
) -> Option<(Separator, usize)> {
    let mut end = name_end;
    let is_closer = |byte| matches!(byte, b'"' | b'\'' | b'`' | b']' | b')' | b'}');
    let in_quotes = matches!(at(text, end), b'"' | b'\'' | b'`' | b'\\');
    if at(text, end) == b'\\' && at(text, end + 1) == b'"' {
        end += 2;
    }
    while is_closer(at(text, end)) && end < name_end + 3 {
        end += 1;
    }
    let closed = end > name_end;
    let sign = skip_blanks(text, end);
    let (first, second) = (at(text, sign), at(text, sign + 1));
    let found = match (first, second) {
        (b'=' | b'-', b'>') | (b':' | b'?', b'=') => (Separator::Equals, sign + 2),
        (b'=', b'=') => (Separator::Compare, sign + 2 + usize::from(at(text, sign + 2) == b'=')),
        (b'!', b'=') => (Separator::Compare, sign + 2 + usize::from(at(text, sign + 2) == b'=')),
        (b'=', b'~') | (b':', b':') => return None,
        (b'=', _) => (Separator::Equals, sign + 1),
        (b':', _) => match typed(text, sign + 1) {
            Some(from) if facts.notation == Notation::Code => (Separator::Equals, from),
            _ => (Separator::Colon, sign + 1),
        },
        (0xef, 0xbc) if at(text, sign + 2) == 0x9a => (Separator::Colon, sign + 3),
        (b',', _) if in_quotes => (Separator::Call, sign + 1),
        // PHP writes a string with its length: `s:8:"password";s:6:"…"`.
        (b';', b's') if in_quotes && at(text, sign + 2) == b':' => {
            let size = text.get(sign + 3..)?.iter().take_while(|b| b.is_ascii_digit()).count();
            (at(text, sign + 3 + size) == b':').then_some((Separator::Colon, sign + 4 + size))?
        }
        (b'(', _) if sign == name_end => (Separator::Call, sign + 1),
        (b'>', _) if at(text, name_start.wrapping_sub(1)) == b'<' || closed => {
            (Separator::Markup, sign + 1)
        }
        _ => return pair_or_space(text, name_start, name_end, sign, closed),
    };
    Some(found)
}

/// After the colon of `password: &str = "…"`, where the value begins.
fn typed(text: &[u8], from: usize) -> Option<usize> {
    let start = skip_blanks(text, from);
    let is_type = |byte: &u8| byte.is_ascii_alphanumeric() || b"&<>[]?_.|".contains(byte);
    let rest = text.get(start..text.len().min(start + 32))?;
    let length = rest.iter().take_while(|byte| is_type(byte)).count();
    let sign = skip_blanks(text, start + length);
    (length > 0 && at(text, sign) == b'=' && at(text, sign + 1) != b'=').then_some(sign + 1)
}

/// `name="password" value="…"`, `name: password⏎ value: …`, or a blank where blanks join.
fn pair_or_space(
    text: &[u8],
    name_start: usize,
    name_end: usize,
    sign: usize,
    closed: bool,
) -> Option<(Separator, usize)> {
    let mut next = sign;
    if at(text, next) == b'\r' {
        next += 1;
    }
    if at(text, next) == b'\n' || closed && at(text, next) == b',' {
        next = skip_blanks(text, next + 1);
    }
    while matches!(at(text, next), b'"' | b'\'') {
        next += 1;
    }
    let word = text.get(next..next + 5)?;
    if word.eq_ignore_ascii_case(b"value") {
        let mut end = next + 5;
        while matches!(at(text, end), b'"' | b'\'' | b' ') && end < next + 9 {
            end += 1;
        }
        let joins = matches!(at(text, end), b'=' | b':');
        return joins.then_some((Separator::Markup, end + 1));
    }
    let before = text.get(name_start.saturating_sub(24)..name_start).unwrap_or_default();
    let name = text.get(name_start..name_end)?;
    let joins = name.starts_with(b"--")
        || [&b"ENV "[..], b"set ", b"setenv "].iter().any(|word| before.ends_with(word))
        || before.starts_with(b"machine ")
        || memchr::memmem::find(before, b" login ").is_some()
        || name.starts_with(b"-")
            && name.get(1).is_some_and(u8::is_ascii_alphabetic)
            && before.last().is_none_or(u8::is_ascii_whitespace)
        || name.eq_ignore_ascii_case(b"identified by")
        || name.eq_ignore_ascii_case(b"password") && at(text, sign) == b'\''
        || name.is_empty();
    (sign > name_end && joins).then_some((Separator::Space, sign))
}

/// The password in `proto://user:password@host`; `start` is at `://`.
pub(crate) fn url(text: &[u8], start: usize) -> Option<Raw> {
    let from = start + 3;
    let rest = text.get(from..text.len().min(from + 320))?;
    let is_end = |byte: &u8| {
        byte.is_ascii_whitespace() || byte.is_ascii_control() || b"/\"'`<>\\,".contains(byte)
    };
    let rest = rest.split(is_end).next()?;
    let sign = memchr::memrchr(b'@', rest)?;
    let user = rest.get(..sign)?;
    let colon = memchr(b':', user)?;
    let host = rest.get(sign + 1..)?;
    if colon + 1 >= sign || host.is_empty() || !text.get(start - 1)?.is_ascii_alphanumeric() {
        return None;
    }
    let scheme = text.get(start.saturating_sub(24)..start)?;
    let length =
        scheme.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b));
    let (name, password) = user.split_at_checked(colon)?;
    if password.get(1..) == Some(name) || is_sample_host(host) {
        return None;
    }
    let meaning = Meaning::of(Class::Password);
    let value = from + colon + 1..from + sign;
    if value::is_trivial(text.get(value.clone())?) {
        return None;
    }
    let name = start - length.count()..start;
    Some(in_syntax(Generic::Url, meaning, name, value))
}

/// A host that stands for one: RFC 2606, section 3, and what manuals write.
fn is_sample_host(host: &[u8]) -> bool {
    let name = host.split(|byte| matches!(byte, b':' | b'?')).next().unwrap_or_default();
    let mut labels = name.rsplit(|byte| *byte == b'.');
    let (last, before) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
    before == b"example" || matches!(last, b"example" | b"invalid" | b"host" | b"hostname")
}

/// The token after `Bearer ` or `Basic ` in something that looks like a header.
pub(crate) fn header(text: &[u8], start: usize, length: usize) -> Option<Raw> {
    let basic = text.get(start..start + 5)?.eq_ignore_ascii_case(b"basic");
    // In recorded requests, the name of the header may stand on a line of its own.
    let opened = matches!(at(text, start.wrapping_sub(1)), b'"' | b'\'' | b'`');
    if !(basic && opened) {
        let around = text.get(start.saturating_sub(160)..text.len().min(start + 96))?;
        memchr::memmem::find(&around.to_ascii_lowercase(), b"authorization")?;
    }
    let from = start + length;
    let rest = text.get(from..text.len().min(from + 2_048))?;
    let is_token = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(byte);
    let size = rest.iter().take_while(is_token).count();
    let value = from..from + size;
    let token = text.get(value.clone())?;
    if size < if basic { 8 } else { 12 } || value::is_trivial(token) {
        return None;
    }
    if basic {
        let pair = crate::base::base64(token)?;
        let (_, password) = pair.split_at_checked(memchr(b':', &pair)? + 1)?;
        if value::is_trivial(password) || pair.iter().any(u8::is_ascii_control) {
            return None;
        }
    }
    let meaning = Meaning::of(Class::Auth);
    let name = start..start + length - 1;
    Some(in_syntax(Generic::Header, meaning, name, value))
}

/// The password of `-u name:password` in a call of a program that speaks HTTP.
pub(crate) fn user(text: &[u8], start: usize, length: usize) -> Option<Raw> {
    let mut from = start + length;
    let quote = Some(at(text, from)).filter(|byte| matches!(byte, b'"' | b'\''));
    from += usize::from(quote.is_some());
    let rest = text.get(from..text.len().min(from + 256))?;
    let is_end = |byte: &u8| match quote {
        Some(quote) => *byte == quote || *byte == b'\n',
        None => byte.is_ascii_whitespace() || b"\"'`|;".contains(byte),
    };
    let rest = rest.split(is_end).next()?;
    let colon = memchr(b':', rest)?;
    let line = crate::text::line_around(text, start, 256);
    let speaks = |word: &[u8]| memchr::memmem::find(line, word).is_some();
    if colon == 0 || !(speaks(b"curl") || speaks(b"http") || speaks(b"wget")) {
        return None;
    }
    let value = from + colon + 1..from + rest.len();
    if value::is_trivial(text.get(value.clone())?) {
        return None;
    }
    let name = start..start + length;
    Some(in_syntax(Generic::Password, Meaning::of(Class::Password), name, value))
}

/// What no name but the syntax itself says to be a secret.
fn in_syntax(kind: Generic, meaning: Meaning, name: Range<usize>, value: Range<usize>) -> Raw {
    let (separator, wrapper) = (Separator::Syntax, Wrapper::None);
    Raw { kind, meaning, name, value, separator, quoted: false, wrapper, comment: false }
}
