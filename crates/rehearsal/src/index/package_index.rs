//! The handle of a running index.

use std::collections::BTreeMap;
use std::sync::Arc;

use pep440_rs::Version;

use super::catalogue::Catalogue;
use super::options::IndexOptions;
use super::project::ProjectStatus;
use super::propagation::{Delay, PageFormat};
use super::service::{IndexService, JOB_SECRET};
use super::state::{IndexState, UploadCount};
use super::store::IndexStore;
use crate::clock::Clock;
use crate::error::RehearsalError;
use crate::fault::FaultPlan;
use crate::server::{LoggedRequest, Server};

/// A package index on loopback; dropping it stops it and removes its files.
///
/// Actions that the real PyPI offers only on its web pages (yank, delete, archive) are methods.
#[derive(Debug)]
pub struct PackageIndex {
    server: Server,
    store: Arc<IndexStore>,
}

impl PackageIndex {
    /// Starts an index.
    ///
    /// # Errors
    /// The port is in use, or a folder for the files cannot be created.
    pub fn start(options: IndexOptions) -> Result<Self, RehearsalError> {
        let listen = options.server;
        let store = Arc::new(IndexStore::new(options)?);
        let server = Server::start_with(listen, |address| {
            Arc::new(IndexService {
                store: store.clone(),
                fallback_url: format!("http://{address}"),
            })
        })?;
        Ok(Self { server, store })
    }

    /// `http://127.0.0.1:PORT`, without a trailing slash.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// The upload URL for twine and uv.
    #[must_use]
    pub fn upload_url(&self) -> String {
        format!("{}/legacy/", self.url())
    }

    /// The index URL for pip and uv.
    #[must_use]
    pub fn simple_url(&self) -> String {
        format!("{}/simple/", self.url())
    }

    /// The clock of the index.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.store.clock
    }

    /// The faults of this index, to inject some.
    #[must_use]
    pub fn faults(&self) -> &FaultPlan {
        self.server.faults()
    }

    /// All requests so far, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.server.requests()
    }

    /// The content of the index, as plain values.
    #[must_use]
    pub fn state(&self) -> IndexState {
        IndexState::from(&self.store.content().catalogue)
    }

    /// The number of uploads of each file name, by outcome.
    #[must_use]
    pub fn uploads(&self) -> BTreeMap<String, UploadCount> {
        self.store.content().upload_counts()
    }

    /// The number of the last change.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.store.content().catalogue.serial()
    }

    /// Yanks a release, with a reason or an empty text; returns false if it does not exist.
    pub fn yank(&self, project: &str, version: &str, reason: &str) -> bool {
        self.set_yanked(project, version, Some(reason.to_owned()))
    }

    /// Reverts a yank; returns false if the release does not exist.
    pub fn unyank(&self, project: &str, version: &str) -> bool {
        self.set_yanked(project, version, None)
    }

    /// Deletes a release; returns false if it does not exist. Its file names can never be reused.
    pub fn delete_release(&self, project: &str, version: &str) -> bool {
        let Ok(version) = version.parse() else { return false };
        self.change(project, |catalogue| catalogue.remove_release(project, &version))
    }

    /// Deletes a file; returns false if it does not exist. Its name can never be reused.
    pub fn delete_file(&self, project: &str, filename: &str) -> bool {
        self.change(project, |catalogue| catalogue.remove_file(project, filename))
    }

    /// Deletes a project; returns false if it does not exist. Its file names can never be reused.
    pub fn delete_project(&self, project: &str) -> bool {
        self.change(project, |catalogue| catalogue.remove_project(project))
    }

    /// Sets the status of a project (PEP 792); returns false if it does not exist.
    pub fn set_status(&self, project: &str, status: ProjectStatus, reason: Option<&str>) -> bool {
        let reason = reason.map(str::to_owned);
        self.change(project, |catalogue| catalogue.set_project_status(project, status, reason))
    }

    /// Refuses all uploads with 403, or accepts them again.
    pub fn set_read_only(&self, read_only: bool) {
        self.store.content().read_only = read_only;
    }

    /// Delays later changes on the simple pages, in JSON and HTML; the JSON API is never delayed.
    pub fn delay_pages(&self, delay: Delay) {
        self.delay_json_pages(delay);
        self.delay_html_pages(delay);
    }

    /// Delays later changes on the simple pages in JSON.
    pub fn delay_json_pages(&self, delay: Delay) {
        self.store.content().propagation.set_delay(PageFormat::Json, delay);
    }

    /// Delays later changes on the simple pages in HTML.
    pub fn delay_html_pages(&self, delay: Delay) {
        self.store.content().propagation.set_delay(PageFormat::Html, delay);
    }

    /// Ends all delays in progress: every simple page is up to date.
    pub fn settle_pages(&self) {
        self.store.content().propagation.release_all();
    }

    /// An identity token of a build job with this subject, for a
    /// [`TrustedPublisher`](super::TrustedPublisher).
    #[must_use]
    pub fn identity_token(&self, subject: &str) -> String {
        let now = self.store.clock.now();
        let mut content = self.store.content();
        let audience = content.publishing.audience().to_owned();
        content.publishing.issue_identity_token(subject, &audience, now)
    }

    /// The environment variables of a GitHub Actions job with this subject.
    #[must_use]
    pub fn job_environment(&self, subject: &str) -> Vec<(&'static str, String)> {
        let subject: String = url::form_urlencoded::byte_serialize(subject.as_bytes()).collect();
        let address = format!("{}/_/rehearsal/identity-token?subject={subject}", self.url());
        vec![
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", address),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", JOB_SECRET.to_owned()),
        ]
    }

    fn set_yanked(&self, project: &str, version: &str, reason: Option<String>) -> bool {
        let Ok(version) = version.parse::<Version>() else { return false };
        self.change(project, |catalogue| catalogue.set_yanked(project, &version, reason))
    }

    fn change(&self, project: &str, edit: impl FnOnce(&mut Catalogue) -> bool) -> bool {
        self.store.change_project(&mut self.store.content(), project, edit)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_dropped_index_leaves_no_files_although_a_client_is_connected() {
        for _ in 0..20 {
            let index = PackageIndex::start(IndexOptions::default()).unwrap();
            let folder = index.store.folder().to_owned();
            let mut client = TcpStream::connect(index.server.address()).unwrap();
            client.write_all(b"GET /simple/ HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            client.read_exact(&mut [0; 12]).unwrap();
            drop(index);
            assert!(!folder.exists());
        }
    }
}
