//! `panoply scan`: the main job.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use panoply_base::{Cancel, Language, Limits, Problem};
use panoply_exchange::Format;
use panoply_files::Glob;
use panoply_model::{Report, Severity, Target as Scope, TargetKind};
use panoply_posture::Library;
use panoply_registry::{Credentials, Remote, RemoteOptions};
use panoply_scan::target::{Detected, detect};
use panoply_scan::{
    Cache, Decisions, Engines, Options, Target, TargetHint, Wanted, scan, scan_packages,
};
use panoply_vulns::{Database, OpenDatabaseError};

use crate::context::Context;
use crate::gate::Gate;
use crate::settings::{self, Settings};
use crate::{builtin, network, places};

/// Scan a directory, an image, a root file system or an SBOM
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_help = "Targets: a directory or git work tree, an image archive, an OCI layout, \
    registry/repository:tag, a root file system, an SBOM (CycloneDX or SPDX).")]
pub(crate) struct ScanArgs {
    /// What to scan: see the targets below
    #[arg(default_value = ".")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) engines: EngineArgs,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// Which engines run, and on what.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "What is looked for")]
pub(crate) struct EngineArgs {
    /// Run only these engines: packages, vulnerabilities, licences, secrets, config [default: all]
    #[arg(long, value_delimiter = ',', value_name = "ENGINES", env = "PANOPLY_ONLY")]
    #[arg(aliases = ["scanners", "security-checks"])]
    pub(crate) only: Vec<String>,
    /// Leave these engines out [default: none]
    #[arg(long, value_delimiter = ',', value_name = "ENGINES", env = "PANOPLY_SKIP")]
    pub(crate) skip: Vec<String>,
    /// Do not look at paths that match, such as `**/testdata/**` [default: every path is looked at]
    #[arg(long, value_delimiter = ',', value_name = "GLOBS", env = "PANOPLY_SKIP_FILES")]
    #[arg(visible_alias = "skip-dirs")]
    pub(crate) skip_files: Vec<String>,
    /// Also look for secrets in every commit of a git repository
    #[arg(long, env = "PANOPLY_HISTORY")]
    pub(crate) history: bool,
    /// Rules of your own for secrets, beside the built-in ones [default: none]
    #[arg(long, value_name = "DIR", env = "PANOPLY_RULES")]
    pub(crate) rules: Option<PathBuf>,
    /// Checks of your own for configuration, beside the built-in ones [default: none]
    #[arg(long, value_name = "DIR", env = "PANOPLY_CHECKS")]
    pub(crate) checks: Option<PathBuf>,
    /// Policies of your own, for clusters and for conftest: ValidatingAdmissionPolicy, Gatekeeper,
    /// Kyverno (CEL), Rego; a file or a directory [default: none]
    #[arg(long, value_name = "DIR", env = "PANOPLY_POLICIES")]
    pub(crate) policies: Option<PathBuf>,
    /// Variable files of Terraform, as paths in the target [default: terraform.tfvars and
    /// *.auto.tfvars beside the configuration]
    #[arg(long, value_delimiter = ',', value_name = "FILES", env = "PANOPLY_TF_VAR_FILE")]
    #[arg(visible_alias = "tf-vars")]
    pub(crate) tf_var_file: Vec<String>,
    /// Values for Helm charts, as in `helm --set`: `image.tag=1.2,replicas=3` [default: none]
    #[arg(long, value_name = "KEY=VALUE", env = "PANOPLY_HELM_SET")]
    pub(crate) helm_set: Vec<String>,
    /// Version of Kubernetes to judge objects for, such as `1.34` [default: the newest]
    #[arg(long, value_name = "VERSION", env = "PANOPLY_KUBERNETES_VERSION")]
    #[arg(value_parser = kubernetes_minor)]
    pub(crate) kubernetes_version: Option<u32>,
    /// Report by the controls of a catalogue: mlps-3 (等保), pci-4, nist-800-53, soc2, cis-k8s, cis-docker,
    /// cis-aws, cis-azure, cis-gcp, pss, owasp-cicd, slsa [default: no such report]
    #[arg(long, value_name = "CATALOGUE", env = "PANOPLY_COMPLIANCE")]
    pub(crate) compliance: Option<String>,
    /// Directory of the vulnerability database [default: `db` in the cache directory, else the few
    /// advisories inside the program]
    #[arg(long, value_name = "DIR", env = "PANOPLY_DB")]
    pub(crate) db: Option<PathBuf>,
    /// Platform to take of an image for several, such as `linux/arm64` [default: linux/amd64, else the
    /// first]
    #[arg(long, value_name = "PLATFORM", env = "PANOPLY_PLATFORM")]
    pub(crate) platform: Option<String>,
    /// Registries (`host:port`) that are spoken to without TLS [default: none; of this machine's own it
    /// is found out]
    #[arg(long, value_delimiter = ',', value_name = "HOSTS", env = "PANOPLY_INSECURE_REGISTRY")]
    pub(crate) insecure_registry: Vec<String>,
    /// Threads [default: one per processor]
    #[arg(short, long, value_name = "N", env = "PANOPLY_JOBS", visible_alias = "parallel")]
    pub(crate) jobs: Option<usize>,
    /// Stop after this long, such as `5m` or `90s`; what was not reached is told [default: no limit]
    #[arg(long, value_name = "DURATION", env = "PANOPLY_TIMEOUT", value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// Neither use nor keep results of layers
    #[arg(long, env = "PANOPLY_NO_CACHE")]
    pub(crate) no_cache: bool,
    /// Read the settings of the project from here [default: `panoply.yaml`, if it is there]
    #[arg(long, value_name = "FILE", env = "PANOPLY_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// What of the result counts.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "What counts")]
pub(crate) struct FilterArgs {
    /// Show findings of this severity (low, medium, high, critical) and above; of a list, the least
    /// counts [default: all]
    #[arg(short, long, value_delimiter = ',', value_name = "SEVERITY", env = "PANOPLY_SEVERITY")]
    pub(crate) severity: Vec<Severity>,
    /// Exit with 1 if a finding is this severe, or fits this CEL expression, such as
    /// `finding.kev || finding.severity >= HIGH && finding.fixed` [default: findings never fail the run]
    #[arg(long, value_name = "SEVERITY|CEL", env = "PANOPLY_FAIL_ON")]
    pub(crate) fail_on: Option<String>,
    /// Exit with this status if anything is found (as in other tools; `--fail-on` can say more)
    /// [default: 0]
    #[arg(long, value_name = "STATUS", env = "PANOPLY_EXIT_CODE")]
    pub(crate) exit_code: Option<u8>,
    /// Exit with 3 if anything could not be checked
    #[arg(long, env = "PANOPLY_STRICT")]
    pub(crate) strict: bool,
    /// Leave out vulnerabilities without a fixed version
    #[arg(long, env = "PANOPLY_IGNORE_UNFIXED", visible_alias = "only-fixed")]
    pub(crate) ignore_unfixed: bool,
    /// Leave out what an earlier report (JSON) already has [default: nothing is left out]
    #[arg(long, value_name = "REPORT", env = "PANOPLY_BASELINE", visible_alias = "new-only")]
    pub(crate) baseline: Option<PathBuf>,
    /// VEX documents that say which vulnerabilities do not matter (OpenVEX, CycloneDX, CSAF)
    /// [default: none]
    #[arg(long, value_delimiter = ',', value_name = "FILES", env = "PANOPLY_VEX")]
    pub(crate) vex: Vec<PathBuf>,
    /// Files that say which findings are accepted [default: `.panoply/ignore.yaml` and `.trivyignore` of
    /// the target]
    #[arg(long, value_delimiter = ',', value_name = "FILES", env = "PANOPLY_IGNORE_FILE")]
    #[arg(alias = "ignorefile")]
    pub(crate) ignore_file: Vec<PathBuf>,
}

/// Where the result goes.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Format on standard output: table, json, sarif, cyclonedx-json, spdx-json, html, markdown,
    /// junit, gitlab-dependency, gitlab-container, gitlab-secret, trivy [default: table;
    /// cyclonedx-json for `sbom`]
    #[arg(short, long, value_name = "FORMAT", env = "PANOPLY_FORMAT")]
    pub(crate) format: Option<Format>,
    /// Write to a file, `format=path`; may be repeated. A plain path takes `--format` [default: standard
    /// output]
    #[arg(short, long, value_name = "FORMAT=FILE", env = "PANOPLY_OUTPUT")]
    pub(crate) output: Vec<String>,
}

pub(crate) fn run(args: &ScanArgs, hint: TargetHint, context: &Context) -> Result<ExitCode> {
    let settings = settings::load(args.engines.config.as_deref())?;
    let args = settings.merged(args);
    let gate = gate(&args)?;
    let outputs = outputs(&args.output)?;
    let mut report = report(&args, hint, &settings, context)?;
    decide(&args, &mut report, context)?;
    write(&report, &outputs, context)?;
    let status = conclude(&args, &report, gate.as_ref(), context);
    // The process ends here, and its memory with it; taking a report apart costs some milliseconds.
    std::mem::forget(report);
    status
}

/// Scans, without taking anything out of the result.
pub(crate) fn report(
    args: &ScanArgs,
    hint: TargetHint,
    settings: &Settings,
    context: &Context,
) -> Result<Report> {
    let (engines, options, problems) = prepare(args, hint, Unpacked::Needed, settings, context)?;
    let mut report = scanned(args, hint, &engines, &options, context)?;
    // As at the end of `run`: nobody needs the engines or their memory again.
    std::mem::forget(engines);
    report.coverage.problems.splice(0..0, problems);
    Ok(report)
}

/// Scans with what [`prepare`] gave.
pub(crate) fn scanned(
    args: &ScanArgs,
    hint: TargetHint,
    engines: &Engines,
    options: &Options,
    context: &Context,
) -> Result<Report> {
    Ok(match sbom(&args.target, hint)? {
        Some(bytes) => scan_sbom(&args.target, &bytes, engines, options),
        None => scan(&target(args, hint, context)?, engines, options)?,
    })
}

/// Which of the built-in checks are unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpacked {
    /// Those that look at something in the target.
    Needed,
    All,
}

