//! What can be found out about a value without asking anybody.

mod jwt;
mod pem;
mod token;

use std::ops::Range;

use panoply_model::{Confidence, Severity};

use crate::body::Check;

/// What a check says about one match.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    /// It is certainly no secret.
    pub(crate) refuse: bool,
    /// The secret is longer than what the pattern could say.
    pub(crate) span: Option<Range<usize>>,
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) notes: Vec<String>,
}

impl Outcome {
    fn refused() -> Self {
        Self { refuse: true, ..Self::default() }
    }

    fn kept_if(keep: bool) -> Self {
        Self { refuse: !keep, ..Self::default() }
    }

    fn note(note: impl Into<String>) -> Self {
        Self { notes: vec![note.into()], ..Self::default() }
    }

    /// Cannot work as it stands, but stood here for a reason: shown, at the end of the list.
    fn doubted(note: impl Into<String>) -> Self {
        let (severity, confidence) = (Some(Severity::Low), Some(Confidence::Low));
        Self { severity, confidence, ..Self::note(note) }
    }

    fn proven(note: impl Into<String>) -> Self {
        Self { confidence: Some(Confidence::High), ..Self::note(note) }
    }
}

/// Checks the secret at `span` of `text`. `now` counts seconds since 1970.
pub(crate) fn run(check: Check, text: &[u8], span: &Range<usize>, now: Option<i64>) -> Outcome {
    let secret = text.get(span.clone()).unwrap_or_default();
    match check {
        Check::GithubCrc32 => token::github(secret),
        Check::GrafanaCrc32 => token::grafana(secret),
        Check::AwsAccount => token::aws_account(secret),
        Check::DiscordToken => token::discord(secret),
        Check::Base64Pair => token::pair(secret),
        Check::Base64Json => token::json(secret),
        Check::Base64Text => token::text(secret),
        Check::Random => token::random(secret),
        Check::UrlPassword => token::url_password(secret),
        Check::Jwt => jwt::check(secret, now),
        Check::PemPrivateKey => pem::check(text, span),
        Check::GcpServiceAccount => pem::service_account(text, span),
    }
}
