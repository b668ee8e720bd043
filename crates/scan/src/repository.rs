//! What a git repository adds to the scan of its work tree: a name, a commit, a history.

use std::path::Path;

use panoply_base::{Cancelled, Problem};
use panoply_files::git::{HistoryBlob, Repository};
use panoply_secrets::Context;

use crate::engines::Engines;
use crate::facts::TreeFacts;
use crate::look::Look;
use crate::options::Options;

/// The repository around a directory.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) repository: Repository,
    /// `host/owner/name`, or the name of the work tree's directory where there is no remote.
    pub(crate) scope: String,
    /// Where the directory is inside the repository; empty for its root.
    pub(crate) subpath: String,
}

/// Finds the repository that a directory belongs to. One that cannot be opened is a problem.
pub(crate) fn around(
    root: &Path,
    options: &Options,
    problems: &mut TreeFacts,
) -> Option<Surroundings> {
    let repository = match Repository::find(root, &options.limits) {
        Ok(found) => found?,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            let what = format!("{error}{}", cause.unwrap_or_default());
            problems.problem(Problem::whole(what).within(".git"), options.limits.problems);
            return None;
        }
    };
    let work_tree = repository.work_tree().and_then(|path| path.canonicalize().ok());
    let subpath = work_tree
        .as_deref()
        .and_then(|work_tree| root.strip_prefix(work_tree).ok())
        .map(|inside| inside.to_string_lossy().replace('\\', "/"))
        .unwrap_or_default();
    let name = || {
        let path = work_tree.as_deref().unwrap_or(root);
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let scope = repository.origin().and_then(|url| scope_of(&url)).unwrap_or_else(name);
    Some(Surroundings { repository, scope, subpath })
}

/// `host/owner/name` of a remote's address, without port, user and `.git`.
fn scope_of(url: &str) -> Option<String> {
    let (host, path) = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?,
        None => url.split_once(':')?,
    };
    let host = host.rsplit('@').next()?.split(':').next()?;
    let path = path.trim_matches('/').trim_end_matches(".git");
    let good = !host.is_empty() && !path.is_empty() && !host.contains('/');
    good.then(|| format!("{}/{path}", host.to_ascii_lowercase()))
}

/// Looks for secrets in everything that was ever committed, each content once.
pub(crate) fn search_history(
    repository: &Repository,
    engines: &Engines,
    options: &Options,
    context: Context<'_>,
) -> Result<TreeFacts, Cancelled> {
    let limit = options.limits.problems;
    let mut facts = TreeFacts::default();
    if engines.detectors.is_none() {
        return Ok(facts);
    }
    let commits = match repository.all_commits() {
        Ok(commits) => commits,
        Err(error) => {
            facts.problem(Problem::whole(error.to_string()).within(".git"), limit);
            return Ok(facts);
        }
    };
    for problem in commits.problems {
        facts.problem(problem.within(".git"), limit);
    }
    options.progress.begin("history", None);
    let mut look = Look::new(engines, &options.limits, context);
    let mut listener = |found: Result<(HistoryBlob<'_>, &[u8]), Problem>| {
        match found {
            Ok((found, bytes)) => {
                let before = look.facts.secrets.len();
                look.secrets_in(found.path, bytes);
                let commit = found.commit.to_string();
                for secret in look.facts.secrets.iter_mut().skip(before) {
                    secret.commit = Some(commit.clone());
                }
                options.progress.advance(1);
            }
            Err(problem) => look.problem(problem.within("history")),
        }
        Ok(())
    };
    repository.history_blobs(&commits.value, &options.limits, &options.cancel, &mut listener)?;
    options.progress.end();
    facts.absorb(look.facts, limit);
    Ok(facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_one_name_whatever_its_address() {
        for url in [
            "https://git.example.com/shop/web.git",
            "ssh://git@Git.example.com:22/shop/web",
            "git@git.example.com:shop/web.git",
        ] {
            assert_eq!(scope_of(url).as_deref(), Some("git.example.com/shop/web"), "{url}");
        }
        for url in ["/srv/git/web.git", "file:///srv/web", "../web"] {
            assert_eq!(scope_of(url), None, "{url}");
        }
    }
}
