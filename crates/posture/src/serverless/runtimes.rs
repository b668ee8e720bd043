//! Runtimes of functions whose makers no longer mend them, and since when.
//!
//! Days are those that the clouds announce ("Lambda runtimes" of AWS, "Runtime support" of Cloud Run
//! functions, "Language support details" of Azure Functions); for Function Compute and SCF, which keep old
//! runtimes longer than anybody mends them, the day on which the language itself ended. Only what was over
//! on 2026-11-20 is listed: a check has no clock, and its answer must not change between two runs of one
//! version.
//!
//! Those of AWS were held on 2026-11-24 against the table of Lambda runtimes as <https://endoflife.date> has it
//! (state of 2026-08-22), every row; days of the languages against the same. The tables of the other clouds
//! could not be looked up again: theirs are from 2026-11-20.

/// Cloud, runtime as it is written there in lower case, and the last day of support.
const ENDED: &[(&str, &str, &str)] = &[
    ("aws", "nodejs", "2016-08-30"),
    ("aws", "nodejs4.3", "2020-03-05"),
    ("aws", "nodejs4.3-edge", "2020-03-05"),
    ("aws", "nodejs6.10", "2019-08-12"),
    ("aws", "nodejs8.10", "2020-03-06"),
    ("aws", "nodejs10.x", "2021-07-30"),
    ("aws", "nodejs12.x", "2023-03-31"),
    ("aws", "nodejs14.x", "2023-12-04"),
    ("aws", "nodejs16.x", "2024-06-12"),
    ("aws", "nodejs18.x", "2025-09-01"),
    ("aws", "nodejs20.x", "2026-04-30"),
    ("aws", "python2.7", "2021-07-15"),
    ("aws", "python3.6", "2022-07-18"),
    ("aws", "python3.7", "2023-12-04"),
    ("aws", "python3.8", "2024-10-14"),
    ("aws", "python3.9", "2025-12-15"),
    ("aws", "python3.10", "2026-10-31"),
    ("aws", "ruby2.5", "2021-07-30"),
    ("aws", "ruby2.7", "2023-12-07"),
    ("aws", "ruby3.2", "2026-03-31"),
    ("aws", "java8", "2024-01-08"),
    ("aws", "go1.x", "2024-01-08"),
    ("aws", "provided", "2024-01-08"),
    ("aws", "provided.al2", "2026-07-31"),
    ("aws", "dotnetcore1.0", "2019-06-27"),
    ("aws", "dotnetcore2.0", "2019-05-30"),
    ("aws", "dotnetcore2.1", "2022-01-05"),
    ("aws", "dotnetcore3.1", "2023-04-03"),
    ("aws", "dotnet5.0", "2022-05-10"),
    ("aws", "dotnet6", "2024-12-20"),
    ("aws", "dotnet7", "2024-05-14"),
    ("aws", "dotnet8", "2026-11-10"),
    ("azure", "node 6", "2019-04-30"),
    ("azure", "node 8", "2019-12-31"),
    ("azure", "node 10", "2021-04-30"),
    ("azure", "node 12", "2022-04-30"),
    ("azure", "node 14", "2023-04-30"),
    ("azure", "node 16", "2023-09-11"),
    ("azure", "node 18", "2025-04-30"),
    ("azure", "node 20", "2026-04-30"),
    ("azure", "python 3.6", "2021-12-23"),
    ("azure", "python 3.7", "2023-06-27"),
    ("azure", "python 3.8", "2024-10-07"),
    ("azure", "python 3.9", "2025-10-31"),
    ("azure", "python 3.10", "2026-10-31"),
    ("azure", "dotnet 3.1", "2022-12-13"),
    ("azure", "dotnet v3.1", "2022-12-13"),
    ("azure", "dotnet 5.0", "2022-05-10"),
    ("azure", "dotnet v5.0", "2022-05-10"),
    ("azure", "dotnet 6.0", "2024-11-12"),
    ("azure", "dotnet v6.0", "2024-11-12"),
    ("azure", "dotnet 7.0", "2024-05-14"),
    ("azure", "dotnet v7.0", "2024-05-14"),
    ("azure", "dotnet 8.0", "2026-11-10"),
    ("azure", "dotnet v8.0", "2026-11-10"),
    ("azure", "dotnet 9.0", "2026-11-10"),
    ("azure", "dotnet v9.0", "2026-11-10"),
    ("azure", "powershell 7", "2022-12-03"),
    ("azure", "powershell 7.0", "2022-12-03"),
    ("azure", "powershell 7.2", "2024-11-08"),
    ("azure", "powershell 7.4", "2026-11-10"),
    ("google", "nodejs6", "2019-04-30"),
    ("google", "nodejs8", "2019-12-31"),
    ("google", "nodejs10", "2021-04-30"),
    ("google", "nodejs12", "2022-04-30"),
    ("google", "nodejs14", "2023-04-30"),
    ("google", "nodejs16", "2024-01-30"),
    ("google", "nodejs18", "2025-04-30"),
    ("google", "nodejs20", "2026-04-30"),
    ("google", "python37", "2023-06-27"),
    ("google", "python38", "2024-10-14"),
    ("google", "python39", "2025-10-05"),
    ("google", "python310", "2026-10-04"),
    ("google", "go111", "2022-03-01"),
    ("google", "go113", "2022-03-01"),
    ("google", "go116", "2022-08-01"),
    ("google", "go118", "2023-02-01"),
    ("google", "go119", "2023-08-08"),
    ("google", "go120", "2024-02-06"),
    ("google", "go121", "2024-08-13"),
    ("google", "go122", "2025-02-11"),
    ("google", "java11", "2024-10-31"),
    ("google", "dotnet3", "2022-12-13"),
    ("google", "dotnet6", "2024-11-12"),
    ("google", "dotnet8", "2026-11-10"),
    ("google", "ruby26", "2022-03-31"),
    ("google", "ruby27", "2023-03-31"),
    ("google", "ruby30", "2024-03-31"),
    ("google", "ruby32", "2026-03-31"),
    ("google", "php74", "2022-11-28"),
    ("google", "php81", "2025-12-31"),
    ("alicloud", "nodejs6", "2019-04-30"),
    ("alicloud", "nodejs8", "2019-12-31"),
    ("alicloud", "nodejs10", "2021-04-30"),
    ("alicloud", "nodejs12", "2022-04-30"),
    ("alicloud", "nodejs14", "2023-04-30"),
    ("alicloud", "nodejs16", "2023-09-11"),
    ("alicloud", "nodejs18", "2025-04-30"),
    ("alicloud", "nodejs20", "2026-04-30"),
    ("alicloud", "python2.7", "2020-01-01"),
    ("alicloud", "python3", "2021-12-23"),
    ("alicloud", "python3.9", "2025-10-31"),
    ("alicloud", "python3.10", "2026-10-31"),
    ("alicloud", "php7.2", "2020-11-30"),
    ("alicloud", "dotnetcore2.1", "2021-08-21"),
    ("alicloud", "dotnetcore3.1", "2022-12-13"),
    ("tencent", "nodejs6.10", "2019-04-30"),
    ("tencent", "nodejs8.9", "2019-12-31"),
    ("tencent", "nodejs10.15", "2021-04-30"),
    ("tencent", "nodejs12.16", "2022-04-30"),
    ("tencent", "nodejs14.18", "2023-04-30"),
    ("tencent", "nodejs16.13", "2023-09-11"),
    ("tencent", "nodejs18.15", "2025-04-30"),
    ("tencent", "nodejs20.19", "2026-04-30"),
    ("tencent", "python2.7", "2020-01-01"),
    ("tencent", "python3.6", "2021-12-23"),
    ("tencent", "python3.7", "2023-06-27"),
    ("tencent", "python3.9", "2025-10-31"),
    ("tencent", "python3.10", "2026-10-31"),
    ("tencent", "php5", "2018-12-31"),
    ("tencent", "php5.6", "2018-12-31"),
    ("tencent", "php7", "2020-11-30"),
    ("tencent", "php7.2", "2020-11-30"),
    ("tencent", "php7.4", "2022-11-28"),
];

/// The last day on which a runtime was supported, if that is over.
pub(crate) fn ended(cloud: &str, runtime: &str) -> Option<&'static str> {
    let runtime = runtime.trim().to_ascii_lowercase();
    let row = ENDED.iter().find(|(of, name, _)| *of == cloud && *name == runtime);
    row.map(|(_, _, day)| *day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtimes_end_by_cloud() {
        assert_eq!(ended("aws", "python3.8"), Some("2024-10-14"));
        assert_eq!(ended("aws", "python3.13"), None);
        assert_eq!(ended("tencent", "Nodejs12.16"), Some("2022-04-30"));
        assert_eq!(ended("alicloud", "nodejs22"), None);
    }

    #[test]
    fn every_row_is_there_once_and_has_a_day_that_is_over() {
        for (at, (cloud, name, day)) in ENDED.iter().enumerate() {
            assert!(*day <= "2026-11-20" && day.len() == 10, "{cloud} {name}");
            let again = ENDED.iter().skip(at + 1).any(|row| (row.0, row.1) == (*cloud, *name));
            assert!(!again, "{cloud} {name} is there twice");
        }
    }
}
