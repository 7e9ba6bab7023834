use crate::{GitHubClient, GitHubError, Release};

/// How often a request whose answer was lost is sent in all.
pub(crate) const ATTEMPTS: u32 = 3;

/// What a draft should say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The tag.
    pub tag: String,
    /// Where the tag is made on publication if it does not exist by then: the
    /// full name of a commit, or a branch. Push the tag first.
    pub target: String,
    /// The title.
    pub name: String,
    /// The notes, in Markdown.
    pub body: String,
    /// Marks it as not ready for production.
    pub prerelease: bool,
}

impl Draft {
    fn is_said_by(&self, release: &Release) -> bool {
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        // The service keeps line endings of its own.
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        release.target == self.target
            && said(&release.name) == self.name
            && lines(&said(&release.body)) == lines(&self.body)
            && release.prerelease == self.prerelease
    }
}

impl GitHubClient {
    /// The release of a tag, published or draft. Drafts are not found by their
    /// tag, so those are looked for in the list, which shows them only to
    /// those who may push.
    ///
    /// # Errors
    /// [`GitHubError::SeveralDrafts`], [`GitHubError::Http`] and refusals.
    pub async fn release_by_tag(&self, tag: &str) -> Result<Option<Release>, GitHubError> {
        let purpose = format!("look for release `{tag}`");
        let published = self.requests.published_release(tag);
        if let Some(release) = self.read_if_there(published, &purpose).await? {
            return Ok(Some(release));
        }
        let all: Vec<Release> = self.list(|page| self.requests.releases(page), &purpose).await?;
        choose(tag, all)
    }

    /// Makes a draft. One that is there for the tag already (from an earlier
    /// run, or by a request whose answer was lost) is taken, and made to say
    /// what is wanted.
    ///
    /// # Errors
    /// [`GitHubError::AlreadyPublished`], [`GitHubError::SeveralDrafts`],
    /// [`GitHubError::NoToken`] and refusals.
    pub async fn create_draft(&self, draft: &Draft) -> Result<Release, GitHubError> {
        let purpose = format!("make a draft of release `{}`", draft.tag);
        self.need_token(&purpose)?;
        let mut found = self.release_by_tag(&draft.tag).await?;
        let mut attempts_left = ATTEMPTS;
        loop {
            if let Some(release) = found {
                return self.adopt(release, draft, &purpose).await;
            }
            attempts_left -= 1;
            match self.read(self.requests.create_draft(draft), &purpose).await {
                Err(error) if error.is_ambiguous() && attempts_left > 0 => {
                    found = self.look_again(&draft.tag).await?;
                }
                other => return other,
            }
        }
    }

    /// Lists lag behind: looks at once and, if nothing is there, once more.
    async fn look_again(&self, tag: &str) -> Result<Option<Release>, GitHubError> {
        if let Some(release) = self.release_by_tag(tag).await? {
            return Ok(Some(release));
        }
        tokio::time::sleep(self.settle).await;
        self.release_by_tag(tag).await
    }

    async fn adopt(
        &self,
        release: Release,
        draft: &Draft,
        purpose: &str,
    ) -> Result<Release, GitHubError> {
        let release = still_draft(release)?;
        if draft.is_said_by(&release) {
            return Ok(release);
        }
        self.read(self.requests.change_draft(release.id, draft), purpose).await
    }

    /// Deletes a draft; false when it is gone already.
    ///
    /// # Errors
    /// [`GitHubError::AlreadyPublished`], [`GitHubError::NoToken`] and refusals.
    pub async fn delete_draft(&self, id: u64) -> Result<bool, GitHubError> {
        let purpose = format!("delete draft {id}");
        self.need_token(&purpose)?;
        let found: Option<Release> =
            self.read_if_there(self.requests.release(id), &purpose).await?;
        let Some(release) = found else { return Ok(false) };
        still_draft(release)?;
        match self.send(self.requests.delete_release(id), &purpose).await {
            Err(GitHubError::NotFound { .. }) => Ok(true),
            other => other.map(|_| true),
        }
    }
}

fn choose(tag: &str, all: Vec<Release>) -> Result<Option<Release>, GitHubError> {
    let mut ours: Vec<Release> = all.into_iter().filter(|release| release.tag == tag).collect();
    if let Some(published) = ours.iter().position(|release| !release.draft) {
        return Ok(Some(ours.swap_remove(published)));
    }
    if ours.len() > 1 {
        let urls = ours.into_iter().map(|release| release.url).collect();
        return Err(GitHubError::SeveralDrafts { tag: tag.to_owned(), urls });
    }
    Ok(ours.pop())
}

pub(crate) fn still_draft(release: Release) -> Result<Release, GitHubError> {
    if release.draft {
        return Ok(release);
    }
    Err(GitHubError::AlreadyPublished { tag: release.tag, url: release.url })
}
