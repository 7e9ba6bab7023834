use probe::Probe;

use crate::{
    AssetFile, AssetProbe, Assets, Draft, GitHubError, MakeLatest, Release, connection::Connection,
};

/// How often a request whose response was lost is sent in all.
const ATTEMPTS: u32 = 3;

/// A release or draft, compared with the files that it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseState {
    /// The release or draft.
    pub release: Release,
    /// The state of each expected file, in the given order.
    pub files: Vec<AssetProbe>,
}

/// Whether a release is published with the files expected. `Partial`: a draft,
/// or a release that lacks files. `Diverged`: a file has other content. Notes
/// are not compared, since people may improve them.
pub type ReleaseProbe = Probe<ReleaseState, ReleaseState, ReleaseState, GitHubError>;

/// The releases and drafts of a repository.
#[derive(Debug, Clone, Copy)]
pub struct Releases<'a> {
    connection: &'a Connection,
}

impl<'a> Releases<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// The release of a tag, published or draft. The service does not find
    /// drafts by their tag, so they are searched in the list, which contains
    /// them only for users who may push.
    ///
    /// # Errors
    /// [`GitHubError::SeveralDrafts`], [`GitHubError::Http`] and refusals.
    pub async fn by_tag(self, tag: &str) -> Result<Option<Release>, GitHubError> {
        let purpose = format!("look for release `{tag}`");
        let (connection, requests) = (self.connection, &self.connection.requests);
        let published = requests.published_release(tag);
        if let Some(release) = connection.fetch_json_optional(published, &purpose).await? {
            return Ok(Some(release));
        }
        let all = connection.fetch_list(|page| requests.releases(page), &purpose).await?;
        select_release(tag, all)
    }

    /// Compares the release of a tag with the files that it should have.
    pub async fn probe(self, tag: &str, files: &[AssetFile]) -> ReleaseProbe {
        match self.release_state(tag, files).await {
            Ok(Some(state)) => evaluate_state(state),
            Ok(None) => Probe::Absent,
            Err(error) => Probe::Unknown(error),
        }
    }

    async fn release_state(
        self,
        tag: &str,
        files: &[AssetFile],
    ) -> Result<Option<ReleaseState>, GitHubError> {
        let Some(release) = self.by_tag(tag).await? else { return Ok(None) };
        let assets = Assets::new(self.connection);
        let listed = assets.list(release.id).await?;
        let mut probes = Vec::new();
        for file in files {
            probes.push(assets.compare(&listed, file).await?);
        }
        Ok(Some(ReleaseState { release, files: probes }))
    }

    /// Creates a draft. A draft that exists for the tag (from an earlier run,
    /// or from a request whose response was lost) is reused and updated.
    ///
    /// # Errors
    /// [`GitHubError::AlreadyPublished`], [`GitHubError::SeveralDrafts`],
    /// [`GitHubError::NoToken`] and refusals.
    pub async fn create_draft(self, draft: &Draft) -> Result<Release, GitHubError> {
        let purpose = format!("make a draft of release `{}`", draft.tag);
        self.connection.require_token(&purpose)?;
        let mut existing = self.by_tag(&draft.tag).await?;
        let mut attempts_left = ATTEMPTS;
        loop {
            if let Some(release) = existing {
                return self.update_draft(release, draft, &purpose).await;
            }
            attempts_left -= 1;
            let request = self.connection.requests.create_draft(draft);
            match self.connection.fetch_json(request, &purpose).await {
                Err(error) if error.is_ambiguous() && attempts_left > 0 => {
                    existing = self.by_tag_after_delay(&draft.tag).await?;
                }
                other => return other,
            }
        }
    }

    /// Lists lag behind: reads them now and, if nothing is listed, once more.
    async fn by_tag_after_delay(self, tag: &str) -> Result<Option<Release>, GitHubError> {
        if let Some(release) = self.by_tag(tag).await? {
            return Ok(Some(release));
        }
        tokio::time::sleep(self.connection.settle_time).await;
        self.by_tag(tag).await
    }

    async fn update_draft(
        self,
        release: Release,
        draft: &Draft,
        purpose: &str,
    ) -> Result<Release, GitHubError> {
        let release = release.require_draft()?;
        if draft.matches(&release) {
            return Ok(release);
        }
        let request = self.connection.requests.change_draft(release.id, draft);
        self.connection.fetch_json(request, purpose).await
    }

    /// Publishes a draft; a published release is left as it is. Push the tag
    /// before: the service creates a missing tag at the draft's target.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`], [`GitHubError::NoToken`] and refusals.
    pub async fn publish(self, id: u64, make_latest: MakeLatest) -> Result<Release, GitHubError> {
        let purpose = format!("publish release {id}");
        let (connection, requests) = (self.connection, &self.connection.requests);
        connection.require_token(&purpose)?;
        let release: Release = connection.fetch_json(requests.release_by_id(id), &purpose).await?;
        if !release.draft {
            return Ok(release);
        }
        connection.fetch_json(requests.publish(id, make_latest), &purpose).await
    }

    /// Deletes a draft; false when it no longer exists.
    ///
    /// # Errors
    /// [`GitHubError::AlreadyPublished`], [`GitHubError::NoToken`] and refusals.
    pub async fn delete_draft(self, id: u64) -> Result<bool, GitHubError> {
        let purpose = format!("delete draft {id}");
        let (connection, requests) = (self.connection, &self.connection.requests);
        connection.require_token(&purpose)?;
        let existing = connection.fetch_json_optional(requests.release_by_id(id), &purpose).await?;
        let Some(release): Option<Release> = existing else { return Ok(false) };
        release.require_draft()?;
        match connection.send(requests.delete_release(id), &purpose).await {
            Err(GitHubError::NotFound { .. }) => Ok(true),
            other => other.map(|_| true),
        }
    }
}

