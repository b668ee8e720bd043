//! Columns that fit the terminal: what can be shortened is, what cannot fit at all is left out.

use std::io;

use anstyle::Style;

use super::Page;
use crate::clean;

/// Cells between two columns.
const GAP: usize = 2;
/// Lines one cell may take.
const LINES: usize = 2;

pub(super) struct Column {
    title: String,
    /// Cells below which its text says nothing.
    least: usize,
    /// Cells above which it takes room from others.
    most: usize,
    optional: bool,
    /// Goes first where there is not enough room.
    sheds: bool,
}

impl Column {
    /// A column that wraps and is cut.
    pub(super) fn new(title: &str, least: usize, most: usize) -> Self {
        Self { title: title.to_owned(), least, most, optional: false, sheds: false }
    }

    /// A column whose text is copied from the screen, so it must be whole.
    pub(super) fn whole(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            least: usize::MAX,
            most: usize::MAX,
            optional: false,
            sheds: false,
        }
    }

    /// Is left out where it is empty.
    pub(super) fn if_any(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Is left out where it is empty, and where the terminal is narrow.
    pub(super) fn optional(mut self) -> Self {
        self.sheds = true;
        self.if_any()
    }
}

pub(super) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(super) fn plain(text: &str) -> Self {
        Self::styled(text, Style::new())
    }

    pub(super) fn styled(text: &str, style: Style) -> Self {
        // More than a cell can show is not even measured.
        Self { text: clean::line(&clean::limit(text, 500)), style }
    }
}

pub(super) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    pub(super) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    pub(super) fn write(&self, page: &mut Page<'_>) -> io::Result<()> {
        let widths = self.widths(page.width);
        let header = self.columns.iter().map(|c| c.title.as_str());
        let header = join(header.zip(&widths).map(|(title, width)| pad(title, *width)), &widths);
        page.line(&page.paint(Style::new().dimmed(), header.trim_end()))?;
        let rule = join(widths.iter().map(|width| "─".repeat(*width)), &widths);
        page.line(&page.paint(Style::new().dimmed(), rule.trim_end()))?;
        for row in &self.rows {
            let wrapped: Vec<Vec<String>> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| clean::wrap(&cell.text, *width, LINES))
                .collect();
            let height =
                wrapped.iter().zip(&widths).filter(|(_, w)| **w > 0).map(|(lines, _)| lines.len());
            for at in 0..height.max().unwrap_or(0) {
                let cells = wrapped.iter().zip(row).zip(&widths).map(|((lines, cell), width)| {
                    let text = lines.get(at).map(String::as_str).unwrap_or_default();
                    let space = " ".repeat(width.saturating_sub(clean::width(text)));
                    format!("{}{space}", page.paint(cell.style, text))
                });
                let line = join(cells, &widths);
                page.line(&line)?;
            }
        }
        Ok(())
    }

    /// Cells of each column; 0 leaves a column out.
    fn widths(&self, width: usize) -> Vec<usize> {
        let natural = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            cells.map(|cell| clean::width(&cell.text)).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| match natural(at) {
                0 if column.optional => 0,
                cells => cells.max(clean::width(&column.title)).min(column.most),
            })
            .collect();
        loop {
            let shown = widths.iter().filter(|w| **w > 0).count();
            let used = widths.iter().sum::<usize>() + GAP * shown.saturating_sub(1);
            let Some(over) = used.checked_sub(width).filter(|over| *over > 0) else {
                return widths;
            };
            // The column with most to spare gives first, so that all shrink towards their least.
            let spare = |(at, cells): (usize, &usize)| {
                let least = self.columns.get(at).map_or(0, |column| column.least);
                (cells.saturating_sub(least), at)
            };
            let (most, at) = widths.iter().enumerate().map(spare).max().unwrap_or_default();
            if most > 0 {
                if let Some(cells) = widths.get_mut(at) {
                    *cells -= over.min(most.div_ceil(2));
                }
                continue;
            }
            let last = self.columns.iter().zip(&widths).rposition(|(c, w)| c.sheds && *w > 0);
            match last.and_then(|at| widths.get_mut(at)) {
                Some(cells) => *cells = 0,
                // Nothing gives: the terminal wraps.
                None => return widths,
            }
        }
    }
}

fn pad(text: &str, width: usize) -> String {
    let text = clean::cut(text, width);
    format!("{text}{}", " ".repeat(width.saturating_sub(clean::width(&text))))
}

fn join(cells: impl Iterator<Item = String>, widths: &[usize]) -> String {
    let shown = cells.zip(widths).filter(|(_, width)| **width > 0).map(|(cell, _)| cell);
    shown.collect::<Vec<_>>().join(&" ".repeat(GAP))
}
