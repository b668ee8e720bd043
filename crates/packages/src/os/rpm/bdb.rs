//! Reads the hash tables of Berkeley DB, in which rpm kept its packages until about 2020.
//!
//! Layouts follow `db_page.h` of Berkeley DB 4.8 and 5.3. The hash itself does not matter to us: we
//! walk all pages, and of each hash page all pairs. A value that does not fit on a page lies on a
//! chain of overflow pages.

use panoply_base::Problem;

use super::Intake;
use super::binary::{Bytes, Order, Pages};

const HASH_MAGIC: u32 = 0x0006_1561;
const PAGE_HEADER: usize = 26;

const PAGE_HASH_UNSORTED: u8 = 2;
const PAGE_OVERFLOW: u8 = 7;
const PAGE_HASH_META: u8 = 8;
const PAGE_HASH: u8 = 13;

const ITEM_ON_PAGE: u8 = 1;
const ITEM_OFF_PAGE: u8 = 3;

pub(super) fn is(file: &[u8]) -> bool {
    order(file).is_some()
}

/// The file has the byte order of the machine that made it.
fn order(file: &[u8]) -> Option<Order> {
    [Order::Little, Order::Big]
        .into_iter()
        .find(|order| Bytes::new(file, *order).u32(12) == Some(HASH_MAGIC))
}

pub(super) fn read(file: &[u8], intake: &mut Intake<'_>) {
    let Some(table) = Table::open(file) else {
        intake.problem(Problem::byte(20, "a Berkeley DB file of a layout not known here"));
        return;
    };
    // The last page that the file itself claims to have.
    if table.bytes.u32(32).is_some_and(|last| last as usize >= table.pages()) {
        intake.problem(Problem::byte(32, "the file ends before its last page"));
    }
    let mut seen = Pages::new(table.pages());
    let mut scratch = Vec::new();
    let mut has_buckets = false;
    for page in 1..table.pages() {
        let start = page * table.page_size;
        let kind = table.bytes.u8(start + 25);
        if !matches!(kind, Some(PAGE_HASH | PAGE_HASH_UNSORTED)) {
            continue;
        }
        has_buckets = true;
        if !table.read_page(start, &mut seen, &mut scratch, intake) {
            return;
        }
    }
    // Even an empty table has the pages that packages would be on.
    if !has_buckets {
        intake.problem(Problem::whole("a Berkeley DB file without any page for packages"));
    }
}

struct Table<'a> {
    bytes: Bytes<'a>,
    page_size: usize,
}

impl<'a> Table<'a> {
    fn open(file: &'a [u8]) -> Option<Self> {
        let bytes = Bytes::new(file, order(file)?);
        let page_size = bytes.u32(20)? as usize;
        let is_encrypted = bytes.u8(24)? != 0;
        let fits = page_size.is_power_of_two() && (512..=65536).contains(&page_size);
        (fits && !is_encrypted && bytes.u8(25)? == PAGE_HASH_META)
            .then_some(Self { bytes, page_size })
    }

    /// Whole pages only; what is left of a cut one is read as zeros would be: not at all.
    fn pages(&self) -> usize {
        self.bytes.data.len() / self.page_size
    }

    /// Hands over the values of a page; `false` if nothing that follows can be believed.
    fn read_page(
        &self,
        start: usize,
        seen: &mut Pages,
        scratch: &mut Vec<u8>,
        intake: &mut Intake<'_>,
    ) -> bool {
        let Some(data) = self.bytes.slice(start, self.page_size) else { return true };
        let page = Bytes::new(data, self.bytes.order);
        let items = usize::from(page.u16(20).unwrap_or_default());
        // Items are keys and values by turns.
        for item in (0..items.saturating_sub(1)).step_by(2) {
            let place = (start + PAGE_HEADER + 2 * item) as u64;
            // rpm keeps the next free number under key 0. It is 4 bytes and no package.
            if self.item(&page, item).is_some_and(|key| matches!(key, [_, 0, 0, 0, 0])) {
                continue;
            }
            let value = self.item(&page, item + 1);
            let taken = match value.and_then(|value| Some((*value.first()?, value.get(1..)?))) {
                Some((ITEM_ON_PAGE, value)) => intake.blob(place, value),
                Some((ITEM_OFF_PAGE, value)) => match self.chain(value, seen, scratch) {
                    Some(()) => intake.blob(place, scratch),
                    None => damaged(place, "the pages of a package are damaged", intake),
                },
                _ => damaged(place, "a package of a kind not known here", intake),
            };
            if !taken {
                return false;
            }
        }
        true
    }

    /// An item of a page: its kind in one byte, then its content. Items fill the page from the end,
    /// so each ends where the one before it begins.
    fn item(&self, page: &Bytes<'a>, item: usize) -> Option<&'a [u8]> {
        let offset = |item: usize| Some(usize::from(page.u16(PAGE_HEADER + 2 * item)?));
        let end = match item.checked_sub(1) {
            Some(before) => offset(before)?,
            None => self.page_size,
        };
        page.data.get(offset(item)?..end)
    }

    /// Joins a value that lies on overflow pages. `value` is 3 unused bytes, the number of the first
    /// page and the length of the whole.
    fn chain(&self, value: &[u8], seen: &mut Pages, scratch: &mut Vec<u8>) -> Option<()> {
        let value = Bytes::new(value, self.bytes.order);
        let (mut page, length) = (value.u32(3)? as usize, value.u32(7)? as usize);
        scratch.clear();
        while scratch.len() < length {
            if !seen.take(page) {
                return None;
            }
            let data = self.bytes.slice(page.checked_mul(self.page_size)?, self.page_size)?;
            let bytes = Bytes::new(data, self.bytes.order);
            if bytes.u8(25)? != PAGE_OVERFLOW {
                return None;
            }
            // Overflow pages keep their length where others keep the end of free space.
            let used = usize::from(bytes.u16(22)?);
            scratch.extend_from_slice(bytes.slice(PAGE_HEADER, used)?);
            page = bytes.u32(16)? as usize;
        }
        scratch.truncate(length);
        Some(())
    }
}

fn damaged(place: u64, what: &str, intake: &mut Intake<'_>) -> bool {
    intake.problem(Problem::byte(place, what));
    true
}
