//! `panoply fix`: mends configuration where a check knows the value that would be right.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result, bail, ensure};
use panoply_base::Language;
use panoply_model::{Family, FindingKey, Severity};
use panoply_posture::mend::{Changed, Mended, Outcome};
use panoply_rules::Head;
use panoply_scan::{Engines, TargetHint, mend_configuration};
use similar::{ChangeTag, TextDiff};

use super::scan::{self, EngineArgs, FilterArgs, ScanArgs, Unpacked};
use crate::context::Context;
use crate::settings;

/// Mend findings of configuration in the files themselves
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "A change is made only where the check knows the right value, and only after \
    everything was read again: the finding has to be gone and nothing new may be found. Comments and \
    layout stay. What somebody accepted (comments, ignore files) is left alone."
)]
pub(crate) struct FixArgs {
    /// Directory or file to mend
    #[arg(default_value = ".")]
    target: String,
    /// Show the changes as a patch and write nothing
    #[arg(long, env = "PANOPLY_DIFF", visible_alias = "dry-run")]
    diff: bool,
    /// Mend only findings of these checks, by id or by the id other tools use [default: all]
    #[arg(long, value_delimiter = ',', value_name = "IDS", env = "PANOPLY_CHECK")]
    check: Vec<String>,
    /// Mend findings of this severity (low, medium, high, critical) and above [default: all]
    #[arg(short, long, value_name = "SEVERITY", env = "PANOPLY_SEVERITY")]
    severity: Option<Severity>,
    /// Do not touch paths that match, such as `**/vendor/**` [default: every path is looked at]
    #[arg(long, value_delimiter = ',', value_name = "GLOBS", env = "PANOPLY_SKIP_FILES")]
    skip_files: Vec<String>,
    /// Checks of your own, beside the built-in ones [default: none]
    #[arg(long, value_name = "DIR", env = "PANOPLY_CHECKS")]
    checks: Option<PathBuf>,
    /// Files that say which findings are accepted [default: `.panoply/ignore.yaml` and `.trivyignore` of
    /// the target]
    #[arg(long, value_delimiter = ',', value_name = "FILES", env = "PANOPLY_IGNORE_FILE")]
    ignore_file: Vec<PathBuf>,
    /// Read the settings of the project from here [default: `panoply.yaml`, if it is there]
    #[arg(long, value_name = "FILE", env = "PANOPLY_CONFIG")]
    config: Option<PathBuf>,
}

impl FixArgs {
    /// The scan whose findings are mended.
    fn scan(&self) -> ScanArgs {
        ScanArgs {
            target: self.target.clone(),
            engines: EngineArgs {
                only: vec!["config".to_owned()],
                skip_files: self.skip_files.clone(),
                checks: self.checks.clone(),
                config: self.config.clone(),
                ..EngineArgs::default()
            },
            filter: FilterArgs {
                severity: self.severity.into_iter().collect(),
                ignore_file: self.ignore_file.clone(),
                ..FilterArgs::default()
            },
            ..ScanArgs::default()
        }
    }
}

pub(crate) fn run(args: &FixArgs, context: &Context) -> Result<ExitCode> {
    let path = Path::new(args.target.strip_prefix("dir:").unwrap_or(&args.target));
    ensure!(path.exists(), "there is no file or directory `{}`", path.display());
    let settings = settings::load(args.config.as_deref())?;
    let scan = settings.merged(&args.scan());
    let (engines, options, problems) =
        scan::prepare(&scan, TargetHint::Directory, Unpacked::All, &settings, context)?;
    for problem in problems {
        context.printer.warning(&problem.to_string());
    }
    let mut report = scan::scanned(&scan, TargetHint::Directory, &engines, &options, context)?;
    scan::decide(&scan, &mut report, context)?;
    let chosen = chosen(args, &engines)?;
    let keys: BTreeSet<FindingKey> = report
        .findings
        .iter()
        .filter(|finding| finding.family == Family::Config)
        .filter(|finding| chosen.as_ref().is_none_or(|ids| ids.contains(&finding.rule)))
        .map(|finding| finding.key)
        .collect();
    let mended = mend_configuration(&report, path, &keys, &engines, &options)?;
    if args.diff {
        for (file, changed) in &mended.changed {
            patch(file, changed, context)?;
        }
    } else {
        for (file, changed) in &mended.changed {
            write(path, file, changed)?;
        }
        for outcome in &mended.fixed {
            context.printer.line(&told(outcome, context))?;
        }
    }
    conclude(&mended, args.diff, context);
    Ok(ExitCode::SUCCESS)
}

