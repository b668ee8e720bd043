//! Every word the reports say to people, in English and 中文, in one table.
//!
//! Numbered gaps (`{0}`) are filled by [`Word::fill`]. Chinese counts without a plural, so a word
//! that English needs twice is there twice, for one and for many.

use std::fmt::Display;

use panoply_base::{Language, Text};
use panoply_model::{Family, FixStatus, Severity, TargetKind};

macro_rules! words {
    ($($word:ident: $en:literal, $zh:literal;)*) => {
        /// A word or sentence of the reports.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Word { $($word),* }

        impl Word {
            pub const ALL: &'static [Self] = &[$(Self::$word),*];

            pub fn get(self, language: Language) -> &'static str {
                match (language, self) {
                    $((Language::English, Self::$word) => $en,
                    (Language::Chinese, Self::$word) => $zh,)*
                }
            }

            /// The word in both languages.
            pub fn text(self) -> Text {
                Text::new(self.get(Language::English), self.get(Language::Chinese))
            }
        }
    };
}

words! {
    // Severities and what else is on a scale.
    Critical: "critical", "严重";
    High: "high", "高危";
    Medium: "medium", "中危";
    Low: "low", "低危";
    Info: "info", "提示";
    Unknown: "unknown", "未定级";
    // Families.
    Dependencies: "Dependencies", "依赖漏洞";
    ImagePackages: "Image", "镜像漏洞";
    Secrets: "Secrets", "密钥泄露";
    Licences: "Licences", "许可证";
    Configuration: "Configuration", "配置";
    Code: "Code", "代码";
    // Columns and labels.
    ColumnPackage: "Package", "软件包";
    ColumnInstalled: "Installed", "当前版本";
    ColumnFixed: "Fixed in", "修复版本";
    ColumnSeverity: "Severity", "级别";
    ColumnId: "Id", "编号";
    ColumnEpss: "EPSS", "EPSS";
    ColumnKev: "KEV", "KEV";
    ColumnTitle: "Title", "说明";
    ColumnRule: "Rule", "规则";
    ColumnPlace: "Place", "位置";
    ColumnValue: "Value", "内容（已脱敏）";
    ColumnLicence: "Licence", "许可证";
    ColumnFix: "What to do", "处理办法";
    Yes: "yes", "是";
    // Controls of a catalogue.
    ColumnControl: "Control", "条款";
    ColumnStatus: "Status", "结论";
    ColumnFailed: "Failed", "不符合";
    ColumnPassed: "Passed", "符合";
    ColumnUnknown: "Unknown", "待定";
    ColumnAccepted: "Accepted", "已接受";
    ControlFailed: "failed", "不符合";
    ControlUnknown: "unknown", "待定";
    ControlPassed: "passed", "符合";
    ControlNotChecked: "not checked", "未检查";
    ControlsLookedAt: "{0} of {1} controls that a check speaks of were answered", "有检查项的 {1} 个条款中，{0} 个已得出结论";
    ControlsHolding: "hold", "符合";
    ControlsUncovered: "Controls that no check speaks of ({0})", "没有检查项覆盖的条款（{0}）";
    ControlsUncoveredNote: "The catalogue asks for these as well; people have to answer them.", "合规标准同样要求以下条款，需人工核查。";
    ControlsAll: "{0} of {1} controls of the catalogue have a check", "合规标准的 {1} 个条款中，{0} 个有检查项";
    ComplianceFailed: "What fails", "不符合项";
    ComplianceNote: "The table has only controls that a check speaks of: a catalogue asks for more than configuration can show. `not checked` means that nothing here is of a kind that the checks look at.", "表中仅有检查项对应的条款：合规标准的要求多于配置所能体现的内容。“未检查”表示此处没有这些检查项所针对的对象。";
    // Fix states.
    NoFix: "no fix yet", "暂无修复";
    WillNotFix: "will not be fixed", "厂商不修复";
    EndOfLife: "end of life", "已停止维护";
    Investigating: "under investigation", "调查中";
    FixUnknown: "unknown", "未知";
    // Headlines.
    FindingOne: "{0} finding", "{0} 个问题";
    FindingMany: "{0} findings", "{0} 个问题";
    ExploitedOne: "{0} of them is known to be exploited (CISA KEV)", "其中 {0} 个已知被利用（CISA KEV）";
    ExploitedMany: "{0} of them are known to be exploited (CISA KEV)", "其中 {0} 个已知被利用（CISA KEV）";
    CleanComplete: "No findings. Everything that should have been checked was checked.", "未发现问题。应检查的内容均已检查。";
    CleanIncompleteOne: "No findings, but {0} thing could not be checked.", "未发现问题，但有 {0} 处无法检查。";
    CleanIncompleteMany: "No findings, but {0} things could not be checked.", "未发现问题，但有 {0} 处无法检查。";
    CleanSeed: "No findings, but vulnerabilities were looked up in the small built-in set only.", "未发现问题，但仅对照了少量内置漏洞公告。";
    CleanNoDatabase: "No findings, but vulnerabilities were not looked up: there is no database.", "未发现问题，但没有漏洞库，未查询漏洞。";
    NotChecked: "Nothing was checked: no engine ran.", "未做检查：没有运行任何检查引擎。";
    NothingToCheck: "No findings, but nothing was looked at: there was no file to check.", "未发现问题，但没有看到任何文件，什么也没有检查。";
    IncompleteOne: "{0} thing could not be checked; see below.", "有 {0} 处无法检查，详见下文。";
    IncompleteMany: "{0} things could not be checked; see below.", "有 {0} 处无法检查，详见下文。";
    ReviewOne: "{0} check to review: a value is not known yet.", "{0} 项检查待复核:有值尚未确定。";
    ReviewMany: "{0} checks to review: values are not known yet.", "{0} 项检查待复核:有值尚未确定。";
    UnknownBecause: "unknown because {0}; fails when {1}", "未知,因为{0};当 {1} 成立时不通过";
    SuppressedOne: "{0} finding is suppressed.", "{0} 个问题已被忽略。";
    SuppressedMany: "{0} findings are suppressed.", "{0} 个问题已被忽略。";
    SeedOnly: "Only the {0} built-in advisories were used. Run `panoply db update` for real results.", "仅使用了内置的 {0} 条漏洞公告。请运行 `panoply db update` 以获得真实结果。";
    // Advice.
    FixFirst: "What to do first", "优先处理";
    Upgrade: "Upgrade {0} {1} → {2}", "将 {0} 从 {1} 升级到 {2}";
    UpgradeUnknown: "Upgrade {0} to {1}", "将 {0} 升级到 {1}";
    Binaries: "brings {0}", "包含 {0}";
    Fixes: "fixes {0} ({1})", "可修复 {0} 个（{1}）";
    StillOpen: "{0} more have no fix", "另有 {0} 个暂无修复";
    Remove: "Remove {0} {1}: the package is malicious", "移除 {0} {1}：该软件包是恶意软件";
    Revoke: "Revoke and remove: {0}", "吊销并移除：{0}";
    ExploitedMark: "exploited", "已被利用";
    In: "in {0}", "位于 {0}";
    AndMore: "and {0} more", "另有 {0} 项";
    MoreRows: "{0} more are not shown here", "另有 {0} 项未在此显示";
    Malicious: "malicious", "恶意";
    // Coverage.
    Coverage: "What was checked", "检查范围";
    CoverageFiles: "{0} files, {1}", "{0} 个文件，共 {1}";
    CoveragePackages: "{0} packages", "{0} 个软件包";
    CoverageEngines: "Engines", "检查引擎";
    CoverageCataloguers: "Read as", "识别类型";
    CoverageNoEngines: "none", "无";
    CoverageSkipped: "Left out on purpose", "有意跳过";
    CoverageProblems: "Could not be checked", "无法检查";
    CoverageDatabases: "Databases", "漏洞库";
    CoverageNoDatabase: "none: vulnerabilities were not looked up", "无：未查询漏洞";
    Records: "{0} records", "{0} 条记录";
    BuiltIn: "built in", "内置";
    Nothing: "nothing", "无";
    LabelFiles: "Files", "文件";
    OperatingSystem: "Operating system", "操作系统";
    // Kinds of targets.
    Directory: "directory", "目录";
    Repository: "repository", "代码仓库";
    RootFilesystem: "root file system", "根文件系统";
    ContainerImage: "image", "镜像";
    Sbom: "SBOM", "软件物料清单";
    File: "file", "文件";
    // The page.
    PageTitle: "Security report", "安全报告";
    Severities: "By severity", "按级别";
    ByPlace: "By place", "按位置";
    RiskChart: "Chance of exploitation (EPSS) by severity", "被利用概率（EPSS）与级别";
    AllFindings: "All findings", "全部问题";
    Search: "Search", "搜索";
    AnySeverity: "Any severity", "全部级别";
    AnyFamily: "Any kind", "全部类型";
    Fixable: "with a fix", "可修复";
    OnlyFixable: "Only with a fix", "仅可修复";
    OnlyExploited: "Only exploited", "仅已被利用";
    ShownOf: "{0} of {1} shown", "显示 {0} / {1}";
    Suppressed: "Suppressed", "已忽略";
    SuppressedBy: "by {0}", "来源：{0}";
    Theme: "Light or dark", "明暗切换";
    NoData: "No data", "无数据";
    Place: "Where", "位置";
    Aliases: "Also known as", "别名";
    PublishedOn: "Published", "发布日期";
    Notes: "Notes", "备注";
    Truncated: "The rest does not fit into a comment; see the full report.", "其余内容超出评论长度限制，请查看完整报告。";
    GeneratedBy: "Written by Panoply {0}", "由 Panoply {0} 生成";
    CweLabel: "CWE", "CWE";
}

