//! `panoply baseline`: a host, its Docker or its part of Kubernetes held against a baseline.
//!
//! First facts are collected, then they are judged. Both can happen on different machines:
//! `--snapshot` writes the facts to a file, `--from` judges that file, with the same result.

mod choose;
mod html;
mod json;
mod manual;
mod table;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use panoply_base::{Language, Limits, Problem};
use panoply_model::Severity;
use panoply_posture::host::{self, About, Bounds, Outcome, Status, WalkBounds, judge};
use panoply_posture::{Checks, Sources, World, read};

use self::choose::Subject;
use self::manual::Manual;
use crate::builtin;
use crate::context::Context;

/// Bytes of a snapshot that is read.
const SNAPSHOT_BYTES: u64 = 256 << 20;

/// Hold a host, its Docker or its Kubernetes node against a baseline
///
/// Reads configuration files, owners and modes, and on the running host processes and kernel settings;
/// nothing is executed. Run it as root, or what only root may read is reported as not known.
#[derive(Debug, clap::Args)]
pub(crate) struct BaselineArgs {
    /// What to look at
    #[arg(value_enum)]
    subject: Subject,
    /// Root directory of the host: `/`, a mounted disk, an unpacked image
    #[arg(long, value_name = "DIR", env = "PANOPLY_ROOT", default_value = "/")]
    root: PathBuf,
    /// Write the collected facts to a file, to be judged with `--from`
    #[arg(long, value_name = "FILE", env = "PANOPLY_SNAPSHOT")]
    snapshot: Option<PathBuf>,
    /// Judge facts that were collected earlier, maybe elsewhere
    #[arg(long, value_name = "FILE", env = "PANOPLY_FROM", conflicts_with_all = ["root", "snapshot"])]
    from: Option<PathBuf>,
    /// Form of the result
    #[arg(short, long, value_enum, default_value = "table", env = "PANOPLY_BASELINE_OUTPUT")]
    output: Output,
    /// Also show what passed and what does not apply
    #[arg(long, env = "PANOPLY_BASELINE_ALL")]
    all: bool,
    /// Checks of your own, beside the built-in ones [default: none]
    #[arg(long, value_name = "DIR", env = "PANOPLY_CHECKS")]
    checks: Option<PathBuf>,
    /// Files and directories that the walk over the whole file system looks at; 0 for no walk
    #[arg(long, value_name = "N", env = "PANOPLY_WALK_ENTRIES", default_value_t = 5_000_000)]
    walk_entries: usize,
    /// Directories below each other that the walk goes down
    #[arg(long, value_name = "N", env = "PANOPLY_WALK_DEPTH", default_value_t = 64)]
    walk_depth: usize,
    /// Seconds after which the walk ends
    #[arg(long, value_name = "SECONDS", env = "PANOPLY_WALK_SECONDS", default_value_t = 180)]
    walk_seconds: u64,
    /// Exit with status 1 if a check fails that is at least this severe [default: never]
    #[arg(long, value_name = "SEVERITY", env = "PANOPLY_FAIL_ON")]
    fail_on: Option<Severity>,
    /// Exit with 3 if anything could not be checked
    #[arg(long, env = "PANOPLY_STRICT")]
    strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    Table,
    Json,
    Html,
}

/// What is printed, in whatever form.
struct Baseline<'a> {
    subject: Subject,
    about: &'a About,
    outcomes: Vec<Outcome<'a>>,
    manual: Vec<Manual>,
    problems: &'a [Problem],
}

