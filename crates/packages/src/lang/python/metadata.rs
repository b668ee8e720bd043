//! Reads core metadata: `METADATA` of wheels and installed packages, `PKG-INFO` of eggs.
//!
//! Follows "Core metadata specifications" of the PyPA: header fields of a mail, then a description.

use super::names::Requirement;

/// What the fields of one package say.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Metadata {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licences: Vec<String>,
    /// Names it needs whatever extras are asked for.
    pub(crate) needs: Vec<String>,
}

/// Reads the fields; `None` without a name or a version.
pub(crate) fn parse(text: &str) -> Option<Metadata> {
    let mut metadata = Metadata::default();
    let (mut expression, mut licence, mut classified) = (None, None, Vec::new());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() {
            break;
        }
        // What begins with a blank goes on with the field above; no field we want needs it.
        let Some((field, value)) = line.split_once(':').filter(|_| !line.starts_with([' ', '\t']))
        else {
            continue;
        };
        let value = value.trim();
        let is_long = lines.peek().is_some_and(|next| next.starts_with([' ', '\t']));
        match field.to_ascii_lowercase().as_str() {
            "name" => value.clone_into(&mut metadata.name),
            "version" => value.clone_into(&mut metadata.version),
            "license-expression" => expression = Some(value.to_owned()),
            // Some put the whole text of the licence here.
            "license" if !is_long => licence = Some(value.to_owned()),
            "classifier" => classified.extend(of_classifier(value).map(str::to_owned)),
            "requires-dist" => {
                let need = Requirement::read(value).filter(|need| !need.is_extra());
                metadata.needs.extend(need.map(|need| need.name.to_owned()));
            }
            _ => {}
        }
    }
    let licence = licence.filter(|text| {
        !text.is_empty() && text.len() <= 100 && !text.eq_ignore_ascii_case("unknown")
    });
    metadata.licences = match (expression.filter(|text| !text.is_empty()), licence) {
        (Some(expression), _) => vec![expression],
        (None, Some(licence)) => vec![licence],
        (None, None) => classified,
    };
    (!metadata.name.is_empty() && !metadata.version.is_empty()).then_some(metadata)
}

/// The SPDX identifier of a licence classifier; the classifier's own last words where it names a
/// family and not one licence.
fn of_classifier(classifier: &str) -> Option<&str> {
    let words = classifier.strip_prefix("License ::")?.rsplit("::").next()?.trim();
    Some(match words {
        "OSI Approved" => return None,
        "Apache Software License" => "Apache-2.0",
        "Boost Software License 1.0 (BSL-1.0)" => "BSL-1.0",
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication" => "CC0-1.0",
        "Eclipse Public License 1.0 (EPL-1.0)" => "EPL-1.0",
        "Eclipse Public License 2.0 (EPL-2.0)" => "EPL-2.0",
        "European Union Public Licence 1.1 (EUPL 1.1)" => "EUPL-1.1",
        "European Union Public Licence 1.2 (EUPL 1.2)" => "EUPL-1.2",
        "GNU Affero General Public License v3" => "AGPL-3.0-only",
        "GNU Affero General Public License v3 or later (AGPLv3+)" => "AGPL-3.0-or-later",
        "GNU General Public License v2 (GPLv2)" => "GPL-2.0-only",
        "GNU General Public License v2 or later (GPLv2+)" => "GPL-2.0-or-later",
        "GNU General Public License v3 (GPLv3)" => "GPL-3.0-only",
        "GNU General Public License v3 or later (GPLv3+)" => "GPL-3.0-or-later",
        "GNU Lesser General Public License v2 (LGPLv2)" => "LGPL-2.0-only",
        "GNU Lesser General Public License v2 or later (LGPLv2+)" => "LGPL-2.0-or-later",
        "GNU Lesser General Public License v3 (LGPLv3)" => "LGPL-3.0-only",
        "GNU Lesser General Public License v3 or later (LGPLv3+)" => "LGPL-3.0-or-later",
        "ISC License (ISCL)" => "ISC",
        "MIT License" => "MIT",
        "MIT No Attribution License (MIT-0)" => "MIT-0",
        "Mozilla Public License 1.0 (MPL)" => "MPL-1.0",
        "Mozilla Public License 1.1 (MPL 1.1)" => "MPL-1.1",
        "Mozilla Public License 2.0 (MPL 2.0)" => "MPL-2.0",
        "Mulan Permissive Software License v2 (MulanPSL-2.0)" => "MulanPSL-2.0",
        "Python Software Foundation License" => "PSF-2.0",
        "SIL Open Font License 1.1 (OFL-1.1)" => "OFL-1.1",
        "The Unlicense (Unlicense)" => "Unlicense",
        "Universal Permissive License (UPL)" => "UPL-1.0",
        "University of Illinois/NCSA Open Source License" => "NCSA",
        "Zero-Clause BSD (0BSD)" => "0BSD",
        "zlib/libpng License" => "Zlib",
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads fields below a name and a version; expects licences and needs.
    fn check(fields: &str, licences: &[&str], needs: &[&str]) {
        let read =
            parse(&format!("Metadata-Version: 2.1\nName: A\nVersion: 1.0\n{fields}")).unwrap();
        assert_eq!((read.name.as_str(), read.version.as_str()), ("A", "1.0"));
        assert_eq!(
            (read.licences, read.needs),
            (
                licences.iter().map(ToString::to_string).collect(),
                needs.iter().map(ToString::to_string).collect(),
            )
        );
    }

    #[test]
    fn the_most_exact_licence_is_taken() {
        let mit = "Classifier: License :: OSI Approved :: MIT License\n";
        check(mit, &["MIT"], &[]);
        check("Classifier: License :: OSI Approved :: BSD License\n", &["BSD License"], &[]);
        check("Classifier: License :: OSI Approved\n", &[], &[]);
        check(&format!("License: BSD-3-Clause\r\n{mit}"), &["BSD-3-Clause"], &[]);
        check(&format!("License: UNKNOWN\n{mit}"), &["MIT"], &[]);
        check(&format!("License: Text of\n        many lines\n{mit}"), &["MIT"], &[]);
        check(&format!("License-Expression: MIT OR ISC\nLicense: x\n{mit}"), &["MIT OR ISC"], &[]);
    }

    #[test]
    fn needs_of_extras_and_words_of_the_description_do_not_count() {
        check(
            "Requires-Dist: idna<4,>=2.5\nRequires-Dist: PySocks; extra == 'socks'\nKeywords: a\n  Requires-Dist: x\n\nRequires-Dist: y\nLicense: z\n",
            &[],
            &["idna"],
        );
        assert_eq!(parse("Name: a\n\nVersion: 1"), None);
        assert_eq!(parse(""), None);
    }
}
