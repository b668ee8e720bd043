//! Numbers at places of a file that lies about its own size, and pages that may be used once.

/// Which end of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// Bytes with an order; every read is checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a> {
    pub(super) data: &'a [u8],
    pub(super) order: Order,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(data: &'a [u8], order: Order) -> Self {
        Self { data, order }
    }

    pub(super) fn u8(&self, at: usize) -> Option<u8> {
        self.data.get(at).copied()
    }

    pub(super) fn u16(&self, at: usize) -> Option<u16> {
        let bytes = self.array(at)?;
        Some(match self.order {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        })
    }

    pub(super) fn u32(&self, at: usize) -> Option<u32> {
        let bytes = self.array(at)?;
        Some(match self.order {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        })
    }

    /// `length` bytes from `at` on, if there are so many.
    pub(super) fn slice(&self, at: usize, length: usize) -> Option<&'a [u8]> {
        self.data.get(at..at.checked_add(length)?)
    }

    fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.slice(at, N)?.try_into().ok()
    }
}

/// Pages that were already seen. No page of a sound file is in two places, so that following each
/// only once ends every circle and bounds the work by the size of the file.
#[derive(Debug)]
pub(super) struct Pages {
    seen: Vec<bool>,
}

impl Pages {
    /// For pages 0 to `count - 1`.
    pub(super) fn new(count: usize) -> Self {
        Self { seen: vec![false; count] }
    }

    /// Whether the page exists and is seen for the first time.
    pub(super) fn take(&mut self, page: usize) -> bool {
        self.seen.get_mut(page).is_some_and(|seen| !std::mem::replace(seen, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_past_the_end_give_nothing() {
        let bytes = Bytes::new(&[1, 2, 3, 4], Order::Big);
        assert_eq!(bytes.u32(0), Some(0x0102_0304));
        assert_eq!(Bytes::new(bytes.data, Order::Little).u16(1), Some(0x0302));
        assert_eq!(bytes.u32(1), None);
        assert_eq!(bytes.slice(usize::MAX, 2), None);
        assert_eq!(bytes.u8(4), None);
    }

    #[test]
    fn a_page_is_taken_once() {
        let mut pages = Pages::new(2);
        assert_eq!([0, 0, 1, 2].map(|page| pages.take(page)), [true, false, true, false]);
    }
}
