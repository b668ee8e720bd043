//! Walks tar archives as a stream: image layers, `docker save` archives, source releases.
//!
//! Understands what is met in practice: v7, ustar, star, GNU and PAX (POSIX.1-2017, pax; GNU tar
//! manual, "Tar Internals"), and the marks of the OCI image layer specification, "Whiteouts".
//! Where readers disagree, it reads what container runtimes unpack, so that nothing can be shown to
//! us and another thing be run.

mod header;
mod kind;
pub mod members;
mod pax;
mod source;
mod sparse;

use std::io::{self, Read};

use panoply_base::{Cancel, Cancelled, Limits, Problem};

use self::header::{Block, Header};
use self::kind::{Kind, whiteout};
use self::pax::Extensions;
use self::source::{Content, Source};
use self::sparse::{Filled, MapError, Segment};
use crate::entry::{Entry, EntryKind, Visitor, Walked};
use crate::limit::LimitError;
use crate::path::{Quoted, normalise};

/// How an archive is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TarKind {
    /// Files as they are named.
    Archive,
    /// One layer of an image: `.wh.` names are whiteouts, and global PAX headers are passed over,
    /// because that is what container runtimes do.
    Layer,
}

/// Extended headers are held in memory; no honest one is longer.
const EXTENSION_BYTES: u64 = 1 << 20;

/// Shows every member of a tar stream to `visitor`, then reads on to the end of the stream.
///
/// Broken parts are problems with the byte offset where they begin (in the unpacked stream). A
/// limit or an error of the reader ends the walk: it is a problem too, and
/// [`Walked::complete`] is false. Memory does not grow with the number of members.
///
/// # Errors
///
/// [`Cancelled`], by the flag or by the visitor.
pub fn walk_tar(
    reader: &mut dyn Read,
    kind: TarKind,
    limits: &Limits,
    cancel: &Cancel,
    visitor: &mut dyn Visitor,
) -> Result<Walked, Cancelled> {
    let mut walk = Walk {
        source: Source::new(reader, limits.total_bytes),
        kind,
        limits,
        cancel,
        visitor,
        global: Extensions::default(),
        local: Extensions::default(),
        special: Vec::new(),
        name: Vec::new(),
        path: String::new(),
        link: String::new(),
        walked: Walked::default(),
    };
    walk.walked.complete = true;
    match walk.members() {
        Ok(()) => {}
        Err(Stop::Cancelled(cancelled)) => return Err(cancelled),
        Err(Stop::Broken(problem)) => {
            walk.walked.complete = false;
            walk.visitor.problem(problem);
        }
    }
    walk.walked.bytes = walk.source.offset();
    Ok(walk.walked)
}

struct Walk<'w> {
    source: Source<'w>,
    kind: TarKind,
    limits: &'w Limits,
    cancel: &'w Cancel,
    visitor: &'w mut dyn Visitor,
    global: Extensions,
    local: Extensions,
    // Buffers, kept from member to member.
    special: Vec<u8>,
    name: Vec<u8>,
    path: String,
    link: String,
    walked: Walked,
}

/// Why a walk ends early.
enum Stop {
    Cancelled(Cancelled),
    Broken(Problem),
}

impl From<Cancelled> for Stop {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

/// The bytes of a member: where its header is, how many are stored, how many they become.
struct Stored {
    at: u64,
    size: u64,
    real: u64,
    map: Option<Vec<Segment>>,
}

impl Walk<'_> {
    fn members(&mut self) -> Result<(), Stop> {
        let mut lost = false;
        let mut zero_blocks = 0;
        loop {
            self.cancel.check()?;
            let at = self.source.offset();
            let Some(block) = self.source.block().map_err(|error| broken(at, &error))? else {
                if at > 0 && zero_blocks == 0 && self.kind == TarKind::Archive {
                    let what = "the end mark is missing; the archive may have been cut short";
                    self.visitor.problem(Problem::byte(at, what));
                }
                return Ok(());
            };
            match Block::of(&block) {
                Block::Zero if zero_blocks == 1 => {
                    return self.source.drain().map_err(|e| broken(self.source.offset(), &e));
                }
                Block::Zero => zero_blocks = 1,
                Block::Header(header) if header.size.is_some() || header.is_bare() => {
                    (lost, zero_blocks) = (false, 0);
                    self.member(&header, at)?;
                }
                Block::Header(_) | Block::Garbage => {
                    // The next header is looked for, as tar(1) does.
                    if !lost {
                        self.visitor.problem(Problem::byte(at, "this is no tar header"));
                    }
                    (lost, zero_blocks) = (true, 0);
                    self.walked.complete = false;
                    self.local.clear();
                }
            }
        }
    }

