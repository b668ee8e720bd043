//! Reads one table of an SQLite database: `Packages` of `rpmdb.sqlite`.
//!
//! Follows "Database File Format" of sqlite.org. A table is a tree of pages; its leaves hold rows,
//! and a row that does not fit goes on in a chain of overflow pages. Pages of the write-ahead log
//! ([`log`]) stand in for those of the file. Everything else of SQLite (indexes, free pages) does not
//! bear on reading a table in full.

use std::borrow::Cow;

use panoply_base::Problem;

use super::Intake;
use super::binary::{Bytes, Order, Pages};
use log::Log;

mod log;

const MAGIC: &[u8] = b"SQLite format 3\0";
const LEAF: u8 = 0x0d;
const INTERIOR: u8 = 0x05;

pub(super) fn is(file: &[u8]) -> bool {
    file.starts_with(MAGIC)
}

/// Whether a rollback journal would be played back by SQLite before it reads: "hot" ones begin with
/// a magic; when the write is done it is zeroed or the file is emptied.
pub(super) fn is_hot_journal(file: &[u8]) -> bool {
    file.starts_with(&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7])
}

/// Reads a database; `log` is the write-ahead log beside it, empty where there is none.
pub(super) fn read(file: &[u8], log: &[u8], intake: &mut Intake<'_>) {
    let Some(database) = Database::open(file, log) else {
        intake.problem(Problem::byte(16, "an SQLite file of a layout not known here"));
        return;
    };
    let claimed = database.page(1).and_then(|(_, page)| page.u32(28)).unwrap_or_default() as usize;
    if claimed > database.pages() {
        intake.problem(Problem::byte(28, "the file ends before its last page"));
    }
    intake.honest += database.log.bytes();
    let mut root = None;
    database.walk(1, &mut |_, row| {
        match row {
            Ok(row) if root.is_none() => root = root_of_packages(row),
            Ok(_) => {}
            Err(problem) => intake.problem(problem),
        }
        true
    });
    let Some(root) = root else {
        intake.problem(Problem::whole("has no table `Packages`"));
        return;
    };
    database.walk(root, &mut |offset, row| {
        // The table has two columns, a number and the blob; a forged row may have thousands.
        match row.map(|row| columns(row).take(2).find_map(Value::blob)) {
            Ok(Some(blob)) => return intake.blob(offset, blob),
            Ok(None) => intake.problem(Problem::byte(offset, "a row without a package")),
            Err(problem) => intake.problem(problem),
        }
        true
    });
}

/// Of a row of the schema (type, name, table, root page, statement), the root page of `Packages`.
fn root_of_packages(row: &[u8]) -> Option<usize> {
    let mut columns = columns(row);
    let is_packages = columns.next()?.is_text("table") && columns.next()?.is_text("Packages");
    if is_packages { columns.nth(1)?.number() } else { None }
}

/// Receives a row and its place; `false` ends the walk.
type Visit<'v> = dyn FnMut(u64, Result<&[u8], Problem>) -> bool + 'v;

struct Database<'a> {
    bytes: Bytes<'a>,
    page_size: usize,
    /// Bytes of a page that hold content.
    usable: usize,
    log: Log<'a>,
}

impl<'a> Database<'a> {
    fn open(file: &'a [u8], log: &'a [u8]) -> Option<Self> {
        let bytes = Bytes::new(file, Order::Big);
        let page_size = match usize::from(bytes.u16(16)?) {
            1 => 65536,
            size => size,
        };
        let usable = page_size.checked_sub(usize::from(bytes.u8(20)?))?;
        // The format asks for at least 480, and the sums below rely on it.
        let fits = page_size.is_power_of_two() && page_size >= 512 && usable >= 480;
        fits.then(|| Self { bytes, page_size, usable, log: Log::read(log, page_size) })
    }

    fn pages(&self) -> usize {
        self.log.pages(self.bytes.data.len() / self.page_size)
    }

    /// The page of a number, counted from 1, and its offset in the file, where it is or will be.
    fn page(&self, number: usize) -> Option<(usize, Bytes<'a>)> {
        let start = number.checked_sub(1)?.checked_mul(self.page_size)?;
        let page = self.log.page(number);
        let page = page.or_else(|| self.bytes.slice(start, self.page_size))?;
        Some((start, Bytes::new(page, Order::Big)))
    }

    /// Visits all rows of the table whose tree begins at page `root`.
    fn walk(&self, root: usize, visit: &mut Visit<'_>) {
        let mut seen = Pages::new(self.pages() + 1);
        let mut waiting = vec![root];
        while let Some(number) = waiting.pop() {
            let place = (number.saturating_sub(1) as u64).saturating_mul(self.page_size as u64);
            let page = seen.take(number).then(|| self.page(number)).flatten();
            let Some((start, page)) = page else {
                let problem = Problem::byte(place, "a page that is used twice or is not there");
                if visit(place, Err(problem)) {
                    continue;
                }
                return;
            };
            // The first page begins with the header of the file.
            let head = if number == 1 { 100 } else { 0 };
            let going_on = match page.u8(head) {
                Some(LEAF) => self.leaf(start, &page, head, &mut seen, visit),
                Some(INTERIOR) => {
                    waiting.extend(children(&page, head));
                    true
                }
                _ => visit(place, Err(Problem::byte(place, "a page that is no part of a table"))),
            };
            if !going_on {
                return;
            }
        }
    }

