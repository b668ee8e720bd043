//! What stands around a candidate: its line, and the lines before and behind it.

use super::extract::Raw;

/// Bytes looked at to either side.
const REACH: usize = 160;

/// Numbers about the text near a candidate, as features want them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Surroundings {
    /// `user`, `login`, `account`.
    pub(super) user: bool,
    /// `host`, `server`, `port`, `endpoint`.
    pub(super) host: bool,
    /// `example`, `sample`, `dummy`, `fake`.
    pub(super) sample: bool,
    /// `assert`, `expect`, `should`.
    pub(super) assertion: bool,
    /// `invalid`, `wrong`, `fail`.
    pub(super) failure: bool,
    /// The same value stands nearby.
    pub(super) repeated: bool,
    /// Share of bytes that are not ASCII.
    pub(super) foreign: f32,
    /// Share of blanks between two letters: how much is prose.
    pub(super) prose: f32,
    /// Bytes of the line, up to the reach.
    pub(super) line: f32,
    /// Nothing but blanks is before the name.
    pub(super) first: bool,
}

pub(super) fn of(text: &[u8], raw: &Raw) -> Surroundings {
    let from = raw.name.start.saturating_sub(REACH);
    let to = text.len().min(raw.value.end.max(raw.name.end) + REACH);
    let window = text.get(from..to).unwrap_or_default();
    let mut found = Surroundings::default();
    // Without the value and the name, which have features of their own.
    let before = text.get(from..raw.name.start).unwrap_or_default();
    let behind = text.get(raw.value.end..to).unwrap_or_default();
    for part in [before, behind] {
        words(part, &mut found);
        let length = part.len().max(1) as f32;
        found.foreign += part.iter().filter(|byte| **byte >= 0x80).count() as f32 / length / 2.0;
        let gaps = part
            .array_windows::<3>()
            .filter(|[a, b, c]| *b == b' ' && a.is_ascii_lowercase() && c.is_ascii_alphabetic());
        found.prose += gaps.count() as f32 / length * 4.0;
    }
    let value = text.get(raw.value.clone()).unwrap_or_default();
    let own = raw.value.start.saturating_sub(from);
    let again = |at: usize| at != own;
    found.repeated =
        value.len() >= 6 && memchr::memmem::find_iter(window, value).take(3).any(again);
    let line = crate::text::line_range(text, raw.name.start, REACH);
    found.line = line.len() as f32 / (2 * REACH) as f32;
    let margin = text.get(line.start..raw.name.start).unwrap_or_default();
    found.first =
        margin.iter().all(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'-'));
    found
}

/// Looks for words by their first four letters, in one pass.
fn words(part: &[u8], found: &mut Surroundings) {
    for window in part.array_windows::<4>() {
        match &window.map(|byte| byte | 0x20) {
            b"user" | b"logi" | b"acco" => found.user = true,
            b"host" | b"serv" | b"port" | b"endp" => found.host = true,
            b"exam" | b"samp" | b"dumm" | b"fake" => found.sample = true,
            b"asse" | b"expe" | b"shou" => found.assertion = true,
            b"inva" | b"wron" | b"fail" => found.failure = true,
            _ => {}
        }
    }
}