impl Word {
    /// The word with its gaps filled in.
    pub fn fill(self, language: Language, values: &[&dyn Display]) -> String {
        let mut text = String::new();
        let mut rest = self.get(language);
        // One pass, so that a brace inside a value is no gap.
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (index, after) = after.split_once('}').unwrap_or(("", after));
            if let Some(value) = index.parse::<usize>().ok().and_then(|index| values.get(index)) {
                text.push_str(&value.to_string());
            }
            rest = after;
        }
        text.push_str(rest);
        text
    }
}

/// `one` for exactly one, else `many`; both with the count in their first gap.
pub fn count(language: Language, number: u64, one: Word, many: Word) -> String {
    let word = if number == 1 { one } else { many };
    word.fill(language, &[&crate::tally::thousands(number)])
}

pub fn severity(severity: Severity) -> Word {
    match severity {
        Severity::Unknown => Word::Unknown,
        Severity::Info => Word::Info,
        Severity::Low => Word::Low,
        Severity::Medium => Word::Medium,
        Severity::High => Word::High,
        Severity::Critical => Word::Critical,
    }
}

pub fn family(family: Family) -> Word {
    match family {
        Family::Dependency => Word::Dependencies,
        Family::Image => Word::ImagePackages,
        Family::Secret => Word::Secrets,
        Family::Licence => Word::Licences,
        Family::Config => Word::Configuration,
        Family::Code => Word::Code,
    }
}

