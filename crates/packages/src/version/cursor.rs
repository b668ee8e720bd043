//! Walks over the bytes of a version without ever leaving them.

#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|&byte| !wanted(byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    pub(super) fn digits(&mut self) -> &'a [u8] {
        self.take_while(|byte| byte.is_ascii_digit())
    }

    pub(super) fn letters(&mut self) -> &'a [u8] {
        self.take_while(|byte| byte.is_ascii_alphabetic())
    }

    /// Steps over one byte if it is as wanted.
    pub(super) fn eat_if(&mut self, wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        wanted(first).then(|| {
            self.rest = rest;
            first
        })
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        self.eat_if(|next| next == byte).is_some()
    }

    /// Steps over the first of the words that stands here, in any case.
    pub(super) fn eat_word<T: Copy>(&mut self, words: &[(&str, T)]) -> Option<T> {
        words.iter().find_map(|&(word, meaning)| {
            let (head, rest) = self.rest.split_at_checked(word.len())?;
            head.eq_ignore_ascii_case(word.as_bytes()).then(|| {
                self.rest = rest;
                meaning
            })
        })
    }
}

/// Splits at the first such byte, which belongs to neither half.
pub(super) fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let found = memchr::memchr(at, text)?;
    Some((text.get(..found)?, text.get(found + 1..)?))
}

/// Splits at the last such byte, which belongs to neither half.
pub(super) fn rsplit_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let found = memchr::memrchr(at, text)?;
    Some((text.get(..found)?, text.get(found + 1..)?))
}

/// Splits `7:rest` into digits and rest, as dpkg, RPM and pacman write epochs.
pub(super) fn split_epoch(text: &[u8]) -> (&[u8], &[u8]) {
    let mut cursor = Cursor::new(text);
    let digits = cursor.digits();
    if cursor.eat(b':') { (digits, cursor.rest) } else { (b"", text) }
}
