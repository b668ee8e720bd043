//! Scans an image: each layer once, in one pass, side by side.

use std::io::{self, Read};
use std::path::Path;

use panoply_base::{Cancelled, Digest, Problem};
use panoply_files::{Entry, Hashed, TarKind, Unpacked, Visitor, walk_tar};
use panoply_image::{Archive, Blobs, Image, Layer, Layout};
use panoply_model::{ImageFacts, LayerFacts, Report, TargetKind};
use panoply_secrets::Context;
use rayon::prelude::*;

use crate::ENGINES_VERSION;
use crate::cache::CacheKey;
use crate::engines::Engines;
use crate::facts::TreeFacts;
use crate::layers::squash;
use crate::look::Look;
use crate::options::Options;
use crate::report::{Scanned, assemble};
use crate::target::ScanError;

/// Scans what `docker save` and its relatives write.
pub(crate) fn scan_archive(
    path: &Path,
    engines: &Engines,
    options: &Options,
) -> Result<Report, ScanError> {
    let mut archive = Archive::open(Box::new(path.to_owned()), &options.limits)
        .map_err(|source| ScanError::Archive { path: path.to_owned(), source })?;
    let name = path.display().to_string();
    let image = archive
        .image(options.platform.as_ref(), None)
        .map_err(|source| ScanError::Image { name: name.clone(), source })?;
    let scope = lineage(&image, path);
    scan_layers(&archive, image, &name, &scope, engines, options)
}

/// Scans an OCI layout directory.
pub(crate) fn scan_layout(
    path: &Path,
    engines: &Engines,
    options: &Options,
) -> Result<Report, ScanError> {
    let layout = Layout::new(path);
    let name = path.display().to_string();
    let image = Image::open(&layout, options.platform.as_ref())
        .map_err(|source| ScanError::Image { name: name.clone(), source })?;
    let scope = lineage(&image, path);
    scan_layers(&layout, image, &name, &scope, engines, options)
}

/// Scans an image wherever its blobs are.
pub(crate) fn scan_blobs(
    blobs: &dyn Blobs,
    name: &str,
    scope: &str,
    engines: &Engines,
    options: &Options,
) -> Result<Report, ScanError> {
    let image = Image::open(blobs, options.platform.as_ref())
        .map_err(|source| ScanError::Image { name: name.to_owned(), source })?;
    scan_layers(blobs, image, name, scope, engines, options)
}

/// The repository an image belongs to, without its tag; a file's name where no tag tells.
fn lineage(image: &Image, path: &Path) -> String {
    let tagged = image.tags.iter().find_map(|tag| tag.parse::<panoply_image::Reference>().ok());
    match tagged {
        Some(reference) => reference.lineage(),
        None => {
            path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
        }
    }
}

fn scan_layers(
    blobs: &dyn Blobs,
    image: Image,
    name: &str,
    scope: &str,
    engines: &Engines,
    options: &Options,
) -> Result<Report, ScanError> {
    let key = options.reading_key();
    let context = Context { key: &key, now: Some(options.now) };
    let cache_key = cache_key(engines, options, &key);
    options.progress.begin("layers", Some(image.layers.len() as u64));
    let looked: Vec<(TreeFacts, bool, Digest)> = image
        .layers
        .par_iter()
        .map(|layer| {
            let looked = look_at_layer(blobs, layer, engines, options, context, &cache_key);
            options.progress.advance(1);
            looked
        })
        .collect::<Result<_, Cancelled>>()?;
    options.progress.end();

    let mut layers = Vec::with_capacity(looked.len());
    let mut facts = Vec::with_capacity(looked.len());
    for (layer, (found, cached, diff_id)) in image.layers.iter().zip(looked) {
        layers.push(LayerFacts {
            digest: Some(layer.digest.clone()),
            diff_id,
            created_by: layer.created_by.clone(),
            cached,
        });
        facts.push(found);
    }
    let mut whole = squash(facts, options.limits.problems);
    for problem in &image.problems {
        whole.problem(problem.clone().within(name), options.limits.problems);
    }
    let mut scanned = Scanned::new(name, scope.to_owned(), whole);
    scanned.target.kind = TargetKind::Image;
    scanned.target.image = Some(ImageFacts {
        manifest: image.manifest,
        config: image.config,
        tags: image.tags,
        platform: image.platform.to_string(),
        created: image.created,
        layers,
    });
    Ok(assemble(scanned, engines, options))
}

