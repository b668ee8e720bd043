//! Languages, and how files of each are told.

use panoply_grammars::Grammar;

/// A language that people write programs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    Bash,
    C,
    CSharp,
    Cpp,
    Go,
    Java,
    JavaScript,
    Kotlin,
    Php,
    Python,
    Ruby,
    Rust,
    TypeScript,
}

impl Language {
    pub const ALL: [Self; 13] = [
        Self::Bash,
        Self::C,
        Self::CSharp,
        Self::Cpp,
        Self::Go,
        Self::Java,
        Self::JavaScript,
        Self::Kotlin,
        Self::Php,
        Self::Python,
        Self::Ruby,
        Self::Rust,
        Self::TypeScript,
    ];

    /// As rules name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::C => "c",
            Self::CSharp => "csharp",
            Self::Cpp => "cpp",
            Self::Go => "go",
            Self::Java => "java",
            Self::JavaScript => "javascript",
            Self::Kotlin => "kotlin",
            Self::Php => "php",
            Self::Python => "python",
            Self::Ruby => "ruby",
            Self::Rust => "rust",
            Self::TypeScript => "typescript",
        }
    }

    /// The language of a file, by its name.
    pub fn of_path(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (stem, ending) = name.rsplit_once('.')?;
        if stem.is_empty() {
            return None;
        }
        Some(match ending.to_ascii_lowercase().as_str() {
            "sh" | "bash" | "ksh" => Self::Bash,
            "c" => Self::C,
            "cs" | "cshtml" => Self::CSharp,
            // Headers are read as C++, which takes most of C.
            "cc" | "cpp" | "cxx" | "h" | "hh" | "hpp" | "hxx" => Self::Cpp,
            "go" => Self::Go,
            "java" => Self::Java,
            "js" | "cjs" | "mjs" | "jsx" => Self::JavaScript,
            "kt" | "kts" => Self::Kotlin,
            "php" | "phtml" | "php5" | "php7" | "inc" => Self::Php,
            "py" | "pyw" | "pyi" => Self::Python,
            "rb" | "rake" => Self::Ruby,
            "rs" => Self::Rust,
            "ts" | "cts" | "mts" | "tsx" => Self::TypeScript,
            _ => return None,
        })
    }

    /// The grammar of a file of this language.
    pub(crate) fn grammar(self, path: &str) -> Grammar {
        match self {
            Self::Bash => Grammar::Bash,
            Self::C => Grammar::C,
            Self::CSharp => Grammar::CSharp,
            Self::Cpp => Grammar::Cpp,
            Self::Go => Grammar::Go,
            Self::Java => Grammar::Java,
            Self::JavaScript => Grammar::JavaScript,
            Self::Kotlin => Grammar::Kotlin,
            Self::Php => Grammar::Php,
            Self::Python => Grammar::Python,
            Self::Ruby => Grammar::Ruby,
            Self::Rust => Grammar::Rust,
            Self::TypeScript if is_tsx(path) => Grammar::Tsx,
            Self::TypeScript => Grammar::TypeScript,
        }
    }
}

/// Whether elements of JSX may stand in a file; elsewhere `<a>b` is a cast.
fn is_tsx(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("tsx"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_endings() {
        let check = |path: &str, language| assert_eq!(Language::of_path(path), language, "{path}");
        check("a/b.py", Some(Language::Python));
        check("a/B.JAVA", Some(Language::Java));
        check("web/app.tsx", Some(Language::TypeScript));
        check("Makefile", None);
        check(".py", None);
        check("a.py/b", None);
    }
}
