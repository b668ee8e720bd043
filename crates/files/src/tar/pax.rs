//! Extended headers: what a member's own header has no room for.
//!
//! POSIX.1-2017, pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files".

use super::sparse::{SEGMENTS, Segment};

/// What headers in front of a member say about it. Buffers are kept from member to member.
#[derive(Default)]
pub(super) struct Extensions {
    pub(super) path: Text,
    pub(super) link: Text,
    pub(super) size: Option<u64>,
    /// From GNU `L` headers, which win over PAX ones, as they do for whoever unpacks.
    pub(super) gnu_path: Text,
    pub(super) gnu_link: Text,
    pub(super) sparse: Sparse,
}

/// What PAX headers say about a sparse file.
#[derive(Default)]
pub(super) struct Sparse {
    pub(super) major: Option<u64>,
    pub(super) minor: Option<u64>,
    pub(super) name: Text,
    pub(super) real_size: Option<u64>,
    /// Versions 0.0 and 0.1; version 1.0 keeps the map in front of the content.
    pub(super) map: Option<Vec<Segment>>,
    offset: Option<u64>,
}

/// A reused buffer that knows whether it holds something.
#[derive(Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
    set: bool,
}

impl Text {
    pub(super) fn get(&self) -> Option<&[u8]> {
        self.set.then_some(self.bytes.as_slice())
    }

    pub(super) fn set(&mut self, bytes: &[u8]) {
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        self.set = true;
    }

    fn clear(&mut self) {
        self.set = false;
    }
}

impl Extensions {
    pub(super) fn clear(&mut self) {
        self.gnu_path.clear();
        self.gnu_link.clear();
        self.clear_pax();
    }

    /// Forgets all but GNU headers.
    pub(super) fn clear_pax(&mut self) {
        self.path.clear();
        self.link.clear();
        self.size = None;
        self.sparse.major = None;
        self.sparse.minor = None;
        self.sparse.name.clear();
        self.sparse.real_size = None;
        self.sparse.map = None;
        self.sparse.offset = None;
    }

    /// Takes over all records of one extended header.
    ///
    /// # Errors
    ///
    /// What is wrong with the first bad record; the ones before it count.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<(), &'static str> {
        // Some writers fill up with zero bytes.
        while bytes.first().is_some_and(|byte| *byte != 0) {
            let (key, value, rest) = record(bytes).ok_or("malformed extended header record")?;
            self.take(key, value)?;
            bytes = rest;
        }
        Ok(())
    }

    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
        match key {
            b"path" => assign(&mut self.path, value),
            b"linkpath" => assign(&mut self.link, value),
            // An empty value takes a record of a global header back.
            b"size" if value.is_empty() => self.size = None,
            b"size" => self.size = Some(decimal(value)?),
            b"GNU.sparse.name" => assign(&mut self.sparse.name, value),
            b"GNU.sparse.major" => self.sparse.major = Some(decimal(value)?),
            b"GNU.sparse.minor" => self.sparse.minor = Some(decimal(value)?),
            b"GNU.sparse.realsize" | b"GNU.sparse.size" => {
                self.sparse.real_size = Some(decimal(value)?);
            }
            b"GNU.sparse.numblocks" => {
                self.sparse.map.get_or_insert_default();
            }
            b"GNU.sparse.offset" => self.sparse.offset = Some(decimal(value)?),
            b"GNU.sparse.numbytes" => {
                let offset = self.sparse.offset.take().ok_or("sparse length without offset")?;
                let length = decimal(value)?;
                push(self.sparse.map.get_or_insert_default(), Segment { offset, length })?;
            }
            b"GNU.sparse.map" => self.sparse.map = Some(map(value)?),
            _ => {}
        }
        Ok(())
    }
}

fn assign(text: &mut Text, value: &[u8]) {
    if value.is_empty() {
        text.clear();
    } else {
        text.set(value);
    }
}

/// `offset,length,offset,length`, as version 0.1 writes it.
fn map(value: &[u8]) -> Result<Vec<Segment>, &'static str> {
    let mut segments = Vec::new();
    let mut numbers = value.split(|byte| *byte == b',');
    while let Some(offset) = numbers.next().filter(|text| !text.is_empty()) {
        let length = numbers.next().ok_or("sparse offset without length")?;
        push(&mut segments, Segment { offset: decimal(offset)?, length: decimal(length)? })?;
    }
    Ok(segments)
}

fn push(segments: &mut Vec<Segment>, segment: Segment) -> Result<(), &'static str> {
    if segments.len() >= SEGMENTS {
        return Err("sparse map has too many segments");
    }
    segments.push(segment);
    Ok(())
}

/// Splits `length key=value\n` off; the length counts all of it.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let digits = bytes.iter().take(10).position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(bytes.get(..digits)?).ok()?).ok()?;
    let (body, rest) = (bytes.get(digits + 1..length)?, bytes.get(length..)?);
    let body = body.strip_suffix(b"\n")?;
    let equals = body.iter().position(|byte| *byte == b'=')?;
    Some((body.get(..equals)?, body.get(equals + 1..)?, rest))
}

pub(super) fn decimal(text: &[u8]) -> Result<u64, &'static str> {
    const WRONG: &str = "extended header holds no number where one belongs";
    if text.is_empty() {
        return Err(WRONG);
    }
    text.iter()
        .try_fold(0u64, |value, digit| {
            let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
            value.checked_mul(10)?.checked_add(digit)
        })
        .ok_or(WRONG)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], path: Option<&[u8]>, size: Option<u64>, ok: bool) {
        let mut extensions = Extensions::default();
        let read = extensions.read(bytes);
        assert_eq!(extensions.path.get(), path, "{bytes:?}");
        assert_eq!(extensions.size, size, "{bytes:?}");
        assert_eq!(read.is_ok(), ok, "{bytes:?}");
    }

    #[test]
    fn records_are_read_until_one_is_broken() {
        check(b"12 path=a/b\n11 size=42\n", Some(b"a/b"), Some(42), true);
        check(b"15 path=a\n=b\nc\n\0\0", Some(b"a\n=b\nc"), None, true);
        check(b"12 path=a/b\n99 size=42\n", Some(b"a/b"), None, false);
        check(b"12 path=a/b\n7 path=\n", Some(b"a/b"), None, false);
        check(b"12 path=a/b\n8 path=\n", None, None, true);
        check(b"11 size=4x\n", None, None, false);
        check(b"31 size=99999999999999999999999\n", None, None, false);
        check(b"0 =\n", None, None, false);
        check(b"99999999999999999999 path=a", None, None, false);
        check(b"path=a\n", None, None, false);
        check(b"", None, None, true);
    }
}