/// Everything a scan needs but its target, and what of it could not be used.
pub(crate) fn prepare(
    args: &ScanArgs,
    hint: TargetHint,
    unpacked: Unpacked,
    settings: &Settings,
    context: &Context,
) -> Result<(Engines, Options, Vec<Problem>)> {
    let wanted = wanted(&args.engines)?;
    let own = args.engines.rules.as_deref();
    let (rules, mut problems) = if wanted.secrets || own.is_some() {
        builtin::secret_rules(own)?
    } else {
        Default::default()
    };
    // A catalogue speaks of checks that nothing was there for as well. A user's own are read in any
    // case, and their problems told.
    let own = args.engines.checks.as_deref();
    let (checks, more) = if unpacked == Unpacked::All || args.engines.compliance.is_some() {
        let (rules, problems) = builtin::checks(own)?;
        (Library::whole(rules), problems)
    } else if own.is_some() || wanted.config && is_judged(args, hint) {
        builtin::library(own)?
    } else {
        (Library::whole(Vec::new()), Vec::new())
    };
    problems.extend(more);
    let database = database(args, wanted, context)?;
    // Rules of the user take part in the name of cached results: other rules, other results.
    let own = format!("{:?}", rules.iter().map(|rule| &rule.head.id).collect::<Vec<_>>());
    let fingerprint = format!(
        "{} {} {}",
        env!("CARGO_PKG_VERSION"),
        builtin::RULES_DIGEST,
        panoply_base::Digest::sha256(own.as_bytes())
    );
    let (engines, more) = Engines::new(wanted, rules, checks, database, &fingerprint);
    problems.extend(more);
    let mut options = options(args, settings, context)?;
    if let Some(folder) = &args.engines.policies {
        let (policies, more) = crate::policies::load(folder, &options.limits)?;
        problems.extend(more);
        if !wanted.config {
            let what = "the policies were not asked: the engine `config` is off";
            problems.push(panoply_base::Problem::whole(what));
        }
        options.policies = std::sync::Arc::new(policies);
    }
    if let Some(asked) = &args.engines.compliance {
        let Some(checks) = engines.checks() else {
            bail!("`--compliance` needs the engine `config`");
        };
        let named = panoply_posture::compliance::named(asked, checks);
        options.compliance = Some(named.map_err(|known| {
            anyhow::anyhow!("there is no catalogue `{asked}`; there are {}", known.join(", "))
        })?);
    }
    Ok((engines, options, problems))
}

