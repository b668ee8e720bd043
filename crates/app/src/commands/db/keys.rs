//! `panoply db key` and `panoply db sign`: who made a database.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use panoply_base::{Language, Secret};
use panoply_vulns::signature::{PrivateKey, PublicKey, SignatureError};

use crate::context::Context;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key pair: FILE to sign with, and a file beside it for everybody, ending in `.pub`
    New {
        /// Where the private key goes, readable by you alone; nothing that is there is replaced
        #[arg(value_name = "FILE")]
        private: PathBuf,
    },
    /// Print the public key that belongs to a private key
    Public {
        /// The file that `db key new` made
        #[arg(value_name = "FILE")]
        private: PathBuf,
    },
}

pub(super) fn run(command: &KeyCommand, context: &Context) -> Result<ExitCode> {
    match command {
        KeyCommand::New { private } => new(private, context)?,
        KeyCommand::Public { private } => {
            context.printer.line(&read(private, PrivateKey::parse)?.public().to_string())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Signs the database of a directory.
pub(super) fn sign(directory: &Path, private: &Path, context: &Context) -> Result<()> {
    let key = read(private, PrivateKey::parse)?;
    key.sign_directory(directory)?;
    context.printer.note(&match context.language {
        Language::English => format!("signed; the public key is {}", key.public()),
        Language::Chinese => format!("已签名，公钥为 {}", key.public()),
    });
    Ok(())
}

/// The text of a key file, made into a key.
pub(super) fn read<K>(path: &Path, parse: fn(&str) -> Result<K, SignatureError>) -> Result<K> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    parse(&text).with_context(|| format!("`{}` is no key", path.display()))
}

fn new(private: &Path, context: &Context) -> Result<()> {
    let public = private.with_extension("pub");
    if public == private {
        bail!("`{}` is the name that the public key gets; name the private one", private.display());
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| anyhow!("no random numbers to be had: {error}"))?;
    let text = Secret::new(panoply_base::digest::hex(&seed));
    let key = PrivateKey::parse(text.expose())?;
    write(private, text.expose(), 0o600)?;
    if let Err(error) = write(&public, &key.public().to_string(), 0o644) {
        // Half a pair is of no use, and in the way of the next attempt.
        let _ = fs::remove_file(private);
        return Err(error);
    }
    tell(private, &public, &key.public(), context)
}

fn tell(private: &Path, public: &Path, key: &PublicKey, context: &Context) -> Result<()> {
    let (private, public) = (private.display(), public.display());
    context.printer.line(&key.to_string())?;
    context.printer.note(&match context.language {
        Language::English => format!(
            "`{private}` signs (`panoply db sign {private}`): keep it secret; \
             `{public}` goes to everybody who imports (`--public-key`)"
        ),
        Language::Chinese => format!(
            "`{private}` 用于签名（`panoply db sign {private}`），请妥善保密；\
             `{public}` 交给所有导入漏洞库的人（`--public-key`）"
        ),
    });
    Ok(())
}

/// Writes a file that must not be there yet.
fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    let created = create(path, mode).and_then(|mut file| {
        writeln!(file, "{text}")?;
        file.sync_all()
    });
    match created {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            bail!("`{}` is there already, and a key is never replaced", path.display())
        }
        other => other.with_context(|| format!("cannot write `{}`", path.display())),
    }
}

fn create(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}
