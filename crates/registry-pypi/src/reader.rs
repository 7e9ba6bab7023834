//! The reading half of an index.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use transport::{Authorization, Fetched, HttpClient, HttpError, Request, StatusCode, Url};

use crate::{
    Credentials, IndexEndpoints, IndexError, IndexFile, ListedVersions, Listing, Release,
    credentials::without_body,
    distribution::hex,
    listing::{PageFormat, parse_page, parse_release},
};

/// The longest simple page that is read; the longest on PyPI has about 40 MB.
const PAGE_LIMIT: usize = 128 << 20;

/// The longest error response to a download that is read.
const ERROR_LIMIT: usize = 64 << 10;

/// How often a download is started in all when it breaks off.
const DOWNLOAD_ATTEMPTS: u32 = 3;

/// Reads one package index. Cheap to clone.
#[derive(Debug, Clone)]
pub struct IndexReader {
    http: HttpClient,
    endpoints: IndexEndpoints,
    authorization: Option<Authorization>,
}

/// Digest and size of a downloaded file, whose content is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

impl IndexReader {
    /// A reader without credentials, which sees the index as the public does.
    #[must_use]
    pub fn new(http: HttpClient, endpoints: IndexEndpoints) -> Self {
        Self { http, endpoints, authorization: None }
    }

    /// The same reader for an index that only its users may read. The
    /// credentials are sent only to the host of the simple pages.
    #[must_use]
    pub fn with_credentials(mut self, credentials: &Credentials) -> Self {
        self.authorization = Some(credentials.authorization());
        self
    }

    /// The addresses of the index.
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
    /// project. JSON is preferred; HTML is read if the index has no JSON.
    ///
    /// # Errors
    /// [`IndexError::Unreachable`], [`IndexError::Unreadable`],
    /// [`IndexError::Unauthorized`], [`IndexError::RateLimited`].
    pub async fn listing(&self, project: &str) -> Result<Listing, IndexError> {
        Ok(self.page(project, PageFormat::Any).await?.unwrap_or_default())
    }

    /// The files that the index lists of a project.
    ///
    /// # Errors
    /// As [`IndexReader::listing`].
    pub async fn files(&self, project: &str) -> Result<Vec<IndexFile>, IndexError> {
        Ok(self.listing(project).await?.files)
    }

    /// The versions of a project that have files.
    ///
    /// # Errors
    /// As [`IndexReader::listing`].
    pub async fn versions(&self, project: &str) -> Result<ListedVersions, IndexError> {
        Ok(self.listing(project).await?.read_versions())
    }

    /// The record of a release in PyPI's JSON API; `None` when there is no
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
        let document = self.fetch_optional(url, "application/json").await;
        let parsed = document.and_then(|document| document.map(|d| parse_release(&d)).transpose());
        parsed.map_err(|error| self.index_error(error))
    }

    /// The simple page in one format; `None` when there is no such project.
    pub(crate) async fn page(
        &self,
        project: &str,
        format: PageFormat,
    ) -> Result<Option<Listing>, IndexError> {
        let url = self.endpoints.project_page(project);
        let page = self.fetch_optional(url, format.accept()).await;
        let parsed = page.and_then(|page| page.map(|p| parse_page(&p, project)).transpose());
        parsed.map_err(|error| self.index_error(error))
    }

    async fn fetch_optional(&self, url: Url, accept: &str) -> Result<Option<Fetched>, HttpError> {
        let request = self.request(url).header("accept", accept);
        let response = self.http.fetch(&request, PAGE_LIMIT).await?;
        if is_missing(response.status) {
            return Ok(None);
        }
        response.expect_success().map(Some)
    }

    /// Downloads and hashes a file, chunk by chunk. `None` when there is no
    /// such file.
    ///
    /// # Errors
    /// [`IndexError::Unreachable`], [`IndexError::Unreadable`], [`IndexError::Unauthorized`].
    pub async fn download(&self, url: &Url) -> Result<Option<Downloaded>, IndexError> {
        self.download_with(url, || Ok(std::io::sink())).await.map_err(|error| match error {
            DownloadError::Http(error) => self.index_error(error),
            // A sink takes everything.
            DownloadError::Write(source) => IndexError::Read { path: PathBuf::new(), source },
        })
    }

    /// Downloads a file to `path`. `None` when there is no such file.
    ///
    /// # Errors
    /// As [`IndexReader::download`], and [`IndexError::Read`] when `path` cannot be
    /// written.
    pub async fn save(&self, url: &Url, path: &Path) -> Result<Option<Downloaded>, IndexError> {
        let saved = self.download_with(url, || std::fs::File::create(path)).await;
        saved.map_err(|error| match error {
            DownloadError::Http(error) => self.index_error(error),
            DownloadError::Write(source) => IndexError::Read { path: path.to_owned(), source },
        })
    }

    async fn download_with<W: Write>(
        &self,
        url: &Url,
        open: impl Fn() -> std::io::Result<W>,
    ) -> Result<Option<Downloaded>, DownloadError> {
        let mut attempt = 1;
        loop {
            match self.download_once(url, open().map_err(DownloadError::Write)?).await {
                Err(DownloadError::Http(error))
                    if attempt < DOWNLOAD_ATTEMPTS && error.is_unreachable() =>
                {
                    attempt += 1;
                }
                ended => return ended,
            }
        }
    }

    async fn download_once(
        &self,
        url: &Url,
        mut target: impl Write,
    ) -> Result<Option<Downloaded>, DownloadError> {
        let mut response = self.http.open(&self.request(url.clone())).await?;
        if is_missing(response.status()) {
            return Ok(None);
        }
        if !response.status().is_success() {
            return Err(response.collect(ERROR_LIMIT).await?.into_error().into());
        }
        let (mut hasher, mut size) = (Sha256::new(), 0);
        while let Some(chunk) = response.chunk().await? {
            size += chunk.len() as u64;
            hasher.update(&chunk);
            target.write_all(&chunk).map_err(DownloadError::Write)?;
        }
        target.flush().map_err(DownloadError::Write)?;
        Ok(Some(Downloaded { sha256: hex(&hasher.finalize()), size }))
    }

    /// `no-cache` makes every cache on the way revalidate (RFC 9111).
    fn request(&self, url: Url) -> Request {
        let same_origin = url.origin() == self.endpoints.simple.origin();
        let authorization = self.authorization.clone().filter(|_| same_origin);
        Request::get(url).header("cache-control", "no-cache").authorization(authorization)
    }

    pub(crate) fn http(&self) -> &HttpClient {
        &self.http
    }

    /// The error of this index for a failed request.
    pub(crate) fn index_error(&self, source: HttpError) -> IndexError {
        let index = self.endpoints.name.clone();
        match without_body(source) {
            HttpError::RateLimited { retry_after, .. } => {
                IndexError::RateLimited { index, retry_after, message: String::new() }
            }
            HttpError::Status {
                status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN,
                message,
                ..
            } => IndexError::Unauthorized { index, message },
            source if source.is_unreachable() || is_server_error(&source) => {
                IndexError::Unreachable { index, source: Box::new(source) }
            }
            source => IndexError::Unreadable { index, source: Box::new(source) },
        }
    }
}

/// Why a file was not downloaded.
enum DownloadError {
    Http(HttpError),
    /// What was received cannot be written.
    Write(std::io::Error),
}

impl From<HttpError> for DownloadError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

fn is_missing(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE)
}

fn is_server_error(error: &HttpError) -> bool {
    error.status().is_some_and(|status| status.is_server_error())
}
