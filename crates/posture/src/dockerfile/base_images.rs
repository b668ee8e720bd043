//! Base images whose makers no longer mend what is found in them, and since when.
//!
//! Days are those the projects announce; some support a release longer than they said. Only what was
//! over on 2026-11-20 is listed: a check has no clock, and its answer must not change between two runs
//! of one version.
//!
//! Held on 2026-11-24 against the data of <https://endoflife.date> (state of 2026-08-22), which names the
//! announcement of each project. Debian counts until the end of its LTS. Not in that data, and from the
//! projects' own pages as far as known: Amazon Linux 1 as `1`, Elasticsearch before 6, `java`, `openjdk`,
//! Node.js 0, Redis before 5.

/// Repository, version or code name at the beginning of the tag, and the last day of support.
const ENDED: &[(&str, &str, &str)] = &[
    ("alpine", "2", "2015-11-01"),
    ("alpine", "3.0", "2016-05-01"),
    ("alpine", "3.1", "2016-11-01"),
    ("alpine", "3.2", "2017-05-01"),
    ("alpine", "3.3", "2017-11-01"),
    ("alpine", "3.4", "2018-05-01"),
    ("alpine", "3.5", "2018-11-01"),
    ("alpine", "3.6", "2019-05-01"),
    ("alpine", "3.7", "2019-11-01"),
    ("alpine", "3.8", "2020-05-01"),
    ("alpine", "3.9", "2020-11-01"),
    ("alpine", "3.10", "2021-05-01"),
    ("alpine", "3.11", "2021-11-01"),
    ("alpine", "3.12", "2022-05-01"),
    ("alpine", "3.13", "2022-11-01"),
    ("alpine", "3.14", "2023-05-01"),
    ("alpine", "3.15", "2023-11-01"),
    ("alpine", "3.16", "2024-05-23"),
    ("alpine", "3.17", "2024-11-22"),
    ("alpine", "3.18", "2025-05-09"),
    ("alpine", "3.19", "2025-11-01"),
    ("alpine", "3.20", "2026-04-01"),
    ("alpine", "3.21", "2026-11-01"),
    ("amazonlinux", "1", "2023-12-31"),
    ("amazonlinux", "2018.03", "2023-12-31"),
    ("amazonlinux", "2", "2026-06-30"),
    ("centos", "", "2024-06-30"),
    ("debian", "7", "2018-05-31"),
    ("debian", "8", "2020-06-30"),
    ("debian", "9", "2022-06-30"),
    ("debian", "10", "2024-06-30"),
    ("debian", "11", "2026-08-31"),
    ("debian", "wheezy", "2018-05-31"),
    ("debian", "jessie", "2020-06-30"),
    ("debian", "stretch", "2022-06-30"),
    ("debian", "buster", "2024-06-30"),
    ("debian", "bullseye", "2026-08-31"),
    ("dotnet", "1", "2019-06-27"),
    ("dotnet", "2", "2021-08-21"),
    ("dotnet", "3", "2022-12-13"),
    ("dotnet", "5", "2022-05-10"),
    ("dotnet", "6", "2024-11-12"),
    ("dotnet", "7", "2024-05-14"),
    ("dotnet", "8", "2026-11-10"),
    ("dotnet", "9", "2026-11-10"),
    ("elasticsearch", "1", "2017-01-16"),
    ("elasticsearch", "2", "2018-02-28"),
    ("elasticsearch", "5", "2019-03-11"),
    ("elasticsearch", "6", "2022-02-10"),
    ("elasticsearch", "7", "2026-01-15"),
    ("fedora", "2", "2017-12-12"),
    ("fedora", "3", "2024-11-26"),
    ("fedora", "40", "2025-05-13"),
    ("fedora", "41", "2025-12-15"),
    ("fedora", "42", "2026-05-27"),
    ("golang", "1.1", "2023-09-06"),
    ("golang", "1.20", "2024-02-06"),
    ("golang", "1.21", "2024-08-13"),
    ("golang", "1.22", "2025-02-11"),
    ("golang", "1.23", "2025-08-12"),
    ("golang", "1.24", "2026-02-10"),
    ("golang", "1.25", "2026-08-19"),
    ("java", "", "2017-01-17"),
    ("mariadb", "5", "2020-04-11"),
    ("mariadb", "10.0", "2019-03-31"),
    ("mariadb", "10.1", "2020-10-17"),
    ("mariadb", "10.2", "2022-05-23"),
    ("mariadb", "10.3", "2023-05-25"),
    ("mariadb", "10.4", "2024-06-18"),
    ("mariadb", "10.5", "2025-06-24"),
    ("mariadb", "10.6", "2026-07-06"),
    ("mariadb", "10.7", "2023-02-09"),
    ("mariadb", "10.8", "2023-05-20"),
    ("mariadb", "10.9", "2023-08-22"),
    ("mariadb", "10.10", "2023-11-17"),
    ("mariadb", "11.0", "2024-06-06"),
    ("mariadb", "11.1", "2024-08-21"),
    ("mariadb", "11.2", "2024-11-21"),
    ("mariadb", "11.3", "2024-05-29"),
    ("mariadb", "11.5", "2024-11-21"),
    ("mariadb", "11.6", "2025-02-13"),
    ("mariadb", "11.7", "2025-05-12"),
    ("mariadb", "12.0", "2025-11-18"),
    ("mariadb", "12.1", "2026-02-13"),
    ("mariadb", "12.2", "2026-05-28"),
    ("mongo", "2", "2016-10-31"),
    ("mongo", "3", "2021-04-30"),
    ("mongo", "4", "2024-02-29"),
    ("mongo", "5", "2024-10-31"),
    ("mongo", "6", "2025-07-31"),
    ("mongo", "8.1", "2025-09-30"),
    ("mongo", "8.2", "2026-07-31"),
    ("mysql", "5", "2023-10-31"),
    ("mysql", "8.0", "2026-04-30"),
    ("mysql", "8.1", "2023-10-25"),
    ("mysql", "8.2", "2023-12-14"),
    ("mysql", "8.3", "2024-04-10"),
    ("mysql", "9.0", "2024-10-15"),
    ("mysql", "9.1", "2025-01-21"),
    ("mysql", "9.2", "2025-04-15"),
    ("mysql", "9.3", "2025-07-22"),
    ("mysql", "9.4", "2025-10-21"),
    ("mysql", "9.5", "2026-01-20"),
    ("mysql", "9.6", "2026-04-21"),
    ("nginx", "1.1", "2021-05-25"),
    ("nginx", "1.20", "2022-05-24"),
    ("nginx", "1.21", "2022-06-21"),
    ("nginx", "1.22", "2023-04-11"),
    ("nginx", "1.23", "2023-05-23"),
    ("nginx", "1.24", "2024-04-23"),
    ("nginx", "1.25", "2024-05-29"),
    ("nginx", "1.26", "2025-04-23"),
    ("nginx", "1.27", "2025-06-24"),
    ("nginx", "1.28", "2026-04-14"),
    ("nginx", "1.29", "2026-05-13"),
    ("node", "0", "2016-12-31"),
    ("node", "4", "2018-04-30"),
    ("node", "5", "2016-06-30"),
    ("node", "6", "2019-04-30"),
    ("node", "7", "2017-06-30"),
    ("node", "8", "2019-12-31"),
    ("node", "9", "2018-06-30"),
    ("node", "10", "2021-04-30"),
    ("node", "11", "2019-06-01"),
    ("node", "12", "2022-04-30"),
    ("node", "13", "2020-06-01"),
    ("node", "14", "2023-04-30"),
    ("node", "15", "2021-06-01"),
    ("node", "16", "2023-09-11"),
    ("node", "17", "2022-06-01"),
    ("node", "18", "2025-04-30"),
    ("node", "19", "2023-06-01"),
    ("node", "20", "2026-04-30"),
    ("node", "21", "2024-06-01"),
    ("node", "23", "2025-06-01"),
    ("node", "25", "2026-06-01"),
    ("openjdk", "", "2022-07-31"),
    ("php", "5", "2018-12-31"),
    ("php", "7", "2022-11-28"),
    ("php", "8.0", "2023-11-26"),
    ("php", "8.1", "2025-12-31"),
    ("postgres", "8", "2014-07-24"),
    ("postgres", "9", "2021-11-11"),
    ("postgres", "10", "2022-11-10"),
    ("postgres", "11", "2023-11-09"),
    ("postgres", "12", "2024-11-21"),
    ("postgres", "13", "2025-11-13"),
    ("postgres", "14", "2026-11-12"),
    ("python", "2", "2020-01-01"),
    ("python", "3.3", "2017-09-29"),
    ("python", "3.4", "2019-03-18"),
    ("python", "3.5", "2020-09-30"),
    ("python", "3.6", "2021-12-23"),
    ("python", "3.7", "2023-06-27"),
    ("python", "3.8", "2024-10-07"),
    ("python", "3.9", "2025-10-31"),
    ("python", "3.10", "2026-10-31"),
    ("redis", "2", "2017-06-01"),
    ("redis", "3", "2018-10-17"),
    ("redis", "4", "2020-04-30"),
    ("redis", "5", "2022-04-27"),
    ("redis", "6.0", "2022-05-31"),
    ("redis", "7.0", "2024-07-29"),
    ("ruby", "1", "2015-02-23"),
    ("ruby", "2", "2023-03-31"),
    ("ruby", "3.0", "2024-04-23"),
    ("ruby", "3.1", "2025-03-26"),
    ("ruby", "3.2", "2026-03-31"),
    ("ubuntu", "12.04", "2017-04-28"),
    ("ubuntu", "14.04", "2019-04-25"),
    ("ubuntu", "16.04", "2021-04-30"),
    ("ubuntu", "18.04", "2023-05-31"),
    ("ubuntu", "20.04", "2025-05-31"),
    ("ubuntu", "20.10", "2021-07-22"),
    ("ubuntu", "21.04", "2022-01-20"),
    ("ubuntu", "21.10", "2022-07-14"),
    ("ubuntu", "22.10", "2023-07-20"),
    ("ubuntu", "23.04", "2024-01-25"),
    ("ubuntu", "23.10", "2024-07-11"),
    ("ubuntu", "24.10", "2025-07-10"),
    ("ubuntu", "25.04", "2026-01-15"),
    ("ubuntu", "25.10", "2026-07-15"),
    ("ubuntu", "trusty", "2019-04-25"),
    ("ubuntu", "xenial", "2021-04-30"),
    ("ubuntu", "bionic", "2023-05-31"),
    ("ubuntu", "focal", "2025-05-31"),
];

