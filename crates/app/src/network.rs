//! Connections as the environment wants them: proxy, certificate authorities.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use panoply_registry::{Http, HttpOptions};

use crate::context::Context;

/// A client that follows the usual variables: `HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`.
#[expect(clippy::disallowed_methods, reason = "the one place that reads network settings")]
pub(crate) fn http(context: &Context) -> Result<Http> {
    let set = |names: &[&str]| {
        names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    };
    let ca_file = context.ca_file.clone();
    let ca_file = ca_file.or_else(|| set(&["SSL_CERT_FILE"]).map(PathBuf::from));
    let authorities = match &ca_file {
        Some(path) => {
            std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?
        }
        None => Vec::new(),
    };
    let options = HttpOptions {
        user_agent: format!("panoply/{}", env!("CARGO_PKG_VERSION")),
        authorities,
        proxy: set(&["HTTPS_PROXY", "https_proxy"]).or_else(|| set(&["ALL_PROXY", "all_proxy"])),
        no_proxy: set(&["NO_PROXY", "no_proxy"]),
        offline: context.offline,
        ..HttpOptions::default()
    };
    let named = || ca_file.map_or_else(String::new, |path| format!(" (`{}`)", path.display()));
    Http::new(&options).with_context(|| format!("cannot connect to anything{}", named()))
}
