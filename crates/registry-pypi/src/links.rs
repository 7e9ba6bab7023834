//! Pages on which a person reviews or manages a release (`warehouse/routes.py`).

use transport::Url;

use crate::{IndexEndpoints, endpoints::below, normalized_name};

/// A page and what it shows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Link {
    /// What the page is, such as `pypi release`.
    pub label: String,
    /// Its address.
    pub url: String,
}

/// The public page of one release.
#[must_use]
pub fn release(web: &Url, project: &str, version: &str) -> Url {
    below(web, &["project", &normalized_name(project), version, ""])
}

/// The public list of all releases.
#[must_use]
pub fn history(web: &Url, project: &str) -> Url {
    let mut url = below(web, &["project", &normalized_name(project), ""]);
    url.set_fragment(Some("history"));
    url
}

/// The page on which owners manage all releases.
#[must_use]
pub fn manage_releases(web: &Url, project: &str) -> Url {
    below(web, &["manage", "project", &normalized_name(project), "releases", ""])
}

/// The page on which owners yank or delete one release. The dialogs have
/// fragments of their own; those skip the acknowledgement boxes, so the link is
/// to the page itself.
#[must_use]
pub fn manage_release(web: &Url, project: &str, version: &str) -> Url {
    below(web, &["manage", "project", &normalized_name(project), "release", version, ""])
}

/// What a person reviews after a release: its page and the history. Nothing for
/// an index without pages.
#[must_use]
pub fn review(endpoints: &IndexEndpoints, project: &str, version: &str) -> Vec<Link> {
    let Some(web) = &endpoints.web else { return Vec::new() };
    let link = |what: &str, url: Url| Link {
        label: format!("{} {what}", endpoints.name),
        url: url.into(),
    };
    vec![link("release", release(web, project, version)), link("history", history(web, project))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_reviewed_on_its_page_and_in_the_history() {
        let endpoints = IndexEndpoints::public("testpypi").unwrap();
        let links = review(&endpoints, "Immich_Autotag", "1.2.3");
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
            manage_release(&web, "a.b", "1.0").as_str(),
            "https://index.example/manage/project/a-b/release/1.0/"
        );
    }
}