/// The ids of the checks that were asked for; none if all were.
fn chosen(args: &FixArgs, engines: &Engines) -> Result<Option<BTreeSet<String>>> {
    if args.check.is_empty() {
        return Ok(None);
    }
    let checks = || engines.checks().into_iter().flat_map(panoply_posture::Checks::iter);
    let mut ids = BTreeSet::new();
    for asked in &args.check {
        let is_meant = |head: &&Head| head.id == *asked || head.aliases.contains(asked);
        let named: Vec<&Head> = checks().map(|check| &check.rule.head).filter(is_meant).collect();
        if named.is_empty() {
            bail!("there is no check `{asked}`; `panoply rules list` lists them");
        }
        ids.extend(named.into_iter().map(|head| head.id.clone()));
    }
    Ok(Some(ids))
}

/// Writes one file, unless somebody else changed it meanwhile.
fn write(target: &Path, file: &str, changed: &Changed) -> Result<()> {
    let path = if target.is_file() { target.to_owned() } else { target.join(file) };
    let now = fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    ensure!(
        now == changed.before.as_bytes(),
        "`{}` was changed by somebody else meanwhile and is left as it is",
        path.display()
    );
    fs::write(&path, changed.after.as_bytes())
        .with_context(|| format!("cannot write `{}`", path.display()))
}

/// A change as `git apply` and `patch -p1` read it.
fn patch(file: &str, changed: &Changed, context: &Context) -> Result<()> {
    let diff = TextDiff::from_lines(&*changed.before, &*changed.after);
    let paint = |style: Style, text: &str| {
        if context.printer.stdout_colour() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    };
    let bold = Style::new().bold();
    context.printer.line(&paint(bold, &format!("--- a/{file}")))?;
    context.printer.line(&paint(bold, &format!("+++ b/{file}")))?;
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        let cyan = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        context.printer.line(&paint(cyan, &hunk.header().to_string()))?;
        for change in hunk.iter_changes() {
            let (sign, colour) = match change.tag() {
                ChangeTag::Delete => ("-", Some(AnsiColor::Red)),
                ChangeTag::Insert => ("+", Some(AnsiColor::Green)),
                ChangeTag::Equal => (" ", None),
            };
            let style = Style::new().fg_color(colour.map(Into::into));
            // The carriage return of a Windows file belongs to the line.
            let text = change.value().strip_suffix('\n').unwrap_or(change.value());
            context.printer.line(&paint(style, &format!("{sign}{text}")))?;
            if change.missing_newline() {
                context.printer.line("\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}

fn told(outcome: &Outcome, context: &Context) -> String {
    let title = outcome.title.get(context.language);
    let word = match context.language {
        Language::English => "fixed",
        Language::Chinese => "已修复",
    };
    let Outcome { path, line, severity, rule, .. } = outcome;
    format!("{word}  {path}:{line}  {severity}  {title} ({rule})")
}

fn conclude(mended: &Mended, only_shown: bool, context: &Context) {
    for (outcome, why) in &mended.left {
        let Outcome { path, line, rule, .. } = outcome;
        let why = why.get(context.language);
        context.printer.note(&match context.language {
            Language::English => format!("left   {path}:{line}  {rule}: {why}"),
            Language::Chinese => format!("保留   {path}:{line}  {rule}：{why}"),
        });
    }
    let (fixed, files) = (mended.fixed.len(), mended.changed.len());
    let (left, without) = (mended.left.len(), mended.without_repair);
    context.printer.note(&match (context.language, only_shown) {
        (Language::English, true) => format!(
            "{fixed} findings would be fixed in {files} files, {left} left as they are; {without} others \
             have no fix that is right for everybody (`panoply explain ID` says what to do)"
        ),
        (Language::English, false) => format!(
            "{fixed} findings fixed in {files} files, {left} left as they are; {without} others have no \
             fix that is right for everybody (`panoply explain ID` says what to do)"
        ),
        (Language::Chinese, true) => format!(
            "可修复 {files} 个文件中的 {fixed} 个问题，{left} 个保持原样；另有 {without} 个没有普遍适用的修复方式\
             （`panoply explain ID` 说明如何处理）"
        ),
        (Language::Chinese, false) => format!(
            "已修复 {files} 个文件中的 {fixed} 个问题，{left} 个保持原样；另有 {without} 个没有普遍适用的修复方式\
             （`panoply explain ID` 说明如何处理）"
        ),
    });
}
