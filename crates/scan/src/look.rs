//! The look at one file: who wants it, and what they make of it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use panoply_base::{Limits, Parsed, Problem};
use panoply_files::{Contents, Entry, EntryKind, ReadError};
use panoply_packages::{Catalogue, Cataloguer, FileInput, PathHash, Reads};
use panoply_posture::evidence;
use panoply_secrets::{Context, FileView};

use crate::engines::Engines;
use crate::facts::{ConfigFile, FileFacts, KeptFile, SecretFacts, TreeFacts};

/// Bytes looked at to tell text from other things. The same figure that git uses.
const TEXT_SNIFF: usize = 8_000;

/// Bytes asked for at first: nine of ten sources are smaller and come in one piece.
const FIRST: usize = 32 << 10;

/// Gathers facts over the files of one tree. Keeps room for one file's bytes.
#[derive(Debug)]
pub(crate) struct Look<'a> {
    engines: &'a Engines,
    limits: &'a Limits,
    context: Context<'a>,
    contents: Contents,
    /// Whether configuration is judged here: what lies in an image was judged where it was written.
    keeps_config: bool,
    pub(crate) facts: TreeFacts,
}

impl<'a> Look<'a> {
    pub(crate) fn new(engines: &'a Engines, limits: &'a Limits, context: Context<'a>) -> Self {
        Self {
            engines,
            limits,
            context,
            contents: Contents::default(),
            keeps_config: false,
            facts: TreeFacts::default(),
        }
    }

    /// As [`Self::new`], for a tree that people write: files that declare something are kept.
    pub(crate) fn of_sources(
        engines: &'a Engines,
        limits: &'a Limits,
        context: Context<'a>,
    ) -> Self {
        Self { keeps_config: engines.checks.is_some(), ..Self::new(engines, limits, context) }
    }

    pub(crate) fn problem(&mut self, problem: Problem) {
        self.facts.problem(problem, self.limits.problems);
    }

    /// Looks at one entry of the tree.
    pub(crate) fn entry(&mut self, entry: &mut Entry<'_>) {
        match entry.kind {
            EntryKind::File => self.file(entry),
            EntryKind::Whiteout => self.facts.gone.push(entry.path.to_owned()),
            EntryKind::Opaque => self.facts.opaque.push(entry.path.to_owned()),
            // A link in the place of a file that a lower layer catalogued hides that file.
            EntryKind::Symlink(_) | EntryKind::HardLink(_) | EntryKind::Other => {
                if !self.engines.router.by_path(entry.path).is_empty() {
                    self.facts.touched.push(PathHash::of(entry.path));
                }
            }
            EntryKind::Directory => {}
        }
    }

    fn file(&mut self, entry: &mut Entry<'_>) {
        self.facts.files += 1;
        self.facts.bytes += entry.size;
        if entry.size == 0 {
            return;
        }
        let mut wanted = self.engines.router.by_path(entry.path);
        let for_its_path = wanted.len();
        let sniffed = self.engines.router.should_sniff(entry.path, entry.is_executable());
        if sniffed {
            match entry.head(4) {
                Ok(head) => wanted.extend(self.engines.router.by_head(head)),
                Err(error) => return self.unreadable(entry.path, &ReadError::Io(error)),
            }
        }
        if sniffed || !wanted.is_empty() {
            self.facts.touched.push(PathHash::of(entry.path));
        }
        let for_secrets = match self.wants_secrets(entry) {
            Ok(wants) => wants,
            Err(error) => return self.unreadable(entry.path, &error),
        };
        let for_config = self.keeps_config && evidence::wants(entry.path, entry.size);
        if wanted.is_empty() && !for_secrets && !for_config {
            return;
        }
        let is_program = for_its_path == 0 && !for_secrets && !for_config;
        let unread = |head: &[u8]| is_program.then(|| panoply_packages::code(head)).flatten();
        let share = self.engines.room.share(entry.size);
        let mut contents = std::mem::take(&mut self.contents);
        match contents.read(entry, self.limits.file_bytes, &unread) {
            Ok(()) => {
                if for_config && evidence::wants_content(entry.path, &contents) {
                    let path = entry.path.to_owned();
                    self.facts.config.push(ConfigFile { path, bytes: contents.to_vec() });
                }
                self.bytes(entry.path, &contents, &wanted, for_secrets);
            }
            Err(error) => self.unreadable(entry.path, &error),
        }
        contents.clear();
        drop(share);
        self.contents = contents;
    }

