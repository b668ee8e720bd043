//! `panoply explain`: one rule in full, by our id or by the one another tool gives it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::Style;
use anyhow::{Result, bail};
use panoply_base::Language;
use panoply_posture::CheckBody;
use panoply_rules::{Head, Rule};

use crate::builtin;
use crate::context::Context;

/// Explain a finding: why it matters, what to do, who asks for it
#[derive(Debug, clap::Args)]
#[command(visible_alias = "why")]
pub(crate) struct ExplainArgs {
    /// Id of a rule or check, or what another tool calls it: `k8s-host-pid`, `CKV_K8S_17`, `DL3007`
    id: String,
    /// Rules and checks of your own, beside the built-in ones [default: none]
    #[arg(long, value_name = "DIR", env = "PANOPLY_RULES")]
    rules: Option<PathBuf>,
}

pub(crate) fn run(args: &ExplainArgs, context: &Context) -> Result<ExitCode> {
    show(&args.id, args.rules.as_deref(), context)
}

/// Shows the rules that have an id, as their own or as an alias.
pub(crate) fn show(id: &str, own: Option<&Path>, context: &Context) -> Result<ExitCode> {
    let (secrets, mut problems) = builtin::secret_rules(own)?;
    let (checks, more) = builtin::checks(own)?;
    problems.extend(more);
    for problem in problems {
        context.printer.warning(&problem.to_string());
    }
    let is_meant = |head: &Head| {
        head.id == id || head.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(id))
    };
    let checks: Vec<&Rule<CheckBody>> = checks.iter().filter(|rule| is_meant(&rule.head)).collect();
    let heads: Vec<&Head> = secrets.iter().map(|rule| &rule.head).filter(|h| is_meant(h)).collect();
    if checks.is_empty() && heads.is_empty() {
        return nothing(id, own);
    }
    for head in heads {
        explain(head, None, context)?;
    }
    // Another tool's rule may be several of ours.
    for (at, check) in checks.into_iter().enumerate() {
        if at > 0 {
            context.printer.line("")?;
        }
        explain(&check.head, Some(&check.body), context)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn nothing(id: &str, own: Option<&Path>) -> Result<ExitCode> {
    if ["CVE-", "GHSA-", "MAL-"].iter().any(|start| id.to_ascii_uppercase().starts_with(start)) {
        bail!("`{id}` is no rule but an advisory: `panoply db search {id}` shows it");
    }
    let (secrets, _) = builtin::secret_rules(own)?;
    let (checks, _) = builtin::checks(own)?;
    let heads = secrets.iter().map(|rule| &rule.head).chain(checks.iter().map(|rule| &rule.head));
    let lower = id.to_ascii_lowercase();
    let near: Vec<&str> = heads
        .map(|head| head.id.as_str())
        .filter(|known| known.contains(&lower) || lower.contains(known))
        .take(5)
        .collect();
    if near.is_empty() {
        bail!("there is no rule `{id}`; `panoply rules list` lists them");
    }
    bail!("there is no rule `{id}`; there are {}", near.join(", "));
}

fn explain(head: &Head, check: Option<&CheckBody>, context: &Context) -> Result<()> {
    let page = Page { context };
    let language = context.language;
    page.line(&format!(
        "{}  {}  {}",
        page.bold(&head.id),
        head.kind.name(),
        head.severity.name().to_uppercase()
    ))?;
    page.line(head.title.get(language))?;
    page.part("Why", "原因", &[head.why.get(language).trim().to_owned()])?;
    page.part("Fix", "修复", &[head.fix.get(language).trim().to_owned()])?;
    if let Some(check) = check {
        page.check(head, check)?;
    }
    if !head.cwe.is_empty() {
        page.part("CWE", "CWE", &[head.cwe.join(", ")])?;
    }
    if !head.aliases.is_empty() {
        page.part("Known elsewhere as", "其他工具中的编号", &[head.aliases.join(", ")])?;
    }
    page.part("Sources", "来源", &head.sources)
}

struct Page<'c> {
    context: &'c Context,
}

impl Page<'_> {
    fn line(&self, text: &str) -> Result<()> {
        Ok(self.context.printer.line(text)?)
    }

    fn bold(&self, text: &str) -> String {
        let style = Style::new().bold();
        if self.context.printer.stdout_colour() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    fn part(&self, en: &str, zh: &str, lines: &[String]) -> Result<()> {
        let title = match self.context.language {
            Language::English => en,
            Language::Chinese => zh,
        };
        self.line(&format!("\n{}", self.bold(title)))?;
        for line in lines.iter().flat_map(|text| text.lines()) {
            self.line(&format!("  {line}"))?;
        }
        Ok(())
    }

    fn check(&self, head: &Head, check: &CheckBody) -> Result<()> {
        let cases = std::iter::once(&check.on).chain(check.also.iter().map(|case| &case.on));
        let mut looked_at: Vec<String> = cases
            .flatten()
            .map(|(platform, kinds)| format!("{}: {}", platform.name(), kinds.join(", ")))
            .collect();
        looked_at.dedup();
        self.part("Looks at", "检查对象", &looked_at)?;
        self.part("Wrong where", "判定条件（CEL）", &[check.deny.trim().to_owned()])?;
        if let Some(repair) = &check.repair {
            let change = match &repair.to {
                Some(value) => format!("{} = {value}", repair.set),
                None => format!("- {}", repair.set),
            };
            let how = match self.context.language {
                Language::English => {
                    format!("`panoply fix --check {} --diff` shows the change", head.id)
                }
                Language::Chinese => {
                    format!("`panoply fix --check {} --diff` 显示修改内容", head.id)
                }
            };
            self.part("Can be fixed", "可自动修复", &[change, how])?;
        }
        if !check.controls.is_empty() {
            let controls: Vec<String> = check
                .controls
                .iter()
                .map(|(catalogue, numbers)| format!("{catalogue}: {}", numbers.join(", ")))
                .collect();
            self.part("Controls", "合规条款", &controls)?;
        }
        let comment = format!("# panoply:ignore={} reason until=2027-12-31", head.id);
        self.part("To accept it, write above the line", "如需接受，在该行上方注释", &[comment])
    }
}