/// Whether configuration in the target is judged: not in images, root file systems and SBOMs.
fn is_judged(args: &ScanArgs, hint: TargetHint) -> bool {
    let detected = (!is_sbom(&args.target)).then(|| detect(&args.target, hint));
    match detected {
        Some(Ok(Detected::Directory { root_filesystem, .. })) => !root_filesystem,
        Some(Ok(Detected::File(_)) | Err(_)) => true,
        _ => false,
    }
}

/// Whether a target's name says that it is an SBOM: `sbom:` before it, or a usual ending.
pub(crate) fn is_sbom(name: &str) -> bool {
    const USUAL: [&str; 7] =
        [".cdx.json", ".cdx.xml", ".spdx.json", ".spdx", "bom.json", "bom.xml", "sbom.json"];
    name.starts_with("sbom:") || USUAL.iter().any(|end| name.ends_with(end))
}

/// The bytes of the target, if it is an SBOM.
fn sbom(name: &str, hint: TargetHint) -> Result<Option<Vec<u8>>> {
    let path = Path::new(name.strip_prefix("sbom:").unwrap_or(name));
    if hint != TargetHint::Any || !is_sbom(name) || !path.is_file() {
        return Ok(None);
    }
    let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Some(bytes))
}

fn scan_sbom(name: &str, bytes: &[u8], engines: &Engines, options: &Options) -> Report {
    let read = panoply_exchange::sbom::read(bytes, &options.limits);
    let scope = if read.value.name.is_empty() { name.to_owned() } else { read.value.name };
    let target = Scope {
        name: name.to_owned(),
        kind: TargetKind::Sbom,
        distro: read.value.distro,
        scope,
        ..Scope::default()
    };
    let problems = read.problems.into_iter().map(|problem| problem.within(name)).collect();
    scan_packages(target, read.value.packages, problems, engines, options)
}

