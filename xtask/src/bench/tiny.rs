//! An image whose one layer has three million tiny files: what makes other scanners run out of
//! memory.
//!
//! The layer is made as a stream, so no such files ever lie on a disk; what lies there is the
//! layer, packed.

use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::measure::{count, measure, report};
use super::table::Table;
use super::{Bench, text};

const FILES: u64 = 3_000_000;
/// One file in so many is a manifest of an npm package.
const MANIFEST_EVERY: u64 = 1_000;
/// The peak promised, in MiB.
const GOAL: f64 = 100.0;

pub(crate) fn run(bench: &Bench, table: &mut Table) -> Result<()> {
    let layout = bench.input("tiny-files");
    if !layout.join("index.json").is_file() {
        let bytes = make(&layout, FILES)?;
        println!("made a layer of {:.1} GB", bytes as f64 / 1e9);
    }
    let target = ["scan", text(&layout)?, "-f", "json", "--no-cache"];
    let seen = report(&bench.program, &target)?;
    let files = seen.pointer("/coverage/files").and_then(Value::as_u64);
    let complete = seen.pointer("/coverage/complete").and_then(Value::as_bool);
    ensure!(
        files == Some(FILES) && complete == Some(true),
        "the scan saw {files:?} files, complete {complete:?}"
    );
    let cost = measure(3, &bench.program, &target)?;
    let what = format!("scan: {FILES} files, {} packages", count(&seen, "/packages"));
    table.cost_with_goal(&what, cost, "< 100 MiB", cost.memory < GOAL);
    Ok(())
}

/// Writes an OCI layout; gives the unpacked bytes of its layer.
fn make(layout: &Path, files: u64) -> Result<u64> {
    let blobs = layout.join("blobs/sha256");
    std::fs::create_dir_all(&blobs)?;
    let unfinished = layout.join("layer");
    let mut layer = Hashing::new(GzEncoder::new(
        Hashing::new(BufWriter::new(std::fs::File::create(&unfinished)?)),
        Compression::fast(),
    ));
    write_layer(&mut layer, files)?;
    let (packer, diff_id, unpacked) = layer.finish();
    let (mut file, digest, packed) = packer.finish()?.finish();
    file.flush()?;
    std::fs::rename(unfinished, blobs.join(&digest))?;
    let blob = |media: &str, document: &Value| -> Result<Value> {
        let bytes = serde_json::to_vec(document)?;
        let digest = hex(Sha256::digest(&bytes).as_slice());
        std::fs::write(blobs.join(&digest), &bytes)?;
        let media = format!("application/vnd.oci.image.{media}+json");
        let digest = format!("sha256:{digest}");
        Ok(json!({"mediaType": media, "digest": digest, "size": bytes.len()}))
    };
    let config = blob(
        "config.v1",
        &json!({
            "architecture": "amd64",
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{diff_id}")]},
        }),
    )?;
    let manifest = blob(
        "manifest.v1",
        &json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config,
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": format!("sha256:{digest}"),
                "size": packed,
            }],
        }),
    )?;
    std::fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    // The last, since it says that the layout is whole.
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    std::fs::write(layout.join("index.json"), serde_json::to_vec(&index)?)?;
    Ok(unpacked)
}

fn write_layer(out: &mut dyn Write, files: u64) -> Result<()> {
    let (mut content, mut padding) = (String::new(), Vec::new());
    for index in 0..files {
        content.clear();
        let folder = format!("srv/app/{:03}/{:02}", index / 10_000, index / 100 % 100);
        let path = if index % MANIFEST_EVERY == 0 {
            let name = format!("part-{}", index / MANIFEST_EVERY);
            content = json!({"name": name, "version": "1.2.3", "license": "MIT"}).to_string();
            format!("{folder}/node_modules/{name}/package.json")
        } else {
            let _ = writeln!(content, "export const number = {index};");
            format!("{folder}/module-{index}.js")
        };
        out.write_all(&header(&path, content.len())?)?;
        out.write_all(content.as_bytes())?;
        padding.resize(content.len().wrapping_neg() % 512, 0);
        out.write_all(&padding)?;
    }
    out.write_all(&[0; 1024])?;
    Ok(())
}

/// The header of a regular file (POSIX.1-1988, ustar).
fn header(path: &str, size: usize) -> Result<[u8; 512]> {
    let mut block = [0_u8; 512];
    let fields: [(usize, &[u8]); 9] = [
        (0, path.as_bytes()),
        (100, b"0000644\0"),
        (108, b"0000000\0"),
        (116, b"0000000\0"),
        (124, &format!("{size:011o}\0").into_bytes()),
        (136, b"14000000000\0"),
        (148, b"        "),
        (156, b"0"),
        (257, b"ustar\x0000"),
    ];
    for (at, bytes) in fields {
        let place = block.get_mut(at..at + bytes.len()).context("a field outside the header")?;
        place.copy_from_slice(bytes);
    }
    ensure!(path.len() < 100, "`{path}` is too long for a plain header");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let sum = format!("{sum:06o}\0 ");
    block.get_mut(148..156).context("no checksum")?.copy_from_slice(sum.as_bytes());
    Ok(block)
}

/// Counts and hashes what goes through.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// What it wrote to, the digest in hexadecimal, and how many bytes there were.
    fn finish(self) -> (W, String, u64) {
        (self.inner, hex(self.hash.finalize().as_slice()), self.bytes)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or(bytes));
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tar_reads_the_layer() {
        let mut layer = Vec::new();
        write_layer(&mut layer, 1_002).unwrap();
        assert_eq!(layer.len(), 1_002 * 1024 + 1024);
        let file = std::env::temp_dir().join(format!("panoply-tiny-{}.tar", std::process::id()));
        std::fs::write(&file, layer).unwrap();
        let listed = crate::run::output("tar", &["-tf", file.to_str().unwrap()]);
        std::fs::remove_file(file).unwrap();
        let listed = listed.unwrap();
        assert_eq!(listed.lines().count(), 1_002);
        assert!(listed.contains("srv/app/000/10/node_modules/part-1/package.json"), "{listed}");
    }
}
