use report::Reporter;
use serde::Serialize;

/// A typed result of an operation that can be shown. Everything that people see
/// of it, and the final report of `--format json`, is made from the value.
pub trait Present: Serialize {
    /// Shows the result.
    fn present(&self, reporter: &Reporter);
}

/// Nothing to show: the operation has reported what happened as it went.
impl Present for () {
    fn present(&self, _: &Reporter) {}
}

/// Nothing is shown of a missing result.
impl<T: Present> Present for Option<T> {
    fn present(&self, reporter: &Reporter) {
        if let Some(result) = self {
            result.present(reporter);
        }
    }
}

/// A number with its noun: `1 image`, `2 images`.
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
