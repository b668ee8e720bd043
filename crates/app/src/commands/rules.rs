//! `panoply rules`: what is looked for, and proof that it is found.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use panoply_base::{Language, Limits};
use panoply_posture::{CheckBody, Checks, check::try_case};
use panoply_rules::{Head, run_tests};
use panoply_secrets::{Detectors, FileView, SecretBody};

use super::explain;
use crate::builtin;
use crate::context::Context;

/// List, show and test rules
#[derive(Debug, clap::Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
}

#[derive(Debug, clap::Subcommand)]
enum RulesCommand {
    /// List all rules
    List {
        /// Rules of your own, beside the built-in ones [default: none]
        #[arg(long, value_name = "DIR", env = "PANOPLY_RULES")]
        rules: Option<PathBuf>,
        /// Print a table in Markdown, with titles in both languages
        #[arg(long)]
        markdown: bool,
    },
    /// Show one rule: what it finds, why it matters, what to do
    Show {
        /// As `panoply rules list` names it
        id: String,
        /// Rules of your own, beside the built-in ones [default: none]
        #[arg(long, value_name = "DIR", env = "PANOPLY_RULES")]
        rules: Option<PathBuf>,
    },
    /// Run the tests inside the rules of a directory
    Test {
        /// Directory with rule files
        #[arg(default_value = "rules")]
        directory: PathBuf,
    },
}

pub(crate) fn run(args: &RulesArgs, context: &Context) -> Result<ExitCode> {
    match &args.command {
        RulesCommand::List { rules, markdown: true } => {
            index(&heads(rules.as_ref(), context)?, context)
        }
        RulesCommand::List { rules, .. } => list(&heads(rules.as_ref(), context)?, context),
        RulesCommand::Show { id, rules } => explain::show(id, rules.as_deref(), context),
        RulesCommand::Test { directory } => test(directory, context),
    }
}

/// The heads of the rules of every engine, by id.
fn heads(own: Option<&PathBuf>, context: &Context) -> Result<Vec<Head>> {
    let (secrets, mut problems) = builtin::secret_rules(own.map(PathBuf::as_path))?;
    let (checks, more) = builtin::checks(own.map(PathBuf::as_path))?;
    problems.extend(more);
    for problem in problems {
        context.printer.warning(&problem.to_string());
    }
    let mut heads: Vec<Head> = secrets.into_iter().map(|rule| rule.head).collect();
    heads.extend(checks.into_iter().map(|rule| rule.head));
    heads.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(heads)
}

fn list(rules: &[Head], context: &Context) -> Result<ExitCode> {
    let widest = rules.iter().map(|head| head.id.len()).max().unwrap_or_default();
    for head in rules {
        let title = head.title.get(context.language);
        context.printer.line(&format!("{:widest$}  {:8}  {title}", head.id, head.severity))?;
    }
    context.printer.note(&match context.language {
        Language::English => format!("{} rules", rules.len()),
        Language::Chinese => format!("共 {} 条规则", rules.len()),
    });
    Ok(ExitCode::SUCCESS)
}

/// The list as a page: `docs/reference/rules.md` is made with it.
fn index(rules: &[Head], context: &Context) -> Result<ExitCode> {
    let line = |text: &str| context.printer.line(text);
    line("<!-- Made by `cargo xtask docs` from the rule files. -->\n")?;
    line("# Rules · 规则\n")?;
    line(&format!(
        "{} rules. `panoply rules show ID` says why one matters and what to do.\n\n\
         共 {} 条规则。`panoply rules show ID` 说明其危害和修复方法。\n",
        rules.len(),
        rules.len()
    ))?;
    line(
        "| id | severity · 严重程度 | confidence · 置信度 | title | 标题 |\n|---|---|---|---|---|",
    )?;
    for head in rules {
        let title = |language| head.title.get(language).replace('|', "\\|");
        line(&format!(
            "| `{}` | {} | {} | {} | {} |",
            head.id,
            head.severity,
            head.confidence.name(),
            title(Language::English),
            title(Language::Chinese)
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn test(directory: &std::path::Path, context: &Context) -> Result<ExitCode> {
    let limits = Limits::DEFAULT;
    if !directory.is_dir() {
        bail!("there is no directory `{}`", directory.display());
    }
    let loaded = panoply_rules::load_directory::<SecretBody>(directory, &limits);
    let checks = panoply_rules::load_directory::<CheckBody>(directory, &limits);
    // A file with a broken head is a problem for whoever reads it; it is told once.
    let problems: BTreeSet<_> = loaded.problems.iter().chain(&checks.problems).collect();
    let mut wrong = problems.len();
    for problem in problems {
        context.printer.line(&problem.to_string())?;
    }
    let (mut rules, mut tests) = (0, 0);
    for rule in &checks.value {
        rules += 1;
        tests += rule.tests.len();
        let broken = Checks::new(vec![rule.clone()]).verify().problems;
        let unread = rule.tests.iter().flat_map(|test| {
            let problems = try_case(rule, &test.prepared()).problems.into_iter();
            problems.map(|problem| problem.within(&rule.head.id))
        });
        let failures = run_tests(rule, &|test| try_case(rule, test).flags);
        let said = broken.iter().map(ToString::to_string);
        let said = said.chain(unread.map(|problem| problem.to_string()));
        for what in said.chain(failures.iter().map(ToString::to_string)) {
            wrong += 1;
            context.printer.line(&what)?;
        }
    }
    for rule in loaded.value {
        rules += 1;
        tests += rule.tests.len();
        // Alone, so that another rule cannot take its hit away.
        let compiled = Detectors::compile(vec![rule.clone()]);
        let broken = compiled.problems.into_iter().chain(compiled.value.verify());
        for problem in broken {
            wrong += 1;
            context.printer.line(&problem.within(&rule.head.id).to_string())?;
        }
        let failures = run_tests(&rule, &|test| {
            let path = test.path.as_deref().unwrap_or("test.txt");
            let file = FileView { path, bytes: test.input.as_bytes() };
            let context = panoply_secrets::Context { key: b"test", now: Some(test_time()) };
            let hits = compiled.value.scan(&file, &context, &limits).value;
            hits.iter().map(|hit| hit.line).collect()
        });
        for failure in failures {
            wrong += 1;
            context.printer.line(&failure.to_string())?;
        }
    }
    context.printer.note(&match context.language {
        Language::English => format!("{rules} rules, {tests} tests, {wrong} wrong"),
        Language::Chinese => format!("{rules} 条规则,{tests} 个测试,{wrong} 个错误"),
    });
    if rules == 0 {
        bail!("there are no rules in `{}`", directory.display());
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Tests of rules happen on one day, 2026-01-01, so that an expired token stays expired.
fn test_time() -> i64 {
    1_767_225_600
}
