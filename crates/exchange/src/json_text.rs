//! JSON whose keys keep their order.
//!
//! The order is the one the fields were put in, whatever features of other crates are switched on,
//! so that a report is the same bytes in every build.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::json_stream;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Whole(u64),
    Real(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(Cow<'static, str>, Json)>),
}

/// Starts an object.
pub(crate) fn object() -> Json {
    Json::Object(Vec::new())
}

/// A list of whatever becomes JSON.
pub(crate) fn list<T: Into<Json>>(items: impl IntoIterator<Item = T>) -> Json {
    Json::List(items.into_iter().map(Into::into).collect())
}

impl Json {
    /// Adds a field to an object.
    pub(crate) fn put(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Self>) -> Self {
        if let Self::Object(fields) = &mut self {
            fields.push((key.into(), value.into()));
        }
        self
    }

    /// Adds a field if there is something to say: `None`, empty text, lists and objects are left out.
    pub(crate) fn maybe(self, key: impl Into<Cow<'static, str>>, value: impl Into<Self>) -> Self {
        match value.into() {
            Self::Null => self,
            Self::Text(text) if text.is_empty() => self,
            Self::List(items) if items.is_empty() => self,
            Self::Object(fields) if fields.is_empty() => self,
            value => self.put(key, value),
        }
    }

    /// The fields of this object, then those of another.
    pub(crate) fn join(mut self, other: Self) -> Self {
        if let (Self::Object(fields), Self::Object(more)) = (&mut self, other) {
            fields.extend(more);
        }
        self
    }

    /// Writes the value, indented by two spaces a level, with a line end after it.
    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        json_stream::write(self, out)
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! from {
    ($($type:ty => |$value:ident| $json:expr),* $(,)?) => {
        $(impl From<$type> for Json {
            fn from($value: $type) -> Self { $json }
        })*
    };
}

from! {
    bool => |value| Self::Bool(value),
    u64 => |value| Self::Whole(value),
    u32 => |value| Self::Whole(value.into()),
    usize => |value| Self::Whole(value as u64),
    f64 => |value| Self::Real(value),
    // Through its text, so that 0.97 does not become 0.9700000286102295.
    f32 => |value| Self::Real(value.to_string().parse().unwrap_or(f64::NAN)),
    &str => |value| Self::Text(value.to_owned()),
    String => |value| Self::Text(value),
    &String => |value| Self::Text(value.clone()),
    Vec<Json> => |value| Self::List(value),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean;

    fn check(json: &Json, expected: &str) {
        let mut out = Vec::new();
        json.write(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn fields_keep_their_order_and_empty_ones_go() {
        let json = object().put("z", 1_u32).maybe("gone", "").maybe("a", Some("x"));
        check(&json, "{\n  \"z\": 1,\n  \"a\": \"x\"\n}\n");
        check(&list(["a"]).clone(), "[\n  \"a\"\n]\n");
        check(&object().put("e", Json::List(Vec::new())), "{\n  \"e\": []\n}\n");
    }

    #[test]
    fn text_that_acts_is_escaped_and_reads_back_the_same() {
        let text = "\u{1b}[0m \u{9b}J \u{202e} \"\\ \n\t \u{e0001} 中文 </script>";
        let mut out = Vec::new();
        Json::from(text).write(&mut out).unwrap();
        assert!(!String::from_utf8(out.clone()).unwrap().trim_end().contains(clean::acts));
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }

    #[test]
    fn numbers_are_as_they_were_given() {
        check(&Json::from(0.97_f32), "0.97\n");
        check(&Json::from(7.5_f32), "7.5\n");
        check(&Json::from(f64::NAN), "null\n");
    }
}
