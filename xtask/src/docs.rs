//! `cargo xtask docs`: the pages that the program itself can write.
//!
//! `crates/app/tests/it/reference.rs` fails while a page is not what the program says.

use anyhow::{Context as _, Result};

use crate::run::{output, root};

/// The page, and the arguments that print it.
const PAGES: [(&str, &[&str]); 2] =
    [("cli.md", &["man", "--markdown"]), ("rules.md", &["rules", "list", "--markdown"])];

pub(crate) fn run() -> Result<()> {
    for (name, arguments) in PAGES {
        let mut all = vec!["run", "--quiet", "--package", "panoply-app", "--"];
        all.extend(arguments);
        let page = output("cargo", &all)?;
        let path = root().join("docs/reference").join(name);
        std::fs::write(&path, page)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        println!("docs/reference/{name}");
    }
    Ok(())
}
