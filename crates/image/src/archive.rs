//! An image as one tar file: what `docker save`, `podman save` and `skopeo copy` write.
//!
//! Two forms. An OCI layout inside a tar is recognised by its `index.json`; the older form of
//! Docker (image specification v1.2) by its `manifest.json`, which names layers by path. Newer
//! Docker writes both, and then the layout is believed, for it names everything by digest.
//!
//! The file is never unpacked. A plain archive is read where each part lies; a compressed one is decompressed
//! again for each layer, so that memory stays flat.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;

use panoply_base::{Digest, Limits};
use panoply_files::{Compression, Forward, Member, Seeking, Unpacked, members};

use crate::blobs::{BlobError, Blobs, verified};
use crate::document::{ConfigDocument, Descriptor, DockerManifest};
use crate::image::{DOCUMENT_LIMIT, Image, OpenImageError};

/// A reader that can be moved.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// Where an archive is. Each reader has a place of its own in it, so that several threads can read.
pub trait ArchiveSource: Send + Sync {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>>;
}

/// A file. It is read and not mapped: the pages of a map would count as our memory.
impl ArchiveSource for PathBuf {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(File::open(self)?))
    }
}

impl ArchiveSource for Arc<[u8]> {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(Cursor::new(Arc::clone(self))))
    }
}

/// A tar with an image inside.
pub struct Archive {
    source: Box<dyn ArchiveSource>,
    packed: bool,
    limits: Limits,
    members: BTreeMap<String, Member>,
    /// Digest to member, for layers that the older form names by path.
    by_digest: BTreeMap<Digest, String>,
}

/// Why a file is no image archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    #[error("it is neither a tar archive nor a compressed one: {0}")]
    NotAnArchive(String),
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    #[error("it holds neither an `index.json` nor a `manifest.json`, so it is no image")]
    NotAnImage,
}

impl std::fmt::Debug for Archive {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("members", &self.members.len()).finish_non_exhaustive()
    }
}

impl Archive {
    /// Lists the archive and sees whether an image is inside.
    pub fn open(source: Box<dyn ArchiveSource>, limits: &Limits) -> Result<Self, ArchiveError> {
        let mut head = Vec::new();
        source.open()?.take(16).read_to_end(&mut head)?;
        let packed = !matches!(Compression::of(&head), Compression::None);
        let listed = if packed {
            let mut stream = Unpacked::open(source.open()?, limits)
                .map_err(|error| ArchiveError::NotAnArchive(error.to_string()))?;
            members(&mut stream, limits)
        } else {
            members(&mut Seeking::new(source.open()?), limits)
        };
        if listed.value.is_empty() {
            let why = listed
                .problems
                .first()
                .map_or_else(|| "it is empty".to_owned(), ToString::to_string);
            return Err(ArchiveError::NotAnArchive(why));
        }
        let members: BTreeMap<_, _> =
            listed.value.into_iter().map(|member| (member.path.clone(), member)).collect();
        if !members.contains_key("index.json") && !members.contains_key("manifest.json") {
            return Err(ArchiveError::NotAnImage);
        }
        Ok(Self { source, packed, limits: limits.clone(), members, by_digest: BTreeMap::new() })
    }

    /// The image inside, in whichever form it is written.
    pub fn image(
        &mut self,
        platform: Option<&crate::Platform>,
        tag: Option<&str>,
    ) -> Result<Image, OpenImageError> {
        if self.members.contains_key("index.json") && self.members.contains_key("oci-layout") {
            let mut image = Image::open(self, platform)?;
            if let Ok(documents) = self.docker_manifests()
                && let Some(first) = documents.into_iter().next()
            {
                image.tags.extend(first.repo_tags.unwrap_or_default());
                image.tags.dedup();
            }
            return Ok(image);
        }
        self.docker_image(tag)
    }

    fn docker_manifests(&self) -> Result<Vec<DockerManifest>, OpenImageError> {
        let bytes = self.read("manifest.json", DOCUMENT_LIMIT)?;
        serde_json::from_slice(&bytes)
            .map_err(|source| OpenImageError::Document { what: "manifest.json".to_owned(), source })
    }

    fn docker_image(&mut self, tag: Option<&str>) -> Result<Image, OpenImageError> {
        let documents = self.docker_manifests()?;
        let has_tag = |document: &&DockerManifest| {
            tag.is_none_or(|tag| document.repo_tags.iter().flatten().any(|known| known == tag))
        };
        let document = documents
            .iter()
            .find(has_tag)
            .ok_or_else(|| OpenImageError::Empty { what: "manifest.json".to_owned() })?;
        let bytes = self.read(&document.config, DOCUMENT_LIMIT)?;
        let config: ConfigDocument = serde_json::from_slice(&bytes)
            .map_err(|source| OpenImageError::Document { what: document.config.clone(), source })?;
        let mut descriptors = Vec::new();
        for (index, path) in document.layers.iter().enumerate() {
            // Layers are plain tars here, so what the configuration calls them is their digest.
            let diff_id =
                config.rootfs.diff_ids.get(index).ok_or_else(|| OpenImageError::Empty {
                    what: format!("the configuration says nothing of layer `{path}`"),
                })?;
            let digest: Digest = diff_id.parse().map_err(BlobError::from)?;
            self.by_digest.insert(digest, path.clone());
            descriptors.push(Descriptor {
                media_type: "application/vnd.docker.image.rootfs.diff.tar".to_owned(),
                digest: diff_id.clone(),
                size: self.resolve(path).map_or(0, |member| member.size),
                platform: None,
                annotations: BTreeMap::new(),
            });
        }
        let mut image = Image::assemble(&descriptors, config)?;
        image.config = Some(Digest::sha256(&bytes));
        image.tags = document.repo_tags.clone().unwrap_or_default();
        Ok(image)
    }

