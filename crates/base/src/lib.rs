//! The smallest words of the house: digests and ids, base64, dates, limits, problems, redacted text, cancellation
//! and progress.
//!
//! Nothing here knows about packages, findings or files. Everything above may use it.

pub mod base64;
pub mod calendar;
pub mod cancel;
pub mod digest;
pub mod id;
pub mod limits;
pub mod parsed;
pub mod progress;
pub mod redacted;
pub mod text;

pub use cancel::{Cancel, Cancelled};
pub use digest::{Algorithm, Digest, DigestError};
pub use id::Id;
pub use limits::Limits;
pub use parsed::{Parsed, Place, Problem};
pub use progress::Progress;
pub use redacted::{Redacted, Secret};
pub use text::{Language, Text};