pub fn kind(kind: TargetKind) -> Word {
    match kind {
        TargetKind::Directory => Word::Directory,
        TargetKind::Repository => Word::Repository,
        TargetKind::RootFilesystem => Word::RootFilesystem,
        TargetKind::Image => Word::ContainerImage,
        TargetKind::Sbom => Word::Sbom,
        TargetKind::File => Word::File,
    }
}

/// What is said in place of a fixed version.
pub fn status(status: FixStatus) -> Word {
    match status {
        FixStatus::Affected => Word::NoFix,
        FixStatus::WillNotFix => Word::WillNotFix,
        FixStatus::EndOfLife => Word::EndOfLife,
        FixStatus::UnderInvestigation => Word::Investigating,
        FixStatus::Unknown | FixStatus::Fixed => Word::FixUnknown,
    }
}

/// In the order in which they are counted.
pub const CONTROL_STATUSES: [panoply_model::ControlStatus; 4] = [
    panoply_model::ControlStatus::Failed,
    panoply_model::ControlStatus::Unknown,
    panoply_model::ControlStatus::Passed,
    panoply_model::ControlStatus::NotChecked,
];

/// What is said of a control.
pub fn control(status: panoply_model::ControlStatus) -> Word {
    match status {
        panoply_model::ControlStatus::Failed => Word::ControlFailed,
        panoply_model::ControlStatus::Unknown => Word::ControlUnknown,
        panoply_model::ControlStatus::Passed => Word::ControlPassed,
        panoply_model::ControlStatus::NotChecked => Word::ControlNotChecked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_exists_in_both_languages() {
        // Names that both languages write alike.
        let same = [Word::ColumnEpss, Word::ColumnKev, Word::CweLabel];
        for word in Word::ALL {
            let (en, zh) = (word.get(Language::English), word.get(Language::Chinese));
            assert!(!en.trim().is_empty() && en.is_ascii() || en.contains('→'), "{word:?}");
            let chinese = zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese != same.contains(word), "{word:?}: {zh}");
        }
    }

    #[test]
    fn both_languages_have_the_same_gaps() {
        for word in Word::ALL {
            for gap in ["{0}", "{1}", "{2}", "{3}"] {
                let has = |language| word.get(language).contains(gap);
                assert_eq!(has(Language::English), has(Language::Chinese), "{word:?} {gap}");
            }
        }
    }

    #[test]
    fn values_with_braces_are_no_gaps() {
        let text = Word::UpgradeUnknown.fill(Language::English, &[&"{1}", &"2"]);
        assert_eq!(text, "Upgrade {1} to 2");
    }
}
