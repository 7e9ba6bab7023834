use report::{Document, Table};

use crate::{observed::Planned, section::Section};

/// Service, what of it is deployed, what of it went.
pub(super) fn add(document: Document, planned: &Planned, section: &Section) -> Document {
    let mut table = Table::new(&["service", "repository", "deployed", "removed versions"]);
    for versions in
        image_retention::service_versions(&section.carried_out(planned), &planned.view.observed)
    {
        table.row([
            versions.service.unwrap_or_else(|| "-".to_owned()),
            versions.repository.to_string(),
            joined(&versions.deployed),
            joined(&versions.removed),
        ]);
    }
    if table.is_empty() { document } else { document.heading("Versions").table(table) }
}

/// The first ones; programs get all.
fn joined(words: &[String]) -> String {
    const SHOWN: usize = 6;
    match words.len() {
        0 => "-".to_owned(),
        1..=SHOWN => words.join(", "),
        all => format!("{} and {} more", words[..SHOWN].join(", "), all - SHOWN),
    }
}