    fn unreadable(&mut self, path: &str, error: &ReadError) {
        let what = match error {
            ReadError::Io(source) => format!("{error}: {source}"),
            _ => error.to_string(),
        };
        self.problem(Problem::whole(what).within(path));
    }

    /// Whether the secret detectors should see the file. Text that is too large is a problem,
    /// since somebody would expect it to be checked; other large things are not.
    fn wants_secrets(&mut self, entry: &mut Entry<'_>) -> Result<bool, ReadError> {
        if self.engines.detectors.is_none() {
            return Ok(false);
        }
        let head = entry.head(FIRST)?;
        if is_binary(head.get(..TEXT_SNIFF).unwrap_or(head)) {
            self.facts.binary += 1;
            return Ok(false);
        }
        if entry.size > self.limits.file_bytes {
            return Err(ReadError::TooLarge { limit: self.limits.file_bytes });
        }
        Ok(true)
    }

    /// Hands one file's bytes to everybody who wants them.
    pub(crate) fn bytes(
        &mut self,
        path: &str,
        bytes: &[u8],
        wanted: &[&'static Cataloguer],
        for_secrets: bool,
    ) {
        for cataloguer in wanted {
            self.catalogue(path, bytes, cataloguer);
        }
        if for_secrets {
            self.secrets(path, bytes);
        }
    }

    /// Looks for secrets only, in content that is no file of the tree.
    pub(crate) fn secrets_in(&mut self, path: &str, bytes: &[u8]) {
        let head = bytes.get(..TEXT_SNIFF).unwrap_or(bytes);
        if is_binary(head) {
            self.facts.binary += 1;
        } else {
            self.secrets(path, bytes);
        }
    }

    fn catalogue(&mut self, path: &str, bytes: &[u8], cataloguer: &'static Cataloguer) {
        match cataloguer.reads {
            Reads::Each(read) => {
                let file = FileInput { path, bytes };
                let read = guarded(cataloguer.name, || read(&file, self.limits));
                for problem in read.problems {
                    self.problem(problem.within(path));
                }
                let catalogue = read.value;
                // Thousands of executables say nothing of packages; `touched` remembers them.
                if catalogue != Catalogue::default() {
                    self.facts.catalogued.push(FileFacts {
                        path: path.to_owned(),
                        cataloguer: cataloguer.name.to_owned(),
                        catalogue,
                    });
                }
            }
            Reads::Together(_) => self.facts.kept.push(KeptFile {
                path: path.to_owned(),
                cataloguer: cataloguer.name.to_owned(),
                bytes: bytes.to_vec(),
                layer: None,
            }),
        }
    }

    fn secrets(&mut self, path: &str, bytes: &[u8]) {
        let Some(detectors) = &self.engines.detectors else { return };
        if let Some(kind) = panoply_secrets::generic::passed_over(path) {
            match self.facts.passed_over.get_mut(kind) {
                Some(count) => *count += 1,
                None => drop(self.facts.passed_over.insert(kind.to_owned(), 1)),
            }
        }
        let file = FileView { path, bytes };
        let found = guarded("secrets", || detectors.scan(&file, &self.context, self.limits));
        for problem in found.problems {
            self.problem(problem.within(path));
        }
        let hits = found.value.into_iter();
        self.facts.secrets.extend(hits.map(|hit| SecretFacts {
            path: path.to_owned(),
            hit,
            layer: None,
            commit: None,
        }));
    }
}

/// Runs a parser so that its panic costs this one file and says so.
pub(crate) fn guarded<T: Default>(who: &str, work: impl FnOnce() -> Parsed<T>) -> Parsed<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Parsed::failed(Problem::whole(format!(
            "the reader `{who}` failed on this file; please report it"
        )))
    })
}

/// Whether bytes are something else than text. UTF-16 with a byte order mark is text.
fn is_binary(head: &[u8]) -> bool {
    let utf16 = matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    !utf16 && head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_that_panics_costs_one_file() {
        std::panic::set_hook(Box::new(|_| {}));
        let parsed: Parsed<Vec<u8>> = guarded("frail", || panic!("index out of bounds"));
        assert!(parsed.value.is_empty());
        assert_eq!(
            parsed.problems[0].to_string(),
            "the reader `frail` failed on this file; please report it"
        );
    }

    #[test]
    fn text_is_told_from_other_things() {
        assert!(is_binary(b"\x7fELF\x02\0"));
        assert!(!is_binary("password=密码".as_bytes()));
        assert!(!is_binary(b"\xff\xfep\0a\0"));
    }
}
