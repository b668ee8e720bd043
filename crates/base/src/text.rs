//! Words for people, in both languages of the product.

use std::fmt;
use std::str::FromStr;

/// A language a report or a screen can be in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    Chinese,
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    /// Takes BCP 47 tags and POSIX locales: `zh`, `zh-CN`, `zh_CN.UTF-8`, `en`, `C`.
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        let tag = text.split(['-', '_', '.']).next().unwrap_or_default();
        match tag.to_ascii_lowercase().as_str() {
            "zh" => Ok(Self::Chinese),
            "en" | "c" | "posix" | "" => Ok(Self::English),
            _ => Err(UnknownLanguage(text.to_owned())),
        }
    }
}

/// Why a text names no language of the product.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language of this program; it speaks `en` and `zh`")]
pub struct UnknownLanguage(String);

/// The same sentence in English and 中文.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text {
    pub en: String,
    pub zh: String,
}

impl Text {
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self { en: en.into(), zh: zh.into() }
    }

    /// Foreign text that exists in one language only, such as an advisory's summary.
    pub fn untranslated(text: impl Into<String>) -> Self {
        let en = text.into();
        Self { zh: en.clone(), en }
    }

    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.en.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}
