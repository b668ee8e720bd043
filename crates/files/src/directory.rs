//! Walks a directory on disk without ever leaving it.
//!
//! Symbolic links are shown and never followed, devices and pipes are shown and never opened.
//! [`Directory::list`] and [`Directory::read`] are apart, so that one thread can list and many can
//! read; [`Directory::walk`] does both for whoever wants a [`Visitor`].

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
#[cfg(target_os = "linux")]
use std::sync::Arc;

use panoply_base::{Cancel, Cancelled, Limits, Problem};

use crate::entry::{Entry, EntryKind, Visitor, Walked};
use crate::glob::Glob;
use crate::limit::LimitError;

/// A directory that can be walked.
#[derive(Clone, Debug)]
pub struct Directory {
    /// Absolute, without symbolic links.
    root: PathBuf,
    /// The root held open, so that the kernel can keep what is opened inside it.
    #[cfg(target_os = "linux")]
    handle: Arc<File>,
}

/// What of a directory is wanted.
#[derive(Clone, Debug, Default)]
pub struct DirectoryOptions {
    /// Paths that are not shown; directories among them are not entered.
    pub skip: Vec<Glob>,
}

/// One entry of a directory tree, not opened.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// Relative to the root, `/` between parts.
    pub path: &'a str,
    /// The same, as the system spells it. They differ for names that are not UTF-8.
    pub exact: &'a Path,
    pub kind: EntryKind<'a>,
    /// Permission bits; 0 on systems without.
    pub mode: u32,
    pub size: u64,
}

/// Whoever is told what a directory holds, and what of it could not be listed.
pub type Listener<'l> = dyn FnMut(Result<Listed<'_>, Problem>) -> Result<(), Cancelled> + 'l;

/// Why a file of a directory cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    #[error("`{0}` leads out of the directory")]
    Outside(PathBuf),
    #[error("`{0}` is no regular file")]
    NotAFile(PathBuf),
    #[error("cannot open `{path}`")]
    Io { path: PathBuf, source: io::Error },
}

/// Directories inside directories that are entered.
const DEPTH: usize = 1024;

impl Directory {
    /// # Errors
    ///
    /// If `root` is not there or is no directory. If it is a link, the link is followed.
    pub fn open(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        if !root.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self {
            #[cfg(target_os = "linux")]
            handle: Arc::new(File::open(&root)?),
            root,
        })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Tells `listener` of every entry below the root: directories before what is in them, names of
    /// one directory in order of their bytes. What cannot be listed is a problem.
    ///
    /// # Errors
    ///
    /// [`Cancelled`], by the flag or by the listener.
    pub fn list(
        &self,
        options: &DirectoryOptions,
        limits: &Limits,
        cancel: &Cancel,
        listener: &mut Listener<'_>,
    ) -> Result<Walked, Cancelled> {
        let walked = Walked { complete: true, ..Walked::default() };
        let mut listing = Listing { directory: self, options, limits, cancel, listener, walked };
        listing.run()?;
        Ok(listing.walked)
    }

