//! Room for large files: how much of them is in memory at once, whatever the number of threads.

use std::sync::{Condvar, Mutex, PoisonError};

/// Files below this size need no room; there are at most as many as threads.
const LARGE: u64 = 4 << 20;

/// Bytes that large files may take together. A file that is larger than all of it waits until it
/// is alone.
#[derive(Debug)]
pub(crate) struct Room {
    total: u64,
    free: Mutex<u64>,
    freed: Condvar,
}

/// A file's share, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share<'a> {
    room: &'a Room,
    bytes: u64,
}

impl Room {
    pub(crate) fn new(total: u64) -> Self {
        Self { total, free: Mutex::new(total), freed: Condvar::new() }
    }

    /// Waits until there is room for a file of this size. Who has a share must not ask for another.
    pub(crate) fn share(&self, size: u64) -> Share<'_> {
        let bytes = if size < LARGE { 0 } else { size.min(self.total) };
        if bytes > 0 {
            let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
            let enough = self.freed.wait_while(free, |free| *free < bytes);
            *enough.unwrap_or_else(PoisonError::into_inner) -= bytes;
        }
        Share { room: self, bytes }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        if self.bytes > 0 {
            *self.room.free.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
            self.room.freed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn large_files_never_take_more_than_there_is() {
        let room = Room::new(3 * LARGE);
        let taken = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (room, taken) = (&room, &taken);
                scope.spawn(move || {
                    for round in 0..200 {
                        let share = room.share((thread + round) % 5 * LARGE);
                        let now = taken.fetch_add(share.bytes, Ordering::SeqCst) + share.bytes;
                        assert!(now <= 3 * LARGE);
                        taken.fetch_sub(share.bytes, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(*room.free.lock().unwrap(), 3 * LARGE);
    }

    #[test]
    fn small_files_never_wait() {
        let room = Room::new(LARGE);
        let _all = room.share(u64::MAX);
        assert_eq!(room.share(LARGE - 1).bytes, 0);
    }
}
