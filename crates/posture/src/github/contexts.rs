//! Which contexts of GitHub Actions hold what strangers wrote.
//!
//! From "Script injections" of the security guide of GitHub Actions, the payloads of webhooks, and the
//! fields in them that need no right to the repository: titles, texts, names of branches and people.

/// Paths below `github`; `*` is any one part. A path that ends here takes in what is below it.
const UNTRUSTED: &[&str] = &[
    "head_ref",
    "event.issue.title",
    "event.issue.body",
    "event.pull_request.title",
    "event.pull_request.body",
    "event.pull_request.head.ref",
    "event.pull_request.head.label",
    "event.pull_request.head.repo.default_branch",
    "event.pull_request.head.repo.description",
    "event.pull_request.head.repo.homepage",
    "event.discussion.title",
    "event.discussion.body",
    "event.comment.body",
    "event.review.body",
    "event.review_comment.body",
    "event.pages.*.page_name",
    "event.pages.*.title",
    "event.commits.*.message",
    "event.commits.*.author.email",
    "event.commits.*.author.name",
    "event.commits.*.committer.email",
    "event.commits.*.committer.name",
    "event.head_commit.message",
    "event.head_commit.author.email",
    "event.head_commit.author.name",
    "event.head_commit.committer.email",
    "event.head_commit.committer.name",
    "event.workflow_run.head_branch",
    "event.workflow_run.display_title",
    "event.workflow_run.head_commit.message",
    "event.workflow_run.head_commit.author.email",
    "event.workflow_run.head_commit.author.name",
    "event.workflow_run.head_repository.description",
    "event.workflow_run.pull_requests.*.head.ref",
    "event.workflow.path",
    "event.authors.name",
    "event.authors.email",
    "event.author.name",
    "event.author.email",
    "event.changes.*.from",
    "event.changes.*.*.from",
    "event.forkee.description",
    "event.milestone.title",
    "event.milestone.description",
    "event.label.name",
    "event.label.description",
];

/// Functions whose value is true or false, whatever they are given.
const QUESTIONS: [&str; 5] = ["contains(", "startswith(", "endswith(", "!", "hashfiles("];

/// Whether the value of an expression may be what a stranger wrote; `variable` gives what stands behind
/// `env.NAME`.
pub(super) fn is_untrusted(expression: &str, variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let text = expression.trim().to_ascii_lowercase();
    let is_choice = text.contains("&&") || text.contains("||");
    let is_question = QUESTIONS.iter().any(|question| text.starts_with(question))
        || text.contains("==")
        || text.contains("!=");
    if is_question && !is_choice {
        return false;
    }
    let whole = text.replace(' ', "");
    if whole.contains("tojson(github)") || whole.contains("tojson(github.event)") {
        return true;
    }
    paths(&text).iter().any(|path| match path.as_slice() {
        ["github", rest @ ..] => UNTRUSTED.iter().any(|known| begins(rest, known)),
        ["env", _] => {
            // Case is kept in names of variables.
            let name = expression.trim().get("env.".len()..).unwrap_or_default().trim();
            variable(name).is_some_and(|value| {
                let inner = super::expressions(&value);
                inner.iter().any(|expression| is_untrusted(expression, &|_| None))
            })
        }
        _ => false,
    })
}

/// `github.event.commits[0].message` as its parts; everything else of an expression parts paths.
fn paths(text: &str) -> Vec<Vec<&str>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*');
    let is_path = |c: char| is_part(c) || matches!(c, '.' | '[' | ']' | '\'');
    let chains = text.split(|c| !is_path(c)).filter(|chain| !chain.is_empty());
    chains
        .map(|chain| chain.split(|c| !is_part(c)).filter(|part| !part.is_empty()).collect())
        .collect()
}

fn begins(path: &[&str], known: &str) -> bool {
    let known: Vec<&str> = known.split('.').collect();
    known.len() <= path.len()
        && known.iter().zip(path).all(|(known, part)| *known == "*" || known == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_write_and_what_they_do_not() {
        let variable =
            |name: &str| (name == "T").then(|| "${{ github.event.issue.title }}".to_owned());
        for expression in [
            "github.event.issue.title",
            "github.event.commits[0].author.email",
            "github.event['pull_request'].head.ref",
            "github.head_ref || github.ref_name",
            "format('{0}', github.event.comment.body)",
            "toJSON( github.event )",
            "env.T",
        ] {
            assert!(is_untrusted(expression, &variable), "{expression}");
        }
        for expression in [
            "github.event.issue.number",
            "github.sha",
            "contains(github.event.comment.body, '/ok')",
            "github.head_ref == 'main'",
            "github.event.pull_request.head.sha",
            "steps.title.outputs.x",
            "env.U",
        ] {
            assert!(!is_untrusted(expression, &variable), "{expression}");
        }
    }
}