    /// Opens a regular file by the `exact` path it was listed with.
    ///
    /// Never waits for a pipe or device that took the place of the file, and never follows a link
    /// that did.
    pub fn read(&self, exact: &Path) -> Result<File, OpenError> {
        if !exact.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(OpenError::Outside(exact.to_owned()));
        }
        let failed = |source| OpenError::Io { path: exact.to_owned(), source };
        #[cfg(target_os = "linux")]
        match beneath(&self.handle, exact) {
            Ok(file) if file.metadata().map_err(failed)?.is_file() => return Ok(file),
            Ok(_) => return Err(OpenError::NotAFile(exact.to_owned())),
            // What is wrong with the way is found out below.
            Err(error) if is_unknown(&error) => {}
            Err(error) => return Err(failed(error)),
        }
        let path = self.root.join(exact);
        let file = open_at_once(&path).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(OpenError::NotAFile(exact.to_owned()));
        }
        // A directory on the way could have been replaced by a link since it was listed.
        if !real_path(&file, &path).map_err(failed)?.starts_with(&self.root) {
            return Err(OpenError::Outside(exact.to_owned()));
        }
        Ok(file)
    }

    /// Shows every entry below the root, in the order of [`Directory::list`], to `visitor`. A file
    /// is opened when its content is first asked for.
    ///
    /// # Errors
    ///
    /// [`Cancelled`], by the flag or by the visitor.
    pub fn walk(
        &self,
        options: &DirectoryOptions,
        limits: &Limits,
        cancel: &Cancel,
        visitor: &mut dyn Visitor,
    ) -> Result<Walked, Cancelled> {
        self.list(options, limits, cancel, &mut |listed| match listed {
            Ok(listed) => {
                let mut content = Late { directory: self, exact: listed.exact, file: None };
                let Listed { path, kind, mode, size, .. } = listed;
                visitor.entry(&mut Entry::new(path, kind, mode, size, &mut content))
            }
            Err(problem) => {
                visitor.problem(problem);
                Ok(())
            }
        })
    }
}

/// A file that is opened when somebody reads it.
struct Late<'a> {
    directory: &'a Directory,
    exact: &'a Path,
    file: Option<File>,
}

impl Read for Late<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(self.directory.read(self.exact).map_err(|error| match error {
                OpenError::Io { source, .. } => source,
                other => io::Error::other(other),
            })?),
        };
        file.read(out)
    }
}

struct Listing<'l> {
    directory: &'l Directory,
    options: &'l DirectoryOptions,
    limits: &'l Limits,
    cancel: &'l Cancel,
    listener: &'l mut Listener<'l>,
    walked: Walked,
}

/// What is kept of a directory's entry until it is told; directories of millions exist.
struct Found {
    name: OsString,
    kind: Kind,
    mode: u32,
    size: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    Symlink,
    Other,
}

impl Found {
    fn new(entry: &fs::DirEntry) -> io::Result<Self> {
        let metadata = entry.metadata()?;
        let kind = if metadata.is_file() {
            Kind::File
        } else if metadata.is_dir() {
            Kind::Directory
        } else if metadata.is_symlink() {
            Kind::Symlink
        } else {
            Kind::Other
        };
        let size = if kind == Kind::File { metadata.len() } else { 0 };
        Ok(Self { name: entry.file_name(), kind, mode: mode(&metadata), size })
    }
}

/// A directory that is being listed: what is left of it, and its path.
struct Level {
    left: std::vec::IntoIter<Found>,
    path: String,
    exact: PathBuf,
}

