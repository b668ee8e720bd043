//! Writes JSON while it is said: nothing is copied, and there is no tree of the whole report.
//!
//! The house's own format has every finding with every word in it. The other formats move parts of a
//! report around, and build a tree first, [`Json`]; that is written here as well.
//!
//! JSON allows the C1 controls and bidirectional controls unescaped; they are escaped here, because
//! reports are read with `cat`.

use std::io::{self, Write};

use crate::clean;
use crate::json_text::Json;

/// Bytes that are gathered before they are handed on.
const PIECE: usize = 64 << 10;

/// Where the text goes.
pub(crate) struct Stream<'o> {
    out: &'o mut dyn Write,
    buffer: Vec<u8>,
    depth: usize,
    failed: io::Result<()>,
}

/// What can stand behind a key or in a list.
pub(crate) trait Say {
    fn say(self, stream: &mut Stream<'_>);

    /// Whether there is nothing to say: absent, or empty text or list.
    fn is_empty(&mut self) -> bool {
        false
    }
}

/// An object that is being written.
pub(crate) struct Object<'s, 'o> {
    stream: &'s mut Stream<'o>,
    fields: usize,
}

/// Writes a value, indented by two spaces a level, with a line end after it.
pub(crate) fn write(value: impl Say, out: &mut dyn Write) -> io::Result<()> {
    let buffer = Vec::with_capacity(2 * PIECE);
    let mut stream = Stream { out, buffer, depth: 0, failed: Ok(()) };
    value.say(&mut stream);
    stream.buffer.push(b'\n');
    stream.hand_on(0);
    stream.failed
}

impl<'o> Stream<'o> {
    fn push(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    fn shown(&mut self, value: impl std::fmt::Display) {
        // Only the destination could fail, and a buffer does not.
        let _ = write!(self.buffer, "{value}");
    }

    /// Begins the line of a field or an item, of which there were so many before.
    fn next_line(&mut self, before: usize) {
        self.push(if before > 0 { ",\n" } else { "\n" });
        self.buffer.resize(self.buffer.len() + 2 * self.depth, b' ');
    }

    fn text(&mut self, text: &str) {
        self.buffer.push(b'"');
        escaped(text, &mut self.buffer);
        self.buffer.push(b'"');
    }

    fn list(&mut self, items: impl Iterator<Item = impl Say>) {
        self.push("[");
        self.depth += 1;
        let mut count = 0;
        for item in items {
            self.next_line(count);
            item.say(self);
            self.hand_on(PIECE);
            count += 1;
        }
        self.depth -= 1;
        if count > 0 {
            self.next_line(0);
        }
        self.push("]");
    }

    fn object(&mut self, say: impl FnOnce(Object<'_, 'o>) -> usize) {
        self.push("{");
        self.depth += 1;
        let count = say(Object { stream: self, fields: 0 });
        self.depth -= 1;
        if count > 0 {
            self.next_line(0);
        }
        self.push("}");
    }

    /// Passes on what is gathered, if it is at least so much; the first error ends all writing.
    fn hand_on(&mut self, least: usize) {
        if self.buffer.len() >= least {
            if self.failed.is_ok() {
                self.failed = self.out.write_all(&self.buffer);
            }
            self.buffer.clear();
        }
    }
}

impl Object<'_, '_> {
    /// Adds a field.
    pub(crate) fn put(mut self, key: &str, value: impl Say) -> Self {
        self.add(key, "", value);
        self
    }

    /// Adds a field if there is something to say.
    pub(crate) fn maybe(self, key: &str, value: impl Say) -> Self {
        self.maybe_twin(key, "", value)
    }

    /// As [`Self::maybe`], under a key in two parts.
    pub(crate) fn maybe_twin(mut self, key: &str, ending: &str, mut value: impl Say) -> Self {
        if !value.is_empty() {
            self.add(key, ending, value);
        }
        self
    }

