use release_version::{ReleaseVersion, TemplateValues};

use crate::{Project, clients::Clients};

/// Pages on which a person reviews the release, as the original script printed them:
/// index release pages, tag pages filtered by name, index histories.
pub(crate) fn review_links(
    project: &Project,
    clients: &Clients,
    version: &ReleaseVersion,
) -> Vec<String> {
    let mut links = Vec::new();
    if let Some(package) = &project.package {
        let name = package.pyproject.normalized_name();
        for reader in clients.indexes.values() {
            let pages =
                registry_pypi::links::review_links(reader.endpoints(), &name, &version.pep440());
            links.extend(pages.into_iter().map(|link| format!("{}: {}", link.label, link.url)));
        }
    }
    for image in &project.configuration.images {
        links.extend(tag_page(project, image, version));
    }
    links
}

/// The page of an image's tags; none for a registry that is placed elsewhere.
fn tag_page(
    project: &Project,
    image: &configuration::Image,
    version: &ReleaseVersion,
) -> Option<String> {
    if project.registry(&image.repository).url.is_some() {
        return None;
    }
    let values = TemplateValues { version, commit: "" };
    let tag = image.tags.first()?.render(values).parse().ok()?;
    let url = registry_dockerhub::hub::review_link(&image.repository, &tag)?;
    Some(format!("{} tags: {url}", image.repository))
}
