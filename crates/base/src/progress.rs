//! How long work tells whoever waits for it how far it is.

/// Receives the progress of one job. Called from several threads, often; must be cheap.
pub trait Progress: Send + Sync {
    /// A named step begins; `total` is its size in the step's own unit, where that is known.
    fn begin(&self, step: &str, total: Option<u64>);
    /// `amount` more of the current step is done.
    fn advance(&self, amount: u64);
    /// The step is over.
    fn end(&self);
}

/// Nobody is watching.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _step: &str, _total: Option<u64>) {}
    fn advance(&self, _amount: u64) {}
    fn end(&self) {}
}
