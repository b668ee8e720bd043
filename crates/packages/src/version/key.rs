//! Bytes that compare as the things written into them do.
//!
//! One layout serves all schemes: a first byte from `0x10` to `0xB8` begins a number. Schemes mark
//! everything else with bytes below or above, chosen so that what sorts lower has the lower mark.
//! Whatever follows a mark must be told from all its neighbours by its own bytes, so texts end with
//! a zero. Only the end of the key itself needs no mark where nothing may sort below it.

/// Smallest first byte of a number.
const NUMBER: u8 = 0x10;
/// Numbers below this take one byte.
const ONE_BYTE: u8 = 160;
/// First byte of a number of one more byte; seven more follow for longer ones.
const WIDE: u8 = NUMBER + ONE_BYTE;
/// First byte of a number of more digits than 64 bits surely hold.
const HUGE: u8 = WIDE + 8;
/// A number of so many digits fits into 64 bits.
const SURE_DIGITS: usize = 19;

/// Begins the key of what the scheme cannot read.
const UNREADABLE: u8 = 0x00;

#[derive(Debug)]
pub(super) struct Key {
    bytes: Vec<u8>,
}

impl Key {
    pub(super) fn new() -> Self {
        Self { bytes: Vec::with_capacity(24) }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn mark(&mut self, mark: u8) {
        self.bytes.push(mark);
    }

    /// Writes a run of ASCII digits of any length; leading zeros say nothing.
    pub(super) fn number(&mut self, digits: &[u8]) {
        let digits = significant(digits);
        if digits.len() <= SURE_DIGITS {
            self.value(digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')));
        } else {
            self.mark(HUGE);
            self.value(digits.len() as u64);
            self.bytes.extend_from_slice(digits);
        }
    }

    pub(super) fn value(&mut self, value: u64) {
        if value < u64::from(ONE_BYTE) {
            self.mark(NUMBER + value as u8);
            return;
        }
        let empty_bytes = value.leading_zeros() / 8;
        self.mark(WIDE + 7 - empty_bytes as u8);
        self.bytes.extend(value.to_be_bytes().iter().skip(empty_bytes as usize));
    }

    /// Writes a count so that the larger sorts first; in one byte per hundred.
    pub(super) fn descending(&mut self, count: u64) {
        (0..count / 100).for_each(|_| self.mark(0));
        self.mark(0xFF - (count % 100) as u8);
    }

    /// Writes a text so that it sorts by its bytes, and a prefix before what it begins.
    pub(super) fn text(&mut self, text: &[u8]) {
        self.text_as(text, |byte| byte);
    }

    /// The same, with each byte replaced first: to fold case.
    pub(super) fn text_as(&mut self, text: &[u8], fold: impl Fn(u8) -> u8) {
        // Texts come from UTF-8, which has no byte above 0xF4, so nothing is lost at the top.
        self.bytes.extend(text.iter().map(|&byte| fold(byte).saturating_add(1)));
        self.mark(0);
    }

    /// Places what the scheme cannot read before everything that it can read.
    pub(super) fn unreadable(&mut self, text: &[u8]) {
        self.bytes.clear();
        self.mark(UNREADABLE);
        super::generic::write_natural(self, text);
    }
}

/// The digits without leading zeros; nothing for zero.
pub(super) fn significant(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    digits.split_at(zeros).1
}

pub(super) fn is_zero(digits: &[u8]) -> bool {
    digits.iter().all(|&digit| digit == b'0')
}

/// Writes numbers so that zeros at the end of a run change nothing: `1.0` equals `1`.
///
/// A zero waits until a number follows it. What the caller writes after the run must sort as it
/// should against a number, which holds for marks outside the range of numbers.
#[derive(Debug, Default)]
pub(super) struct Release {
    waiting_zeros: usize,
}

impl Release {
    pub(super) fn number(&mut self, key: &mut Key, digits: &[u8]) {
        if is_zero(digits) {
            self.waiting_zeros += 1;
            return;
        }
        self.flush(key);
        key.number(digits);
    }

    /// Writes the zeros that wait, before something that is neither a number nor the end.
    pub(super) fn flush(&mut self, key: &mut Key) {
        for _ in 0..std::mem::take(&mut self.waiting_zeros) {
            key.value(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(digits: &str) -> Vec<u8> {
        let mut key = Key::new();
        key.number(digits.as_bytes());
        key.into_bytes()
    }

    #[test]
    fn numbers_of_any_length_sort_by_value() {
        let long = format!("1{}", "0".repeat(70_000));
        let ascending = [
            "0",
            "1",
            "159",
            "160",
            "255",
            "256",
            "65535",
            "65536",
            "4294967296",
            "9999999999999999999",
            "10000000000000000000",
            "18446744073709551616",
            "99999999999999999999",
            "100000000000000000000",
            long.as_str(),
        ];
        for pair in ascending.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{} < {}", pair[0], pair[1]);
        }
        assert_eq!(number("007"), number("7"));
        assert_eq!(number(""), number("0"));
    }

    #[test]
    fn a_text_sorts_before_what_it_begins_whatever_follows() {
        let key = |text: &str, after: u8| {
            let mut key = Key::new();
            key.text(text.as_bytes());
            key.mark(after);
            key.into_bytes()
        };
        assert!(key("a", 0xFF) < key("ab", 0));
        assert!(key("a", 0xFF) < key("a\0", 0));
        assert!(key("a\0", 0xFF) < key("a\u{1}", 0));
    }
}
