//! A visitor that reads everything it is shown, and checks what every walk promises.

use panoply_base::{Cancelled, Limits, Problem};
use panoply_files::{Entry, Visitor};

#[derive(Default)]
pub struct Reading {
    pub problems: usize,
    pub entries: u64,
    buffer: Vec<u8>,
}

impl Visitor for Reading {
    fn entry(&mut self, entry: &mut Entry<'_>) -> Result<(), Cancelled> {
        self.entries += 1;
        let path = entry.path;
        assert!(!path.split('/').any(|part| matches!(part, "." | "..")) && !path.starts_with('/'));
        assert!(!path.contains('\0'));
        let limit = Limits::TINY.file_bytes;
        if entry.read_into(&mut self.buffer, limit).is_ok() {
            assert!(self.buffer.len() as u64 <= limit);
        }
        Ok(())
    }

    fn problem(&mut self, _problem: Problem) {
        self.problems += 1;
    }
}
