//! From blobs to an image: the manifest of one platform, its configuration, its layers.

use panoply_base::{Digest, Problem};

use crate::blobs::{BlobError, Blobs};
use crate::document::{ConfigDocument, Descriptor, ManifestDocument};
use crate::platform::Platform;

/// Bytes of a manifest or configuration that are read; registries refuse more than 4 MiB.
pub const DOCUMENT_LIMIT: u64 = 8 << 20;
/// Indexes inside indexes.
const INDEX_DEPTH: u32 = 4;

/// One platform's image.
#[derive(Clone, Debug)]
pub struct Image {
    pub manifest: Option<Digest>,
    pub config: Option<Digest>,
    pub tags: Vec<String>,
    pub platform: Platform,
    /// RFC 3339, as the configuration says.
    pub created: Option<String>,
    /// Lowest first.
    pub layers: Vec<Layer>,
    pub config_document: ConfigDocument,
    /// What was odd about the image and did not stop us.
    pub problems: Vec<Problem>,
}

/// One layer, with the instruction that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Of the packed bytes; what [`Blobs::layer`] is asked for.
    pub digest: Digest,
    /// Of the unpacked tar, as the configuration names it. `None` where the configuration is short.
    pub diff_id: Option<Digest>,
    pub media_type: String,
    /// Packed bytes, as the manifest claims.
    pub size: u64,
    pub created_by: String,
}

/// Why an image cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenImageError {
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error("`{what}` is not a document this program understands")]
    Document { what: String, source: serde_json::Error },
    #[error("the image has no manifest for `{wanted}`; it has {available}")]
    NoPlatform { wanted: String, available: String },
    #[error("`{what}` names neither layers nor manifests")]
    Empty { what: String },
    #[error("`{what}` is a schema 1 manifest, which registries stopped writing in 2017")]
    Schema1 { what: String },
    #[error("`{what}` is an artifact of type `{kind}`, not an image")]
    Artifact { what: String, kind: String },
    #[error("indexes are nested more than {0} deep")]
    TooDeep(u32),
}

impl Image {
    /// Finds the manifest for `wanted` (or the first that runs on Linux) and reads what it names.
    pub fn open(blobs: &dyn Blobs, wanted: Option<&Platform>) -> Result<Self, OpenImageError> {
        let (bytes, digest) = blobs.root()?;
        let mut document = parse_manifest("index.json", &bytes)?;
        let mut digest = digest;
        let mut tags = Vec::new();
        let mut depth = 0;
        while document.config.is_none() && !document.manifests.is_empty() {
            depth += 1;
            if depth > INDEX_DEPTH {
                return Err(OpenImageError::TooDeep(INDEX_DEPTH));
            }
            let chosen = choose(&document.manifests, wanted)?;
            tags.extend(tag(chosen));
            let name: Digest = chosen.digest.parse().map_err(BlobError::from)?;
            document = parse_manifest(&chosen.digest, &blobs.document(&name, DOCUMENT_LIMIT)?)?;
            digest = Some(name);
        }
        let what = digest.as_ref().map_or_else(|| "manifest".to_owned(), ToString::to_string);
        let Some(config) = document.config.clone() else {
            return Err(if document.schema_version == Some(1) {
                OpenImageError::Schema1 { what }
            } else {
                OpenImageError::Empty { what }
            });
        };
        if !config.media_type.is_empty() && !is_image_config(&config.media_type) {
            return Err(OpenImageError::Artifact { what, kind: config.media_type });
        }
        let config_digest: Digest = config.digest.parse().map_err(BlobError::from)?;
        let bytes = blobs.document(&config_digest, DOCUMENT_LIMIT)?;
        let config = serde_json::from_slice(&bytes)
            .map_err(|source| OpenImageError::Document { what: config.digest, source })?;
        let mut image = Self::assemble(&document.layers, config)?;
        image.manifest = digest;
        image.config = Some(config_digest);
        image.tags = tags;
        Ok(image)
    }

