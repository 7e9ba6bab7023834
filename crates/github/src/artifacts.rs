use std::{
    collections::BTreeSet,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;
use transport::{Response, lenient};
use zip::ZipArchive;

use crate::{GitHubError, asset_file::hex, connection::Connection};

/// Pages of artifacts of one run that are read at most.
const MAX_PAGES: usize = 20;

/// An artifact of a workflow run: a ZIP archive that its jobs uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Artifact {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether its content was deleted.
    #[serde(default)]
    pub expired: bool,
    /// Digest of the archive, such as `sha256:…`; older services list none.
    #[serde(default, deserialize_with = "lenient::optional")]
    pub digest: Option<String>,
}

#[derive(Deserialize)]
struct ArtifactPage {
    artifacts: Vec<Artifact>,
}

/// The artifacts of workflow runs.
#[derive(Debug, Clone, Copy)]
pub struct Artifacts<'a> {
    connection: &'a Connection,
}

impl<'a> Artifacts<'a> {
    pub(crate) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// The artifacts of a run. Of several with one name, from several attempts of the
    /// run, the newest counts.
    ///
    /// # Errors
    /// [`GitHubError::NotFound`] and refusals.
    pub async fn list(self, run: u64) -> Result<Vec<Artifact>, GitHubError> {
        let purpose = format!("list the artifacts of workflow run {run}");
        let request = |page| self.connection.requests.artifacts(run, page);
        let artifacts = |page: ArtifactPage| page.artifacts;
        let all = self.connection.fetch_pages(MAX_PAGES, request, artifacts, &purpose).await?;
        Ok(newest_of_each_name(all))
    }

    /// Downloads an artifact and unpacks the files in it whose names end with `suffix`
    /// into `folder`, without the folders that they are in. Gives their paths.
    ///
    /// # Errors
    /// [`GitHubError::ArtifactExpired`], [`GitHubError::InvalidArtifact`] for an archive
    /// that is not what the service lists, [`GitHubError::Unwritable`], and refusals.
    pub async fn unpack(
        self,
        artifact: &Artifact,
        folder: &Path,
        suffix: &'static str,
    ) -> Result<Vec<PathBuf>, GitHubError> {
        let name = &artifact.name;
        if artifact.expired {
            return Err(GitHubError::ArtifactExpired { name: name.clone() });
        }
        let archive = folder.join(format!("artifact-{}.zip", artifact.id));
        let digest = self.connection.repeated(|| self.save(artifact, &archive)).await?;
        if artifact.digest.as_ref().is_some_and(|listed| *listed != digest) {
            return Err(invalid(name, "its bytes do not have the digest that the service lists"));
        }
        let (target, owned) = (folder.to_owned(), name.clone());
        let unpacked =
            tokio::task::spawn_blocking(move || unpack_archive(&archive, &target, suffix)).await;
        unpacked.map_err(|_| invalid(&owned, "interrupted while it was unpacked"))?.map_err(
            |error| match error {
                UnpackError::Archive(reason) => invalid(&owned, &reason),
                UnpackError::Write(path, source) => GitHubError::Unwritable { path, source },
            },
        )
    }

    /// Downloads the archive; gives its digest.
    async fn save(self, artifact: &Artifact, path: &Path) -> Result<String, GitHubError> {
        let purpose = format!("download artifact `{}`", artifact.name);
        self.connection.require_token(&purpose)?;
        let request = self.connection.requests.artifact_archive(artifact.id);
        let response = self.connection.send_streaming(request, &purpose).await?;
        write_body(response, path, &purpose).await
    }
}

async fn write_body(
    mut response: Response,
    path: &Path,
    purpose: &str,
) -> Result<String, GitHubError> {
    let unwritable = |source| GitHubError::Unwritable { path: path.to_owned(), source };
    let mut file = tokio::fs::File::create(path).await.map_err(unwritable)?;
    let mut hash = Sha256::new();
    let failed = |error| GitHubError::request_failed(purpose, error);
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        hash.update(&chunk);
        file.write_all(&chunk).await.map_err(unwritable)?;
    }
    file.flush().await.map_err(unwritable)?;
    Ok(format!("sha256:{}", hex(&hash.finalize())))
}

enum UnpackError {
    Archive(String),
    Write(PathBuf, io::Error),
}

/// Unpacks the files of interest, and removes the archive.
fn unpack_archive(
    archive: &Path,
    folder: &Path,
    suffix: &str,
) -> Result<Vec<PathBuf>, UnpackError> {
    let broken = |error: &dyn std::fmt::Display| {
        UnpackError::Archive(format!("it cannot be unpacked ({error})"))
    };
    let file = File::open(archive).map_err(|error| broken(&error))?;
    let mut zip = ZipArchive::new(file).map_err(|error| broken(&error))?;
    let mut unpacked = BTreeSet::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).map_err(|error| broken(&error))?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let name = base_name(&name).to_owned();
        if entry.is_dir() || !name.ends_with(suffix) {
            continue;
        }
        let path = folder.join(&name);
        if !unpacked.insert(path.clone()) {
            return Err(UnpackError::Archive(format!("it has two files named `{name}`")));
        }
        let mut target =
            File::create(&path).map_err(|source| UnpackError::Write(path.clone(), source))?;
        io::copy(&mut entry, &mut target).map_err(|error| broken(&error))?;
    }
    std::fs::remove_file(archive)
        .map_err(|source| UnpackError::Write(archive.to_owned(), source))?;
    Ok(unpacked.into_iter().collect())
}

/// The last component: a path in an archive must not lead out of the folder.
fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn newest_of_each_name(mut artifacts: Vec<Artifact>) -> Vec<Artifact> {
    artifacts.sort_by(|a, b| (&a.name, b.id).cmp(&(&b.name, a.id)));
    artifacts.dedup_by(|later, first| later.name == first.name);
    artifacts
}

fn invalid(name: &str, reason: &str) -> GitHubError {
    GitHubError::InvalidArtifact { name: name.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_artifact_of_a_name_counts() {
        let artifact =
            |id, name: &str| Artifact { id, name: name.to_owned(), expired: false, digest: None };
        let kept = newest_of_each_name(vec![artifact(1, "b"), artifact(3, "a"), artifact(2, "b")]);
        let kept: Vec<_> = kept.iter().map(|artifact| (artifact.id, &*artifact.name)).collect();
        assert_eq!(kept, [(3, "a"), (2, "b")]);
    }

    #[test]
    fn a_path_in_an_archive_never_leads_out_of_the_folder() {
        for (path, name) in
            [("x.whl", "x.whl"), ("../../x.whl", "x.whl"), ("a\\..\\x.whl", "x.whl"), ("a/", "")]
        {
            assert_eq!(base_name(path), name);
        }
    }
}
