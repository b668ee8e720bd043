//! `panoply db`: the vulnerability database.

mod keys;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use panoply_base::{Cancel, Language, Limits};
use panoply_registry::Http;
use panoply_vulns::signature::PublicKey;
use panoply_vulns::{
    AdvisoryView, BuildOptions, BuildReport, Database, Manifest, Offered, OpenDatabaseError, build,
    bundle, plan,
};

use crate::context::Context;
use crate::{builtin, network};

/// Get, look into and carry the vulnerability database
#[derive(Debug, clap::Args)]
pub(crate) struct DbArgs {
    /// Directory of the database [default: `db` in the cache directory]
    #[arg(long, global = true, value_name = "DIR", env = "PANOPLY_DB")]
    db: Option<PathBuf>,
    #[command(subcommand)]
    command: DbCommand,
}

#[derive(Debug, clap::Subcommand)]
enum DbCommand {
    /// Fetch what changed and build the database
    Update {
        /// Where from: a directory or a URL laid out as OSV publishes [default: OSV, CISA and FIRST]
        #[arg(long, value_name = "URL|DIR", env = "PANOPLY_DB_FROM")]
        from: Option<String>,
        /// Ecosystems to fetch, such as `npm,Debian` [default: all that are known]
        #[arg(long, value_delimiter = ',', value_name = "NAMES", env = "PANOPLY_DB_ECOSYSTEMS")]
        ecosystems: Vec<String>,
        /// Sign the result with this private key, as `panoply db key new` makes it [default: not signed]
        #[arg(long, value_name = "FILE", env = "PANOPLY_DB_SIGNING_KEY")]
        sign_with: Option<PathBuf>,
    },
    /// Say what is there and how old it is
    Status,
    /// Look an advisory up by any of its ids
    Search {
        /// CVE, GHSA or any other id, one or several
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Write the database into one file, to be carried to where there is no network
    Export {
        /// The file to write
        bundle: PathBuf,
    },
    /// Take a database out of such a file
    Import {
        /// The file that `db export` wrote
        bundle: PathBuf,
        /// Refuse a bundle that this public key did not sign [default: any bundle that is whole]
        #[arg(long, value_name = "FILE", env = "PANOPLY_DB_PUBLIC_KEY")]
        public_key: Option<PathBuf>,
    },
    /// Prove that every file is what was written
    Verify {
        /// And that this public key signed it [default: signatures are not asked for]
        #[arg(long, value_name = "FILE", env = "PANOPLY_DB_PUBLIC_KEY")]
        public_key: Option<PathBuf>,
    },
    /// Sign the database that is there, before it is exported
    Sign {
        /// The private key, as `panoply db key new` makes it
        #[arg(value_name = "FILE", env = "PANOPLY_DB_SIGNING_KEY")]
        private: PathBuf,
    },
    /// Make the keys that databases are signed with
    #[command(subcommand)]
    Key(keys::KeyCommand),
}

/// Where the OSV project publishes, and where KEV and EPSS are.
const OSV: &str = "https://osv-vulnerabilities.storage.googleapis.com";
const KEV: &str =
    "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json";
const EPSS: &str = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz";

/// What is fetched unless something else is asked for. Wolfi and Chainguard are left out: their
/// newer records may not be turned into something else.
const ECOSYSTEMS: &[&str] = &[
    "AlmaLinux",
    "Alpine",
    "Debian",
    "GitHub Actions",
    "Go",
    "Hackage",
    "Hex",
    "Maven",
    "NuGet",
    "Packagist",
    "Pub",
    "PyPI",
    "Red Hat",
    "Rocky Linux",
    "RubyGems",
    "SUSE",
    "SwiftURL",
    "Ubuntu",
    "crates.io",
    "npm",
    "openEuler",
];

/// Bytes of one file of a source; npm's is the largest today, with about 100 MB.
const SOURCE_LIMIT: u64 = 4 << 30;

pub(crate) fn run(args: &DbArgs, context: &Context) -> Result<ExitCode> {
    let directory = args.db.clone().unwrap_or_else(|| context.places.database());
    match &args.command {
        DbCommand::Update { from, ecosystems, sign_with } => {
            update(&directory, from.as_deref(), ecosystems, sign_with.as_deref(), context)
        }
        DbCommand::Status => status(&directory, context),
        DbCommand::Search { ids } => search(&directory, ids, context),
        DbCommand::Export { bundle } => {
            let manifest = bundle::export(&directory, bundle, &Cancel::new())?;
            context.printer.note(&counted(context.language, manifest.files.len()));
            Ok(ExitCode::SUCCESS)
        }
        DbCommand::Import { bundle, public_key } => {
            let key = public_key.as_deref();
            let key = key.map(|path| keys::read(path, PublicKey::parse)).transpose()?;
            let limits = Limits { file_bytes: SOURCE_LIMIT, ..Limits::DEFAULT };
            let manifest =
                bundle::import(bundle, &directory, key.as_ref(), &limits, &Cancel::new())?;
            context.printer.note(&counted(context.language, manifest.files.len()));
            Ok(ExitCode::SUCCESS)
        }
        DbCommand::Sign { private } => {
            open(&directory)?;
            keys::sign(&directory, private, context)?;
            Ok(ExitCode::SUCCESS)
        }
        DbCommand::Key(command) => keys::run(command, context),
        DbCommand::Verify { public_key } => {
            open(&directory)?.verify()?;
            if let Some(path) = public_key {
                keys::read(path, PublicKey::parse)?.check_directory(&directory)?;
            }
            context.printer.note(match context.language {
                Language::English => "every file is as it was written",
                Language::Chinese => "所有文件与写入时一致",
            });
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn counted(language: Language, files: usize) -> String {
    match language {
        Language::English => format!("{files} files of the database"),
        Language::Chinese => format!("数据库共 {files} 个文件"),
    }
}

fn open(directory: &Path) -> Result<Database> {
    match Database::open(directory) {
        Err(OpenDatabaseError::Missing(directory)) => bail!(
            "there is no vulnerability database in `{}`; `panoply db update` gets one",
            directory.display()
        ),
        other => Ok(other?),
    }
}

fn update(
    directory: &Path,
    from: Option<&str>,
    ecosystems: &[String],
    key: Option<&Path>,
    context: &Context,
) -> Result<ExitCode> {
    let from = from.unwrap_or(OSV);
    let built = if from.starts_with("https://") || from.starts_with("http://") {
        let staging = Staging::new(directory)?;
        let tags = fetch(&staging, directory, from, ecosystems, context)?;
        if tags.is_empty() {
            context.printer.note(match context.language {
                Language::English => "the database is up to date",
                Language::Chinese => "数据库已是最新",
            });
            // What is there may be unsigned, or signed by somebody else.
            if let Some(key) = key {
                keys::sign(directory, key, context)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        compile(staging.path(), directory, tags, context)?
    } else {
        compile(Path::new(from), directory, BTreeMap::new(), context)?
    };
    if let Some(key) = key {
        keys::sign(directory, key, context)?;
    }
    tell(&built, context)?;
    Ok(if built.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn compile(
    from: &Path,
    to: &Path,
    tags: BTreeMap<String, String>,
    context: &Context,
) -> Result<BuildReport> {
    let options = BuildOptions { built: context.clock.rfc3339(), tags, limits: Limits::DEFAULT };
    let progress = context.progress();
    Ok(build(from, to, &options, progress.as_ref(), &Cancel::new())?)
}

fn tell(report: &BuildReport, context: &Context) -> Result<()> {
    for file in &report.built {
        context.printer.line(&match context.language {
            Language::English => format!(
                "{:24} {:>8} records {:>8} packages {:>7.1} MiB",
                file.source,
                file.records,
                file.packages,
                mebibytes(file.bytes)
            ),
            Language::Chinese => format!(
                "{:24} {:>8} 条记录 {:>8} 个软件包 {:>7.1} MiB",
                file.source,
                file.records,
                file.packages,
                mebibytes(file.bytes)
            ),
        })?;
    }
    for name in &report.unchanged {
        context.printer.note(&match context.language {
            Language::English => format!("{name}: unchanged"),
            Language::Chinese => format!("{name}:未变化"),
        });
    }
    for problem in &report.problems {
        context.printer.warning(&problem.to_string());
    }
    if report.more_problems > 0 {
        context.printer.warning(&format!("{} more", report.more_problems));
    }
    Ok(())
}

fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// A folder beside the database for what was fetched; gone when it goes out of scope.
struct Staging(tempfile::TempDir);

impl Staging {
    fn new(directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot write `{}`", directory.display()))?;
        Ok(Self(tempfile::Builder::new().prefix(".fetching-").tempdir_in(directory)?))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Fetches what changed; gives the server's name for each file fetched.
fn fetch(
    staging: &Staging,
    directory: &Path,
    from: &str,
    ecosystems: &[String],
    context: &Context,
) -> Result<BTreeMap<String, String>> {
    let http = network::http(context)?;
    let from = from.trim_end_matches('/');
    let names: Vec<&str> = if ecosystems.is_empty() {
        ECOSYSTEMS.to_vec()
    } else {
        ecosystems.iter().map(String::as_str).collect()
    };
    // The OSV project's own bucket has ecosystems at its top and neither KEV nor EPSS; a mirror
    // has the layout that the database is built from.
    let mut places: Vec<(String, String)> = names
        .iter()
        .map(|name| {
            let folder = if from == OSV { String::new() } else { "/osv".to_owned() };
            let escaped = name.replace(' ', "%20");
            (format!("osv/{name}/all.zip"), format!("{from}{folder}/{escaped}/all.zip"))
        })
        .collect();
    let feed = |name: &str, own: &str| {
        let url = if from == OSV { own.to_owned() } else { format!("{from}/{name}") };
        (name.to_owned(), url)
    };
    places.push(feed("kev.json", KEV));
    places.push(feed("epss.csv.gz", EPSS));

    let mut listing = Vec::new();
    let mut urls = BTreeMap::new();
    for (path, url) in places {
        let answer = http.head(&url)?;
        let status = answer.status().as_u16();
        if status != 200 {
            context.printer.warning(&format!("`{url}` answered {status}; left out"));
            continue;
        }
        let header = |name: &str| {
            answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let bytes = header("content-length").and_then(|text| text.parse().ok());
        listing.push(Offered {
            path: path.clone(),
            tag: header("etag").unwrap_or_default(),
            bytes,
        });
        urls.insert(path, url);
    }
    if listing.is_empty() {
        bail!("nothing could be fetched from `{from}`");
    }
    let manifest = Manifest::read(directory).ok().flatten();
    let mut tags = BTreeMap::new();
    for wanted in plan(manifest.as_ref(), &listing) {
        let Some(url) = urls.get(&wanted.path) else { continue };
        download(&http, url, &staging.path().join(&wanted.path), wanted.bytes, context)?;
        let offered = listing.iter().find(|offered| offered.path == wanted.path);
        tags.insert(wanted.path, offered.map(|offered| offered.tag.clone()).unwrap_or_default());
    }
    Ok(tags)
}

fn download(
    http: &Http,
    url: &str,
    to: &Path,
    bytes: Option<u64>,
    context: &Context,
) -> Result<()> {
    let answer = http.get(url, &[])?;
    let status = answer.status().as_u16();
    if status != 200 {
        bail!("`{url}` answered {status}");
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    context.printer.note(url);
    let progress = context.progress();
    progress.begin("download", bytes);
    let mut file = fs::File::create(to)?;
    let mut body = answer.into_body().into_with_config().limit(SOURCE_LIMIT).reader();
    let mut buffer = vec![0; 256 << 10];
    let mut total = 0;
    loop {
        let count = body.read(&mut buffer).with_context(|| format!("`{url}` broke off"))?;
        if count == 0 {
            break;
        }
        file.write_all(buffer.get(..count).unwrap_or_default())?;
        total += count as u64;
        progress.advance(count as u64);
    }
    progress.end();
    if bytes.is_some_and(|bytes| bytes != total) {
        bail!("`{url}` broke off after {total} bytes");
    }
    Ok(())
}

fn status(directory: &Path, context: &Context) -> Result<ExitCode> {
    let (database, seed) = match Database::open(directory) {
        Ok(database) => (database, false),
        Err(OpenDatabaseError::Missing(_)) => (builtin::seed()?, true),
        Err(error) => return Err(error.into()),
    };
    let facts = database.facts();
    if !seed {
        context.printer.note(&directory.display().to_string());
    }
    for fact in &facts {
        let date = if fact.date.is_empty() { "-" } else { fact.date.as_str() };
        context.printer.line(&format!("{:24} {:>8}  {date}", fact.source, fact.records))?;
    }
    if seed {
        context.printer.warning(match context.language {
            Language::English => "no database is installed; only the built-in advisories are used",
            Language::Chinese => "尚未安装漏洞数据库,仅使用内置的少量公告",
        });
        context.printer.hint(match context.language {
            Language::English => "`panoply db update` gets the whole",
            Language::Chinese => "运行 `panoply db update` 获取完整数据库",
        });
    }
    Ok(ExitCode::SUCCESS)
}

fn search(directory: &Path, ids: &[String], context: &Context) -> Result<ExitCode> {
    let database = match Database::open(directory) {
        Ok(database) => database,
        Err(OpenDatabaseError::Missing(_)) => {
            context.printer.warning(match context.language {
                Language::English => {
                    "no database is installed; looking only in the built-in advisories"
                }
                Language::Chinese => "尚未安装漏洞数据库,仅在内置公告中查找",
            });
            builtin::seed()?
        }
        Err(error) => return Err(error.into()),
    };
    let mut missing = 0;
    for id in ids {
        let found = database.search(id)?;
        if found.is_empty() {
            missing += 1;
            context.printer.warning(&match context.language {
                Language::English => format!("`{id}` is not in the database"),
                Language::Chinese => format!("数据库中没有 `{id}`"),
            });
        }
        for advisory in &found {
            show(advisory, context)?;
        }
    }
    Ok(if missing == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn show(advisory: &AdvisoryView, context: &Context) -> Result<()> {
    let chinese = context.language == Language::Chinese;
    let word = |english: &'static str, translated: &'static str| {
        if chinese { translated } else { english }
    };
    let line = |name: &str, value: &str| -> Result<()> {
        if !value.is_empty() {
            context.printer.line(&format!("  {name}: {value}"))?;
        }
        Ok(())
    };
    context.printer.line(&format!("{}  {}", advisory.id, advisory.severity))?;
    line(word("summary", "摘要"), &advisory.summary)?;
    line(word("aliases", "别名"), &advisory.aliases.join(", "))?;
    line(word("source", "来源"), &advisory.source)?;
    for cvss in &advisory.cvss {
        line("CVSS", &format!("{:.1} {}", cvss.score, cvss.vector))?;
    }
    line("CWE", &advisory.cwe.join(", "))?;
    if let Some(epss) = advisory.epss {
        line("EPSS", &format!("{:.1} %", epss * 100.0))?;
    }
    line("KEV", advisory.kev.as_deref().unwrap_or_default())?;
    line(word("published", "发布"), &advisory.published)?;
    line(word("withdrawn", "撤回"), advisory.withdrawn.as_deref().unwrap_or_default())?;
    for package in &advisory.affected {
        let ranges = package.ranges.join(" || ");
        line(
            word("affected", "影响"),
            &format!("{} {}  {ranges}", package.ecosystem, package.name),
        )?;
    }
    for reference in &advisory.references {
        line(word("reference", "参考"), reference)?;
    }
    Ok(())
}
