//! Command lines into flags: `--name=value`, `--name value`, `-name`.

use std::collections::BTreeMap;

/// Flags of a command line: every value of each, in the order they were given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags(BTreeMap<String, Vec<String>>);

impl Flags {
    /// Flags of the words after a program; `bare` tells flags that take no value as a word of its own.
    pub(crate) fn of<S: AsRef<str>>(words: &[S], bare: &dyn Fn(&str) -> bool) -> Self {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut at = 0;
        while let Some(word) = words.get(at).map(AsRef::as_ref) {
            at += 1;
            let Some(text) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
                continue;
            };
            let (key, value) = if let Some((key, value)) = text.split_once('=') {
                (key, value.trim_matches(['"', '\'']).to_owned())
            } else {
                let next = words.get(at).map(AsRef::as_ref).filter(|_| !bare(text));
                let next = next.filter(|next| !next.starts_with('-'));
                at += usize::from(next.is_some());
                (text, next.unwrap_or("true").to_owned())
            };
            if !key.is_empty() {
                found.entry(key.replace('_', "-")).or_default().push(value);
            }
        }
        Self(found)
    }

    /// The value that counts, which is the last.
    pub(crate) fn last(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.last().map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_beside_or_behind() {
        let words = ["--a=1", "-b", "2", "--c", "--a", "3", "--d_e", "x"];
        let flags = Flags::of(&words, &|name| name == "c");
        let shown = |name: &str| flags.last(name).unwrap_or("none").to_owned();
        assert_eq!(["a", "b", "c", "d-e", "z"].map(shown), ["3", "2", "true", "x", "none"]);
    }
}