    /// Joins a manifest's layers with the configuration's diff ids and history.
    pub(crate) fn assemble(
        descriptors: &[Descriptor],
        config: ConfigDocument,
    ) -> Result<Self, OpenImageError> {
        let mut problems = Vec::new();
        // History also lists instructions that made no layer; the others pair up in order.
        let mut made = config.history.iter().filter(|step| !step.empty_layer);
        let mut layers = Vec::with_capacity(descriptors.len());
        for (index, descriptor) in descriptors.iter().enumerate() {
            let diff_id = config.rootfs.diff_ids.get(index).and_then(|text| text.parse().ok());
            if diff_id.is_none() {
                problems.push(Problem::whole(format!(
                    "layer {} (`{}`) has no diff id in the configuration",
                    index + 1,
                    descriptor.digest
                )));
            }
            layers.push(Layer {
                digest: descriptor.digest.parse().map_err(BlobError::from)?,
                diff_id,
                media_type: descriptor.media_type.clone(),
                size: descriptor.size,
                created_by: made
                    .next()
                    .map(|step| instruction(&step.created_by))
                    .unwrap_or_default(),
            });
        }
        Ok(Self {
            manifest: None,
            config: None,
            tags: Vec::new(),
            platform: Platform::new(&config.os, &config.architecture, &config.variant),
            created: config.created.clone(),
            layers,
            config_document: config,
            problems,
        })
    }
}

fn parse_manifest(what: &str, bytes: &[u8]) -> Result<ManifestDocument, OpenImageError> {
    serde_json::from_slice(bytes)
        .map_err(|source| OpenImageError::Document { what: what.to_owned(), source })
}

fn is_image_config(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/vnd.oci.image.config.v1+json"
            | "application/vnd.docker.container.image.v1+json"
            | "application/octet-stream"
    )
}

/// Build records that BuildKit puts beside the platforms of an index.
fn is_attestation(descriptor: &Descriptor) -> bool {
    descriptor.annotations.contains_key("vnd.docker.reference.type")
        || descriptor.platform.as_ref().is_some_and(|platform| platform.os == "unknown")
}

fn choose<'a>(
    manifests: &'a [Descriptor],
    wanted: Option<&Platform>,
) -> Result<&'a Descriptor, OpenImageError> {
    let images = || manifests.iter().filter(|descriptor| !is_attestation(descriptor));
    let fits = |descriptor: &&Descriptor| match (&descriptor.platform, wanted) {
        (Some(platform), Some(wanted)) => wanted.accepts(platform),
        (Some(platform), None) => Platform::new("linux", "amd64", "").accepts(platform),
        // A layout of one image often does not name its platform.
        (None, _) => true,
    };
    let first = if wanted.is_none() { images().next() } else { None };
    images().find(fits).or(first).ok_or_else(|| OpenImageError::NoPlatform {
        wanted: wanted.map_or_else(|| "any platform".to_owned(), ToString::to_string),
        available: images()
            .filter_map(|descriptor| descriptor.platform.as_ref())
            .map(|platform| format!("`{}`", Platform::from(platform)))
            .collect::<Vec<_>>()
            .join(", "),
    })
}

fn tag(descriptor: &Descriptor) -> Option<String> {
    ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
        .iter()
        .find_map(|key| descriptor.annotations.get(*key).cloned())
}

/// The instruction as somebody wrote it: without the shell that Docker puts around it.
fn instruction(created_by: &str) -> String {
    let text = created_by.trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim();
    match text.strip_prefix("/bin/sh -c ") {
        Some(rest) => match rest.trim_start().strip_prefix("#(nop)") {
            Some(instruction) => instruction.trim().to_owned(),
            None => format!("RUN {}", rest.trim()),
        },
        None => text.replace("RUN /bin/sh -c ", "RUN "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_lose_the_shell_around_them() {
        for (raw, shown) in [
            ("/bin/sh -c #(nop) ADD file:1 in / ", "ADD file:1 in /"),
            ("/bin/sh -c apk add curl", "RUN apk add curl"),
            ("RUN /bin/sh -c pip install x # buildkit", "RUN pip install x"),
            ("COPY a b # buildkit", "COPY a b"),
        ] {
            assert_eq!(instruction(raw), shown);
        }
    }

    #[test]
    fn layers_pair_with_the_instructions_that_made_them() {
        let digest = |n: u8| format!("sha256:{}", format!("{n:02x}").repeat(32));
        let descriptors: Vec<Descriptor> = (1..=2)
            .map(|n| serde_json::from_value(serde_json::json!({"digest": digest(n)})).unwrap())
            .collect();
        let config = serde_json::from_value(serde_json::json!({
            "os": "linux", "architecture": "amd64",
            "rootfs": {"diff_ids": [digest(3)]},
            "history": [
                {"created_by": "ADD rootfs"}, {"created_by": "ENV A=1", "empty_layer": true},
                {"created_by": "RUN make"}
            ]
        }))
        .unwrap();
        let image = Image::assemble(&descriptors, config).unwrap();
        let made: Vec<_> = image.layers.iter().map(|layer| layer.created_by.as_str()).collect();
        assert_eq!(made, ["ADD rootfs", "RUN make"]);
        assert_eq!(image.layers[1].diff_id, None);
        assert_eq!(image.problems.len(), 1);
    }
}
