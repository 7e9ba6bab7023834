//! The reading half of an index.

use std::str::FromStr as _;

use pep440_rs::Version;
use transport::{Authorization, Fetched, HttpClient, HttpError, Request, StatusCode, Url};

use crate::{
    Credentials, IndexEndpoints, IndexError, IndexFile, Listing, Release,
    credentials::without_page,
    listing::{Wanted, parse_page, parse_release},
};

/// The longest simple page that is read; the longest on PyPI has about 40 MB.
const PAGE_LIMIT: usize = 128 << 20;

/// Reads one package index. Cheap to clone.
#[derive(Debug, Clone)]
pub struct IndexReader {
    http: HttpClient,
    endpoints: IndexEndpoints,
    read_as: Option<Authorization>,
}

impl IndexReader {
    /// A reader without credentials, as a stranger would see the index.
    #[must_use]
    pub fn new(http: HttpClient, endpoints: IndexEndpoints) -> Self {
        Self { http, endpoints, read_as: None }
    }

    /// The same for an index that shows itself to its users only. The
    /// credentials go to the host of the simple pages and nowhere else.
    #[must_use]
    pub fn reading_as(mut self, credentials: &Credentials) -> Self {
        self.read_as = Some(credentials.authorization());
        self
    }

    /// Where the index is.
    #[must_use]
    pub fn endpoints(&self) -> &IndexEndpoints {
        &self.endpoints
    }

    /// Name of the index in messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.endpoints.name
    }

    /// Everything that the index lists of a project; empty when it has no such
    /// project. JSON is preferred, HTML read where the index has no JSON.
    ///
    /// # Errors
    /// [`IndexError::Unreachable`], [`IndexError::Unreadable`],
    /// [`IndexError::Unauthorized`], [`IndexError::RateLimited`].
    pub async fn listing(&self, project: &str) -> Result<Listing, IndexError> {
        Ok(self.page(project, Wanted::Any).await?.unwrap_or_default())
    }

    /// The files that the index lists of a project.
    ///
    /// # Errors
    /// As [`IndexReader::listing`].
    pub async fn files(&self, project: &str) -> Result<Vec<IndexFile>, IndexError> {
        Ok(self.listing(project).await?.files)
    }

    /// The versions of a project that have files, oldest first.
    ///
    /// # Errors
    /// As [`IndexReader::listing`].
    pub async fn versions(&self, project: &str) -> Result<Vec<Version>, IndexError> {
        let listing = self.listing(project).await?;
        let parsed = listing.versions.iter().filter_map(|text| Version::from_str(text).ok());
        let mut versions: Vec<Version> = parsed.collect();
        versions.sort();
        Ok(versions)
    }

    /// What PyPI's JSON API has recorded of a release; `None` when there is no
    /// such release, or no such API.
    ///
    /// # Errors
    /// As [`IndexReader::listing`].
    pub async fn release(
        &self,
        project: &str,
        version: &str,
    ) -> Result<Option<Release>, IndexError> {
        let Some(url) = self.endpoints.release_document(project, version) else { return Ok(None) };
        let page = self.get(url, "application/json").await.map_err(|e| self.error(e))?;
        page.map(|page| parse_release(&page)).transpose().map_err(|e| self.error(e))
    }

    /// The simple page in one form; `None` when there is no such project.
    pub(crate) async fn page(
        &self,
        project: &str,
        wanted: Wanted,
    ) -> Result<Option<Listing>, IndexError> {
        let url = self.endpoints.project_page(project);
        let page = self.get(url, wanted.accept()).await.map_err(|e| self.error(e))?;
        page.map(|page| parse_page(&page, project)).transpose().map_err(|e| self.error(e))
    }

    async fn get(&self, url: Url, accept: &str) -> Result<Option<Fetched>, HttpError> {
        let request = self.request(url).header("accept", accept);
        let page = self.http.fetch(&request, PAGE_LIMIT).await?;
        match page.status {
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
            _ => page.expect_success().map(Some),
        }
    }

    /// `no-cache` asks every cache on the way to look again (RFC 9111).
    pub(crate) fn request(&self, url: Url) -> Request {
        let ours = url.origin() == self.endpoints.simple.origin();
        let authorization = self.read_as.clone().filter(|_| ours);
        Request::get(url).header("cache-control", "no-cache").authorization(authorization)
    }

    pub(crate) fn http(&self) -> &HttpClient {
        &self.http
    }

    /// What a failed look means for the caller.
    pub(crate) fn error(&self, source: HttpError) -> IndexError {
        let index = self.endpoints.name.clone();
        match without_page(source) {
            HttpError::RateLimited { retry_after, .. } => {
                IndexError::RateLimited { index, retry_after, message: String::new() }
            }
            HttpError::Status {
                status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN,
                message,
                ..
            } => IndexError::Unauthorized { index, message },
            source if source.is_unreachable() || server_failed(&source) => {
                IndexError::Unreachable { index, source: Box::new(source) }
            }
            source => IndexError::Unreadable { index, source: Box::new(source) },
        }
    }
}

fn server_failed(error: &HttpError) -> bool {
    error.status().is_some_and(|status| status.is_server_error())
}
