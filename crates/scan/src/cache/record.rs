//! What a cached result looks like on disk.
//!
//! Types of their own, so that `model` stays free to change: whoever changes a record here raises
//! `FORMAT` beside it, and old results are simply made again.

use panoply_base::{Place, Problem, Redacted};
use panoply_model::{
    Confidence, Distro, Location, Package, Purl, Relation, Scope, Severity, SourcePackage,
};
use panoply_packages::catalogue::{DistroRank, Licensed};
use panoply_packages::{Catalogue, Owned, PathHash};
use panoply_secrets::Hit;
use serde::{Deserialize, Serialize};

use crate::facts::{FileFacts, KeptFile, SecretFacts, TreeFacts};

#[derive(Serialize, Deserialize)]
pub(super) struct Layer {
    catalogued: Vec<CataloguedRecord>,
    kept: Vec<(String, String, Vec<u8>)>,
    secrets: Vec<SecretRecord>,
    touched: Vec<u64>,
    gone: Vec<String>,
    opaque: Vec<String>,
    files: u64,
    bytes: u64,
    binary: u64,
    passed_over: Vec<(String, u64)>,
    problems: Vec<ProblemRecord>,
    more_problems: u64,
}

#[derive(Serialize, Deserialize)]
struct CataloguedRecord {
    path: String,
    cataloguer: String,
    packages: Vec<PackageRecord>,
    owned: Vec<(String, Vec<u64>)>,
    licences: Vec<(String, Vec<String>)>,
    distro: Option<DistroRecord>,
}

#[derive(Serialize, Deserialize)]
struct DistroRecord {
    id: String,
    like: Vec<String>,
    version: String,
    codename: String,
    pretty: String,
    depth: u32,
    order: u8,
}

#[derive(Serialize, Deserialize)]
struct PackageRecord {
    purl: String,
    source: Option<(String, String)>,
    licences: Vec<String>,
    locations: Vec<PlaceRecord>,
    relation: u8,
    scope: u8,
    depends_on: Vec<String>,
    hashes: Vec<String>,
    cataloguer: String,
}

