use std::collections::{BTreeMap, HashSet};

use image_ref::{ImageTag, Repository};
use oci_image::ManifestHead;
use serde::Deserialize;
use transport::{Fetched, Request, StatusCode, Url};

use super::{ManifestName, RegistryClient, link, refusal};
use crate::{RegistryError, auth::Access, concurrency::try_all};

/// Tags asked for at once; registries give fewer if they want.
const PAGE: usize = 1000;
/// Registries that send fewer than asked for do so in multiples of this.
const ROUND: usize = 50;
/// Longest page of tags that is read.
const PAGE_LIMIT: usize = 8 << 20;

#[derive(Deserialize)]
struct TagList {
    tags: Option<Vec<String>>,
}

impl RegistryClient {
    /// All tags of a repository, in the registry's order, each once.
    ///
    /// # Errors
    /// [`RegistryError`]; `NotFound` when there is no such repository.
    pub async fn tags(&self, repository: &Repository) -> Result<Vec<ImageTag>, RegistryError> {
        let access = Access::pull(repository);
        let first = self.tags_url(repository, None)?;
        let (mut next, mut pages) = (Some(first), Pages::default());
        while let Some(url) = next.filter(|url| pages.visited.insert(url.clone())) {
            let answer = self.tag_page(&access, url).await?;
            let fresh = pages.add(self.read_page(repository, &answer)?);
            next = self.next_page(repository, &answer, &pages, fresh)?;
        }
        Ok(pages.tags)
    }

    /// What each tag points to, `None` for tags that are gone, all at once
    /// (bounded). Uses HEAD, which does not count as a pull on Docker Hub.
    ///
    /// # Errors
    /// [`RegistryError`], the first one met.
    pub async fn tag_digests(
        &self,
        repository: &Repository,
        tags: &[ImageTag],
    ) -> Result<BTreeMap<ImageTag, Option<ManifestHead>>, RegistryError> {
        let access = Access::pull(repository);
        self.tag_digests_with(&access, tags).await
    }

    pub(super) async fn tag_digests_with(
        &self,
        access: &Access,
        tags: &[ImageTag],
    ) -> Result<BTreeMap<ImageTag, Option<ManifestHead>>, RegistryError> {
        let asked = tags.iter().map(|tag| async move {
            let head = self.head_with(access, &ManifestName::from(tag)).await?;
            Ok::<_, RegistryError>((tag.clone(), head))
        });
        let found = try_all(self.limits().requests, asked.collect()).await?;
        Ok(found.into_iter().collect())
    }

    fn tags_url(
        &self,
        repository: &Repository,
        last: Option<&ImageTag>,
    ) -> Result<Url, RegistryError> {
        let endpoint = self.endpoint(repository.registry())?;
        let mut url = endpoint.url(repository, "tags/list");
        url.query_pairs_mut().append_pair("n", &PAGE.to_string());
        last.iter().for_each(|tag| {
            url.query_pairs_mut().append_pair("last", tag.as_str());
        });
        Ok(url)
    }

    async fn tag_page(&self, access: &Access, url: Url) -> Result<Fetched, RegistryError> {
        let answer = self.fetch(Request::get(url), access, PAGE_LIMIT).await?;
        match answer.status {
            StatusCode::OK => Ok(answer),
            _ => Err(refusal::other(format!("tags of {}", access.repository), &answer)),
        }
    }

    /// A tag outside the grammar is an error: left out, its image would look unused.
    fn read_page(
        &self,
        repository: &Repository,
        answer: &Fetched,
    ) -> Result<Vec<ImageTag>, RegistryError> {
        let list: TagList = answer.json().map_err(|error| self.failed(repository, error))?;
        let names = list.tags.unwrap_or_default();
        names
            .into_iter()
            .map(|name| name.parse::<ImageTag>())
            .collect::<Result<_, _>>()
            .map_err(|error| self.failed(repository, answer.garbage(error.to_string())))
    }

    /// The page after this one: by `Link`; without it by `last`, as long as
    /// pages of a round length bring tags that were not seen (distribution 2.8
    /// sends all tags at once, whatever it is asked for).
    fn next_page(
        &self,
        repository: &Repository,
        answer: &Fetched,
        pages: &Pages,
        fresh: usize,
    ) -> Result<Option<Url>, RegistryError> {
        if let Some(next) = link::next(answer) {
            return Ok(Some(next));
        }
        match pages.tags.last() {
            Some(last) if fresh > 0 && fresh.is_multiple_of(ROUND) => {
                self.tags_url(repository, Some(last)).map(Some)
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
