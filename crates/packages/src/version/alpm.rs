//! Versions of pacman packages: `[epoch:]pkgver[-pkgrel]`.
//!
//! Obeys vercmp(8) and PKGBUILD(5). Every string has a place. Two things must differ, because pacman
//! contradicts itself there: a missing pkgrel matches any pkgrel (here it comes first), and
//! separators at the very end compare in a circle (here they form a component without text, which
//! follows letters and precedes digits in the same place).

use super::cursor::{Cursor, rsplit_once, split_epoch};
use super::key::Key;

/// Letters directly after digits are a pre-release: `1.0rc` is older than `1.0`.
const LETTERS: u8 = 0x01;
const END: u8 = 0x02;
/// One separator; more of them are newer.
const SEPARATOR: u8 = 0xC0;
const SEPARATORS: u8 = 0xC1;

pub(super) fn write(key: &mut Key, version: &[u8]) {
    let (epoch, rest) = split_epoch(version);
    let (version, release) = match rsplit_once(rest, b'-') {
        Some((version, release)) => (version, Some(release)),
        None => (rest, None),
    };
    key.number(epoch);
    write_part(key, version);
    if let Some(release) = release {
        write_part(key, release);
    }
}

fn write_part(key: &mut Key, part: &[u8]) {
    let mut cursor = Cursor::new(part);
    loop {
        match cursor.take_while(|byte| !byte.is_ascii_alphanumeric()).len() {
            0 => {}
            1 => key.mark(SEPARATOR),
            more => {
                key.mark(SEPARATORS);
                key.value(more as u64);
            }
        }
        match cursor.peek() {
            None => return key.mark(END),
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
    let (version, release) = rsplit_once(rest, b'-').unwrap_or((rest, b"1"));
    let mut release = Cursor::new(release);
    let whole = !release.digits().is_empty();
    let fraction = !release.eat(b'.') || !release.digits().is_empty();
    whole
        && fraction
        && release.is_at_end()
        && !version.is_empty()
        && version.iter().all(|&byte| byte.is_ascii_graphic() && !b":/-".contains(&byte))
}