fn target(args: &ScanArgs, hint: TargetHint, context: &Context) -> Result<Target> {
    Ok(match detect(&args.target, hint)? {
        Detected::Directory { path, root_filesystem } => {
            Target::Directory { path, root_filesystem }
        }
        Detected::File(path) => Target::File(path),
        Detected::Archive(path) => Target::Archive(path),
        Detected::Layout(path) => Target::Layout(path),
        Detected::Reference(reference) => {
            let credentials = Credentials::from_files(&places::credential_files());
            for problem in &credentials.problems {
                context.printer.warning(problem);
            }
            let insecure = RemoteOptions { insecure: args.engines.insecure_registry.clone() };
            let http = network::http(context)?;
            let remote = Remote::new(http, reference.clone(), &credentials, &insecure);
            Target::Remote(Box::new(remote), reference)
        }
    })
}

fn wanted(args: &EngineArgs) -> Result<Wanted> {
    let only = names(&args.only)?;
    let skip = names(&args.skip)?;
    let runs = |name: &str| (only.is_empty() || only.contains(name)) && !skip.contains(name);
    Ok(Wanted {
        packages: runs("packages"),
        vulnerabilities: runs("vulnerabilities"),
        licences: runs("licences"),
        secrets: runs("secrets"),
        config: runs("config"),
    })
}

