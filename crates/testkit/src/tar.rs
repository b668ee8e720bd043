//! Tar archives, well-formed or as broken as a test wants them.

const BLOCK: usize = 512;

/// Builds a tar archive member by member.
///
/// ```text
/// TarBuilder::new().file("etc/os-release", "ID=debian\n").symlink("bin", "usr/bin").finish()
/// ```
#[derive(Clone, Debug, Default)]
pub struct TarBuilder {
    bytes: Vec<u8>,
}

/// One header block in plain words.
#[derive(Clone, Copy, Debug)]
pub struct TarHeader<'a> {
    pub path: &'a [u8],
    pub flag: u8,
    pub size: u64,
    pub link: &'a [u8],
    pub mode: u32,
}

impl TarHeader<'_> {
    /// A block in the ustar form. Text that is too long is cut.
    pub fn block(&self) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        put(&mut block, 0, self.path, 100);
        put(&mut block, 100, format!("{:07o}\0", self.mode).as_bytes(), 8);
        put(&mut block, 108, b"0000000\0", 8);
        put(&mut block, 116, b"0000000\0", 8);
        put_size(&mut block, self.size);
        put(&mut block, 136, b"00000000000\0", 12);
        put(&mut block, 156, &[self.flag], 1);
        put(&mut block, 157, self.link, 100);
        put(&mut block, 257, b"ustar\x0000", 8);
        seal(&mut block);
        block
    }
}

/// Writes a size as octal digits, or as GNU's binary number where they do not suffice.
pub fn put_size(block: &mut [u8; BLOCK], size: u64) {
    if size < 1 << 33 {
        put(block, 124, format!("{size:011o}\0").as_bytes(), 12);
    } else {
        put(block, 124, &[0x80, 0, 0, 0], 4);
        put(block, 128, &size.to_be_bytes(), 8);
    }
}

/// Writes the checksum that fits the rest of the block.
pub fn seal(block: &mut [u8; BLOCK]) {
    put(block, 148, b"        ", 8);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(block, 148, format!("{sum:06o}\0 ").as_bytes(), 8);
}

/// Overwrites part of a block.
pub fn put(block: &mut [u8; BLOCK], at: usize, bytes: &[u8], room: usize) {
    for (to, from) in block.iter_mut().skip(at).zip(bytes.iter().take(room)) {
        *to = *from;
    }
}

impl TarBuilder {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.file_with_mode(path, 0o644, content)
    }

    #[must_use]
    pub fn file_with_mode(self, path: &str, mode: u32, content: impl AsRef<[u8]>) -> Self {
        self.member(b'0', path, "", mode, content.as_ref())
    }

    #[must_use]
    pub fn directory(self, path: &str) -> Self {
        self.member(b'5', path, "", 0o755, b"")
    }

    #[must_use]
    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.member(b'2', path, target, 0o777, b"")
    }

    #[must_use]
    pub fn hard_link(self, path: &str, target: &str) -> Self {
        self.member(b'1', path, target, 0o644, b"")
    }

    /// A whiteout of one path: `path` is what is gone.
    #[must_use]
    pub fn whiteout(self, path: &str) -> Self {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let slash = if directory.is_empty() { "" } else { "/" };
        self.file(&format!("{directory}{slash}.wh.{name}"), "")
    }

    /// Hides what lower layers have in a directory.
    #[must_use]
    pub fn opaque(self, directory: &str) -> Self {
        let slash = if directory.is_empty() { "" } else { "/" };
        self.file(&format!("{directory}{slash}.wh..wh..opq"), "")
    }

    /// Any member; a name or target of more than 100 bytes goes into a PAX header.
    #[must_use]
    pub fn member(mut self, flag: u8, path: &str, link: &str, mode: u32, content: &[u8]) -> Self {
        let long = |text: &str| text.len() > 100;
        let records: Vec<_> = [("path", path), ("linkpath", link)]
            .into_iter()
            .filter(|(_, text)| long(text))
            .collect();
        if !records.is_empty() {
            self = self.pax(&records);
        }
        let (path, link) = (path.as_bytes(), link.as_bytes());
        self.raw(&TarHeader { path, flag, size: content.len() as u64, link, mode }.block())
            .content(content)
    }

    /// An extended header for the next member.
    #[must_use]
    pub fn pax(self, records: &[(&str, &str)]) -> Self {
        self.special(b'x', "pax", &pax_records(records))
    }

    /// An extended header for all members behind it.
    #[must_use]
    pub fn pax_global(self, records: &[(&str, &str)]) -> Self {
        self.special(b'g', "pax", &pax_records(records))
    }

    /// The long name of the next member, as GNU tar writes it.
    #[must_use]
    pub fn gnu_long_name(self, path: &str) -> Self {
        self.special(b'L', "././@LongLink", format!("{path}\0").as_bytes())
    }

    /// The long target of the next member, as GNU tar writes it.
    #[must_use]
    pub fn gnu_long_link(self, target: &str) -> Self {
        self.special(b'K', "././@LongLink", format!("{target}\0").as_bytes())
    }

    fn special(self, flag: u8, path: &str, content: &[u8]) -> Self {
        let size = content.len() as u64;
        let header = TarHeader { path: path.as_bytes(), flag, size, link: b"", mode: 0o644 };
        self.raw(&header.block()).content(content)
    }

    /// Content, filled up to whole blocks.
    #[must_use]
    pub fn content(mut self, content: &[u8]) -> Self {
        self.bytes.extend_from_slice(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(BLOCK), 0);
        self
    }

    /// Bytes as they are.
    #[must_use]
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// The archive with its end mark.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 2 * BLOCK, 0);
        self.bytes
    }

    /// The archive without an end mark.
    pub fn unfinished(self) -> Vec<u8> {
        self.bytes
    }
}

/// `length key=value` lines; the length counts itself.
pub fn pax_records(records: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        bytes.extend_from_slice(format!("{length} {key}={value}\n").as_bytes());
    }
    bytes
}