impl Listing<'_> {
    fn run(&mut self) -> Result<(), Cancelled> {
        let mut levels = Vec::from_iter(self.enter(String::new(), PathBuf::new())?);
        while let Some(level) = levels.last_mut() {
            self.cancel.check()?;
            let Some(found) = level.left.next() else {
                levels.pop();
                continue;
            };
            let slash = if level.path.is_empty() { "" } else { "/" };
            let path = format!("{}{slash}{}", level.path, found.name.to_string_lossy());
            let exact = level.exact.join(&found.name);
            if self.options.skip.iter().any(|glob| glob.matches(&path)) {
                continue;
            }
            if self.walked.entries >= self.limits.entries {
                let error = LimitError::Entries { limit: self.limits.entries };
                return self.give_up(&path, format!("the directory {error}"));
            }
            self.walked.entries += 1;
            if path.len() > self.limits.path_bytes || levels.len() > DEPTH {
                self.give_up(&path, self.too_deep())?;
                continue;
            }
            self.tell(&path, &exact, &found)?;
            if found.kind == Kind::Directory {
                levels.extend(self.enter(path, exact)?);
            }
        }
        Ok(())
    }

    fn too_deep(&self) -> String {
        let limit = self.limits.path_bytes;
        format!("the path is longer than {limit} bytes (limit `path_bytes`) or {DEPTH} parts")
    }

    /// Reads the names of one directory, and what each is, before anything in it is told: held open
    /// for longer, deep trees would run out of file descriptors.
    fn enter(&mut self, path: String, exact: PathBuf) -> Result<Option<Level>, Cancelled> {
        let directory = self.directory.root.join(&exact);
        // Between the parent's listing and now it could have become a link.
        let read = fs::symlink_metadata(&directory).and_then(|metadata| {
            if metadata.is_dir() {
                fs::read_dir(&directory)
            } else {
                Err(io::ErrorKind::NotADirectory.into())
            }
        });
        let entries = match read {
            Ok(entries) => entries,
            Err(error) => {
                self.give_up(&path, format!("cannot be listed: {error}"))?;
                return Ok(None);
            }
        };
        let mut left = Vec::new();
        // One more than may be told, so that the telling notices.
        let room = (self.limits.entries - self.walked.entries).saturating_add(1);
        for entry in entries {
            self.cancel.check()?;
            if left.len() as u64 >= room {
                break;
            }
            match entry.and_then(|entry| Found::new(&entry)) {
                Ok(entry) => left.push(entry),
                // Files come and go while we look.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.give_up(&path, format!("cannot be listed whole: {error}"))?,
            }
        }
        left.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(Some(Level { left: left.into_iter(), path, exact }))
    }

    fn tell(&mut self, path: &str, exact: &Path, found: &Found) -> Result<(), Cancelled> {
        let target;
        let kind = match found.kind {
            Kind::File => EntryKind::File,
            Kind::Directory => EntryKind::Directory,
            Kind::Symlink => match fs::read_link(self.directory.root.join(exact)) {
                Ok(link) => {
                    target = link.to_string_lossy().into_owned();
                    EntryKind::Symlink(&target)
                }
                Err(error) => {
                    return self.give_up(path, format!("cannot read the link: {error}"));
                }
            },
            Kind::Other => EntryKind::Other,
        };
        let Found { mode, size, .. } = *found;
        self.walked.bytes += size;
        (self.listener)(Ok(Listed { path, exact, kind, mode, size }))
    }

    fn give_up(&mut self, path: &str, what: String) -> Result<(), Cancelled> {
        self.walked.complete = false;
        (self.listener)(Err(Problem::whole(what).within(path)))
    }
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777
}

#[cfg(not(unix))]
fn mode(_metadata: &Metadata) -> u32 {
    0
}

/// Opens a file below a directory in one call, through no link at all; openat2(2).
#[cfg(target_os = "linux")]
fn beneath(directory: &File, path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    Ok(openat2(directory, path, flags, Mode::empty(), resolve)?.into())
}

/// Whether the call says too little: kernels before 5.6 and some sandboxes do not have it, and it does
/// not tell a link in the last part from one on the way.
#[cfg(target_os = "linux")]
fn is_unknown(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::NOSYS | Errno::PERM | Errno::LOOP | Errno::XDEV | Errno::AGAIN))
}

/// Opens for reading without waiting for anybody (`O_NONBLOCK`) and without following a link in the
/// last part (`O_NOFOLLOW`); open(2). The numbers differ between systems and are in no safe crate
/// that we use.
#[cfg(unix)]
fn open_at_once(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    const NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 0x4 };
    const NOFOLLOW: i32 = if cfg!(not(target_os = "linux")) {
        0x100
    } else if cfg!(any(target_arch = "aarch64", target_arch = "arm", target_arch = "powerpc64")) {
        0o100_000
    } else {
        0o400_000
    };
    OpenOptions::new().read(true).custom_flags(NONBLOCK | NOFOLLOW).open(path)
}

#[cfg(not(unix))]
fn open_at_once(path: &Path) -> io::Result<File> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("this is no regular file"));
    }
    OpenOptions::new().read(true).open(path)
}

/// Where an open file really is: as the kernel says, or as the links on the way say now.
fn real_path(file: &File, path: &Path) -> io::Result<PathBuf> {
    #[cfg(target_os = "linux")]
    {
        use std::os::fd::AsRawFd;
        if let Ok(real) = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())) {
            return Ok(real);
        }
    }
    let _ = file;
    path.canonicalize()
}