/// Rows whose last figure stands for every number that begins with it: `1.1` is 1.10 to 1.19 too.
const WIDE: &[(&str, &str)] =
    &[("fedora", "2"), ("fedora", "3"), ("golang", "1.1"), ("nginx", "1.1")];

/// The last day on which the image was supported, if that is over.
///
/// A tag may name a distribution after its own version, `3.13-buster`; the earlier end counts.
pub(crate) fn ended(repository: &str, tag: Option<&str>) -> Option<&'static str> {
    let repository = official(repository)?;
    let tag = tag.unwrap_or_default();
    let own = ENDED.iter().filter(|(name, version, _)| {
        *name == repository && begins(tag, version, WIDE.contains(&(name, version)))
    });
    let below = ENDED.iter().filter(|(name, version, _)| {
        let mut parts = tag.split('-').skip(1);
        match *name {
            "debian" | "ubuntu" => {
                version.starts_with(|c: char| c.is_ascii_alphabetic())
                    && parts.any(|part| part == *version)
            }
            "alpine" => {
                parts.any(|part| part.strip_prefix("alpine").is_some_and(|rest| rest == *version))
            }
            _ => false,
        }
    });
    own.chain(below).map(|(_, _, day)| *day).min()
}

/// The name of an official image, whatever the registry is called.
fn official(repository: &str) -> Option<&str> {
    if let Some(rest) = repository.strip_prefix("mcr.microsoft.com/dotnet/") {
        return (!rest.contains("framework")).then_some("dotnet");
    }
    let mut name = repository;
    for prefix in ["docker.io/", "index.docker.io/", "public.ecr.aws/docker/", "library/"] {
        name = name.strip_prefix(prefix).unwrap_or(name);
    }
    (!name.contains('/')).then_some(name)
}

