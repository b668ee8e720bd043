//! One table of everything that was measured, for people (Markdown) and for programs (JSON).

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::measure::Cost;

#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The benchmark that rows are added for.
    current: &'static str,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    benchmark: &'static str,
    what: String,
    cost: Option<Cost>,
    /// A figure that is no cost, or why there is none.
    note: String,
    goal: Option<Goal>,
}

#[derive(Debug)]
struct Goal {
    text: String,
    met: bool,
}

impl Table {
    /// The same table; rows belong to this benchmark from now on.
    pub(crate) fn of(&mut self, benchmark: &'static str) -> &mut Self {
        self.current = benchmark;
        self
    }

    pub(crate) fn cost(&mut self, what: &str, cost: Cost) {
        self.add(what, Some(cost), String::new(), None);
    }

    /// A cost of which one figure is promised.
    pub(crate) fn cost_with_goal(&mut self, what: &str, cost: Cost, goal: &str, met: bool) {
        self.add(what, Some(cost), String::new(), Some(Goal { text: goal.to_owned(), met }));
    }

    pub(crate) fn figure(&mut self, what: &str, figure: String) {
        self.add(what, None, figure, None);
    }

    pub(crate) fn figure_with_goal(&mut self, what: &str, figure: String, goal: &str, met: bool) {
        self.add(what, None, figure, Some(Goal { text: goal.to_owned(), met }));
    }

    pub(crate) fn skipped(&mut self, why: &str) {
        self.add("**not measured**", None, why.to_owned(), None);
    }

    fn add(&mut self, what: &str, cost: Option<Cost>, note: String, goal: Option<Goal>) {
        let row = Row { benchmark: self.current, what: what.to_owned(), cost, note, goal };
        println!("{}", row.markdown());
        self.rows.push(row);
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text =
            "| benchmark | what | wall s | CPU s | peak MiB | runs | measured | goal | |\n\
            |---|---|---|---|---|---|---|---|---|\n"
                .to_owned();
        for row in &self.rows {
            text.push_str(&row.markdown());
            text.push('\n');
        }
        text
    }

    fn json(&self) -> Value {
        let rows = self.rows.iter().map(|row| {
            json!({
                "benchmark": row.benchmark,
                "what": row.what,
                "wall_seconds": row.cost.map(|cost| cost.wall),
                "cpu_seconds": row.cost.map(|cost| cost.cpu),
                "peak_mib": row.cost.map(|cost| cost.memory),
                "runs": row.cost.map(|cost| cost.runs),
                "measured": row.note,
                "goal": row.goal.as_ref().map(|goal| goal.text.as_str()),
                "met": row.goal.as_ref().map(|goal| goal.met),
            })
        });
        Value::Array(rows.collect())
    }

    /// Writes `<path>.md` and `<path>.json`.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        std::fs::write(path.with_extension("md"), self.markdown())?;
        std::fs::write(path.with_extension("json"), serde_json::to_vec_pretty(&self.json())?)?;
        Ok(())
    }
}

impl Row {
    fn markdown(&self) -> String {
        let cost = self.cost.map_or_else(
            || "| | | ".to_owned(),
            |Cost { wall, cpu, memory, runs }| {
                format!("{wall:.3} | {cpu:.3} | {memory:.1} | {runs}")
            },
        );
        let goal = self.goal.as_ref().map_or_else(
            || "| ".to_owned(),
            |Goal { text, met }| format!("{text} | {}", if *met { "met" } else { "**not met**" }),
        );
        // A message in a cell must not begin a new one.
        let note = self.note.replace('|', "\\|").replace('\n', " ");
        format!("| {} | {} | {cost} | {note} | {goal} |", self.benchmark, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_columns_of_the_heading_whatever_they_hold() {
        let mut table = Table::default();
        let cost = Cost { wall: 0.5, cpu: 0.25, memory: 10.0, runs: 3 };
        table.of("one").cost("a cost", cost);
        table.cost_with_goal("with a goal", cost, "≤ 1 s", true);
        table.figure_with_goal("a ratio", "1/2".to_owned(), "≤ 1/3", false);
        table.of("two").skipped("there is no `a|b`");
        let text = table.markdown();
        let columns = |line: &str| line.replace("\\|", "").matches('|').count();
        assert!(text.lines().all(|line| columns(line) == 10), "{text}");
        assert!(text.contains("| one | a ratio | | | |  | 1/2 | ≤ 1/3 | **not met** |"), "{text}");
        assert_eq!(table.json()[3]["measured"], "there is no `a|b`");
        assert_eq!(table.json()[1]["met"], true);
    }
}
