//! Turns a [`Report`] into what people and tools read, and reads reports and SBOMs of others.
//!
//! One file per format. Every writer is deterministic: findings and packages are sorted here, ids and
//! serial numbers are hashes of the content, and the only time is the one the report carries. Foreign
//! text is made harmless for the place it goes to, see `clean.rs`.

/// Adds formatted text to a string.
macro_rules! push {
    ($to:expr, $($piece:tt)*) => {{
        // Writing to a string cannot fail.
        let _ = std::fmt::Write::write_fmt(&mut $to, format_args!($($piece)*));
    }};
}

mod advice;
mod clean;
mod cyclonedx;
mod gitlab;
mod hashes;
mod html;
pub mod json;
mod json_stream;
mod json_text;
mod junit;
mod licences;
mod links;
mod markdown;
pub mod page;
mod phrases;
mod sarif;
pub mod sbom;
mod spdx;
mod stamp;
mod table;
mod tally;
mod trivy;
pub mod words;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use panoply_base::Language;
use panoply_model::Report;

pub use advice::{VersionOrder, plain_order};

macro_rules! formats {
    ($($variant:ident = $name:literal $(| $alias:literal)*, $about:literal;)*) => {
        /// What a report can be written as.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format {
            #[default]
            $(#[doc = $about] $variant),*
        }

        impl Format {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name the command line takes and shows.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Takes names and aliases in any case.
            pub fn from_name(name: &str) -> Option<Self> {
                match name.to_ascii_lowercase().as_str() {
                    $($name $(| $alias)* => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

/// The command line's help shows the names in this order.
#[rustfmt::skip]
mod names {
    formats! {
        Table = "table" | "text" | "txt", "Text for a person, as wide as the terminal.";
        Json = "json", "The house's own format, see `docs/reference/report.schema.json`.";
        Sarif = "sarif" | "sarif-2.1.0", "SARIF 2.1.0, as GitHub code scanning takes it.";
        CyclonedxJson = "cyclonedx-json" | "cyclonedx" | "cdx" | "cdx-json", "CycloneDX 1.6.";
        SpdxJson = "spdx-json" | "spdx", "SPDX 2.3.";
        GitlabDependency = "gitlab-dependency" | "gitlab" | "gitlab-dependency-scanning", "GitLab dependency scanning report.";
        GitlabContainer = "gitlab-container" | "gitlab-container-scanning", "GitLab container scanning report.";
        GitlabSecret = "gitlab-secret" | "gitlab-secrets" | "gitlab-secret-detection", "GitLab secret detection report.";
        Junit = "junit" | "junit-xml", "JUnit XML, for build servers.";
        Html = "html", "One page that needs nothing else.";
        Markdown = "markdown" | "md", "A comment on a pull request.";
        Trivy = "trivy" | "trivy-json", "Trivy's JSON, schema version 2, for tools that read it.";
    }
}
pub use clean::{html as clean_html, line as clean_line, width as cells, wrap};
pub use names::Format;

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a text names no format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an output format")]
pub struct UnknownFormat(pub String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::from_name(text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// What the reader wants and what the place of output can do.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Of the words; advisories stay in the language they were written in.
    pub language: Language,
    /// Whether escape sequences for colour are understood. Only [`Format::Table`] has any.
    pub colour: bool,
    /// Cells of a terminal line; `None` where nobody knows, such as a pipe.
    pub width: Option<u16>,
    /// Chooses between several fixed versions; give the ecosystem's own order where it is known.
    pub version_order: VersionOrder,
}

impl Default for Options {
    fn default() -> Self {
        Self { language: Language::English, colour: false, width: None, version_order: plain_order }
    }
}

/// Writes a report.
///
/// # Errors
///
/// Only those of `out`.
pub fn write(
    format: Format,
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, options, out),
        Format::Json => json::write(report, options, out),
        Format::Sarif => sarif::write(report, options, out),
        Format::CyclonedxJson => cyclonedx::write(report, options, out),
        Format::SpdxJson => spdx::write(report, options, out),
        Format::GitlabDependency => gitlab::dependency(report, options, out),
        Format::GitlabContainer => gitlab::container(report, options, out),
        Format::GitlabSecret => gitlab::secret(report, options, out),
        Format::Junit => junit::write(report, options, out),
        Format::Html => html::write(report, options, out),
        Format::Markdown => markdown::write(report, options, out),
        Format::Trivy => trivy::write(report, options, out),
    }
}