    fn member(&mut self, header: &Header<'_>, at: u64) -> Result<(), Stop> {
        let size = header.size.unwrap_or(0);
        match header.flag {
            b'L' | b'K' => {
                if self.special(size, at)? {
                    let text = self.special.split(|byte| *byte == 0).next().unwrap_or_default();
                    let long = &mut self.local;
                    if header.flag == b'L' { &mut long.gnu_path } else { &mut long.gnu_link }
                        .set(text);
                }
                Ok(())
            }
            b'x' | b'X' => self.extend(size, at, false),
            b'g' => self.extend(size, at, true),
            // The name of the volume.
            b'V' => self.skip(size, at),
            b'M' => {
                let what = "goes on from another volume, which is not here";
                self.visitor.problem(Problem::byte(at, what));
                self.skip(size, at)
            }
            _ => {
                let shown = self.show(header, at);
                self.local.clear();
                shown
            }
        }
    }

    /// Reads the content of a header about another member; `false` if it is too long.
    fn special(&mut self, size: u64, at: u64) -> Result<bool, Stop> {
        self.special.clear();
        if size > EXTENSION_BYTES {
            let what =
                format!("extended header of {size} bytes; at most {EXTENSION_BYTES} are read");
            self.visitor.problem(Problem::byte(at, what));
            self.skip(size, at)?;
            return Ok(false);
        }
        let mut content = Content::new(&mut self.source, size);
        content.read_to_end(&mut self.special).map_err(|error| broken(at, &error))?;
        self.skip_padding(size, at)?;
        Ok(true)
    }

    fn extend(&mut self, size: u64, at: u64, global: bool) -> Result<(), Stop> {
        let is_held = self.special(size, at)?;
        let extensions = match (global, self.kind) {
            // For runtimes it is a member of its own, which takes the headers before it.
            (true, TarKind::Layer) => {
                self.local.clear();
                return Ok(());
            }
            (true, TarKind::Archive) => &mut self.global,
            (false, _) => {
                // The last one counts, and counts alone.
                self.local.clear_pax();
                &mut self.local
            }
        };
        if is_held && let Err(what) = extensions.read(&self.special) {
            self.visitor.problem(Problem::byte(at, what));
        }
        Ok(())
    }

    fn show(&mut self, header: &Header<'_>, at: u64) -> Result<(), Stop> {
        if self.walked.entries >= self.limits.entries {
            let error = LimitError::Entries { limit: self.limits.entries };
            return Err(broken(at, &error.into()));
        }
        self.walked.entries += 1;
        let Some(stored) = self.stored(header, at)? else { return Ok(()) };
        self.choose_name(header);
        if let Err(error) = normalise(&self.name, self.limits.path_bytes, &mut self.path) {
            let what = format!("the name {} {error}", Quoted(&self.name));
            self.visitor.problem(Problem::byte(at, what));
            return self.skip(stored.size, at);
        }
        let Some(kind) = self.kind_of(header, &stored) else {
            return self.skip(stored.size, at);
        };
        self.visit(kind, header.mode, &stored)
    }

    /// How many bytes belong to the member, and where they go if it is sparse. `None` if the member
    /// was given up and passed.
    fn stored(&mut self, header: &Header<'_>, at: u64) -> Result<Option<Stored>, Stop> {
        let size = if header.is_bare() {
            0
        } else {
            self.local.size.or(self.global.size).or(header.size).unwrap_or(0)
        };
        let mut stored = Stored { at, size, real: size, map: None };
        let sparse = &mut self.local.sparse;
        let map = if header.flag == b'S' {
            stored.real = header.real_size().unwrap_or(0);
            sparse::old_map(header, &mut self.source)
        } else if header.is_bare() {
            return Ok(Some(stored));
        } else if (sparse.major, sparse.minor) == (Some(1), Some(0)) {
            stored.real = sparse.real_size.unwrap_or(size);
            let mut content = Content::new(&mut self.source, size);
            let map = sparse::leading_map(&mut content);
            stored.size = content.left();
            map
        } else if let Some(map) = sparse.map.take() {
            stored.real = sparse.real_size.unwrap_or(size);
            Ok(map)
        } else {
            return Ok(Some(stored));
        };
        let map = map.and_then(|map| {
            sparse::check(&map, stored.size, stored.real)?;
            Ok(map)
        });
        match map {
            Ok(map) => Ok(Some(Stored { map: Some(map), ..stored })),
            Err(MapError::Io(error)) => Err(broken(at, &error)),
            Err(MapError::Wrong(what)) => {
                self.visitor.problem(Problem::byte(at, what));
                self.skip(stored.size, at)?;
                Ok(None)
            }
        }
    }

