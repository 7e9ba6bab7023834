//! How lines of several containers are told apart.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use anstyle::AnsiColor;

/// Colours of containers, one after the other.
const COLORS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Yellow,
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::Red,
];

/// Labels before lines, as those of `docker compose logs`: as wide as the widest so far,
/// and in a colour of the container.
#[derive(Default)]
pub(crate) struct ContainerLabels {
    widest: AtomicUsize,
    /// The containers so far, in the order of their first lines.
    names: Mutex<Vec<String>>,
}

impl ContainerLabels {
    pub(crate) fn label(&self, name: &str) -> String {
        let width = self.widest.fetch_max(name.len(), Ordering::Relaxed).max(name.len());
        let style = COLORS[self.index_of(name) % COLORS.len()].on_default();
        format!("{style}{name:width$} |{style:#} ")
    }

    fn index_of(&self, name: &str) -> usize {
        let Ok(mut names) = self.names.lock() else { return 0 };
        names.iter().position(|other| other == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        })
    }
}

/// The line with the container before it, if there may be several.
pub(crate) fn prefixed_line(container: Option<&str>, line: &str) -> String {
    container.map_or_else(|| line.to_owned(), |name| format!("{name} | {line}"))
}
