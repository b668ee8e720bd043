//! Progress bars on a terminal.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use panoply_base::{Language, Progress};

/// Shows the current step on standard error.
#[derive(Debug)]
pub(crate) struct Bars {
    bar: Mutex<Option<ProgressBar>>,
    language: Language,
}

impl Bars {
    pub(crate) fn new(language: Language) -> Self {
        Self { bar: Mutex::new(None), language }
    }

    fn with(&self, show: impl FnOnce(&mut Option<ProgressBar>)) {
        // A bar is never worth a failure: what another thread left behind is good enough.
        match self.bar.lock() {
            Ok(mut bar) => show(&mut bar),
            Err(poisoned) => show(&mut poisoned.into_inner()),
        }
    }
}

/// Steps have names for programs; people get words.
fn words(step: &str, language: Language) -> &str {
    match (step, language) {
        ("files", Language::English) => "looking at files",
        ("files", Language::Chinese) => "正在检查文件",
        ("layers", Language::English) => "looking at layers",
        ("layers", Language::Chinese) => "正在检查镜像层",
        ("history", Language::English) => "looking through history",
        ("history", Language::Chinese) => "正在检查历史提交",
        ("download", Language::English) => "downloading",
        ("download", Language::Chinese) => "正在下载",
        (other, _) => other,
    }
}

impl Progress for Bars {
    fn begin(&self, step: &str, total: Option<u64>) {
        let (bar, template) = match total {
            Some(total) => (
                ProgressBar::new(total),
                "{spinner:.cyan} {msg} {wide_bar:.cyan/dim} {human_pos}/{human_len} {elapsed}",
            ),
            None => (ProgressBar::new_spinner(), "{spinner:.cyan} {msg} {human_pos} {elapsed}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(words(step, self.language).to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        self.with(|held| *held = Some(bar));
    }

    fn advance(&self, amount: u64) {
        self.with(|held| {
            if let Some(bar) = held {
                bar.inc(amount);
            }
        });
    }

    fn end(&self) {
        self.with(|held| {
            if let Some(bar) = held.take() {
                bar.finish_and_clear();
            }
        });
    }
}