/// `1.34` or `v1.34.2` as its minor version.
fn kubernetes_minor(text: &str) -> Result<u32, String> {
    let mut parts = text.trim_start_matches('v').split('.');
    match (parts.next(), parts.next().map(str::parse)) {
        (Some("1"), Some(Ok(minor))) => Ok(minor),
        _ => Err("a version of Kubernetes reads `1.34`".to_owned()),
    }
}

/// Engines by name; words that other tools use for them are understood.
fn names(words: &[String]) -> Result<BTreeSet<&'static str>> {
    let mut names = BTreeSet::new();
    for word in words {
        names.insert(match word.as_str() {
            "packages" | "pkg" | "sbom" => "packages",
            "vulnerabilities" | "vulnerability" | "vuln" | "vulns" => "vulnerabilities",
            "licences" | "licence" | "licenses" | "license" => "licences",
            "secrets" | "secret" => "secrets",
            "config" | "misconfig" | "misconfiguration" | "configuration" => "config",
            _ => bail!("there is no engine `{word}`; there are {}", Wanted::NAMES.join(", ")),
        });
    }
    Ok(names)
}

/// The database that is there; the built-in seed where none is and none was asked for.
fn database(args: &ScanArgs, wanted: Wanted, context: &Context) -> Result<Option<Database>> {
    if !wanted.vulnerabilities {
        return Ok(None);
    }
    let asked = args.engines.db.clone();
    let directory = asked.clone().unwrap_or_else(|| context.places.database());
    match Database::open(&directory) {
        Ok(database) => Ok(Some(database)),
        Err(OpenDatabaseError::Missing(_)) if asked.is_none() && !args.filter.strict => {
            Ok(Some(builtin::seed()?))
        }
        Err(OpenDatabaseError::Missing(directory)) => bail!(
            "there is no vulnerability database in `{}`; `panoply db update` gets one",
            directory.display()
        ),
        Err(error) => Err(anyhow::Error::new(error).context(
            "the vulnerability database cannot be used; `panoply db update` makes a new one",
        )),
    }
}

fn options(args: &ScanArgs, settings: &Settings, context: &Context) -> Result<Options> {
    let engines = &args.engines;
    let skip = engines
        .skip_files
        .iter()
        .map(|text| Ok((text.clone(), text.parse::<Glob>()?)))
        .collect::<Result<_>>()?;
    let platform = engines.platform.as_deref().map(str::parse).transpose()?;
    let cancel = Cancel::new();
    if let Some(limit) = engines.timeout {
        let timer = cancel.clone();
        std::thread::spawn(move || {
            std::thread::sleep(limit);
            timer.cancel();
        });
    }
    Ok(Options {
        limits: Limits { file_bytes: settings.max_file_bytes(), ..Limits::DEFAULT },
        skip,
        jobs: engines.jobs.unwrap_or(0),
        cache: (!engines.no_cache)
            .then(|| Cache::new(&context.places.cache, settings.cache_bytes())),
        platform,
        fingerprint_key: Settings::fingerprint_key().expose().clone(),
        now: context.clock.seconds,
        started: context.clock.rfc3339(),
        evidence: panoply_posture::evidence::Settings {
            terraform: panoply_posture::terraform::TerraformSettings {
                var_files: engines.tf_var_file.clone(),
                ..Default::default()
            },
            helm: panoply_posture::helm::HelmSettings {
                set: engines.helm_set.clone(),
                ..Default::default()
            },
        },
        kubernetes_minor: engines.kubernetes_version,
        compliance: None,
        policies: std::sync::Arc::default(),
        history: engines.history,
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        cancel,
        progress: context.progress(),
    })
}

