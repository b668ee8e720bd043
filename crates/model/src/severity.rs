//! The one scale that every finding is measured on.

use std::fmt;
use std::str::FromStr;

/// How bad it is, from not known to critical. Ordered, so that gates can compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nobody has said. Not the same as harmless.
    #[default]
    Unknown,
    /// Worth knowing; what distributions call negligible.
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Lower-case English, as JSON, YAML and the command line spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The qualitative rating of a CVSS base score, 0 to 10 (CVSS v3.1 section 5, v4.0 section 6).
    pub fn of_score(score: f32) -> Self {
        match score {
            s if s >= 9.0 => Self::Critical,
            s if s >= 7.0 => Self::High,
            s if s >= 4.0 => Self::Medium,
            s if s > 0.0 => Self::Low,
            _ => Self::Info,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why a text names no severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSeverity(pub String);

impl fmt::Display for UnknownSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a severity (unknown, info, low, medium, high, critical)", self.0)
    }
}

impl std::error::Error for UnknownSeverity {}

impl FromStr for Severity {
    type Err = UnknownSeverity;

    /// Also takes the words vendors use for the same step: `moderate`, `important`, `negligible`…
    fn from_str(text: &str) -> Result<Self, UnknownSeverity> {
        match text.trim().to_ascii_lowercase().as_str() {
            "unknown" | "unassigned" | "undefined" => Ok(Self::Unknown),
            "info" | "informational" | "negligible" | "none" | "unimportant" => Ok(Self::Info),
            "low" | "minor" => Ok(Self::Low),
            "medium" | "moderate" => Ok(Self::Medium),
            "high" | "important" | "major" => Ok(Self::High),
            "critical" | "urgent" => Ok(Self::Critical),
            _ => Err(UnknownSeverity(text.to_owned())),
        }
    }
}