    fn choose_name(&mut self, header: &Header<'_>) {
        let local = &self.local;
        let long = local.gnu_path.get().or(local.sparse.name.get()).or(local.path.get());
        if let Some(long) = long.or(self.global.path.get()) {
            self.name.clear();
            self.name.extend_from_slice(long);
        } else {
            header.name_into(&mut self.name);
        }
    }

    /// What the member is; its path and link are in their final form afterwards. `None` if it is
    /// nothing to show.
    fn kind_of(&mut self, header: &Header<'_>, stored: &Stored) -> Option<Kind> {
        let local = &self.local;
        let link = local.gnu_link.get().or(local.link.get()).or(self.global.link.get());
        let link = link.unwrap_or(header.link());
        let kind = Kind::of(header.flag, self.name.ends_with(b"/") && stored.size == 0);
        match kind {
            Kind::HardLink => {
                if let Err(error) = normalise(link, self.limits.path_bytes, &mut self.link) {
                    let (path, link) = (Quoted(self.path.as_bytes()), Quoted(link));
                    let what = format!("{path} is a hard link whose target {link} {error}");
                    self.visitor.problem(Problem::byte(stored.at, what));
                    return None;
                }
            }
            Kind::Symlink => {
                self.link.clear();
                self.link.push_str(&String::from_utf8_lossy(link));
            }
            _ => {}
        }
        let kind = match self.kind {
            TarKind::Archive => Ok(Some(kind)),
            TarKind::Layer => whiteout(&mut self.path, kind),
        };
        match kind {
            // The root of the tree is no entry of it.
            Ok(Some(kind)) if self.path.is_empty() && kind != Kind::Opaque => None,
            Ok(kind) => kind,
            Err(what) => {
                let what = format!("{} {what}", Quoted(&self.name));
                self.visitor.problem(Problem::byte(stored.at, what));
                None
            }
        }
    }

    fn visit(&mut self, kind: Kind, mode: u32, stored: &Stored) -> Result<(), Stop> {
        let kind = kind.with_target(&self.link);
        let mut content = Content::new(&mut self.source, stored.size);
        let real = if kind == EntryKind::File { stored.real } else { 0 };
        if let Some(map) = &stored.map {
            let limit = self.limits.total_bytes;
            let mut filled = Filled::new(&mut content, map, stored.real, limit);
            self.visitor.entry(&mut Entry::new(&self.path, kind, mode, real, &mut filled))?;
        } else {
            self.visitor.entry(&mut Entry::new(&self.path, kind, mode, real, &mut content))?;
        }
        let left = content.left();
        self.skip_content(left, stored.at)?;
        self.skip_padding(stored.size, stored.at)
    }

    fn skip(&mut self, size: u64, at: u64) -> Result<(), Stop> {
        self.skip_content(size, at)?;
        self.skip_padding(size, at)
    }

    fn skip_content(&mut self, left: u64, at: u64) -> Result<(), Stop> {
        self.source.skip(left).map_err(|error| broken(at, &error))
    }

    /// Content is filled up to whole blocks.
    fn skip_padding(&mut self, size: u64, at: u64) -> Result<(), Stop> {
        let padding = size.wrapping_neg() % source::BLOCK as u64;
        match self.source.skip(padding) {
            // Some builders leave the last block unfilled. Container runtimes take such a layer, and
            // its digest says whether anything is missing.
            Err(error)
                if self.kind == TarKind::Layer && error.kind() == io::ErrorKind::UnexpectedEof =>
            {
                Ok(())
            }
            skipped => skipped.map_err(|error| broken(at, &error)),
        }
    }
}

fn broken(at: u64, error: &io::Error) -> Stop {
    let what = match error.kind() {
        io::ErrorKind::UnexpectedEof => "the archive is cut short here".to_owned(),
        _ if LimitError::of(error).is_some() => format!("the archive {error}"),
        _ => format!("cannot be read on: {error}"),
    };
    Stop::Broken(Problem::byte(at, what))
}