/// Everything that what is found in a layer depends on. The time is not part of it: whether a token
/// has expired is told anew only when the layer is read anew.
fn cache_key(engines: &Engines, options: &Options, key: &[u8]) -> CacheKey {
    let limits = format!("{:?}", options.limits);
    let version = ENGINES_VERSION.to_string();
    let key = blake3::hash(key).to_hex().to_string();
    CacheKey::new(&[&version, &engines.fingerprint, &limits, &key])
}

fn look_at_layer(
    blobs: &dyn Blobs,
    layer: &Layer,
    engines: &Engines,
    options: &Options,
    context: Context<'_>,
    cache_key: &CacheKey,
) -> Result<(TreeFacts, bool, Digest), Cancelled> {
    let claimed = layer.diff_id.clone();
    if let (Some(cache), Some(diff_id)) = (&options.cache, &claimed)
        && let Some(facts) = cache.load(cache_key, diff_id)
    {
        return Ok((facts, true, diff_id.clone()));
    }
    let mut sight = Sight { look: Look::new(engines, &options.limits, context) };
    let read = read_layer(blobs, layer, options, &mut sight)?;
    let mut facts = sight.look.facts;
    facts.sort();
    let diff_id = match (read, claimed) {
        (Some((actual, complete)), claimed) => {
            if let Some(claimed) = claimed.filter(|claimed| *claimed != actual && complete) {
                let what =
                    format!("the configuration calls this layer `{claimed}`, but it is `{actual}`");
                facts.problem(
                    Problem::whole(what).within(&layer.digest.to_string()),
                    options.limits.problems,
                );
            }
            // Kept under what the layer is, not under what somebody called it: a lie would give
            // another image's layer a clean result.
            if let Some(cache) = options.cache.as_ref().filter(|_| complete)
                && let Err(error) = cache.store(cache_key, &actual, &facts)
            {
                let what = format!("the result of a layer cannot be cached: {error}");
                facts.problem(Problem::whole(what), options.limits.problems);
            }
            actual
        }
        (None, Some(claimed)) => claimed,
        (None, None) => layer.digest.clone(),
    };
    Ok((facts, false, diff_id))
}

/// Walks a layer; gives its diff id and whether all of it was read. `None` if nothing was.
fn read_layer(
    blobs: &dyn Blobs,
    layer: &Layer,
    options: &Options,
    sight: &mut Sight<'_>,
) -> Result<Option<(Digest, bool)>, Cancelled> {
    let name = layer.digest.to_string();
    let opened = blobs.layer(&layer.digest).map_err(|error| error.to_string()).and_then(|stream| {
        Unpacked::open(stream, &options.limits).map_err(|error| error.to_string())
    });
    let unpacked = match opened {
        Ok(unpacked) => unpacked,
        Err(what) => {
            sight.problem(Problem::whole(what).within(&name));
            return Ok(None);
        }
    };
    let mut hashed = Hashed::new(unpacked);
    let mut named = Named { sight, name: &name };
    let walked =
        walk_tar(&mut hashed, TarKind::Layer, &options.limits, &options.cancel, &mut named)?;
    // The walk reads to the end of the tar; padding behind it still belongs to the layer.
    let drained = io::copy(&mut hashed.by_ref().take(options.limits.total_bytes), &mut io::sink());
    let (diff_id, _) = hashed.finish();
    Ok(Some((diff_id, walked.complete && drained.is_ok())))
}

/// The look as a visitor of a walk.
struct Sight<'a> {
    look: Look<'a>,
}

impl Sight<'_> {
    fn problem(&mut self, problem: Problem) {
        self.look.problem(problem);
    }
}

/// Names the layer in problems of the walk.
struct Named<'s, 'a> {
    sight: &'s mut Sight<'a>,
    name: &'s str,
}

impl Visitor for Named<'_, '_> {
    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<(), Cancelled> {
        self.sight.look.entry(entry);
        Ok(())
    }

    fn problem(&mut self, problem: Problem) {
        self.sight.problem(problem.within(self.name));
    }
}
