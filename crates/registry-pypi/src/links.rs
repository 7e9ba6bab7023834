//! Web pages to review or manage a release (`warehouse/routes.py`).

use transport::Url;

use crate::{IndexEndpoints, endpoints::join_segments, normalized_name};

/// A web page.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Link {
    /// Its label, such as `pypi release`.
    pub label: String,
    /// Its address.
    pub url: String,
}

/// The public page of one release.
#[must_use]
pub fn release_page(web: &Url, project: &str, version: &str) -> Url {
    join_segments(web, &["project", &normalized_name(project), version, ""])
}

/// The public list of all releases.
#[must_use]
pub fn history_page(web: &Url, project: &str) -> Url {
    let mut url = join_segments(web, &["project", &normalized_name(project), ""]);
    url.set_fragment(Some("history"));
    url
}

/// The page where owners manage all releases.
#[must_use]
pub fn manage_releases_page(web: &Url, project: &str) -> Url {
    join_segments(web, &["manage", "project", &normalized_name(project), "releases", ""])
}

/// The page where owners yank or delete one release. The dialogs have their own
/// fragments, which skip the acknowledgement boxes, so the link is to the page.
#[must_use]
pub fn manage_release_page(web: &Url, project: &str, version: &str) -> Url {
    join_segments(web, &["manage", "project", &normalized_name(project), "release", version, ""])
}

/// The pages to review after a release: the release and the history. Empty for
/// an index without web pages.
#[must_use]
pub fn review_links(endpoints: &IndexEndpoints, project: &str, version: &str) -> Vec<Link> {
    let Some(web) = &endpoints.web else { return Vec::new() };
    let pages =
        [("release", release_page(web, project, version)), ("history", history_page(web, project))];
    let links = pages
        .map(|(page, url)| Link { label: format!("{} {page}", endpoints.name), url: url.into() });
    links.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_reviewed_on_its_page_and_in_the_history() {
        let endpoints = IndexEndpoints::public("testpypi").unwrap();
        let links = review_links(&endpoints, "Immich_Autotag", "1.2.3");
        let host = endpoints.web.unwrap();
        let expected = [
            ("testpypi release", "project/immich-autotag/1.2.3/"),
            ("testpypi history", "project/immich-autotag/#history"),
        ];
        for (link, (label, path)) in links.iter().zip(expected) {
            assert_eq!(
                (link.label.as_str(), link.url.as_str()),
                (label, &*format!("{host}{path}"))
            );
        }
    }

    #[test]
    fn management_is_one_page_for_a_release() {
        let web = "https://index.example/".parse().unwrap();
        assert_eq!(
            manage_release_page(&web, "a.b", "1.0").as_str(),
            "https://index.example/manage/project/a-b/release/1.0/"
        );
    }
}
