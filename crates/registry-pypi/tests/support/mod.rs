//! Indexes to test against: the embedded one, a real pypiserver and a real
//! devpi-server, all on loopback, each with a user of its own.

#![allow(dead_code, unused_imports, reason = "every test program uses a part")]

mod devpi;
mod pypiserver;
mod server;

use std::{path::Path, time::Duration};

use registry_pypi::{
    CredentialSource, Credentials, Distribution, IndexEndpoints, IndexReader, IndexWriter, Polling,
};
use rehearsal::index::{ApiToken, IndexOptions, PackageIndex, sample::Sample};
use tempfile::TempDir;
use transport::{HttpClient, RetryPolicy, Url};

pub(crate) use devpi::devpi;
pub(crate) use pypiserver::pypiserver;

/// A planted secret that must appear nowhere.
pub(crate) const CANARY: &str = "pypi-canary-1f6c2e";

/// A running index, credentials for it, and its limits.
pub(crate) struct TestIndex {
    pub(crate) endpoints: IndexEndpoints,
    pub(crate) credentials: Credentials,
    /// Whether the simple pages come as JSON.
    pub(crate) has_json: bool,
    _running: Box<dyn Send + Sync>,
}

/// The embedded index with a token for everything.
pub(crate) fn embedded() -> TestIndex {
    let (index, endpoints) = package_index(IndexOptions::default());
    TestIndex { endpoints, credentials: token(), has_json: true, _running: Box::new(index) }
}

/// The embedded index for tests that give it faults.
pub(crate) fn package_index(options: IndexOptions) -> (PackageIndex, IndexEndpoints) {
    let index = PackageIndex::start(options.token(ApiToken::for_account(CANARY))).unwrap();
    let root: Url = format!("{}/", index.url()).parse().unwrap();
    let endpoints = IndexEndpoints::like_pypi("embedded", &root).unwrap();
    (index, endpoints)
}

pub(crate) fn token() -> Credentials {
    Credentials::token(CANARY.into())
}

pub(crate) fn user(name: &str, password: &str) -> Credentials {
    Credentials::new(Some(name), password.into(), CredentialSource::Given)
}

/// Quick retries, so that faults cost no time.
pub(crate) fn retry() -> RetryPolicy {
    RetryPolicy {
        attempts: 3,
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_secs(2),
    }
}

pub(crate) fn polling(within: u64) -> Polling {
    Polling {
        within: Duration::from_millis(within),
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(40),
    }
}

pub(crate) fn reader(endpoints: &IndexEndpoints) -> IndexReader {
    let http = HttpClient::new("tidegate-test/1").unwrap().with_retry(retry());
    IndexReader::new(http, endpoints.clone())
}

pub(crate) fn writer(endpoints: &IndexEndpoints) -> IndexWriter {
    IndexWriter::new(reader(endpoints)).with_retry(retry())
}

/// Distributions on disk; the folder lives as long as this value.
pub(crate) struct Built {
    pub(crate) folder: TempDir,
    pub(crate) wheel: Distribution,
    pub(crate) sdist: Distribution,
}

pub(crate) fn built(sample: &Sample) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let wheel = opened(sample.wheel().write_to(folder.path()).unwrap());
    let sdist = opened(sample.sdist().write_to(folder.path()).unwrap());
    Built { folder, wheel, sdist }
}

pub(crate) fn opened(path: impl AsRef<Path>) -> Distribution {
    Distribution::open(path).unwrap()
}