    /// Writes a key in two parts, and what stands behind it.
    fn add(&mut self, key: &str, ending: &str, value: impl Say) {
        self.stream.next_line(self.fields);
        self.fields += 1;
        self.stream.buffer.push(b'"');
        escaped(key, &mut self.stream.buffer);
        escaped(ending, &mut self.stream.buffer);
        self.stream.push("\": ");
        value.say(self.stream);
    }
}

/// Whether a byte is one that JSON escapes, or begins a character that [`clean::acts`] may know.
///
/// Most of what is not ASCII here is Chinese, and none of that acts.
fn may_act(byte: u8) -> bool {
    // Beyond ASCII: C1 and soft hyphen, Arabic, Mongolian, general punctuation, the end of the first
    // plane, and the planes behind it.
    matches!(byte, ..0x20 | b'"' | b'\\' | 0x7f | 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xef..)
}

/// Adds text as it stands between the quotes.
fn escaped(text: &str, out: &mut Vec<u8>) {
    // Nearly all text is this, and reports are large.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'!' | b'#'..=b'[' | b']'..=b'~');
    // Without an early end inside of a piece, many bytes are looked at at once.
    let plain = |piece: &[u8]| piece.iter().fold(true, |all, byte| all & is_plain(byte));
    if text.as_bytes().chunks(64).all(plain) {
        return out.extend_from_slice(text.as_bytes());
    }
    let (mut done, mut at) = (0, 0);
    while let Some(found) =
        text.as_bytes().get(at..).and_then(|rest| rest.iter().position(|byte| may_act(*byte)))
    {
        at += found;
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
        let begins = at;
        at += c.len_utf8();
        let simple = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            c if clean::acts(c) => "",
            _ => continue,
        };
        out.extend_from_slice(text.get(done..begins).unwrap_or_default().as_bytes());
        out.extend_from_slice(simple.as_bytes());
        if simple.is_empty() {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Only the destination could fail, and a buffer does not.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        done = at;
    }
    out.extend_from_slice(text.get(done..).unwrap_or_default().as_bytes());
}

/// An object, said by a function that is handed it.
pub(crate) struct Fields<F>(F);

pub(crate) fn fields<F>(say: F) -> Fields<F>
where
    F: for<'s, 'o> FnOnce(Object<'s, 'o>) -> Object<'s, 'o>,
{
    Fields(say)
}

impl<F> Say for Fields<F>
where
    F: for<'s, 'o> FnOnce(Object<'s, 'o>) -> Object<'s, 'o>,
{
    fn say(self, stream: &mut Stream<'_>) {
        stream.object(|object| (self.0)(object).fields);
    }
}

/// A list of whatever an iterator gives.
pub(crate) struct Items<I: Iterator>(std::iter::Peekable<I>);

pub(crate) fn items<I: IntoIterator>(items: I) -> Items<I::IntoIter> {
    Items(items.into_iter().peekable())
}

impl<T: Say, I: Iterator<Item = T>> Say for Items<I> {
    fn say(self, stream: &mut Stream<'_>) {
        stream.list(self.0);
    }

    fn is_empty(&mut self) -> bool {
        self.0.peek().is_none()
    }
}

impl<T: Say> Say for Option<T> {
    fn say(self, stream: &mut Stream<'_>) {
        match self {
            Some(value) => value.say(stream),
            None => stream.push("null"),
        }
    }

    fn is_empty(&mut self) -> bool {
        self.as_mut().is_none_or(Say::is_empty)
    }
}

impl Say for &str {
    fn say(self, stream: &mut Stream<'_>) {
        stream.text(self);
    }

    fn is_empty(&mut self) -> bool {
        str::is_empty(self)
    }
}

impl Say for &String {
    fn say(self, stream: &mut Stream<'_>) {
        self.as_str().say(stream);
    }

    fn is_empty(&mut self) -> bool {
        String::is_empty(self)
    }
}

impl Say for String {
    fn say(self, stream: &mut Stream<'_>) {
        self.as_str().say(stream);
    }