    fn leaf(
        &self,
        start: usize,
        page: &Bytes<'a>,
        head: usize,
        seen: &mut Pages,
        visit: &mut Visit<'_>,
    ) -> bool {
        for cell in cells(page, head + 8, head) {
            let place = (start + cell) as u64;
            let row = self.row(page, cell, seen);
            let row = row
                .as_deref()
                .ok_or_else(|| Problem::byte(place, "the pages of a row are damaged"));
            if !visit(place, row) {
                return false;
            }
        }
        true
    }

    /// The payload of the cell at `cell`: its length, the number of the row, what fits on the page,
    /// and the first page of the rest.
    fn row(&self, page: &Bytes<'a>, cell: usize, seen: &mut Pages) -> Option<Cow<'a, [u8]>> {
        let (length, at) = varint(page.data, cell)?;
        let (_, at) = varint(page.data, at)?;
        let length = usize::try_from(length).ok()?;
        let local = self.local(length);
        let here = page.slice(at, local)?;
        if local == length {
            return Some(Cow::Borrowed(here));
        }
        // No row is longer than the files it lies in.
        if length > self.bytes.data.len() + self.log.bytes() {
            return None;
        }
        let mut next = page.u32(at + local)? as usize;
        let mut payload = Vec::new();
        while payload.len() < length {
            if !seen.take(next) {
                return None;
            }
            // Only now: cells may overlap, and thousands of one page could ask for a copy of it.
            if payload.is_empty() {
                payload.extend_from_slice(here);
            }
            let (_, overflow) = self.page(next)?;
            let part = (length - payload.len()).min(self.usable - 4);
            payload.extend_from_slice(overflow.slice(4, part)?);
            next = overflow.u32(0)? as usize;
        }
        Some(Cow::Owned(payload))
    }

    /// How much of a payload lies on the leaf itself ("B-tree Pages", the rules for X, M and K).
    fn local(&self, length: usize) -> usize {
        let most = self.usable - 35;
        if length <= most {
            return length;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let balanced = least + (length - least) % (self.usable - 4);
        if balanced <= most { balanced } else { least }
    }
}

/// Offsets of the cells of a page; `head` is where the page's header begins, `array` where the list
/// of cells does.
fn cells(page: &Bytes<'_>, array: usize, head: usize) -> impl Iterator<Item = usize> {
    let count = usize::from(page.u16(head + 3).unwrap_or_default());
    (0..count).map_while(move |cell| page.u16(array + 2 * cell)).map(usize::from)
}

/// The pages below an interior page: one per cell, and the rightmost in the header.
fn children(page: &Bytes<'_>, head: usize) -> Vec<usize> {
    let mut pages: Vec<_> = cells(page, head + 12, head)
        .filter_map(|cell| page.u32(cell))
        .chain(page.u32(head + 8))
        .map(|number| number as usize)
        .collect();
    // The last one waiting is read first.
    pages.reverse();
    pages
}

/// A value of a row ("Record Format"): a serial type and the bytes it asks for.
#[derive(Clone, Copy)]
struct Value<'a> {
    kind: u64,
    bytes: &'a [u8],
}

impl<'a> Value<'a> {
    fn is_text(self, text: &str) -> bool {
        self.kind >= 13 && !self.kind.is_multiple_of(2) && self.bytes == text.as_bytes()
    }

    fn blob(self) -> Option<&'a [u8]> {
        (self.kind >= 12 && self.kind.is_multiple_of(2)).then_some(self.bytes)
    }

    /// Page numbers are not negative.
    fn number(self) -> Option<usize> {
        match self.kind {
            1..=6 => {
                let number = self.bytes.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
                usize::try_from(number).ok()
            }
            9 => Some(1),
            _ => None,
        }
    }
}

/// The values of a row; ends where the row stops making sense.
fn columns(row: &[u8]) -> impl Iterator<Item = Value<'_>> {
    let (length, mut kinds_at) = varint(row, 0).unwrap_or_default();
    let kinds_end = usize::try_from(length).unwrap_or(0).min(row.len());
    let mut at = kinds_end;
    std::iter::from_fn(move || {
        if kinds_at >= kinds_end {
            return None;
        }
        let (kind, next) = varint(row, kinds_at)?;
        kinds_at = next;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            _ => kind.checked_sub(12)? / 2,
        };
        let end = at.checked_add(usize::try_from(length).ok()?)?;
        let bytes = row.get(at..end)?;
        at = end;
        Some(Value { kind, bytes })
    })
}

/// A number of one to nine bytes, seven bits each and eight in the last, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut number = 0_u64;
    for count in 0..9 {
        let byte = *bytes.get(at.checked_add(count)?)?;
        if count == 8 {
            return Some((number << 8 | u64::from(byte), at + 9));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, at + count + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_are_up_to_nine_bytes() {
        let check = |bytes: &[u8], expected| assert_eq!(varint(bytes, 0), expected, "{bytes:?}");
        check(&[0x05], Some((5, 1)));
        check(&[0x81, 0x00], Some((128, 2)));
        check(&[0xff; 9], Some((u64::MAX, 9)));
        check(&[0xff; 8], None);
        check(&[], None);
    }

    #[test]
    fn a_row_gives_its_columns() {
        // Types: NULL, text of 2 bytes, 16-bit number, constant 1, blob of 1 byte.
        let row = [6, 0, 17, 2, 9, 14, b'h', b'i', 1, 2, 0xaa];
        let values: Vec<_> = columns(&row).collect();
        assert_eq!(values.len(), 5);
        assert!(values[1].is_text("hi"));
        assert_eq!([values[2].number(), values[3].number()], [Some(258), Some(1)]);
        assert_eq!(columns(&row).find_map(Value::blob), Some(&[0xaa][..]));
        for end in 0..row.len() {
            assert!(columns(&row[..end]).count() < 5);
        }
    }
}
