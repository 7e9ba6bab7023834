use image_ref::{ImageTag, Repository};
use transport::Url;

use crate::endpoint::table;

/// The web page of Docker Hub that lists a repository's tags with this text in
/// their name, for a person to look at. `None` for repositories elsewhere.
#[must_use]
pub fn review_link(repository: &Repository, tag: &ImageTag) -> Option<Url> {
    let mut url = tag_history_link(repository)?;
    url.query_pairs_mut().append_pair("name", tag.as_str());
    Some(url)
}

/// The web page of Docker Hub that lists all tags of a repository, newest first.
#[must_use]
pub fn tag_history_link(repository: &Repository) -> Option<Url> {
    if !repository.registry().is_docker_hub() {
        return None;
    }
    let page = match repository.path().strip_prefix("library/") {
        Some(official) => format!("_/{official}/tags"),
        None => format!("r/{}/tags", repository.path()),
    };
    Url::parse(table::HUB).ok()?.join(&page).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(repository: &str, tag: &str) -> Option<String> {
        let link = review_link(&repository.parse().unwrap(), &tag.parse().unwrap())?;
        Some(format!("{}?{}", link.path(), link.query()?))
    }

    #[test]
    fn tags_are_filtered_by_name() {
        let path = path_of("owner/project", "cron-0.9.1");
        assert_eq!(path.as_deref(), Some("/r/owner/project/tags?name=cron-0.9.1"));
    }

    #[test]
    fn official_images_have_another_page_and_other_registries_none() {
        assert_eq!(path_of("debian", "12").as_deref(), Some("/_/debian/tags?name=12"));
        assert_eq!(path_of("ghcr.io/owner/project", "1"), None);
    }
}
