//! Zip archives, well-formed or as broken as a test wants them.

use crate::compress::deflate;

/// Builds a zip archive member by member.
#[derive(Clone, Debug, Default)]
pub struct ZipBuilder {
    prefix: Vec<u8>,
    bytes: Vec<u8>,
    directory: Vec<u8>,
    count: u64,
    comment: Vec<u8>,
    zip64: bool,
}

/// One member in plain words; every field may lie.
#[derive(Clone, Debug)]
pub struct ZipMember {
    pub name: Vec<u8>,
    /// 0 is stored, 8 is deflate.
    pub method: u16,
    /// Bit 0 is encryption, bit 3 a data descriptor, bit 11 a name in UTF-8.
    pub flags: u16,
    pub crc: u32,
    pub size: u64,
    pub packed_size: u64,
    /// What is written behind the local header.
    pub packed: Vec<u8>,
    /// Unix mode with its file type bits.
    pub mode: u32,
    /// Offset of the local header, if the directory is to name another one.
    pub offset: Option<u64>,
}

impl ZipMember {
    pub fn stored(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            method: 0,
            flags: 1 << 11,
            crc: crc(content),
            size: content.len() as u64,
            packed_size: content.len() as u64,
            packed: content.to_vec(),
            mode: 0o100_644,
            offset: None,
        }
    }

    pub fn deflated(name: &str, content: &[u8]) -> Self {
        let packed = deflate(content);
        Self { method: 8, packed_size: packed.len() as u64, packed, ..Self::stored(name, content) }
    }
}

impl ZipBuilder {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.member(&ZipMember::deflated(name, content.as_ref()))
    }

    #[must_use]
    pub fn stored(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.member(&ZipMember::stored(name, content.as_ref()))
    }

    #[must_use]
    pub fn directory(self, name: &str) -> Self {
        self.member(&ZipMember::stored(&format!("{}/", name.trim_end_matches('/')), b""))
    }

    #[must_use]
    pub fn symlink(self, name: &str, target: &str) -> Self {
        self.member(&ZipMember { mode: 0o120_777, ..ZipMember::stored(name, target.as_bytes()) })
    }

    /// A member whose sizes follow its content, as programs write it that cannot seek.
    #[must_use]
    pub fn streamed(self, name: &str, content: &[u8]) -> Self {
        let member = ZipMember::deflated(name, content);
        self.member(&ZipMember { flags: member.flags | 1 << 3, ..member })
    }

    #[must_use]
    pub fn member(mut self, member: &ZipMember) -> Self {
        let offset = member.offset.unwrap_or(self.bytes.len() as u64);
        self.local(member);
        self.listed(member, offset)
    }

    fn local(&mut self, member: &ZipMember) {
        let streamed = member.flags & 1 << 3 != 0;
        let sizes = |value: u64| if streamed { 0 } else { self.field(value) };
        let (crc, packed, size) =
            (if streamed { 0 } else { member.crc }, sizes(member.packed_size), sizes(member.size));
        let extra = if self.zip64 && !streamed {
            zip64_extra(&[member.size, member.packed_size])
        } else {
            Vec::new()
        };
        let bytes = &mut self.bytes;
        bytes.extend_from_slice(b"PK\x03\x04");
        short(bytes, &[20, member.flags, member.method, 0, 0]);
        word(bytes, &[crc, packed, size]);
        short(bytes, &[member.name.len() as u16, extra.len() as u16]);
        bytes.extend_from_slice(&member.name);
        bytes.extend_from_slice(&extra);
        bytes.extend_from_slice(&member.packed);
        if streamed {
            bytes.extend_from_slice(b"PK\x07\x08");
            word(bytes, &[member.crc, member.packed_size as u32, member.size as u32]);
        }
    }

    /// Names a member in the directory without writing it.
    #[must_use]
    pub fn listed(mut self, member: &ZipMember, offset: u64) -> Self {
        let extra = if self.zip64 {
            zip64_extra(&[member.size, member.packed_size, offset])
        } else {
            Vec::new()
        };
        let (packed, size, at) =
            (self.field(member.packed_size), self.field(member.size), self.field(offset));
        let directory = &mut self.directory;
        directory.extend_from_slice(b"PK\x01\x02");
        // Made by version 2.0 on Unix.
        short(directory, &[0x0314, 20, member.flags, member.method, 0, 0]);
        word(directory, &[member.crc, packed, size]);
        short(directory, &[member.name.len() as u16, extra.len() as u16, 0, 0, 0]);
        word(directory, &[member.mode << 16, at]);
        directory.extend_from_slice(&member.name);
        directory.extend_from_slice(&extra);
        self.count += 1;
        self
    }

    /// Puts a program in front, as self-executing jars have it.
    #[must_use]
    pub fn prefix(mut self, bytes: &[u8]) -> Self {
        self.prefix = bytes.to_vec();
        self
    }

    #[must_use]
    pub fn comment(mut self, comment: &[u8]) -> Self {
        self.comment = comment.to_vec();
        self
    }

    /// Writes every size and offset behind this call in the 64-bit form.
    #[must_use]
    pub fn zip64(mut self) -> Self {
        self.zip64 = true;
        self
    }

    fn field(&self, value: u64) -> u32 {
        if self.zip64 { u32::MAX } else { value as u32 }
    }

    pub fn finish(self) -> Vec<u8> {
        let (offset, size) = (self.bytes.len() as u64, self.directory.len() as u64);
        let (offset32, size32) = (self.field(offset), self.field(size));
        let mut bytes = self.prefix;
        bytes.extend_from_slice(&self.bytes);
        bytes.extend_from_slice(&self.directory);
        if self.zip64 {
            let end = offset + size;
            bytes.extend_from_slice(b"PK\x06\x06");
            long(&mut bytes, &[44]);
            short(&mut bytes, &[45, 45]);
            word(&mut bytes, &[0, 0]);
            long(&mut bytes, &[self.count, self.count, size, offset]);
            bytes.extend_from_slice(b"PK\x06\x07");
            word(&mut bytes, &[0]);
            long(&mut bytes, &[end]);
            word(&mut bytes, &[1]);
        }
        let count = if self.zip64 { u16::MAX } else { self.count as u16 };
        bytes.extend_from_slice(b"PK\x05\x06");
        short(&mut bytes, &[0, 0, count, count]);
        word(&mut bytes, &[size32, offset32]);
        short(&mut bytes, &[self.comment.len() as u16]);
        bytes.extend_from_slice(&self.comment);
        bytes
    }
}

/// The checksum that zip archives keep of a member.
pub fn crc(content: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    crc.sum()
}

fn zip64_extra(values: &[u64]) -> Vec<u8> {
    let mut extra = Vec::new();
    short(&mut extra, &[1, values.len() as u16 * 8]);
    long(&mut extra, values);
    extra
}

fn short(bytes: &mut Vec<u8>, values: &[u16]) {
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn word(bytes: &mut Vec<u8>, values: &[u32]) {
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}

fn long(bytes: &mut Vec<u8>, values: &[u64]) {
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
}