    /// Follows links between members: the older form links layers that are alike.
    fn resolve(&self, path: &str) -> Option<&Member> {
        let mut path = path.to_owned();
        // A chain longer than this is a circle.
        for _ in 0..16 {
            let member = self.members.get(&path)?;
            let Some(link) = &member.link else { return Some(member) };
            path = beside(&path, link)?;
        }
        None
    }

    fn stream(&self, path: &str) -> Result<Box<dyn Read + '_>, BlobError> {
        let missing = || BlobError::Missing { digest: path.to_owned() };
        let read = |source: io::Error| BlobError::Read { what: path.to_owned(), source };
        let member = self.resolve(path).ok_or_else(missing)?;
        let mut reader = self.source.open().map_err(read)?;
        if self.packed {
            let mut stream = Unpacked::open(reader, &self.limits)
                .map_err(|error| read(io::Error::other(error)))?;
            stream.forward(member.offset).map_err(read)?;
            return Ok(Box::new(stream.take(member.size)));
        }
        reader.seek(SeekFrom::Start(member.offset)).map_err(read)?;
        Ok(Box::new(reader.take(member.size)))
    }

    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, BlobError> {
        let mut bytes = Vec::new();
        self.stream(path)?
            .take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| BlobError::Read { what: path.to_owned(), source })?;
        if bytes.len() as u64 > limit {
            return Err(BlobError::TooLarge { digest: path.to_owned(), limit });
        }
        Ok(bytes)
    }

    fn path_of(&self, digest: &Digest) -> String {
        self.by_digest
            .get(digest)
            .cloned()
            .unwrap_or_else(|| format!("blobs/{}/{}", digest.algorithm().name(), digest.hex()))
    }
}

/// A link's target as a path of the archive; `None` if it leads out.
fn beside(path: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

impl Blobs for Archive {
    fn root(&self) -> Result<(Vec<u8>, Option<Digest>), BlobError> {
        let bytes = self.read("index.json", DOCUMENT_LIMIT)?;
        Ok((bytes, None))
    }

    fn document(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>, BlobError> {
        verified(digest, self.read(&self.path_of(digest), limit)?)
    }

    fn layer(&self, digest: &Digest) -> Result<Box<dyn Read + '_>, BlobError> {
        self.stream(&self.path_of(digest))
    }
}

/// Whether the first bytes of a file may begin an image archive.
pub fn may_be_archive(head: &[u8]) -> bool {
    let tar = head.get(257..262) == Some(b"ustar");
    tar || !matches!(Compression::of(head), Compression::None)
}

#[cfg(test)]
mod tests {
    use panoply_testkit::{TarBuilder, gzip};

    use super::*;

    fn open(bytes: Vec<u8>) -> Result<Archive, ArchiveError> {
        Archive::open(Box::new(Arc::<[u8]>::from(bytes)), &Limits::DEFAULT)
    }

    fn docker_save() -> Vec<u8> {
        let layer = TarBuilder::new().file("etc/hostname", "box").finish();
        let diff_id = Digest::sha256(&layer);
        let config = format!(
            r#"{{"os":"linux","architecture":"arm64","rootfs":{{"diff_ids":["{diff_id}","{diff_id}"]}},
            "history":[{{"created_by":"ADD a"}},{{"created_by":"COPY b"}}]}}"#
        );
        // Docker writes layers first, and links a layer that is there twice.
        TarBuilder::new()
            .file("one/layer.tar", &layer)
            .symlink("two/layer.tar", "../one/layer.tar")
            .file("config.json", config)
            .file(
                "manifest.json",
                r#"[{"Config":"config.json","RepoTags":["shop:1"],"Layers":["one/layer.tar","two/layer.tar"]}]"#,
            )
            .finish()
    }

    fn check(bytes: Vec<u8>) {
        let mut archive = open(bytes).unwrap();
        let image = archive.image(None, None).unwrap();
        assert_eq!(image.tags, ["shop:1"]);
        assert_eq!(image.platform.to_string(), "linux/arm64");
        assert_eq!(image.layers[1].created_by, "COPY b");
        for layer in &image.layers {
            let mut bytes = Vec::new();
            archive.layer(&layer.digest).unwrap().read_to_end(&mut bytes).unwrap();
            assert!(layer.diff_id.as_ref().unwrap().matches(&bytes));
        }
    }

    #[test]
    fn what_docker_saves_is_read_plain_and_compressed() {
        check(docker_save());
        check(gzip(&docker_save()));
    }

    #[test]
    fn links_that_lead_out_or_in_circles_are_missing_layers() {
        assert_eq!(beside("a/b", "../../../etc/passwd"), None);
        let tar = TarBuilder::new().symlink("a", "b").symlink("b", "a").file("manifest.json", "[]");
        let archive = open(tar.finish()).unwrap();
        assert!(matches!(archive.stream("a").err(), Some(BlobError::Missing { .. })));
    }

    #[test]
    fn other_files_are_no_images() {
        assert!(matches!(open(b"hello".to_vec()), Err(ArchiveError::NotAnArchive(_))));
        let tar = TarBuilder::new().file("a", "b").finish();
        assert!(matches!(open(tar), Err(ArchiveError::NotAnImage)));
    }

    #[test]
    fn an_archive_cut_short_anywhere_does_not_panic() {
        let whole = docker_save();
        for length in (0..whole.len()).step_by(97) {
            if let Ok(mut archive) = open(whole[..length].to_vec()) {
                let _ = archive.image(None, None);
            }
        }
    }
}
