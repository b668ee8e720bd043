//! Git repositories: where a work tree comes from, the tree of a commit, and everything that was
//! ever committed.
//!
//! Reads nothing but the repository itself: no configuration of user or system, no environment, no
//! hooks, no filters. The repository is somebody else's, so every object has a size limit.

mod history;
mod tree;

use std::fmt;
use std::path::Path;

use gix::bstr::BStr;
use gix::discover::upwards;
use gix::sec::Trust;
use panoply_base::Limits;

pub use self::history::{Commits, ContentListener, HistoryBlob, HistoryListener};

/// An open repository. It can be shared between threads.
#[derive(Debug)]
pub struct Repository {
    shared: gix::ThreadSafeRepository,
}

/// The name of a commit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(gix::ObjectId);

/// The name of a file's content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(gix::ObjectId);

/// Why a repository cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    #[error("cannot open the git repository")]
    Open(#[source] Foreign),
    #[error("cannot read `HEAD`")]
    Head(#[source] Foreign),
    #[error("`{revision}` names no commit")]
    Revision { revision: String, source: Foreign },
    #[error("`{0}` is no range of commits that is understood (`A..B`, `A...B`, `B`, `^A`)")]
    Range(String),
    #[error("cannot list the branches and tags")]
    References(#[source] Foreign),
}

/// Why a blob cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    #[error("larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("is no blob")]
    NotABlob,
    #[error("cannot be read")]
    Unreadable(#[source] Foreign),
}

/// An error of the library that reads repositories.
pub type Foreign = Box<dyn std::error::Error + Send + Sync>;

/// Memory in which one thread keeps objects that deltas build on.
const CACHE_BYTES: usize = 32 << 20;

impl Repository {
    /// Looks for a repository in `path` and the directories above it; `None` if there is none.
    ///
    /// A work tree can belong to a repository elsewhere (`git worktree`, submodules); that one is
    /// opened, as git does.
    pub fn find(path: &Path, limits: &Limits) -> Result<Option<Self>, GitError> {
        let allocation = format!("gitoxide.objects.allocLimit={}", limits.file_bytes);
        // A container often scans what belongs to another user. We run nothing that a
        // configuration could name, so it may be read all the same.
        let options = gix::open::Options::isolated().config_overrides([allocation.as_str()]);
        let trust = gix::sec::trust::Mapping { full: options.clone(), reduced: options };
        let search = upwards::Options {
            trust: upwards::TrustPolicy::Assume(Trust::Full),
            ..upwards::Options::default()
        };
        if !is_in_repository(path) {
            return Ok(None);
        }
        let path = if path.is_file() { path.parent().unwrap_or(path) } else { path };
        let shared = gix::ThreadSafeRepository::discover_opts(path, search, trust)
            .map_err(|error| GitError::Open(error.into()))?;
        Ok(Some(Self { shared }))
    }

    /// The directory with the files; `None` for a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.shared.work_dir()
    }

    /// The commit that is checked out; `None` while there is no commit yet.
    pub fn head(&self) -> Result<Option<CommitId>, GitError> {
        let repository = self.local();
        let head = repository.head().map_err(|error| GitError::Head(error.into()))?;
        if head.is_unborn() {
            return Ok(None);
        }
        let id = repository.head_id().map_err(|error| GitError::Head(error.into()))?;
        Ok(Some(CommitId(id.detach())))
    }

    /// The branch that is checked out, without `refs/heads/`; `None` if none is.
    pub fn branch(&self) -> Option<String> {
        let name = self.local().head_name().ok().flatten()?;
        Some(name.shorten().to_string())
    }

    /// Where the remote `origin` is, without user names and passwords.
    pub fn origin(&self) -> Option<String> {
        let url = self.local().config_snapshot().string("remote.origin.url")?;
        Some(without_credentials(&url.to_string()))
    }

    /// The commit that a revision names: `HEAD~3`, `v1.0`, `origin/main`, an id or the start of one.
    pub fn commit(&self, revision: &str) -> Result<CommitId, GitError> {
        let repository = self.local();
        let id = repository
            .rev_parse_single(BStr::new(revision))
            .and_then(|id| id.object()?.peel_to_commit())
            .map(|commit| commit.id);
        id.map(CommitId).map_err(|source| GitError::Revision {
            revision: revision.to_owned(),
            source: source.into(),
        })
    }

    /// A reader of blobs for one thread.
    pub fn blobs(&self) -> Blobs {
        Blobs { repository: self.local() }
    }

    fn local(&self) -> gix::Repository {
        let mut repository = self.shared.to_thread_local();
        repository.object_cache_size_if_unset(CACHE_BYTES);
        repository
    }
}

/// Whether git would look for a repository at `path`: asked first, because "there is none" is no
/// error and "there is a broken one" is.
fn is_in_repository(path: &Path) -> bool {
    let Ok(path) = path.canonicalize() else { return false };
    path.ancestors().any(|directory| {
        let is_bare = || {
            directory.join("HEAD").is_file()
                && directory.join("objects").is_dir()
                && directory.join("refs").is_dir()
        };
        directory.join(".git").exists() || is_bare()
    })
}

/// Reads blobs by their names.
#[derive(Debug)]
pub struct Blobs {
    repository: gix::Repository,
}

impl Blobs {
    /// Reads a blob into `buffer`, which is emptied first.
    ///
    /// # Errors
    ///
    /// [`BlobError::TooLarge`] before anything is unpacked.
    pub fn read_into(
        &self,
        blob: BlobId,
        buffer: &mut Vec<u8>,
        limit: u64,
    ) -> Result<(), BlobError> {
        buffer.clear();
        let unreadable = |error: gix::Error| BlobError::Unreadable(error.into());
        let header = self.repository.find_header(blob.0).map_err(unreadable)?;
        if header.kind() != gix::objs::Kind::Blob {
            return Err(BlobError::NotABlob);
        }
        if header.size() > limit {
            return Err(BlobError::TooLarge { limit });
        }
        let mut object = self.repository.find_object(blob.0).map_err(unreadable)?;
        std::mem::swap(buffer, &mut object.data);
        Ok(())
    }

    /// The claimed size of a blob.
    pub fn size(&self, blob: BlobId) -> Result<u64, BlobError> {
        let header = self.repository.find_header(blob.0);
        Ok(header.map_err(|error| BlobError::Unreadable(error.into()))?.size())
    }
}

/// Takes user, password and query out of a URL; scp-like addresses keep the user, which is no
/// secret there.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let slash = if rest.contains('/') { "/" } else { "" };
    format!("{scheme}://{host}{slash}{path}")
}

macro_rules! show_as_hex {
    ($($name:ty),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
    )*};
}

show_as_hex!(CommitId, BlobId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lose_what_is_secret() {
        let check = |url, want| assert_eq!(without_credentials(url), want);
        check("https://user:word@example.com/a/b.git", "https://example.com/a/b.git");
        check("https://token@example.com/a?private=1#x", "https://example.com/a");
        check("https://us@er:p@example.com/a@b", "https://example.com/a@b");
        check("ssh://git@example.com:22/a", "ssh://example.com:22/a");
        check("git@example.com:a/b.git", "git@example.com:a/b.git");
        check("/srv/git/a.git", "/srv/git/a.git");
        check("https://user:word@example.com", "https://example.com");
    }
}
