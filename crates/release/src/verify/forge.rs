use github::{GitHubClient, GitHubError, Release};
use operation::error_chain;
use release_plan::StepId;

use super::{
    check::{Check, Verdict},
    index::recorded_package,
    verification::Verification,
};
use crate::{
    ReleaseError,
    steps::{DraftEvidence, PackageEvidence},
};

/// The published release and the bytes of its files; none for a project without a
/// forge.
pub(super) async fn verify_forge_release(
    verification: &Verification<'_>,
) -> Result<Option<Check>, ReleaseError> {
    let Ok(client) = verification.clients.github() else { return Ok(None) };
    let built = recorded_package(verification)?;
    let draft: Option<DraftEvidence> = verification.recorded(&StepId::DraftForgeRelease)?;
    let texts = draft.and_then(|draft| draft.texts);
    let tag = verification.tags.name_of(&verification.version);
    let verdict = match release_verdict(client, &tag, built.as_ref(), texts.as_ref()).await {
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
    texts: Option<&[String; 2]>,
) -> Result<Verdict, GitHubError> {
    let Some(release) = client.releases().by_tag(tag).await? else {
        return Ok(Verdict::Differs(format!("no release {tag}")));
    };
    if release.draft {
        return Ok(Verdict::Differs(format!("the release {tag} is still a draft")));
    }
    if let Some(what) = texts.and_then(|texts| other_text(&release, texts)) {
        return Ok(Verdict::Differs(format!("its {what} were changed after the release")));
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

/// Which text is not the one that was published; the forge may change line ends.
fn other_text(release: &Release, [title, notes]: &[String; 2]) -> Option<&'static str> {
    let is_same = |published: &Option<String>, recorded: &str| {
        let published = published.as_deref().unwrap_or_default();
        published.lines().map(str::trim_end).eq(recorded.lines().map(str::trim_end))
    };
    match (is_same(&release.name, title), is_same(&release.body, notes)) {
        (true, true) => None,
        (false, _) => Some("title or notes"),
        (true, false) => Some("notes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_that_were_changed_afterwards_are_named_and_line_ends_are_not() {
        let json = r#"{"id": 1, "tag_name": "v1", "draft": false, "html_url": "http://f",
            "name": "v1", "body": "One\r\nTwo  \r\n", "assets": []}"#;
        let release: Release = serde_json::from_str(json).unwrap();
        let texts = |title: &str, notes: &str| [title.to_owned(), notes.to_owned()];
        assert_eq!(other_text(&release, &texts("v1", "One\nTwo\n")), None);
        assert_eq!(other_text(&release, &texts("v1", "One")), Some("notes"));
        assert_eq!(other_text(&release, &texts("v2", "One")), Some("title or notes"));
    }
}
