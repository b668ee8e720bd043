//! Versions of Go modules and of Go itself.
//!
//! Obeys the Go Modules Reference, "Versions" (semantic versions with a `v`, pseudo-versions,
//! `+incompatible`), and "Go Toolchains" for names such as `go1.21rc2`. Both share one order, as
//! advisories for the standard library speak of `1.21.0-rc.2` where the binary says `go1.21rc2`. The
//! `v` may be missing, as it is in advisories.

use super::cursor::Cursor;
use super::key::{Key, significant};
use super::semver::{self, GoStage};

pub(super) fn write(key: &mut Key, version: &[u8]) {
    match toolchain(version) {
        Some((numbers, stage)) => semver::write_go_release(key, numbers, &stage),
        None => semver::write(key, version, semver::PLAIN),
    }
}

pub(super) fn is_valid(version: &[u8]) -> bool {
    toolchain(version).is_some() || semver::has_numbers(version, 1..=3)
}

/// Reads `go1.21rc2`; what follows a hyphen or a space names a vendor or an experiment.
fn toolchain(version: &[u8]) -> Option<(&[u8], GoStage<'_>)> {
    let version = version.strip_prefix(b"go")?;
    let version = version.split(|&byte| byte == b'-' || byte == b' ').next()?;
    let mut cursor = Cursor::new(version);
    let numbers = cursor.take_while(|byte| byte.is_ascii_digit() || byte == b'.');
    let mut parts = numbers.split(|&byte| byte == b'.');
    let (major, minor) = (parts.next()?, parts.next());
    let has_patch = parts.next().is_some();
    if numbers.split(|&byte| byte == b'.').any(<[u8]>::is_empty) || parts.next().is_some() {
        return None;
    }
    let kind = cursor.letters();
    let number = cursor.digits();
    let stage = match minor {
        _ if !cursor.is_at_end() => return None,
        _ if !kind.is_empty() => GoStage::Prerelease { kind, number },
        Some(minor) if !has_patch && names_language(major, minor) => GoStage::Language,
        _ => GoStage::Released,
    };
    Some((numbers, stage))
}

/// Until 1.20, `go1.20` was the first release; since then that is `go1.21.0`.
fn names_language(major: &[u8], minor: &[u8]) -> bool {
    let minor = significant(minor);
    significant(major) != b"1" || minor.len() > 2 || (minor.len() == 2 && minor >= b"21".as_slice())
}
