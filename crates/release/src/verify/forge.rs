use github::{GitHubClient, GitHubError};
use operation::error_chain;
use release_plan::StepId;

use super::{
    check::{Check, Verdict},
    verification::Verification,
};
use crate::{ReleaseError, steps::PackageEvidence};

/// The published release and the bytes of its files; none for a project without a
/// forge.
pub(super) async fn verify_forge_release(
    verification: &Verification<'_>,
) -> Result<Option<Check>, ReleaseError> {
    let Ok(client) = verification.clients.github() else { return Ok(None) };
    let built: Option<PackageEvidence> = verification.recorded(&StepId::BuildPackage)?;
    let tag = verification.tags.name_of(&verification.version);
    let verdict = match release_verdict(client, &tag, built.as_ref()).await {
        Ok(verdict) => verdict,
        Err(error @ (GitHubError::Http { .. } | GitHubError::NoToken { .. })) => {
            Verdict::Unknown(format!("the forge could not be queried: {}", error_chain(&error)))
        }
        Err(error) => Verdict::Differs(error_chain(&error)),
    };
    Ok(Some(Check::new("github", "published release", verdict)))
}

async fn release_verdict(
    client: &GitHubClient,
    tag: &str,
    built: Option<&PackageEvidence>,
) -> Result<Verdict, GitHubError> {
    let Some(release) = client.releases().by_tag(tag).await? else {
        return Ok(Verdict::Differs(format!("no release {tag}")));
    };
    if release.draft {
        return Ok(Verdict::Differs(format!("the release {tag} is still a draft")));
    }
    for file in built.iter().flat_map(|built| &built.files) {
        let Some(asset) = release.asset(&file.file_name) else {
            return Ok(Verdict::Differs(format!("{} is not attached", file.file_name)));
        };
        if Some(client.assets().sha256(asset).await?) != file.sha256 {
            return Ok(Verdict::Differs(format!("{} has different content", file.file_name)));
        }
    }
    Ok(Verdict::Holds(format!("{} files, {}", release.assets.len(), release.url)))
}
