//! The simple API as HTML (PEPs 503, 592, 658, 714, 792).

use super::{ListedFile, Listing, SIMPLE_API_VERSION, file_url};
use crate::index::catalogue::Catalogue;
use crate::index::name::normalized;

/// The list of all projects.
pub(crate) fn index_html(catalogue: &Catalogue) -> String {
    let links: String = catalogue
        .projects
        .values()
        .map(|project| {
            let path = normalized(&project.name);
            format!("    <a href=\"/simple/{path}/\">{}</a>\n", escaped(&project.name))
        })
        .collect();
    let head = head("Simple index", None);
    format!("{head}  <body>\n{links}</body>\n</html>\n<!--SERIAL {}-->\n", catalogue.serial)
}

/// The page of one project.
pub(crate) fn project_html(listing: &Listing, base_url: &str) -> String {
    let title = format!("Links for {}", listing.name);
    let head = head(&title, Some(listing.status.as_str()));
    let links: String =
        listing.files.iter().map(|file| link(file, &listing.name, base_url)).collect();
    format!(
        "{head}  <body>\n    <h1>{title}</h1>\n{links}</body>\n</html>\n<!--SERIAL {}-->\n",
        listing.serial
    )
}

fn head(title: &str, status: Option<&str>) -> String {
    let status = status.map(|status| meta("project-status", status)).unwrap_or_default();
    let version = meta("repository-version", SIMPLE_API_VERSION);
    format!(
        "<!DOCTYPE html>\n<html>\n  <head>\n{version}{status}    <title>{title}</title>\n  </head>\n"
    )
}

fn meta(name: &str, content: &str) -> String {
    format!("    <meta name=\"pypi:{name}\" content=\"{content}\">\n")
}

fn link(listed: &ListedFile, project: &str, base_url: &str) -> String {
    let file = &listed.file;
    let mut attributes = String::new();
    let mut add = |name: &str, value: &str| {
        attributes += &format!(" data-{name}=\"{}\"", escaped(value));
    };
    if let Some(specifier) = &listed.requires_python {
        add("requires-python", specifier);
    }
    if let Some(reason) = &listed.yanked {
        add("yanked", reason);
    }
    if let Some(digest) = &file.core_metadata_sha256 {
        add("dist-info-metadata", &format!("sha256={digest}"));
        add("core-metadata", &format!("sha256={digest}"));
    }
    if let Some(url) = listed.provenance_url(base_url, project) {
        add("provenance", &url);
    }
    let url = file_url(base_url, file);
    let (sha256, filename) = (&file.digests.sha256, &file.filename);
    format!("    <a href=\"{url}#sha256={sha256}\"{attributes}>{filename}</a><br />\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&#34;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn specifiers_cannot_break_out_of_an_attribute() {
        assert_eq!(escaped(">=3.8,<4 \"&\""), "&gt;=3.8,&lt;4 &#34;&amp;&#34;");
    }
}