fn evaluate_state(state: ReleaseState) -> ReleaseProbe {
    let complete = state.files.iter().all(AssetProbe::is_identical);
    if state.files.iter().any(|file| matches!(file, Probe::Diverged(_))) {
        Probe::Diverged(state)
    } else if complete && !state.release.draft {
        Probe::Identical(state)
    } else {
        Probe::Partial(state)
    }
}

fn select_release(tag: &str, all: Vec<Release>) -> Result<Option<Release>, GitHubError> {
    let mut tagged: Vec<Release> = all.into_iter().filter(|release| release.tag == tag).collect();
    if let Some(published) = tagged.iter().position(|release| !release.draft) {
        return Ok(Some(tagged.swap_remove(published)));
    }
    if tagged.len() > 1 {
        let urls = tagged.into_iter().map(|release| release.url).collect();
        return Err(GitHubError::SeveralDrafts { tag: tag.to_owned(), urls });
    }
    Ok(tagged.pop())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Asset;

    fn asset() -> Asset {
        let json = r#"{"id": 2, "name": "a", "size": 3, "state": "uploaded"}"#;
        serde_json::from_str(json).unwrap()
    }

    fn state(draft: bool, files: Vec<AssetProbe>) -> ReleaseState {
        let json = serde_json::json!({"id": 1, "tag_name": "v1", "draft": draft, "html_url": ""});
        ReleaseState { release: serde_json::from_value(json).unwrap(), files }
    }

    #[test]
    fn a_release_is_complete_when_published_with_all_files() {
        let (identical, diverged) = (Probe::Identical(asset()), Probe::Diverged(asset()));
        for (draft, files, expected) in [
            (false, vec![identical.clone(), identical.clone()], "identical"),
            (false, vec![], "identical"),
            (true, vec![identical.clone()], "partial"),
            (false, vec![identical, Probe::Absent], "partial"),
            (true, vec![Probe::Absent, diverged], "diverged"),
        ] {
            let variant = match evaluate_state(state(draft, files.clone())) {
                Probe::Absent => "absent",
                Probe::Identical(_) => "identical",
                Probe::Partial(_) => "partial",
                Probe::Diverged(_) => "diverged",
                Probe::Unknown(_) => "unknown",
            };
            assert_eq!(variant, expected, "{files:?}");
        }
    }
}
