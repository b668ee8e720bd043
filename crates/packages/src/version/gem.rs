//! Versions of Ruby gems.
//!
//! Obeys the documentation of `Gem::Version`: segments of digits or letters, letters make a
//! pre-release, zeros before the letters and at the end say nothing, and `-` reads as `.pre.`. Lock
//! files and advisories put the platform behind a version (`1.8.0-java`); it is the same release and
//! does not count. Other strings come first.

use super::cursor::{Cursor, split_once};
use super::key::{Key, Release, is_zero};

/// A missing segment counts as zero, so zeros matter only by what comes after them.
const WORD: u8 = 0x01;
const ZEROS_THEN_WORD: u8 = 0x02;
const END: u8 = 0x03;
const ZEROS_THEN_NUMBER: u8 = 0x04;

/// How gem platforms begin: `Gem::Platform` puts the processor first, or the system alone.
const PLATFORMS: &[&str] = &[
    "aarch64",
    "amd64",
    "arm",
    "arm64",
    "armv6",
    "armv7",
    "armv8",
    "darwin",
    "dalvik",
    "dotnet",
    "freebsd",
    "i386",
    "i486",
    "i586",
    "i686",
    "java",
    "jruby",
    "linux",
    "mingw",
    "mingw32",
    "mswin",
    "mswin32",
    "mswin64",
    "powerpc",
    "ppc64le",
    "riscv64",
    "ruby",
    "s390x",
    "sparc",
    "universal",
    "x64",
    "x86",
    "x86_64",
];

pub(super) fn write(key: &mut Key, version: &[u8]) {
    let version = without_platform(version);
    if !is_plain(version) {
        return key.unreadable(version);
    }
    let (numbers, mut cursor) = split_numbers(version);
    let mut release = Release::default();
    for number in numbers.split(|&byte| byte == b'.') {
        release.number(key, number);
    }
    let mut zeros = 0;
    while let Some(next) = cursor.peek() {
        match next {
            b'0'..=b'9' => {
                let digits = cursor.digits();
                if is_zero(digits) {
                    zeros += 1;
                    continue;
                }
                if zeros > 0 {
                    key.mark(ZEROS_THEN_NUMBER);
                    key.descending(std::mem::take(&mut zeros));
                }
                key.number(digits);
            }
            b'-' => {
                cursor.eat(next);
                write_word(key, b"pre", &mut zeros);
            }
            b'.' => {
                cursor.eat(next);
            }
            _ => write_word(key, cursor.letters(), &mut zeros),
        }
    }
    key.mark(END);
}

fn write_word(key: &mut Key, word: &[u8], zeros: &mut u64) {
    if *zeros > 0 {
        key.mark(ZEROS_THEN_WORD);
        key.value(std::mem::take(zeros));
    }
    key.mark(WORD);
    key.text(word);
}

/// Takes the numbers before the first letter or hyphen.
fn split_numbers(version: &[u8]) -> (&[u8], Cursor<'_>) {
    let mut cursor = Cursor::new(version);
    let numbers = cursor.take_while(|byte| byte.is_ascii_digit() || byte == b'.');
    let trailing_dot = usize::from(numbers.ends_with(b"."));
    (numbers.split_at(numbers.len() - trailing_dot).0, cursor)
}

fn without_platform(version: &[u8]) -> &[u8] {
    let Some((number, platform)) = split_once(version, b'-') else { return version };
    let word = platform.split(|&byte| byte == b'-').next().unwrap_or(platform);
    let is_platform = PLATFORMS.iter().any(|name| name.as_bytes() == word);
    if is_platform { number } else { version }
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    is_plain(without_platform(version))
}

/// Matches RubyGems' own pattern for a version.
fn is_plain(version: &[u8]) -> bool {
    let (main, tail) = match split_once(version, b'-') {
        Some((main, tail)) => (main, Some(tail)),
        None => (version, None),
    };
    let mut segments = main.split(|&byte| byte == b'.');
    let number = segments
        .next()
        .is_some_and(|first| !first.is_empty() && first.iter().all(u8::is_ascii_digit));
    let filled = |segment: &[u8], hyphen: bool| {
        !segment.is_empty()
            && segment.iter().all(|&byte| byte.is_ascii_alphanumeric() || (hyphen && byte == b'-'))
    };
    number
        && segments.all(|segment| filled(segment, false))
        && tail.is_none_or(|tail| tail.split(|&byte| byte == b'.').all(|part| filled(part, true)))
}
