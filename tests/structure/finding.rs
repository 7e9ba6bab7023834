//! A figure, and the places that make it what it is.

/// What a measure found.
pub(crate) struct Finding {
    pub(crate) figure: f64,
    /// What the figure was computed from.
    pub(crate) basis: String,
    /// Where to look, the worst first.
    pub(crate) offenders: Vec<String>,
}

impl Finding {
    /// The places to look at, one a line, at most `limit` of them.
    pub(crate) fn list_offenders(&self, limit: usize) -> String {
        let shown = self.offenders.iter().take(limit).map(|offender| format!("  {offender}\n"));
        let list: String = shown.collect();
        match self.offenders.len().saturating_sub(limit) {
            0 => list,
            more => format!("{list}  and {more} more: run with --nocapture\n"),
        }
    }
}

/// A share in percent.
pub(crate) fn percentage(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
