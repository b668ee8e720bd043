//! Inflates members with a state that each thread keeps.
//!
//! A state is some ten kilobytes at an aligned address. glibc before 2.38 hardly ever finds the
//! room of such a block again once it is freed (bug 14581), so a new one for each of 28,000 members
//! made the process grow by half a gigabyte.

use std::cell::Cell;
use std::io::{self, Read};

use flate2::{Decompress, FlushDecompress, Status};

thread_local! {
    static SPARE: Cell<Option<Decompress>> = const { Cell::new(None) };
}

/// A deflated stream as the bytes it becomes.
pub(super) struct Inflate<'a> {
    packed: &'a [u8],
    /// `None` once the stream is over or broken; the state is spare then.
    state: Option<Decompress>,
}

impl<'a> Inflate<'a> {
    pub(super) fn new(packed: &'a [u8]) -> Self {
        let mut state = SPARE.take().unwrap_or_else(|| Decompress::new(false));
        state.reset(false);
        Self { packed, state: Some(state) }
    }
}

impl Read for Inflate<'_> {
    /// A stream that ends too early ends here as well: whoever asked knows how long it must be.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(state) = self.state.as_mut().filter(|_| !out.is_empty()) else { return Ok(0) };
        let (read, written) = (state.total_in(), state.total_out());
        let status = state.decompress(self.packed, out, FlushDecompress::None);
        let used = (state.total_in() - read) as usize;
        let count = (state.total_out() - written) as usize;
        self.packed = self.packed.get(used..).unwrap_or_default();
        // All of the input is there, so who makes no progress never will.
        if count == 0 || !matches!(status, Ok(Status::Ok | Status::BufError)) {
            self.give_back();
        }
        match status {
            Ok(_) => Ok(count),
            Err(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "corrupt deflate stream")),
        }
    }
}

impl Inflate<'_> {
    fn give_back(&mut self) {
        if let Some(state) = self.state.take() {
            SPARE.set(Some(state));
        }
    }
}

impl Drop for Inflate<'_> {
    fn drop(&mut self) {
        self.give_back();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Inflate::new(bytes).read_to_end(&mut out).map(|_| out)
    }

    #[test]
    fn a_state_remembers_nothing_of_the_stream_before() {
        let (long, short) = (b"some text ".repeat(10_000), b"text".to_vec());
        let whole = packed(&long);
        for _ in 0..3 {
            assert!(unpacked(&whole).unwrap() == long);
            assert!(unpacked(b"\xff\xff\xff").is_err());
            assert!(unpacked(&whole[..whole.len() - 9]).unwrap().len() < long.len());
            assert_eq!(unpacked(&packed(&short)).unwrap(), short);
            assert_eq!(unpacked(&packed(b"")).unwrap(), b"");
        }
    }

    #[test]
    fn streams_side_by_side_do_not_share_a_state() {
        let (first, second) = (packed(&b"a".repeat(9_000)), packed(&b"b".repeat(9_000)));
        let (mut first, mut second) = (Inflate::new(&first), Inflate::new(&second));
        let (mut a, mut b) = ([0; 4_000], [0; 4_000]);
        for _ in 0..2 {
            first.read_exact(&mut a).unwrap();
            second.read_exact(&mut b).unwrap();
            assert!(a.iter().all(|byte| *byte == b'a') && b.iter().all(|byte| *byte == b'b'));
        }
    }
}
