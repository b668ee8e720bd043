//! Ruby: what Bundler locks, and the gems that RubyGems installed.

pub mod gemspec;
pub mod lock;