/// Ignore files, VEX, baseline and filters.
pub(crate) fn decide(args: &ScanArgs, report: &mut Report, context: &Context) -> Result<()> {
    let filter = &args.filter;
    let mut decisions = Decisions {
        least_severity: filter.severity.iter().min().copied(),
        only_fixed: filter.ignore_unfixed,
        ..Decisions::default()
    };
    for path in ignore_files(args) {
        let text = fs::read_to_string(&path)
            .with_context(|| format!("cannot read `{}`", path.display()))?;
        let name = path.display().to_string();
        let yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
        let parsed = if yaml {
            panoply_scan::ignore::parse_yaml(&text)
        } else {
            panoply_scan::ignore::parse_trivyignore(&text)
        };
        note(report, parsed.problems, &name);
        decisions.ignores.extend(parsed.value.into_iter().map(|ignore| (name.clone(), ignore)));
    }
    for path in &filter.vex {
        let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let name = path.display().to_string();
        let parsed = panoply_vulns::vex::parse(&bytes);
        note(report, parsed.problems, &name);
        decisions.vex.add(parsed.value);
    }
    if let Some(path) = &filter.baseline {
        let bytes = fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let known = panoply_exchange::json::read_keys(&bytes);
        if known.value.is_empty() && !known.problems.is_empty() {
            bail!(
                "`{}` is no earlier report: {}",
                path.display(),
                known.problems.first().map(ToString::to_string).unwrap_or_default()
            );
        }
        note(report, known.problems, &path.display().to_string());
        decisions.baseline = Some(known.value.into_iter().map(|known| known.key).collect());
    }
    let today = context.clock.rfc3339();
    decisions.apply(report, today.get(..10).unwrap_or_default());
    Ok(())
}

fn note(report: &mut Report, problems: Vec<Problem>, file: &str) {
    report.coverage.problems.extend(problems.into_iter().map(|problem| problem.within(file)));
}

/// The files named, else those that lie in the target.
fn ignore_files(args: &ScanArgs) -> Vec<PathBuf> {
    if !args.filter.ignore_file.is_empty() {
        return args.filter.ignore_file.clone();
    }
    let target = Path::new(args.target.strip_prefix("dir:").unwrap_or(&args.target));
    let root = if target.is_dir() { target } else { Path::new(".") };
    let usual = [".panoply/ignore.yaml", ".trivyignore"];
    usual.iter().map(|name| root.join(name)).filter(|path| path.is_file()).collect()
}

/// A format and where it goes; `None` is standard output.
pub(crate) type Output = (Format, Option<PathBuf>);

/// `-o format=path`, `-o path` with `-f format`; without any, standard output.
pub(crate) fn outputs(args: &OutputArgs) -> Result<Vec<Output>> {
    let default = args.format.unwrap_or(Format::Table);
    let mut outputs = Vec::new();
    for text in &args.output {
        outputs.push(match text.split_once('=') {
            Some((name, path)) => (name.parse()?, Some(PathBuf::from(path))),
            // Other tools take a bare format here and mean standard output.
            None => match Format::from_name(text) {
                Some(format) => (format, None),
                None => (default, Some(PathBuf::from(text))),
            },
        });
    }
    // `-f table -o sarif=a.sarif` wants both; `-f json -o a.json` has used its format up.
    let format_is_free = args.format.is_some() && args.output.iter().all(|text| text.contains('='));
    if outputs.is_empty() || format_is_free {
        outputs.push((default, None));
    }
    Ok(outputs)
}

