use release_version::ReleaseVersion;

use crate::{Observed, Progress, Recorded};

/// The version to release: what was asked for, counted from the newest version
/// known anywhere. The same words typed again continue an unfinished release
/// instead of starting the next one, unless it stayed private and somebody else
/// has released that far meanwhile.
#[must_use]
pub fn resolve_version(observed: &Observed) -> ReleaseVersion {
    let published = published(observed).map(|(_, version)| version).max();
    let overtaken = |recorded: &Recorded| {
        recorded.progress == Progress::Private && published >= Some(recorded.version)
    };
    match &observed.recorded {
        Some(recorded) if !overtaken(recorded) => recorded.version,
        _ => {
            let stated = observed.package.as_ref().and_then(|package| package.version.as_deref());
            let stated = stated.and_then(ReleaseVersion::from_pep440);
            let newest = published.max(stated).unwrap_or(ReleaseVersion::new(0, 0, 0));
            observed.request.resolve(&newest)
        }
    }
}

/// Every version published, with the place that has it.
pub(crate) fn published(observed: &Observed) -> impl Iterator<Item = (String, ReleaseVersion)> {
    let at = |place: String, versions: &[ReleaseVersion]| {
        versions.iter().map(move |version| (place.clone(), *version)).collect::<Vec<_>>()
    };
    let indexes = observed
        .indexes
        .iter()
        .map(move |index| at(format!("index {}", index.name), &index.versions));
    let git = std::iter::once(at("git".to_owned(), &observed.git.tagged));
    indexes.chain(git).flatten().collect::<Vec<_>>().into_iter()
}
