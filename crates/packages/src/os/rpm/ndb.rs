//! Reads rpm's own NDB format, as `ndb/rpmpkg.c` of rpm writes it: little-endian, slots of 16 bytes
//! that say where the blobs lie, counted in blocks of 16 bytes.

use panoply_base::Problem;

use super::Intake;
use super::binary::{Bytes, Order};

const MAGIC: &[u8] = b"RpmP";
const SLOT_MAGIC: &[u8] = b"Slot";
const BLOB_MAGIC: &[u8] = b"BlbS";
const PAGE: usize = 4096;
const BLOCK: usize = 16;
/// Slots begin after the header; its end is a whole number of slots.
const HEADER: usize = 32;
const SLOT: usize = 16;
const BLOB_HEAD: usize = 16;

pub(super) fn is(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

pub(super) fn read(file: &[u8], intake: &mut Intake<'_>) {
    let bytes = Bytes::new(file, Order::Little);
    let (Some(0), Some(pages)) = (bytes.u32(4), bytes.u32(12)) else {
        intake.problem(Problem::byte(4, "an NDB file of a version not known here"));
        return;
    };
    let end = (pages as usize).saturating_mul(PAGE);
    if end > file.len() {
        intake.problem(Problem::byte(12, "the table of packages is cut off"));
    }
    for at in (HEADER..end.min(file.len())).step_by(SLOT) {
        let numbers = (bytes.u32(at + 4), bytes.u32(at + 8), bytes.u32(at + 12));
        let (Some(SLOT_MAGIC), (Some(index), Some(block), Some(blocks))) =
            (bytes.slice(at, 4), numbers)
        else {
            intake.problem(Problem::byte(at as u64, "the table of packages is damaged here"));
            continue;
        };
        // A free slot.
        if block == 0 {
            continue;
        }
        let start = (block as usize).saturating_mul(BLOCK);
        let length = (blocks as usize).saturating_mul(BLOCK);
        let area = bytes.slice(start, length).map(|area| Bytes::new(area, Order::Little));
        match area.and_then(|area| blob(&area, index)) {
            Some(blob) if !intake.blob(start as u64, blob) => return,
            Some(_) => {}
            None => {
                intake.problem(Problem::byte(at as u64, "points to a package that is not there"));
            }
        }
    }
}

/// The blob in its blocks: before it a head (magic, index of the package, generation, length), behind
/// it a tail with a sum and the same again.
fn blob<'a>(area: &Bytes<'a>, index: u32) -> Option<&'a [u8]> {
    let is_head = area.slice(0, 4)? == BLOB_MAGIC && area.u32(4)? == index;
    let length = area.u32(12)?;
    if is_head { area.slice(BLOB_HEAD, length as usize) } else { None }
}
