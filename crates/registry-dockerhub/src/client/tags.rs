use std::collections::{BTreeMap, HashSet};

use image_ref::{Digest, ImageTag, Repository};
use oci_image::ManifestHead;
use probe::{Never, Probe};
use serde::Deserialize;
use transport::{Fetched, Request, StatusCode, Url};

use super::{connection::Connection, link, manifests::Manifests};
use crate::{RegistryError, auth::Access, concurrency::try_all, error_response};

/// Tags requested at once; registries give fewer if they want.
const PAGE: usize = 1000;
/// Registries that send fewer than requested do so in multiples of this.
const ROUND: usize = 50;
/// Longest page of tags that is read.
const PAGE_LIMIT: usize = 8 << 20;

/// Whether a tag points to the digest expected. `Identical` and `Diverged`
/// carry the digest that it points to.
pub type TagProbe = Probe<Digest, Never, Digest, RegistryError>;

/// The tags of a repository; see [`RegistryClient::tags`](crate::RegistryClient::tags).
#[derive(Clone)]
pub struct Tags<'a> {
    connection: &'a Connection,
    access: Access,
}

#[derive(Deserialize)]
struct TagList {
    tags: Option<Vec<String>>,
}

impl<'a> Tags<'a> {
    pub(super) fn new(connection: &'a Connection, access: Access) -> Self {
        Self { connection, access }
    }

    /// All tags, in the registry's order, each once.
    ///
    /// # Errors
    /// [`RegistryError`]; `NotFound` when the repository does not exist.
    pub async fn list(&self) -> Result<Vec<ImageTag>, RegistryError> {
        let (mut next, mut pages) = (Some(self.url(None)?), Pages::default());
        while let Some(url) = next.filter(|url| pages.visited.insert(url.clone())) {
            let response = self.fetch_page(url).await?;
            let fresh = pages.add(self.read_page(&response)?);
            next = self.next_page(&response, &pages, fresh)?;
        }
        Ok(pages.tags)
    }

    /// What each tag points to, `None` for tags that do not exist, all at once
    /// (bounded). Uses HEAD, which does not count as a pull on Docker Hub.
    ///
    /// # Errors
    /// [`RegistryError`], the first one met.
    pub async fn digests(
        &self,
        tags: &[ImageTag],
    ) -> Result<BTreeMap<ImageTag, Option<ManifestHead>>, RegistryError> {
        let manifests = &Manifests::new(self.connection, self.access.clone());
        let heads = tags.iter().map(|tag| async move {
            Ok::<_, RegistryError>((tag.clone(), manifests.head(tag).await?))
        });
        let heads = try_all(self.connection.limits().requests, heads.collect()).await?;
        Ok(heads.into_iter().collect())
    }

    /// Compares a tag with the digest that it should have.
    pub async fn probe(&self, tag: &ImageTag, expected: &Digest) -> TagProbe {
        match Manifests::new(self.connection, self.access.clone()).head(tag).await {
            Ok(None) => Probe::Absent,
            Ok(Some(head)) if head.digest == *expected => Probe::Identical(head.digest),
            Ok(Some(head)) => Probe::Diverged(head.digest),
            Err(error) => Probe::Unknown(error),
        }
    }

    fn repository(&self) -> &Repository {
        &self.access.repository
    }

    fn url(&self, last: Option<&ImageTag>) -> Result<Url, RegistryError> {
        let endpoint = self.connection.endpoint(self.repository().registry())?;
        let mut url = endpoint.url(self.repository(), "tags/list");
        url.query_pairs_mut().append_pair("n", &PAGE.to_string());
        last.iter().for_each(|tag| {
            url.query_pairs_mut().append_pair("last", tag.as_str());
        });
        Ok(url)
    }

    async fn fetch_page(&self, url: Url) -> Result<Fetched, RegistryError> {
        let response = self.connection.fetch(Request::get(url), &self.access, PAGE_LIMIT).await?;
        match response.status {
            StatusCode::OK => Ok(response),
            _ => {
                let what = format!("tags of {}", self.repository());
                Err(error_response::refusal(what, &response))
            }
        }
    }

    /// A tag outside the grammar is an error: left out, its image would look unused.
    fn read_page(&self, response: &Fetched) -> Result<Vec<ImageTag>, RegistryError> {
        let list: TagList =
            response.json().map_err(|error| self.connection.error(self.repository(), error))?;
        let names = list.tags.unwrap_or_default().into_iter();
        names.map(|name| name.parse::<ImageTag>()).collect::<Result<_, _>>().map_err(|error| {
            self.connection.error(self.repository(), response.garbage(error.to_string()))
        })
    }

    /// The page after this one: by `Link`; without it by `last`, as long as
    /// pages of a round length bring tags that were not seen (distribution 2.8
    /// sends all tags at once, whatever is requested).
    fn next_page(
        &self,
        response: &Fetched,
        pages: &Pages,
        fresh: usize,
    ) -> Result<Option<Url>, RegistryError> {
        if let Some(next) = link::next(response) {
            return Ok(Some(next));
        }
        match pages.tags.last() {
            Some(last) if fresh > 0 && fresh.is_multiple_of(ROUND) => {
                self.url(Some(last)).map(Some)
            }
            _ => Ok(None),
        }
    }
}

#[derive(Default)]
struct Pages {
    tags: Vec<ImageTag>,
    seen: HashSet<ImageTag>,
    visited: HashSet<Url>,
}

impl Pages {
    /// How many of them are new.
    fn add(&mut self, page: Vec<ImageTag>) -> usize {
        let before = self.tags.len();
        let Self { tags, seen, .. } = self;
        tags.extend(page.into_iter().filter(|tag| seen.insert(tag.clone())));
        tags.len() - before
    }
}
