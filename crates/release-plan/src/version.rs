use release_version::{ReleaseVersion, VersionRequest};

use crate::{Finding, Observed, Progress, Recorded};

/// The version to release: the requested one, or counted from the newest version found
/// anywhere. The same request again continues an unfinished release instead of
/// starting the next one, unless it stayed private and that version, or a higher one,
/// was published by others meanwhile.
///
/// # Errors
/// A finding, when the request has no single meaning: ask for an explicit version.
pub fn resolve_version(observed: &Observed) -> Result<ReleaseVersion, Finding> {
    let published: Vec<ReleaseVersion> =
        published_versions(observed).into_iter().map(|(_, version)| version).collect();
    let newest = published.iter().max().copied();
    if let Some(recorded) = &observed.recorded
        && !is_overtaken(recorded, newest)
    {
        return Ok(recorded.version);
    }
    if let VersionRequest::Exact(version) = observed.request {
        return Ok(version);
    }
    match (stated_version(observed)?, newest) {
        (Some(stated), Some(newest)) if stated > newest => {
            resolve_ahead(observed.request, stated, newest, &published)
        }
        (stated, newest) => {
            let current = newest.or(stated).unwrap_or(ReleaseVersion::ZERO);
            resolve(observed.request, &current, &published)
        }
    }
}

/// The package states a version that was never published. A development or
/// pre-release version is what the next one is counted from. A final one is what the
/// request means when both give the same; else nobody knows which is wanted.
fn resolve_ahead(
    request: VersionRequest,
    stated: ReleaseVersion,
    newest: ReleaseVersion,
    published: &[ReleaseVersion],
) -> Result<ReleaseVersion, Finding> {
    if stated.is_prerelease() {
        return resolve(request, &stated, published);
    }
    let next = resolve(request, &newest, published);
    if next.as_ref() == Ok(&stated) {
        return Ok(stated);
    }
    let counted = next.map(|next| format!(" or {next}")).unwrap_or_default();
    let problem = format!(
        "the package states {stated}, which is not published, and the newest published version is \
         {newest}, so `{request}` is ambiguous"
    );
    let advice = format!("name the version: {stated}{counted}");
    Err(Finding::precondition("version", problem, &advice))
}

fn resolve(
    request: VersionRequest,
    current: &ReleaseVersion,
    published: &[ReleaseVersion],
) -> Result<ReleaseVersion, Finding> {
    let resolved = request.resolve(current, published);
    resolved.map_err(|error| Finding::mistake("version", error.to_string(), ""))
}

/// The version that the package states.
///
/// # Errors
/// A finding, when it cannot be read.
pub(crate) fn stated_version(observed: &Observed) -> Result<Option<ReleaseVersion>, Finding> {
    let Some(package) = &observed.package else { return Ok(None) };
    if let Some(problem) = &package.unreadable {
        return Err(Finding::mistake("package", problem, ""));
    }
    let Some(text) = package.version.as_deref() else { return Ok(None) };
    ReleaseVersion::from_pep440(text).map(Some).ok_or_else(|| {
        let problem = format!("the stated version `{text}` cannot be read as PEP 440");
        Finding::mistake("package", problem, "correct it, or name the version to release")
    })
}

fn is_overtaken(recorded: &Recorded, newest: Option<ReleaseVersion>) -> bool {
    recorded.progress == Progress::Private && newest >= Some(recorded.version)
}

/// The newest published release before a version. Before a final version that is a final
/// one: the changes since then are those of its candidates as well.
#[must_use]
pub fn earlier_release(observed: &Observed, version: &ReleaseVersion) -> Option<ReleaseVersion> {
    let published = published_versions(observed).into_iter().map(|(_, version)| version);
    published.filter(|other| is_earlier(other, version)).max()
}

/// Whether the changes of `version` are those since `other`, if that is the newest such.
#[must_use]
pub fn is_earlier(other: &ReleaseVersion, version: &ReleaseVersion) -> bool {
    other < version && (version.is_prerelease() || !other.is_prerelease())
}

/// Every published version, with the target that has it.
pub(crate) fn published_versions(observed: &Observed) -> Vec<(String, ReleaseVersion)> {
    let indexes = observed.indexes.iter().flat_map(|index| {
        index.versions.iter().map(|version| (format!("index {}", index.name), *version))
    });
    let tags = observed.git.tags.names.keys().map(|version| ("git".to_owned(), *version));
    indexes.chain(tags).collect()
}
