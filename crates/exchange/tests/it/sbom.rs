//! Bills of materials of every form: those we write, and small ones invented here.

use panoply_base::Limits;
use panoply_exchange::{Format, Options, sbom};

use crate::{sample, written};

/// Reads, and expects packages as `purl`, the distribution, and the problems.
fn check(document: &str, packages: &[&str], distro: &str, problems: &[&str]) {
    let read = sbom::read(document.as_bytes(), &Limits::DEFAULT);
    let found: Vec<String> = read
        .value
        .packages
        .iter()
        .map(|package| {
            let mut text = package.purl.to_string();
            if let Some(source) = &package.source {
                text = format!("{text} from {} {}", source.name, source.version);
            }
            if !package.licences.is_empty() {
                text = format!("{text} under {}", package.licences.join(", "));
            }
            if !package.depends_on.is_empty() {
                text = format!("{text} needs {}", package.depends_on.join(", "));
            }
            text
        })
        .collect();
    let system = read.value.distro.map(|d| format!("{} {}", d.id, d.version)).unwrap_or_default();
    let complaints: Vec<String> = read.problems.iter().map(ToString::to_string).collect();
    assert_eq!(found, packages, "{document}");
    assert_eq!(system, distro, "{document}");
    assert_eq!(complaints, problems, "{document}");
}

#[test]
fn what_we_write_we_read() {
    let report = sample::rich();
    let mut expected: Vec<String> = report.packages.iter().map(|p| p.purl.to_string()).collect();
    expected.sort();
    for format in [Format::CyclonedxJson, Format::SpdxJson, Format::Trivy] {
        let text = written(format, &report, &Options::default());
        let read = sbom::read(text.as_bytes(), &Limits::DEFAULT);
        assert_eq!(read.problems, [], "{format}");
        let mut found: Vec<String> =
            read.value.packages.iter().map(|p| p.purl.to_string()).collect();
        found.sort();
        assert_eq!(found, expected, "{format}");
        assert_eq!(read.value.name, "registry.example/shop/web:1.4", "{format}");
        assert_eq!(
            read.value.distro.map(|d| (d.id, d.version)),
            Some(("debian".to_owned(), "12".to_owned())),
            "{format}"
        );
        let libssl = read.value.packages.iter().find(|p| p.purl.name == "libssl3").unwrap();
        let source = libssl.source.as_ref().unwrap();
        assert_eq!(
            (source.name.as_str(), source.version.as_str()),
            ("openssl", "3.0.11-1~deb12u2"),
            "{format}"
        );
        assert_eq!(libssl.locations[0].path, "var/lib/dpkg/status");
        let log4j = read.value.packages.iter().find(|p| p.purl.name == "log4j-core").unwrap();
        if format != Format::Trivy {
            assert_eq!(log4j.depends_on, ["pkg:npm/lodash@4.17.4"], "{format}");
        }
    }
}

#[test]
fn cyclonedx_nests_and_names_its_sources() {
    check(
        r#"{"bomFormat":"CycloneDX","specVersion":"1.2","metadata":{"component":{"name":"x"}},"components":[
            {"type":"operating-system","name":"alpine","version":"3.19"},
            {"type":"library","bom-ref":"1","name":"zlib","version":"1.3-r0","purl":"pkg:apk/alpine/zlib@1.3-r0",
             "licenses":[{"license":{"id":"Zlib"}}],
             "properties":[{"name":"aquasecurity:trivy:SrcName","value":"zlib-src"},{"name":"aquasecurity:trivy:SrcVersion","value":"1.3-r0"}],
             "components":[{"type":"library","bom-ref":"2","name":"inner","purl":"pkg:npm/inner","version":"2"}]},
            {"type":"library","name":"nameless"},
            {"type":"library","name":"odd","purl":"pkg:frob/odd@1"},
            {"type":"application","name":"package-lock.json"}],
            "dependencies":[{"ref":"1","dependsOn":["2","9"]}]}"#,
        &[
            "pkg:apk/alpine/zlib@1.3-r0 from zlib-src 1.3-r0 under Zlib needs pkg:npm/inner@2",
            "pkg:npm/inner@2",
        ],
        "alpine 3.19",
        &[
            "`nameless` has no package URL and cannot be looked up",
            "`pkg:frob/odd@1` is not a package URL: its type is not known here",
        ],
    );
}

#[test]
fn cyclonedx_in_xml_says_the_same() {
    check(
        "<?xml version=\"1.0\"?><bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"><metadata><tools><components>\
         <component type=\"library\"><name>tool</name></component></components></tools>\
         <component type=\"container\"><name>web</name></component></metadata><components>\
         <component type=\"library\" bom-ref=\"a\"><group>org.acme</group><name>core</name><version>1</version>\
         <licenses><license><id>MIT</id></license></licenses><purl>pkg:maven/org.acme/core@1?classifier=x&amp;type=jar</purl>\
         <components><component type=\"library\" bom-ref=\"b\"><name>in</name><purl>pkg:npm/in@2</purl></component></components>\
         </component></components><dependencies><dependency ref=\"a\"><dependency ref=\"b\"/></dependency></dependencies></bom>",
        &[
            "pkg:maven/org.acme/core@1?classifier=x&type=jar under MIT needs pkg:npm/in@2",
            "pkg:npm/in@2",
        ],
        "",
        &[],
    );
    check("<html><body/></html>", &[], "", &["XML, but not a CycloneDX document"]);
    let cut = "<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"><components>\
        <component type=\"library\"><name>a</name><purl>pkg:npm/a@1</purl></component><component type=\"lib";
    let read = sbom::read(cut.as_bytes(), &Limits::DEFAULT);
    assert_eq!((read.value.packages.len(), read.problems.len()), (1, 1));
}

