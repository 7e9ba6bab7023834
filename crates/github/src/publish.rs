use crate::{GitHubClient, GitHubError, Release};

/// Whether a release becomes the one that `releases/latest` shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeLatest {
    /// It does.
    Yes,
    /// It does not: a pre-release, or a fix of an older line.
    No,
    /// The service decides by date and version.
    Legacy,
}

impl MakeLatest {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "true",
            Self::No => "false",
            Self::Legacy => "legacy",
        }
    }
}

impl GitHubClient {
    /// Shows a draft to everybody. One that is published already stays as it
    /// is. The tag must be pushed before: the service makes a missing one at
    /// the draft's target.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`], [`GitHubError::NoToken`] and refusals.
    pub async fn publish(&self, id: u64, make_latest: MakeLatest) -> Result<Release, GitHubError> {
        let purpose = format!("publish release {id}");
        self.need_token(&purpose)?;
        let release: Release = self.read(self.requests.release(id), &purpose).await?;
        if !release.draft {
            return Ok(release);
        }
        self.read(self.requests.publish(id, make_latest), &purpose).await
    }
}
