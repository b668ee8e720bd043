//! Images: archives of any bytes, or built of documents; manifests, indexes, configurations.
#![no_main]

use std::io::Read;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use panoply_base::{Digest, Limits};
use panoply_fuzz::{Input, text};
use panoply_image::{Archive, BlobError, Blobs, Image, Platform};
use panoply_testkit::TarBuilder;

/// Documents in a row; whichever digest is asked for, the next one is given.
struct Documents<'a> {
    parts: Vec<&'a [u8]>,
}

impl Blobs for Documents<'_> {
    fn root(&self) -> Result<(Vec<u8>, Option<Digest>), BlobError> {
        Ok((self.parts[0].to_vec(), None))
    }

    fn document(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>, BlobError> {
        let choice = digest.hex().bytes().map(usize::from).sum::<usize>() % self.parts.len();
        let part = self.parts[choice];
        assert!(part.len() as u64 <= limit);
        Ok(part.to_vec())
    }

    fn layer(&self, _: &Digest) -> Result<Box<dyn Read + '_>, BlobError> {
        Ok(Box::new(std::io::empty()))
    }
}

fn check(image: &Image) {
    let short = image.layers.iter().filter(|layer| layer.diff_id.is_none()).count();
    assert!(image.problems.len() >= short, "layers without a diff id are told");
}

/// Members from parts: a line of name, then the content.
fn built(input: Input<'_>) -> Vec<u8> {
    let mut tar = TarBuilder::new();
    for part in input.parts() {
        let mut part = Input::new(part);
        let name = text(part.line()).replace('\0', "?");
        // A target behind the name makes a link, as the older form of archives has them.
        tar = match name.split_once(" -> ") {
            Some((name, target)) => tar.symlink(name, target),
            None => tar.file(&name, part.rest()),
        };
    }
    tar.finish()
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Input::new(bytes);
    let shape = input.byte();
    let platform = Platform::new("linux", "arm64", "v8");
    let platform = (shape & 0x10 != 0).then_some(&platform);
    if shape & 3 == 2 {
        let documents = Documents { parts: input.parts() };
        if let Ok(image) = Image::open(&documents, platform) {
            check(&image);
        }
        return;
    }
    let bytes: Arc<[u8]> = if shape & 1 == 0 { input.rest().into() } else { built(input).into() };
    let Ok(mut archive) = Archive::open(Box::new(Arc::clone(&bytes)), &Limits::TINY) else {
        return;
    };
    for tag in [None, Some("app:1")] {
        let Ok(image) = archive.image(platform, tag) else { continue };
        check(&image);
        for layer in &image.layers {
            if let Ok(mut stream) = archive.layer(&layer.digest) {
                let mut content = Vec::new();
                if stream.read_to_end(&mut content).is_ok() {
                    assert!(
                        content.len() as u64 <= Limits::TINY.total_bytes.max(bytes.len() as u64)
                    );
                }
            }
        }
    }
});
