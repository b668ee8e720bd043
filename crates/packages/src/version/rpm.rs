//! Versions of RPM packages: `[epoch:]version[-release]`.
//!
//! Obeys rpm-version(7) and the description of rpmvercmp in RPM's manual ("Dependencies"). Every
//! string has a place. One thing must differ: rpm lets a missing release match any release, which is
//! no order; here a missing release comes before every release.

use super::cursor::{Cursor, rsplit_once, split_epoch};
use super::key::Key;

const TILDE: u8 = 0x01;
const END: u8 = 0x02;
const CARET: u8 = 0x03;
/// Letters are older than digits in the same place.
const LETTERS: u8 = 0x04;

pub(super) fn write(key: &mut Key, version: &[u8]) {
    let (epoch, rest) = split_epoch(version);
    let (version, release) = rsplit_once(rest, b'-').unwrap_or((rest, b""));
    key.number(epoch);
    write_part(key, version);
    write_part(key, release);
}

fn write_part(key: &mut Key, part: &[u8]) {
    let mut cursor = Cursor::new(part);
    loop {
        cursor.take_while(|byte| !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^');
        match cursor.peek() {
            None => return key.mark(END),
            Some(b'~') => {
                cursor.eat(b'~');
                key.mark(TILDE);
            }
            Some(b'^') => {
                cursor.eat(b'^');
                key.mark(CARET);
            }
            Some(byte) if byte.is_ascii_digit() => key.number(cursor.digits()),
            Some(_) => {
                key.mark(LETTERS);
                key.text(cursor.letters());
            }
        }
    }
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    let (_, rest) = split_epoch(version);
    let (version, release) = rsplit_once(rest, b'-').unwrap_or((rest, b"0"));
    let allowed = |&byte: &u8| byte.is_ascii_alphanumeric() || b"._+~^".contains(&byte);
    !version.is_empty()
        && !release.is_empty()
        && version.iter().all(allowed)
        && release.iter().all(allowed)
}
