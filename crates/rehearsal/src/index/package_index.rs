//! The running index as its owner holds it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::catalogue::{IndexState, ProjectStatus, UploadCount};
use super::filename::version;
use super::options::IndexOptions;
use super::propagation::{Delay, Representation};
use super::service::{IndexService, JOB_SECRET};
use super::store::Store;
use crate::clock::Clock;
use crate::error::RehearsalError;
use crate::fault::FaultPlan;
use crate::server::{LoggedRequest, Server};

/// A package index on loopback; dropping it stops it and removes its files.
///
/// What the real PyPI offers only on its web pages (yank, delete, archive) are methods here.
#[derive(Debug)]
pub struct PackageIndex {
    server: Server,
    store: Arc<Store>,
}

impl PackageIndex {
    /// Starts an index.
    ///
    /// # Errors
    /// The port is taken, or there is no folder for the files.
    pub fn start(options: IndexOptions) -> Result<Self, RehearsalError> {
        let listen = options.server;
        let store = Arc::new(Store::new(options)?);
        let served = store.clone();
        let server = Server::start_with(listen, |address| {
            Arc::new(IndexService::new(served, format!("http://{address}")))
        })?;
        Ok(Self { server, store })
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Where twine and uv upload to.
    #[must_use]
    pub fn upload_url(&self) -> String {
        format!("{}/legacy/", self.url())
    }

    /// Where pip and uv install from.
    #[must_use]
    pub fn simple_url(&self) -> String {
        format!("{}/simple/", self.url())
    }

    /// The clock of the index.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.store.clock
    }

    /// The faults that the index is told to show.
    #[must_use]
    pub fn faults(&self) -> &FaultPlan {
        self.server.faults()
    }

    /// Every request so far.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.server.requests()
    }

    /// What the index holds.
    #[must_use]
    pub fn state(&self) -> IndexState {
        self.store.shelf().catalogue.state()
    }

    /// How often each file name was uploaded, with what outcome.
    #[must_use]
    pub fn uploads(&self) -> BTreeMap<String, UploadCount> {
        self.store.shelf().catalogue.uploads()
    }

    /// The number of the last change.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.store.shelf().catalogue.serial
    }

    /// Yanks a release, with an empty reason for none; false if there is no such release.
    pub fn yank(&self, project: &str, version: &str, reason: &str) -> bool {
        self.set_yank(project, version, Some(reason.to_owned()))
    }

    /// Takes a yank back; false if there is no such release.
    pub fn unyank(&self, project: &str, version: &str) -> bool {
        self.set_yank(project, version, None)
    }

    /// Deletes a release; false if there is none. Its file names can never be used again.
    pub fn delete_release(&self, project: &str, text: &str) -> bool {
        version(text).is_some_and(|version| {
            let mut shelf = self.store.shelf();
            self.store.change(&mut shelf, project, |all| all.delete_release(project, &version))
        })
    }

    /// Deletes one file; false if there is none. Its name can never be used again.
    pub fn delete_file(&self, project: &str, filename: &str) -> bool {
        let mut shelf = self.store.shelf();
        self.store.change(&mut shelf, project, |all| all.delete_file(project, filename))
    }

    /// Deletes a project; false if there is none. Its file names can never be used again.
    pub fn delete_project(&self, project: &str) -> bool {
        let mut shelf = self.store.shelf();
        self.store.change(&mut shelf, project, |all| all.delete_project(project))
    }

    /// Sets the status of a project (PEP 792); false if there is none.
    pub fn set_status(&self, project: &str, status: ProjectStatus, reason: Option<&str>) -> bool {
        let reason = reason.map(str::to_owned);
        let mut shelf = self.store.shelf();
        self.store.change(&mut shelf, project, |all| all.set_status(project, status, reason))
    }

    /// Refuses all uploads with 403, or takes them again.
    pub fn set_read_only(&self, read_only: bool) {
        self.store.shelf().read_only = read_only;
    }

    /// Lets the simple pages, JSON and HTML, lag behind later changes; the JSON API never does.
    pub fn delay_pages(&self, delay: Delay) {
        self.delay_json_pages(delay);
        self.delay_html_pages(delay);
    }

    /// Lets the simple pages in JSON lag behind later changes.
    pub fn delay_json_pages(&self, delay: Delay) {
        self.store.shelf().propagation.set_delay(Representation::Json, delay);
    }

    /// Lets the simple pages in HTML lag behind later changes.
    pub fn delay_html_pages(&self, delay: Delay) {
        self.store.shelf().propagation.set_delay(Representation::Html, delay);
    }

    /// Lets every simple page show at once what is there.
    pub fn settle_pages(&self) {
        self.store.shelf().propagation.settle();
    }

    /// An identity token of a build job with this subject, for [`super::TrustedPublisher`]s.
    #[must_use]
    pub fn identity_token(&self, subject: &str) -> String {
        let now = self.store.clock.now();
        let mut shelf = self.store.shelf();
        let audience = shelf.publishing.audience().to_owned();
        shelf.publishing.issue(subject, &audience, now)
    }

    /// The environment in which a client believes to be a job of GitHub Actions with this subject.
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

    fn set_yank(&self, project: &str, text: &str, yank: Option<String>) -> bool {
        version(text).is_some_and(|version| {
            let mut shelf = self.store.shelf();
            self.store.change(&mut shelf, project, |all| all.set_yank(project, &version, yank))
        })
    }
}
