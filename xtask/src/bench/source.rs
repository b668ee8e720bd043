//! One gigabyte of source text out of what lies on this machine.
//!
//! Cargo keeps the sources of what we depend on; other source trees come after them, in an order
//! that is written here, until there is enough. Files are linked where the file system can, else
//! copied, and two files with the same bytes count once.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use sha2::{Digest, Sha256};

use super::tree;

const WANTED: u64 = 1_000_000_000;
/// Larger files are data more often than source.
const LARGEST: u64 = 4 << 20;

/// Fills `corpus` and says of what; what was gathered before is kept.
pub(crate) fn gather(corpus: &Path) -> Result<String> {
    let note = corpus.with_extension("txt");
    if let Ok(taken) = fs::read_to_string(&note) {
        return Ok(taken);
    }
    let mut taken = Taken { corpus: corpus.to_owned(), bytes: 0, files: 0, known: BTreeSet::new() };
    let mut words = Vec::new();
    for (name, folder) in places() {
        let before = taken.bytes;
        if folder.is_dir() && taken.bytes < WANTED {
            taken.from(&folder, &words.len().to_string())?;
        }
        if taken.bytes > before {
            words.push(format!("{:.0} MB of {name}", (taken.bytes - before) as f64 / 1e6));
        }
    }
    if taken.files == 0 {
        bail!("no source text lies on this machine");
    }
    if taken.bytes < WANTED {
        words.push("there is no more".to_owned());
    }
    let words = words.join(", ");
    fs::write(note, &words)?;
    Ok(words)
}

/// Source trees, in the order in which they are taken.
fn places() -> Vec<(&'static str, PathBuf)> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    let rust = crate::run::output("rustc", &["--print", "sysroot"]).unwrap_or_default();
    let npm = crate::run::output("npm", &["root", "--global"]).unwrap_or_default();
    let mut places = vec![
        ("crates (cargo's registry)", cargo.join("registry/src")),
        ("crates (cargo's git checkouts)", cargo.join("git/checkouts")),
        ("Rust's library", PathBuf::from(rust.trim()).join("lib/rustlib/src")),
        ("Go's library", PathBuf::from("/usr/local/go")),
        ("Go's library", PathBuf::from("/usr/lib/go")),
        ("Go modules", home.join("go/pkg/mod")),
        ("npm packages", PathBuf::from(npm.trim())),
        ("Python's library and packages", PathBuf::from("/usr/lib/python3")),
        ("Python's library and packages", home.join(".pyenv/versions")),
        ("C headers", PathBuf::from("/usr/include")),
        ("kernel sources", PathBuf::from("/usr/src")),
        ("Perl's library", PathBuf::from("/usr/share/perl")),
        ("what Debian installed", PathBuf::from("/usr/share")),
        ("what Debian installed", PathBuf::from("/usr/lib")),
        ("what was installed beside Debian", PathBuf::from("/opt")),
        ("what was installed beside Debian", PathBuf::from("/usr/local")),
    ];
    // An empty answer would be the current folder.
    places.retain(|(_, path)| path.is_absolute());
    places
}

struct Taken {
    corpus: PathBuf,
    bytes: u64,
    files: usize,
    known: BTreeSet<[u8; 32]>,
}

impl Taken {
    fn from(&mut self, folder: &Path, name: &str) -> Result<()> {
        for file in tree::files(folder)? {
            if self.bytes >= WANTED {
                return Ok(());
            }
            // A file that cannot be read is none of ours.
            if let Ok(Some(bytes)) = self.source(&file) {
                let inside = file.strip_prefix(folder).unwrap_or(&file);
                let to = self.corpus.join(name).join(inside);
                fs::create_dir_all(to.parent().unwrap_or(&self.corpus))?;
                if fs::hard_link(&file, &to).is_err() {
                    fs::copy(&file, &to)?;
                }
                self.bytes += bytes;
                self.files += 1;
            }
        }
        Ok(())
    }

    /// The size of a file that is source text and was not taken yet.
    fn source(&mut self, file: &Path) -> Result<Option<u64>> {
        let size = file.symlink_metadata()?.len();
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if size == 0 || size > LARGEST || !ENDINGS.contains(&ending) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        fs::File::open(file)?.read_to_end(&mut bytes)?;
        if std::str::from_utf8(&bytes).is_err() || bytes.contains(&0) {
            return Ok(None);
        }
        Ok(self.known.insert(Sha256::digest(&bytes).into()).then_some(size))
    }
}

const ENDINGS: &[&str] = &[
    "bash", "bat", "c", "cc", "cfg", "cmake", "conf", "cpp", "cs", "css", "csv", "cts", "cxx", "d",
    "el", "env", "erl", "ex", "go", "gradle", "h", "hh", "hpp", "hs", "html", "in", "ini", "java",
    "js", "json", "jsx", "kt", "less", "lua", "m4", "md", "mjs", "mk", "mts", "php", "pl", "pm",
    "pod", "proto", "ps1", "py", "pyi", "rb", "rs", "rst", "s", "scala", "scss", "sh", "sql",
    "swift", "tcl", "tex", "tf", "toml", "ts", "tsx", "txt", "vim", "vue", "xml", "yaml", "yml",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_taken_once_and_other_things_never() {
        let folder = std::env::temp_dir().join(format!("panoply-source-{}", std::process::id()));
        fs::create_dir_all(folder.join("from")).unwrap();
        let put = |name: &str, bytes: &[u8]| fs::write(folder.join("from").join(name), bytes);
        put("a.rs", b"fn main() {}").unwrap();
        put("b.rs", b"fn main() {}").unwrap();
        put("c.rs", b"\0binary").unwrap();
        put("d.png", b"text").unwrap();
        let corpus = folder.join("corpus");
        let mut taken =
            Taken { corpus: corpus.clone(), bytes: 0, files: 0, known: BTreeSet::new() };
        taken.from(&folder.join("from"), "0").unwrap();
        let files = tree::files(&corpus).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(files, [corpus.join("0/a.rs")]);
        assert_eq!((taken.bytes, taken.files), (12, 1));
    }
}