pub(crate) fn write(report: &Report, outputs: &[Output], context: &Context) -> Result<()> {
    for (format, path) in outputs {
        let terminal = path.is_none();
        let options = panoply_exchange::Options {
            language: context.language,
            colour: terminal && context.printer.stdout_colour(),
            width: if terminal { context.printer.width() } else { None },
            version_order,
        };
        if let Some(path) = path {
            let mut bytes = Vec::new();
            panoply_exchange::write(*format, report, &options, &mut bytes)?;
            fs::write(path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
        } else {
            let mut out = io::BufWriter::new(io::stdout().lock());
            panoply_exchange::write(*format, report, &options, &mut out)?;
            out.flush()?;
        }
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "other callers do not know every order")]
fn version_order(kind: panoply_model::PackageKind, a: &str, b: &str) -> Option<std::cmp::Ordering> {
    let scheme = panoply_packages::Scheme::of(kind);
    Some(panoply_packages::version::compare(scheme, a, b))
}

fn gate(args: &ScanArgs) -> Result<Option<Gate>> {
    args.filter.fail_on.as_deref().map(Gate::parse).transpose()
}

/// The exit status, and why.
fn conclude(
    args: &ScanArgs,
    report: &Report,
    gate: Option<&Gate>,
    context: &Context,
) -> Result<ExitCode> {
    if let Some(gate) = gate {
        let verdict = gate.judge(report, context.language)?;
        if verdict.unknown > 0 {
            let count = verdict.unknown;
            context.printer.warning(&match context.language {
                Language::English => format!("the gate could not be decided for {count} findings"),
                Language::Chinese => format!("有 {count} 个问题无法判定是否触发门禁"),
            });
        }
        if verdict.hits > 0 {
            let count = verdict.hits;
            context.printer.note(&match context.language {
                Language::English => format!("the gate was hit by {count} findings"),
                Language::Chinese => format!("{count} 个问题触发了门禁"),
            });
            return Ok(ExitCode::from(1));
        }
    } else if let Some(status) = args.filter.exit_code
        && !report.findings.is_empty()
    {
        return Ok(ExitCode::from(status));
    }
    if args.filter.strict && !report.coverage.is_complete() {
        let count = report.coverage.problems.len() as u64 + report.coverage.more_problems;
        context.printer.note(&match context.language {
            Language::English => {
                format!("the scan is incomplete: {count} things could not be checked")
            }
            Language::Chinese => format!("扫描不完整:{count} 项无法检查"),
        });
        return Ok(ExitCode::from(3));
    }
    Ok(ExitCode::SUCCESS)
}

/// `90`, `90s`, `5m`, `1h30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let refuse = || format!("`{text}` is not a duration like 90s, 5m or 1h30m");
    let mut seconds = 0_u64;
    let mut number = String::new();
    for letter in text.chars().chain(['s']) {
        let unit = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            's' if number.is_empty() => continue,
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            _ => return Err(refuse()),
        };
        let value: u64 = number.parse().map_err(|_| refuse())?;
        seconds = value
            .checked_mul(unit)
            .and_then(|part| seconds.checked_add(part))
            .ok_or_else(refuse)?;
        number.clear();
    }
    if seconds == 0 { Err(refuse()) } else { Ok(Duration::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, seconds) in [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5_400)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "0", "m", "5x", "99999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    fn check(format: Option<Format>, output: &[&str], expected: &[(Format, Option<&str>)]) {
        let output = output.iter().map(|&text| text.to_owned()).collect();
        let found = outputs(&OutputArgs { format, output }).unwrap();
        let expected: Vec<Output> =
            expected.iter().map(|(format, path)| (*format, path.map(PathBuf::from))).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn outputs_are_formats_paths_or_both() {
        check(None, &[], &[(Format::Table, None)]);
        check(Some(Format::Json), &[], &[(Format::Json, None)]);
        check(Some(Format::Json), &["a.json"], &[(Format::Json, Some("a.json"))]);
        check(
            None,
            &["sarif=a.sarif", "html=b.html"],
            &[(Format::Sarif, Some("a.sarif")), (Format::Html, Some("b.html"))],
        );
        check(
            Some(Format::Table),
            &["sarif=a.sarif"],
            &[(Format::Sarif, Some("a.sarif")), (Format::Table, None)],
        );
        check(None, &["spdx-json"], &[(Format::SpdxJson, None)]);
    }

    #[test]
    fn engines_have_the_names_that_users_of_other_tools_type() {
        let only = |words: &[&str]| {
            let only = words.iter().map(|&word| word.to_owned()).collect();
            wanted(&EngineArgs { only, ..EngineArgs::default() }).unwrap().names()
        };
        assert_eq!(only(&["vuln", "secret"]), ["vulnerabilities", "secrets"]);
        assert_eq!(only(&[]).len(), 5);
        let wrong = EngineArgs { skip: vec!["everything".into()], ..EngineArgs::default() };
        assert!(wanted(&wrong).unwrap_err().to_string().contains("there is no engine"));
    }
}
