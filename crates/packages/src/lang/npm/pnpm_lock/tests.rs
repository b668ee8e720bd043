use super::*;
use crate::lang::npm::testing;

fn check(lock: &str, packages: &[&str], problems: &[&str]) {
    testing::check(&LOCK, &[("pnpm-lock.yaml", lock)], packages, problems);
}

#[test]
fn version_9_keeps_needs_in_snapshots() {
    check(
        "lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      ms2:
        specifier: npm:ms@2.0.0
        version: ms@2.0.0
      repo:
        specifier: github:o/r
        version: https://codeload.host/o/r/tar.gz/0123456
    devDependencies:
      react-dom:
        specifier: 18.2.0
        version: 18.2.0(react@18.2.0)

  packages/one:
    dependencies:
      app:
        specifier: workspace:*
        version: link:../..

packages:

  ms@2.0.0:
    resolution: {integrity: sha512-AA==}

  react-dom@18.2.0:
    resolution: {integrity: sha512-BB==}
    peerDependencies:
      react: ^18.2.0

  react@18.2.0:
    resolution: {integrity: sha512-CC==}

  repo@https://codeload.host/o/r/tar.gz/0123456:
    resolution: {tarball: https://codeload.host/o/r/tar.gz/0123456}
    version: 3.0.1

  own@file:own:
    resolution: {directory: own, type: directory}

  lost@https://host/x:
    resolution: {tarball: https://host/x}

snapshots:

  ms@2.0.0: {}

  react-dom@18.2.0(react@18.2.0):
    dependencies:
      react: 18.2.0

  react@18.2.0: {}
",
        &[
            "26 pkg:npm/ms@2.0.0 direct production",
            "29 pkg:npm/react-dom@18.2.0 direct development > react@18.2.0",
            "34 pkg:npm/react@18.2.0 transitive development",
            "37 pkg:npm/repo@3.0.1 direct production",
        ],
        &["line 44: `lost@https://host/x` has no name or no version"],
    );
}

#[test]
fn version_6_and_5_differ_in_their_keys() {
    let expected = [
        "6 pkg:npm/%40types/ms@0.7.34 direct development",
        "10 pkg:npm/react-dom@18.2.0 direct production > react@18.2.0",
        "16 pkg:npm/react@18.2.0 transitive production",
        "19 pkg:npm/repo@1.0.0?vcs_url=git%2Bhttps://host/r%230123456 transitive production",
    ];
    check(
        "lockfileVersion: '6.0'
dependencies: {react-dom: {specifier: ^18, version: 18.2.0(react@18.2.0)}}
devDependencies: {'@types/ms': {specifier: '*', version: 0.7.34}}
packages:

  /@types/ms@0.7.34:
    resolution: {integrity: sha512-AA==}
    dev: true

  /react-dom@18.2.0(react@18.2.0):
    resolution: {integrity: sha512-BB==}
    dependencies:
      react: 18.2.0
    dev: false

  /react@18.2.0:
    dev: false

  host/r/0123456:
    resolution: {commit: 0123456, repo: https://host/r, type: git}
    name: repo
    version: 1.0.0
    dev: false
",
        &expected,
        &[],
    );
    check(
        "lockfileVersion: 5.4
dependencies: {react-dom: 18.2.0_react@18.2.0}
devDependencies: {'@types/ms': 0.7.34}
packages:

  /@types/ms/0.7.34:
    resolution: {integrity: sha512-AA==}
    dev: true

  /react-dom/18.2.0_react@18.2.0:
    resolution: {integrity: sha512-BB==}
    dependencies:
      react: 18.2.0
    dev: false

  /react/18.2.0:
    dev: false

  host/r/0123456:
    resolution: {commit: 0123456, repo: https://host/r, type: git}
    name: repo
    version: 1.0.0
    dev: false
",
        &expected,
        &[],
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    check("", &[], &["no `lockfileVersion`"]);
    check("lockfileVersion: '12.0'\n", &[], &["lock file version `12.0` is not known"]);
    check(
        "lockfileVersion: '9.0'\npackages:\n  a@1.0.0:\n    resolution: {integrity: sha",
        &["3 pkg:npm/a@1.0.0 unknown unknown"],
        &["line 4: a bracket is not closed"],
    );
}