#[test]
fn spdx_in_json_explains_its_licences() {
    check(
        r#"{"spdxVersion":"SPDX-2.2","name":"doc","documentDescribes":["SPDXRef-R"],"packages":[
            {"SPDXID":"SPDXRef-R","name":"root"},
            {"SPDXID":"SPDXRef-A","name":"bash","versionInfo":"5.2-1","licenseDeclared":"LicenseRef-1","sourceInfo":"built package from: bash-src 5.2-1",
             "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:deb/debian/bash@5.2-1?distro=debian-12"}]},
            {"SPDXID":"SPDXRef-B","name":"lost","licenseDeclared":"NOASSERTION"}],
            "hasExtractedLicensingInfos":[{"licenseId":"LicenseRef-1","extractedText":"Do what you like"}],
            "relationships":[{"spdxElementId":"SPDXRef-B","relationshipType":"DEPENDENCY_OF","relatedSpdxElement":"SPDXRef-A"}]}"#,
        &["pkg:deb/debian/bash@5.2-1?distro=debian-12 from bash-src 5.2-1 under Do what you like"],
        "debian 12",
        &["`lost` has no package URL and cannot be looked up"],
    );
}

#[test]
fn spdx_tags_are_read_line_by_line() {
    check(
        "SPDXVersion: SPDX-2.3\r\nDocumentName: doc\r\n# a comment\r\nPackageName: one\r\nSPDXID: SPDXRef-1\r\nPackageVersion: 1.0\r\n\
         PackageComment: <text>PackageName: not one\r\nreally</text>\r\nPackageLicenseDeclared: MIT\r\n\
         ExternalRef: PACKAGE-MANAGER purl pkg:npm/one@1.0\r\nnonsense\r\nPackageName: two\r\nSPDXID: SPDXRef-2\r\n\
         ExternalRef: PACKAGE_MANAGER purl pkg:npm/two@2.0\r\nFileName: x\r\nSPDXID: SPDXRef-9\r\n\
         Relationship: SPDXRef-1 DEPENDS_ON SPDXRef-2\r\n",
        &["pkg:npm/one@1.0 under MIT needs pkg:npm/two@2.0", "pkg:npm/two@2.0"],
        "",
        &["line 11: not a tag and a value"],
    );
}

#[test]
fn reports_of_other_scanners_are_inventories_too() {
    check(
        r#"{"artifacts":[{"name":"libc6","version":"2.36","purl":"pkg:deb/debian/libc6@2.36?upstream=glibc%402.36-9","licenses":[{"value":"LGPL-2.1"}],"locations":[{"path":"/var/lib/dpkg/status"}]}],
            "source":{"name":"web"},"distro":{"id":"debian","versionID":"12"},"descriptor":{"name":"syft"}}"#,
        &["pkg:deb/debian/libc6@2.36?upstream=glibc%402.36-9 from glibc 2.36-9 under LGPL-2.1"],
        "debian 12",
        &[],
    );
    check(
        r#"{"SchemaVersion":2,"ArtifactName":"web","Metadata":{"OS":{"Family":"debian","Name":"12.5"}},"Results":[{"Class":"os-pkgs","Packages":[
            {"Name":"bash","Version":"5.2","Identifier":{"PURL":"pkg:deb/debian/bash@5.2"},"SrcName":"bash","SrcVersion":"5.2","SrcRelease":"15","SrcEpoch":1}]}]}"#,
        &["pkg:deb/debian/bash@5.2 from bash 1:5.2-15"],
        "debian 12.5",
        &[],
    );
    check(
        r#"{"SchemaVersion":2,"ArtifactName":"web"}"#,
        &[],
        "",
        &["the report lists no packages; it was written without `--list-all-pkgs`"],
    );
}

#[test]
fn what_is_no_bill_of_materials_says_so() {
    check("", &[], "", &["empty file"]);
    check("\u{feff}{}", &[], "", &["neither CycloneDX nor SPDX nor a report of Syft or Trivy"]);
    check("hello", &[], "", &["neither JSON nor XML nor SPDX tags"]);
    check(r#"{"@graph":[]}"#, &[], "", &["SPDX 3 is not read"]);
}

#[test]
fn no_prefix_of_a_document_makes_the_reader_fall() {
    for format in [Format::CyclonedxJson, Format::SpdxJson, Format::Trivy] {
        let text = written(format, &sample::rich(), &Options::default());
        for end in (0..text.len()).step_by(997) {
            assert!(!sbom::read(&text.as_bytes()[..end], &Limits::DEFAULT).problems.is_empty());
        }
    }
    let deep =
        format!("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\">{}", "<a>".repeat(100_000));
    assert_eq!(sbom::read(deep.as_bytes(), &Limits::DEFAULT).problems.len(), 1);
    let noise: Vec<u8> = (0..=255_u8).cycle().take(5_000).collect();
    assert!(!sbom::read(&noise, &Limits::DEFAULT).problems.is_empty());
}

#[test]
fn a_limit_that_was_hit_is_a_problem() {
    let components = vec![r#"{"type":"library","name":"a","purl":"pkg:npm/a@1"}"#; 200].join(",");
    let read = sbom::read(
        format!("{{\"bomFormat\":\"CycloneDX\",\"components\":[{components}]}}").as_bytes(),
        &Limits::TINY,
    );
    assert_eq!(
        read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["more than 100 entries; the rest was not read"]
    );
    let large = vec![b' '; 70 << 10];
    assert_eq!(sbom::read(&large, &Limits::TINY).problems.len(), 1);
}
