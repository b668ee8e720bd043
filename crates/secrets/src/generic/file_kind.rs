//! What a path says about how to read the file and how far to trust it.

/// How values without quotes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notation {
    /// Source code: a value without quotes is an expression.
    Code,
    /// One setting a line; the value is the rest of it.
    Lines,
    /// Shell and Dockerfiles: the value ends at a blank.
    Shell,
    /// XML, JSON, prose, logs: the value ends at a blank or a delimiter.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) notation: Notation,
    /// Worth looking for secrets without a shape: not in lock files, maps and minified code.
    pub(crate) generic: bool,
    pub(crate) test: bool,
    pub(crate) documentation: bool,
    pub(crate) sample: bool,
    /// Settings, as opposed to code and prose.
    pub(crate) settings: bool,
}

const CODE: [&str; 45] = [
    "py", "js", "ts", "jsx", "tsx", "mjs", "cjs", "java", "kt", "kts", "scala", "go", "rs", "c",
    "h", "cc", "cpp", "hpp", "cs", "vb", "php", "rb", "pl", "pm", "swift", "m", "mm", "dart",
    "lua", "r", "groovy", "gradle", "ex", "exs", "erl", "hs", "clj", "vue", "inc", "phtml",
    "svelte", "jl", "ml", "fs", "coffee",
];
const LINES: [&str; 18] = [
    "env",
    "properties",
    "ini",
    "cfg",
    "conf",
    "config",
    "cnf",
    "yml",
    "yaml",
    "toml",
    "prefs",
    "editorconfig",
    "desktop",
    "service",
    "tfvars",
    "reg",
    "cf",
    "ldif",
];
const SHELL: [&str; 12] = [
    "sh",
    "bash",
    "zsh",
    "fish",
    "ps1",
    "bat",
    "cmd",
    "dockerfile",
    "containerfile",
    "mk",
    "tf",
    "bats",
];
/// Endings behind the one that says what the file is: `settings.py.example`.
const COPIES: [&str; 12] = [
    "example", "sample", "dist", "template", "tmpl", "tpl", "j2", "erb", "in", "bak", "orig",
    "default",
];
const DOCUMENTATION: [&str; 12] =
    ["md", "rst", "txt", "adoc", "html", "htm", "tex", "org", "pod", "1", "8", "ipynb"];
const MADE_BY_MACHINES: [&str; 14] = [
    "map", "svg", "lock", "sum", "css", "scss", "less", "po", "pot", "mo", "snap", "csv", "tsv",
    "patch",
];
const LOCK_FILES: [&str; 8] = [
    "package-lock.json",
    "pnpm-lock.yaml",
    "composer.lock",
    "pipfile.lock",
    "npm-shrinkwrap.json",
    "packages.lock.json",
    "yarn.lock",
    "bun.lock",
];

impl Facts {
    pub(crate) fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or_default();
        let mut endings = name.rsplit('.');
        let last = endings.next().unwrap_or_default();
        let copy = COPIES.contains(&last) && last.len() < name.len();
        let before = endings.next().filter(|end| copy && end.len() <= 10).unwrap_or_default();
        let known = [&CODE[..], &LINES, &SHELL, &DOCUMENTATION, &["json", "xml"]];
        let end = match copy {
            true if known.iter().any(|ends| ends.contains(&before)) => before,
            true => "env",
            false => last,
        };
        let is_env = name.starts_with(".env") || end == "env";
        let notation = if CODE.contains(&end) {
            Notation::Code
        } else if is_env || LINES.contains(&end) || name == ".npmrc" || name == ".pypirc" {
            Notation::Lines
        } else if SHELL.contains(&end) || name.starts_with("dockerfile") || name == "makefile" {
            Notation::Shell
        } else {
            Notation::Other
        };
        let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
        let made = MADE_BY_MACHINES.contains(&end)
            || LOCK_FILES.contains(&name)
            || has(&[".min.js", ".min.css", ".bundle.js", "locale/", "i18n/", "translations/"]);
        Self {
            notation,
            generic: !made,
            test: has(&["test", "spec/", "_spec.", ".spec.", "fixture", "mock", "fake", "stub"]),
            documentation: DOCUMENTATION.contains(&end) || has(&["docs/", "doc/", "readme"]),
            sample: has(&["example", "sample", "demo", "template", "tutorial", ".dist"]),
            settings: notation == Notation::Lines || matches!(end, "json" | "xml" | "tfstate"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_how_to_read_them() {
        let check = |path: &str, notation, generic| {
            let facts = Facts::of(path);
            assert_eq!((facts.notation, facts.generic), (notation, generic), "{path}");
        };
        check("src/Main.java", Notation::Code, true);
        check(".env.production", Notation::Lines, true);
        check("deploy/Dockerfile.web", Notation::Shell, true);
        check("package-lock.json", Notation::Other, false);
        check("site.min.js", Notation::Code, false);
        check("notes", Notation::Other, true);
    }
}
