use github::GitHubError;

use super::{Check, Verdict, Verification};
use operation::error_chain;

use crate::publish::PackageEvidence;

impl Verification<'_> {
    /// The tag at the remote, compared with the one here.
    pub(super) async fn verify_tag(&self) -> Vec<Check> {
        let (repository, remote) =
            (&self.project.repository, &self.project.configuration.git.remote);
        let name = self.project.tag_name(&self.version);
        let local = repository.tag(&name).await.ok().flatten();
        let verdict = match repository.remote_refs(remote).await {
            Err(error) => Verdict::Unknown(error_chain(&error)),
            Ok(refs) => match (refs.tags.get(&name), local) {
                (None, _) => Verdict::Differs(format!("{remote} has no tag {name}")),
                (Some(there), Some(here)) if there.id != here.id => {
                    Verdict::Differs(format!("{name} at {remote} is not the one here"))
                }
                (Some(there), _) => Verdict::Holds(format!("{name} on {}", there.commit)),
            },
        };
        vec![Check::new("git", "tag at the remote", verdict)]
    }

    /// The published release and the bytes of its files.
    pub(super) async fn verify_forge(&self) -> Vec<Check> {
        if self.project.configuration.github.is_none() {
            return Vec::new();
        }
        let verdict = match self.forge_verdict().await {
            Ok(verdict) => verdict,
            Err(GitHubError::Http { .. } | GitHubError::NoToken { .. }) => {
                Verdict::Unknown("the forge could not be asked".to_owned())
            }
            Err(error) => Verdict::Differs(error_chain(&error)),
        };
        vec![Check::new("github", "published release", verdict)]
    }

    async fn forge_verdict(&self) -> Result<Verdict, GitHubError> {
        let client = match self.services.github() {
            Ok(client) => client,
            Err(failure) => return Ok(Verdict::Unknown(failure.text())),
        };
        let name = self.project.tag_name(&self.version);
        let Some(release) = client.release_by_tag(&name).await? else {
            return Ok(Verdict::Differs(format!("there is no release {name}")));
        };
        if release.draft {
            return Ok(Verdict::Differs(format!("the release {name} is still a draft")));
        }
        let expected = self.recorded::<PackageEvidence>("package.build");
        for file in expected.iter().flat_map(|evidence| &evidence.files) {
            let Some(asset) = release.asset(&file.file_name) else {
                return Ok(Verdict::Differs(format!("{} is not attached", file.file_name)));
            };
            if Some(client.asset_sha256(asset).await?) != file.sha256 {
                return Ok(Verdict::Differs(format!("{} has other bytes", file.file_name)));
            }
        }
        Ok(Verdict::Holds(format!("{} files, {}", release.assets.len(), release.url)))
    }
}