#[derive(Serialize, Deserialize)]
struct PlaceRecord {
    path: String,
    line: Option<u32>,
    end_line: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct SecretRecord {
    path: String,
    rule: String,
    start: u64,
    end: u64,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    redacted: String,
    fingerprint: String,
    confidence: u8,
    severity: u8,
    notes: Vec<String>,
    suppressed: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ProblemRecord {
    file: String,
    place: Option<(bool, u64)>,
    what: String,
}

const RELATIONS: [Relation; 3] = [Relation::Unknown, Relation::Direct, Relation::Transitive];
const SCOPES: [Scope; 3] = [Scope::Unknown, Scope::Production, Scope::Development];
const CONFIDENCES: [Confidence; 3] = [Confidence::Low, Confidence::Medium, Confidence::High];

impl From<&TreeFacts> for Layer {
    fn from(facts: &TreeFacts) -> Self {
        Self {
            catalogued: facts.catalogued.iter().map(CataloguedRecord::from).collect(),
            kept: facts
                .kept
                .iter()
                .map(|kept| (kept.path.clone(), kept.cataloguer.clone(), kept.bytes.clone()))
                .collect(),
            secrets: facts.secrets.iter().map(SecretRecord::from).collect(),
            touched: facts.touched.iter().map(|hash| hash.0).collect(),
            gone: facts.gone.clone(),
            opaque: facts.opaque.clone(),
            files: facts.files,
            bytes: facts.bytes,
            binary: facts.binary,
            passed_over: facts.passed_over.clone().into_iter().collect(),
            problems: facts.problems.iter().map(ProblemRecord::from).collect(),
            more_problems: facts.more_problems,
        }
    }
}

impl Layer {
    /// `None` if a record makes no sense, which the checksum should have kept from happening.
    pub(super) fn into_facts(self) -> Option<TreeFacts> {
        let kept = self.kept.into_iter().map(|(path, cataloguer, bytes)| KeptFile {
            path,
            cataloguer,
            bytes,
            layer: None,
        });
        Some(TreeFacts {
            catalogued: self
                .catalogued
                .into_iter()
                .map(CataloguedRecord::into_facts)
                .collect::<Option<_>>()?,
            kept: kept.collect(),
            secrets: self
                .secrets
                .into_iter()
                .map(SecretRecord::into_facts)
                .collect::<Option<_>>()?,
            // Configuration is judged where it is written, not in layers.
            config: Vec::new(),
            touched: self.touched.into_iter().map(PathHash).collect(),
            gone: self.gone,
            opaque: self.opaque,
            files: self.files,
            bytes: self.bytes,
            binary: self.binary,
            passed_over: self.passed_over.into_iter().collect(),
            problems: self.problems.into_iter().map(ProblemRecord::into_problem).collect(),
            more_problems: self.more_problems,
        })
    }
}

impl From<&FileFacts> for CataloguedRecord {
    fn from(facts: &FileFacts) -> Self {
        let Catalogue { packages, owned, licensed, distro, distro_rank } = &facts.catalogue;
        Self {
            path: facts.path.clone(),
            cataloguer: facts.cataloguer.clone(),
            packages: packages.iter().map(PackageRecord::from).collect(),
            owned: owned
                .iter()
                .map(|list| (list.package.clone(), list.files.iter().map(|hash| hash.0).collect()))
                .collect(),
            licences: licensed
                .iter()
                .map(|list| (list.package.clone(), list.licences.clone()))
                .collect(),
            distro: distro.as_ref().map(|distro| DistroRecord {
                id: distro.id.clone(),
                like: distro.like.clone(),
                version: distro.version.clone(),
                codename: distro.codename.clone(),
                pretty: distro.pretty.clone(),
                depth: distro_rank.depth,
                order: distro_rank.order,
            }),
        }
    }
}

impl CataloguedRecord {
    fn into_facts(self) -> Option<FileFacts> {
        let rank = self.distro.as_ref().map(|distro| (distro.depth, distro.order));
        let (depth, order) = rank.unwrap_or_default();
        Some(FileFacts {
            path: self.path,
            cataloguer: self.cataloguer,
            catalogue: Catalogue {
                packages: self
                    .packages
                    .into_iter()
                    .map(PackageRecord::into_package)
                    .collect::<Option<_>>()?,
                owned: self
                    .owned
                    .into_iter()
                    .map(|(package, files)| Owned {
                        package,
                        files: files.into_iter().map(PathHash).collect(),
                    })
                    .collect(),
                licensed: self
                    .licences
                    .into_iter()
                    .map(|(package, licences)| Licensed { package, licences })
                    .collect(),
                distro: self.distro.map(|distro| Distro {
                    id: distro.id,
                    like: distro.like,
                    version: distro.version,
                    codename: distro.codename,
                    pretty: distro.pretty,
                }),
                distro_rank: DistroRank { depth, order },
            },
        })
    }
}

impl From<&Package> for PackageRecord {
    fn from(package: &Package) -> Self {
        Self {
            purl: package.purl.to_string(),
            source: package
                .source
                .as_ref()
                .map(|source| (source.name.clone(), source.version.clone())),
            licences: package.licences.clone(),
            locations: package
                .locations
                .iter()
                .map(|place| PlaceRecord {
                    path: place.path.clone(),
                    line: place.line,
                    end_line: place.end_line,
                })
                .collect(),
            relation: position(&RELATIONS, &package.relation),
            scope: position(&SCOPES, &package.scope),
            depends_on: package.depends_on.clone(),
            hashes: package.hashes.clone(),
            cataloguer: package.cataloguer.clone(),
        }
    }
}

impl PackageRecord {
    fn into_package(self) -> Option<Package> {
        let purl: Purl = self.purl.parse().ok()?;
        Some(Package {
            purl,
            source: self.source.map(|(name, version)| SourcePackage { name, version }),
            licences: self.licences,
            locations: self
                .locations
                .into_iter()
                .map(|place| Location {
                    path: place.path,
                    line: place.line,
                    end_line: place.end_line,
                    ..Location::default()
                })
                .collect(),
            relation: *RELATIONS.get(usize::from(self.relation))?,
            scope: *SCOPES.get(usize::from(self.scope))?,
            owner: None,
            depends_on: self.depends_on,
            hashes: self.hashes,
            cataloguer: self.cataloguer,
        })
    }
}

impl From<&SecretFacts> for SecretRecord {
    fn from(facts: &SecretFacts) -> Self {
        let hit = &facts.hit;
        Self {
            path: facts.path.clone(),
            rule: hit.rule.clone(),
            start: hit.span.start as u64,
            end: hit.span.end as u64,
            line: hit.line,
            column: hit.column,
            end_line: hit.end_line,
            end_column: hit.end_column,
            redacted: hit.redacted.as_str().to_owned(),
            fingerprint: hit.fingerprint.clone(),
            confidence: position(&CONFIDENCES, &hit.confidence),
            severity: position(&Severity::ALL, &hit.severity),
            notes: hit.notes.clone(),
            suppressed: hit.suppressed.map(str::to_owned),
        }
    }
}

impl SecretRecord {
    fn into_facts(self) -> Option<SecretFacts> {
        let start = usize::try_from(self.start).ok()?;
        let end = usize::try_from(self.end).ok()?;
        Some(SecretFacts {
            path: self.path,
            hit: Hit {
                rule: self.rule,
                span: start..end,
                line: self.line,
                column: self.column,
                end_line: self.end_line,
                end_column: self.end_column,
                // It was redacted before it was written.
                redacted: Redacted::harmless(self.redacted),
                fingerprint: self.fingerprint,
                severity: *Severity::ALL.get(usize::from(self.severity))?,
                confidence: *CONFIDENCES.get(usize::from(self.confidence))?,
                notes: self.notes,
                suppressed: self.suppressed.map(|_| "a comment on its line"),
            },
            layer: None,
            commit: None,
        })
    }
}

impl From<&Problem> for ProblemRecord {
    fn from(problem: &Problem) -> Self {
        Self {
            file: problem.file.clone(),
            place: match problem.place {
                Place::Whole => None,
                Place::Line(line) => Some((true, u64::from(line))),
                Place::Byte(offset) => Some((false, offset)),
            },
            what: problem.what.clone(),
        }
    }
}

impl ProblemRecord {
    fn into_problem(self) -> Problem {
        let place = match self.place {
            None => Place::Whole,
            Some((true, line)) => Place::Line(line as u32),
            Some((false, offset)) => Place::Byte(offset),
        };
        Problem { file: self.file, place, what: self.what }
    }
}

fn position<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|known| known == one).unwrap_or_default() as u8
}