    fn is_empty(&mut self) -> bool {
        String::is_empty(self)
    }
}

macro_rules! plain {
    ($($type:ty),*) => {
        $(impl Say for $type {
            fn say(self, stream: &mut Stream<'_>) {
                stream.shown(self);
            }
        })*
    };
}

plain!(bool, u32, u64, usize);

impl Say for f64 {
    fn say(self, stream: &mut Stream<'_>) {
        if !self.is_finite() || serde_json::to_writer(&mut stream.buffer, &self).is_err() {
            stream.push("null");
        }
    }
}

impl Say for f32 {
    fn say(self, stream: &mut Stream<'_>) {
        // Through its text, so that 0.97 does not become 0.9700000286102295.
        self.to_string().parse().unwrap_or(f64::NAN).say(stream);
    }
}

impl Say for &Json {
    fn say(self, stream: &mut Stream<'_>) {
        match self {
            Json::Null => stream.push("null"),
            Json::Bool(value) => value.say(stream),
            Json::Whole(value) => value.say(stream),
            Json::Real(value) => value.say(stream),
            Json::Text(text) => stream.text(text),
            Json::List(items) => stream.list(items.iter()),
            Json::Object(fields) => stream.object(|mut object| {
                for (key, value) in fields {
                    object.add(key, "", value);
                }
                object.fields
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_text::{Json, list, object};

    #[test]
    fn a_stream_says_what_a_tree_says() {
        let texts = ["", "a", "中文 \"\u{202e}\u{9b}\\\n"];
        let tree = object()
            .put("text", texts[2])
            .maybe("gone", "")
            .maybe("nothing", None::<u32>)
            .maybe("still_nothing", Some(""))
            .put("null", None::<u32>)
            .put("numbers", list([Json::from(0.97_f32), Json::from(7.5_f64), 7_usize.into()]))
            .put("none", list(Vec::<Json>::new()))
            .put("empty", object())
            .put("texts", list(texts))
            .put("inner", object().put("bool", true).put("deep", list([object().put("a", 1_u32)])));
        let stream = fields(|object| {
            object
                .put("text", texts[2])
                .maybe("gone", "")
                .maybe("nothing", None::<u32>)
                .maybe("still_nothing", Some(""))
                .put("null", None::<u32>)
                .put("numbers", items([Number::A(0.97), Number::B(7.5), Number::C(7)]))
                .put("none", items(Vec::<u32>::new()))
                .put("empty", fields(|object| object))
                .put("texts", items(texts))
                .put(
                    "inner",
                    fields(|object| {
                        object
                            .put("bool", true)
                            .put("deep", items([fields(|object| object.put("a", 1_u32))]))
                    }),
                )
        });
        let (mut expected, mut found) = (Vec::new(), Vec::new());
        tree.write(&mut expected).unwrap();
        write(stream, &mut found).unwrap();
        assert_eq!(String::from_utf8(found).unwrap(), String::from_utf8(expected).unwrap());
    }

    #[test]
    fn no_character_that_acts_begins_with_a_byte_that_is_passed_over() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32) {
            let escaped = clean::acts(c) || matches!(c, '"' | '\\');
            let first = c.encode_utf8(&mut [0; 4]).as_bytes()[0];
            assert!(!escaped || may_act(first), "{c:?}");
        }
    }

    enum Number {
        A(f32),
        B(f64),
        C(usize),
    }

    impl Say for Number {
        fn say(self, stream: &mut Stream<'_>) {
            match self {
                Self::A(number) => number.say(stream),
                Self::B(number) => number.say(stream),
                Self::C(number) => number.say(stream),
            }
        }
    }

    /// Takes so many bytes and then no more.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_error_of_the_output_is_told_wherever_it_comes() {
        let long = "x".repeat(PIECE);
        for room in [0, PIECE, 3 * PIECE, 5 * PIECE] {
            let list = items(std::iter::repeat_n(long.as_str(), 4));
            let written = write(fields(|object| object.put("list", list)), &mut Full(room));
            assert_eq!(written.is_ok(), room > 4 * PIECE, "{room}");
        }
    }
}
