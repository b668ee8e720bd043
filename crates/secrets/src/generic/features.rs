//! What the model is told about a candidate, as numbers.

use super::extract::{Raw, Separator, at};
use super::file_kind::{Facts, Notation};
use super::key::Class;
use super::wrapped::Wrapper;
use super::{shape, surroundings, words};
use crate::body::Generic;
use crate::measure::{distinct, entropy, longest_run};
use crate::{allow, base};

/// Declares the names of the features and, from the same list, how each is computed.
macro_rules! features {
    ($($name:ident = $value:expr;)*) => {
        /// Names of the features, in their order. The model refers to them by these names.
        pub const FEATURES: [&str; [$(stringify!($name)),*].len()] = [$(stringify!($name)),*];

        fn table(c: &Known<'_>) -> Features {
            [$({ let value: fn(&Known<'_>) -> f32 = $value; value(c) }),*]
        }
    };
}

/// One number per name in [`FEATURES`].
pub type Features = [f32; FEATURES.len()];

/// What several features are computed from.
struct Known<'a> {
    bytes: &'a [u8],
    facts: Facts,
    raw: &'a Raw,
    name: &'a [u8],
    value: &'a [u8],
    lower: &'a [u8],
    digits: f32,
    uppers: f32,
    lowers: f32,
    symbols: f32,
    bits: f32,
    word_share: f32,
    triples: (f32, f32),
    rhythm: (usize, usize, usize),
    around: surroundings::Surroundings,
    hex: bool,
    /// It is base64, and of printable text.
    base64: bool,
    base64_text: bool,
}

impl Known<'_> {
    fn length(&self) -> f32 {
        self.value.len().max(1) as f32
    }

    fn class(&self, class: Class) -> f32 {
        is(self.raw.meaning.class == class)
    }

    fn separator(&self, separator: Separator) -> f32 {
        is(self.raw.separator == separator)
    }

    fn wrapper(&self, wrapper: Wrapper) -> f32 {
        is(self.raw.wrapper == wrapper)
    }

    fn classes(&self) -> usize {
        let shares = [self.digits, self.uppers, self.lowers, self.symbols];
        shares.iter().filter(|share| **share > 0.0).count()
    }

    /// Whether the function whose arguments they are puts a value under a name: `define("…", "…")`.
    fn is_set(&self) -> bool {
        const SETTERS: [&[u8]; 8] =
            [b"set", b"put", b"define", b"add", b"with", b"property", b"append", b"config"];
        let start = self.raw.name.start;
        let line = crate::text::line_range(self.bytes, start, 48);
        let before = self.bytes.get(line.start..start).unwrap_or_default();
        let before = before.trim_ascii_end();
        let before = before.strip_suffix(b"\"").or(before.strip_suffix(b"'")).unwrap_or(before);
        let called = before.strip_suffix(b"(").unwrap_or(self.name);
        let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_';
        let length = called.iter().rev().take_while(is_name).count();
        let called = called.get(called.len() - length..).unwrap_or_default().to_ascii_lowercase();
        self.raw.separator == Separator::Call && SETTERS.iter().any(|word| called.starts_with(word))
    }

    /// What follows the value and its quotes.
    fn next(&self) -> u8 {
        let mut end = self.raw.value.end;
        while matches!(at(self.bytes, end), b'"' | b'\'' | b'`' | b' ' | b'\\') {
            end += 1;
        }
        at(self.bytes, end)
    }

    fn count(&self, wanted: &[u8]) -> f32 {
        self.value.iter().filter(|byte| wanted.contains(byte)).count() as f32
    }
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && bytes.iter().all(|byte| (b' '..=b'~').contains(byte))
}

fn is(holds: bool) -> f32 {
    f32::from(u8::from(holds))
}

features! {
    kind_url = |c| is(c.raw.kind == Generic::Url);
    kind_header = |c| is(c.raw.kind == Generic::Header);
    kind_kubernetes = |c| is(c.raw.kind == Generic::Kubernetes);
    key_password = |c| c.class(Class::Password);
    key_secret = |c| c.class(Class::Secret);
    key_token = |c| c.class(Class::Token);
    key_qualified = |c| c.class(Class::Key);
    key_bare = |c| c.class(Class::BareKey);
    key_auth = |c| c.class(Class::Auth);
    key_credential = |c| c.class(Class::Credential);
    key_salt = |c| c.class(Class::Salt);
    key_nonce = |c| c.class(Class::Nonce);
    key_last = |c| is(c.raw.meaning.last);
    key_words = |c| f32::from(c.raw.meaning.words.min(8));
    key_public = |c| is(c.raw.meaning.public);
    key_private = |c| is(c.raw.meaning.private);
    key_label = |c| is(c.raw.meaning.label);
    key_derived = |c| is(c.raw.meaning.derived);
    key_sample = |c| is(c.raw.meaning.sample);
    key_upper = |c| is(c.name.iter().all(|byte| !byte.is_ascii_lowercase()));
    key_length = |c| c.name.len().min(64) as f32;
    quoted = |c| is(c.raw.quoted);
    unquoted_code = |c| is(!c.raw.quoted && c.facts.notation == Notation::Code);
    equals = |c| c.separator(Separator::Equals);
    colon = |c| c.separator(Separator::Colon);
    compare = |c| c.separator(Separator::Compare);
    call = |c| c.separator(Separator::Call);
    markup = |c| c.separator(Separator::Markup);
    space = |c| c.separator(Separator::Space);
    in_call = |c| c.wrapper(Wrapper::Call);
    in_decoder = |c| c.wrapper(Wrapper::Decoder);
    in_default = |c| c.wrapper(Wrapper::Default);
    array = |c| c.wrapper(Wrapper::Array);
    comment = |c| is(c.raw.comment);
    setter = |c| is(c.is_set());
    more_arguments = |c| is(c.next() == b',');
    last_argument = |c| is(c.next() == b')');
    length = |c| c.value.len().min(300) as f32;
    entropy = |c| c.bits;
    entropy_share = |c| c.bits / c.length().max(2.0).log2();
    distinct_share = |c| distinct(c.value) as f32 / c.length();
    digits = |c| c.digits;
    uppers = |c| c.uppers;
    lowers = |c| c.lowers;
    symbols = |c| c.symbols;
    classes = |c| c.classes() as f32;
    dashes = |c| c.count(b"-_") / c.length();
    dots = |c| c.count(b".:/") / c.length();
    marks = |c| c.count(b"!@#$%^&*?~") / c.length();
    brackets = |c| c.count(b"(){}[]<>\"'`;\\") / c.length();
    blanks = |c| c.count(b" ") / c.length();
    phrase = |c| is(c.value.contains(&b' ') && c.digits == 0.0 && c.count(b"!@#$%^&*~+=_") == 0.0);
    foreign = |c| is(!c.value.is_ascii());
    pairs_of_letters = |c| c.triples.0;
    rarest_letters = |c| c.triples.1;
    words = |c| c.word_share;
    long_words = |c| is(c.word_share > 0.9);
    words_and_digits = |c| is(shape::is_words_and_digits(c.lower));
    longest_digits = |c| c.rhythm.0 as f32;
    longest_consonants = |c| c.rhythm.1 as f32;
    changes = |c| c.rhythm.2 as f32 / c.length();
    case_changes = |c| shape::case_changes(c.value) as f32 / c.length();
    number = |c| is(c.digits > 0.99);
    hex = |c| is(c.hex);
    hash_length = |c| is(c.hex && matches!(c.value.len(), 32 | 40 | 64 | 96 | 128));
    base64 = |c| is(c.value.len() >= 20 && c.classes() >= 3 && c.base64);
    base64_text = |c| is(c.base64_text);
    padding = |c| is(c.value.ends_with(b"="));
    uuid = |c| is(shape::is_uuid(c.value));
    identifier = |c| is(shape::is_identifier(c.value, c.word_share));
    dotted = |c| is(shape::is_dotted(c.value));
    path = |c| is(shape::is_path(c.value));
    url = |c| is(memchr::memmem::find(c.value, b"://").is_some());
    call_value = |c| is(shape::is_call(c.value) || at(c.bytes, c.raw.value.end) == b'(');
    variable = |c| is(shape::is_variable(c.value));
    hashed = |c| is(shape::is_hashed(c.value));
    encrypted = |c| is(shape::is_encrypted(c.value));
    versioned = |c| is(shape::is_versioned(c.value));
    cut = |c| is(shape::is_cut(c.value));
    certificate = |c| is(c.value.starts_with(b"MII") || c.value.starts_with(b"LS0tLS"));
    ssh_public = |c| is(c.value.starts_with(b"ssh-") || c.value.starts_with(b"AAAA"));
    placeholder = |c| is(allow::is_placeholder(c.value));
    monotonous = |c| is(distinct(c.value) <= 3 || longest_run(c.value, 0) * 2 > c.value.len());
    counting = |c| longest_run(c.value, 1) as f32 / c.length();
    echo = |c| is(shape::is_echo(c.name, c.lower));
    kind_named = |c| is(shape::names_its_kind(c.lower));
    common_password = |c| is(words::is_common_password(c.lower));
    test_file = |c| is(c.facts.test);
    documentation = |c| is(c.facts.documentation);
    sample_file = |c| is(c.facts.sample);
    settings = |c| is(c.facts.settings);
    code = |c| is(c.facts.notation == Notation::Code);
    near_user = |c| is(c.around.user);
    near_host = |c| is(c.around.host);
    near_sample = |c| is(c.around.sample);
    near_assertion = |c| is(c.around.assertion);
    near_failure = |c| is(c.around.failure);
    repeated = |c| is(c.around.repeated);
    foreign_around = |c| c.around.foreign;
    prose_around = |c| c.around.prose;
    line = |c| c.around.line;
    first = |c| is(c.around.first);
}

pub(super) fn of(bytes: &[u8], facts: Facts, raw: &Raw) -> Features {
    let whole = bytes.get(raw.value.clone()).unwrap_or_default();
    // Half a kilobyte tells what a value is.
    let value = whole.get(..512).unwrap_or(whole);
    let decoded = (value.len() >= 8).then(|| base::base64(value)).flatten();
    // In `Basic …`, the password is what its author wrote.
    let password = decoded.as_deref().filter(|_| raw.kind == Generic::Header).and_then(|pair| {
        let colon = memchr::memchr(b':', pair)?;
        pair.get(colon + 1..)
    });
    let value = password.unwrap_or(value);
    let length = value.len().max(1) as f32;
    let share = |test: fn(&u8) -> bool| value.iter().filter(|b| test(b)).count() as f32 / length;
    let lower = value.to_ascii_lowercase();
    let digits = share(u8::is_ascii_digit);
    table(&Known {
        bytes,
        facts,
        raw,
        name: bytes.get(raw.name.clone()).unwrap_or_default(),
        value,
        digits,
        uppers: share(u8::is_ascii_uppercase),
        lowers: share(u8::is_ascii_lowercase),
        symbols: share(u8::is_ascii_punctuation),
        bits: entropy(value),
        word_share: words::share(&lower),
        triples: words::likeness(&lower),
        rhythm: shape::rhythm(value),
        around: surroundings::of(bytes, raw),
        hex: value.len() >= 8 && value.iter().all(u8::is_ascii_hexdigit) && digits > 0.0,
        lower: &lower,
        base64: decoded.is_some(),
        base64_text: decoded.as_deref().is_some_and(is_text),
    })
}
