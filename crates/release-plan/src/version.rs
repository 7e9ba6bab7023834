use release_version::ReleaseVersion;

use crate::{Observed, Progress, Recorded};

/// The version to release: the requested one, counted from the newest version
/// found anywhere. The same request again continues an unfinished release instead
/// of starting the next one, unless it stayed private and that version, or a higher
/// one, was published by others meanwhile.
#[must_use]
pub fn resolve_version(observed: &Observed) -> ReleaseVersion {
    let newest = published_versions(observed).into_iter().map(|(_, version)| version).max();
    if let Some(recorded) = &observed.recorded
        && !is_overtaken(recorded, newest)
    {
        return recorded.version;
    }
    let project_version = observed.package.as_ref().and_then(|package| package.version.as_deref());
    let project_version = project_version.and_then(ReleaseVersion::from_pep440);
    let current = newest.max(project_version).unwrap_or(ReleaseVersion::new(0, 0, 0));
    observed.request.resolve(&current)
}

fn is_overtaken(recorded: &Recorded, newest: Option<ReleaseVersion>) -> bool {
    recorded.progress == Progress::Private && newest >= Some(recorded.version)
}

/// Every published version, with the target that has it.
pub(crate) fn published_versions(observed: &Observed) -> Vec<(String, ReleaseVersion)> {
    let indexes = observed.indexes.iter().flat_map(|index| {
        index.versions.iter().map(|version| (format!("index {}", index.name), *version))
    });
    let tags = observed.git.tagged.iter().map(|version| ("git".to_owned(), *version));
    indexes.chain(tags).collect()
}
