//! Policies that users bring: their answers as findings, beside those of the built-in checks.

use std::collections::BTreeMap;

use panoply_base::{Problem, Redacted, Text};
use panoply_model::{
    Confidence, ConfigDetail, Detail, Family, Finding, FindingKey, Report, Review,
};
use panoply_policies::{Answer, Policies, Request, Verdict};
use panoply_posture::{Platform, Resource, Sources};

use crate::configuration::{Hidden, excerpt, location};
use crate::findings::manifest_scope;
use crate::options::Options;

/// Asks every policy about what is declared, and adds the answers to the report.
///
/// What a policy could not be asked is a review, whether a value is not known or the policy broke.
pub(crate) fn judge(
    report: &mut Report,
    policies: &Policies,
    resources: &[Resource],
    sources: &Sources,
    hidden: Option<&Hidden<'_>>,
    options: &Options,
) -> Vec<Problem> {
    if policies.is_empty() {
        return Vec::new();
    }
    let limits = &options.limits;
    let documents = panoply_policies::documents(policies, sources, limits);
    let objects = resources.iter().filter(|one| one.platform == Platform::Kubernetes);
    let requests: Vec<Request<'_>> = objects.chain(&documents.value).map(Request::create).collect();
    let judged = crate::look::guarded("policies", || {
        panoply_policies::judge(policies, &requests, resources, sources, limits.problems)
    });
    let mut together: BTreeMap<(String, String, String), Finding> = BTreeMap::new();
    for answer in judged.value {
        let finding = finding(&answer, sources, hidden, report);
        let review = finding.config().is_some_and(|detail| detail.review.is_some());
        let said = &answer.said;
        let place = format!("{} {review}", said.field);
        let key = (said.rule.clone(), answer.resource.address.clone(), place);
        match together.get_mut(&key).map(|known| &mut known.detail) {
            // Several containers of one object are one finding, whose words name each of them.
            Some(Detail::Config(known)) if !review => {
                let message = &said.message;
                known.message = Text::new(
                    format!("{}; {}", known.message.en, message.en),
                    format!("{}；{}", known.message.zh, message.zh),
                );
            }
            Some(_) => {}
            None => drop(together.insert(key, finding)),
        }
    }
    for finding in together.into_values() {
        match finding.config() {
            Some(ConfigDetail { review: Some(_), .. }) => report.reviews.push(finding),
            _ => report.findings.push(finding),
        }
    }
    documents.problems.into_iter().chain(judged.problems).collect()
}

fn finding(
    answer: &Answer<'_>,
    sources: &Sources,
    hidden: Option<&Hidden<'_>>,
    report: &Report,
) -> Finding {
    let (resource, said) = (answer.resource, &answer.said);
    let declared = sources.path(resource.file).to_owned();
    let review = match &said.verdict {
        Verdict::Fails => None,
        Verdict::Unknown { cause, fails_when } => {
            Some(Review { cause: cause.clone(), fails_when: fails_when.clone() })
        }
        Verdict::Error { why, .. } => Some(Review {
            cause: Text::new(
                format!("the policy breaks on it: {why}"),
                format!("策略在该对象上求值出错：{why}"),
            ),
            fails_when: String::new(),
        }),
    };
    let what = format!("{} {}", resource.address, said.field);
    let detail = ConfigDetail {
        platform: resource.platform.name().to_owned(),
        kind: resource.kind.to_string(),
        resource: resource.address.clone(),
        field: said.field.clone(),
        message: said.message.clone(),
        came_by: Vec::new(),
        excerpt: match (hidden, said.field.is_empty()) {
            // The first lines of an object say nothing of what is wrong with it.
            (Some(hidden), false) => excerpt(said.span, sources, hidden),
            _ => Vec::new(),
        },
        controls: BTreeMap::new(),
        review,
    };
    Finding {
        family: Family::Config,
        rule: said.rule.clone(),
        key: FindingKey::of(
            Family::Config,
            &manifest_scope(&report.target, &declared),
            &said.rule,
            &what,
        ),
        severity: said.severity,
        confidence: Confidence::High,
        title: Text::untranslated(said.title.clone()),
        evidence: Redacted::harmless(what.trim_end()),
        fix: Text::new(
            format!("Change it so that the policy in `{}` holds.", said.policy),
            format!("修改配置，使其符合 `{}` 中的策略。", said.policy),
        ),
        cwe: Vec::new(),
        locations: vec![location(said.span, sources, &declared)],
        references: said.references.clone(),
        detail: Detail::Config(Box::new(detail)),
    }
}