pub(crate) fn run(args: &BaselineArgs, context: &Context) -> Result<ExitCode> {
    let text = match &args.from {
        Some(file) => snapshot_of(file)?,
        None => collected(args, context)?,
    };
    let mut sources = Sources::default();
    let file = sources.add("snapshot.json", text);
    let limits = Limits::DEFAULT;
    let (evidence, about) = host::resources(&mut sources, file, &limits)
        .map_err(|problem| anyhow::anyhow!("{problem}"))?;
    let (rules, mut problems) = builtin::checks(args.checks.as_deref())?;
    problems.extend(evidence.problems);
    let rules = rules.into_iter().filter(|rule| args.subject.takes_in(rule)).collect();
    let checks = Checks::new(rules);
    let world = World::new(evidence.value);
    let verdicts = judge(&checks, &world, &sources, limits.problems);
    problems.extend(verdicts.problems);
    let baseline = Baseline {
        subject: args.subject,
        about: &about,
        outcomes: verdicts.outcomes,
        manual: manual::of(args.subject)?,
        problems: &problems,
    };
    match args.output {
        Output::Table => table::print(&baseline, args.all, context)?,
        Output::Json => context.printer.line(&json::written(&baseline, &sources)?)?,
        Output::Html => context.printer.line(&html::written(&baseline, context.language))?,
    }
    Ok(conclude(args, &baseline, context))
}

fn snapshot_of(path: &Path) -> Result<String> {
    let shown = path.display();
    let file = fs::File::open(path).with_context(|| format!("cannot open `{shown}`"))?;
    let mut bytes = Vec::new();
    file.take(SNAPSHOT_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read `{shown}`"))?;
    if bytes.len() as u64 > SNAPSHOT_BYTES {
        bail!("`{shown}` is larger than {SNAPSHOT_BYTES} bytes");
    }
    match read::decode(&bytes) {
        Ok(text) => Ok(text.into_owned()),
        Err(problem) => bail!("{}", problem.within(&shown.to_string())),
    }
}

fn collected(args: &BaselineArgs, context: &Context) -> Result<String> {
    let is_running = fs::canonicalize(&args.root).is_ok_and(|root| root == Path::new("/"));
    // Docker and Kubernetes ask nothing that needs the walk; a snapshot may be judged for all of them.
    let walks = args.subject == Subject::Host || args.snapshot.is_some();
    let walk = WalkBounds {
        entries: if walks { args.walk_entries } else { 0 },
        depth: args.walk_depth,
        ..WalkBounds::default()
    };
    let timer = walk.cancel.clone();
    let limit = Duration::from_secs(args.walk_seconds);
    std::thread::spawn(move || {
        std::thread::sleep(limit);
        timer.cancel();
    });
    let bounds = Bounds { walk, ..Bounds::default() };
    let taken = host::collect(&args.root, is_running, &context.clock.rfc3339(), &bounds);
    let shown = args.root.display();
    let snapshot = taken.with_context(|| format!("cannot look into `{shown}`"))?;
    let text = snapshot.to_json()?;
    if let Some(path) = &args.snapshot {
        write_private(path, &text).with_context(|| format!("cannot write `{}`", path.display()))?;
        context.printer.note(&match context.language {
            Language::English => {
                format!("wrote the facts of {} files to {}", snapshot.files.len(), path.display())
            }
            Language::Chinese => {
                format!("已将 {} 个文件的事实写入 {}", snapshot.files.len(), path.display())
            }
        });
    }
    Ok(text)
}

/// A snapshot tells much of a host: only its owner may read it.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    std::io::Write::write_all(&mut options.open(path)?, text.as_bytes())
}

fn conclude(args: &BaselineArgs, baseline: &Baseline<'_>, context: &Context) -> ExitCode {
    let failed = |outcome: &&Outcome<'_>| {
        let severity = outcome.check.rule.head.severity;
        outcome.status == Status::Fail && args.fail_on.is_some_and(|limit| severity >= limit)
    };
    let hits = baseline.outcomes.iter().filter(failed).count();
    if hits > 0 {
        context.printer.note(&match context.language {
            Language::English => format!("the gate was hit by {hits} checks"),
            Language::Chinese => format!("{hits} 项检查触发了门禁"),
        });
        return ExitCode::from(1);
    }
    let unread = baseline.problems.len() + baseline.about.unreadable.len();
    if args.strict && (unread > 0 || baseline.count(Status::Unknown) > 0) {
        context.printer.note(match context.language {
            Language::English => "the result is incomplete",
            Language::Chinese => "结果不完整",
        });
        return ExitCode::from(3);
    }
    ExitCode::SUCCESS
}

impl Baseline<'_> {
    fn count(&self, status: Status) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.status == status).count()
    }
}