/// Whether a tag begins with a version, number by number.
fn begins(tag: &str, version: &str, wide: bool) -> bool {
    match tag.strip_prefix(version) {
        _ if version.is_empty() => true,
        Some("") => true,
        Some(rest) if wide => rest.starts_with(|c: char| c.is_ascii_digit()) || starts_new(rest),
        Some(rest) => starts_new(rest),
        None => false,
    }
}

fn starts_new(rest: &str) -> bool {
    rest.starts_with(['.', '-', '_'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_ended_is_known_by_version_and_by_distribution() {
        let check = |repository: &str, tag: &str, expected: Option<&str>| {
            assert_eq!(ended(repository, Some(tag)), expected, "{repository}:{tag}");
        };
        check("python", "3.8", Some("2024-10-07"));
        check("python", "3.8.19-slim", Some("2024-10-07"));
        check("python", "3.13-slim", None);
        check("python", "3.13-buster", Some("2024-06-30"));
        check("node", "22-alpine3.18", Some("2025-05-09"));
        check("node", "1", None);
        check("docker.io/library/centos", "stream9", Some("2024-06-30"));
        check("golang", "1.19.2", Some("2023-09-06"));
        check("golang", "1.26", None);
        check("example.org/python", "3.8", None);
        check("debian", "bullseye-slim", Some("2026-08-31"));
        check("debian", "12.9-slim", None);
        check("mcr.microsoft.com/dotnet/sdk", "6.0-alpine", Some("2024-11-12"));
        assert_eq!(ended("centos", None), Some("2024-06-30"));
        assert_eq!(ended("python", None), None);
    }
}
