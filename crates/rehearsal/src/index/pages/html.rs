//! The simple API as HTML (PEPs 503, 592, 658, 714, 792).

use super::listing::{ListedFile, Listing, SIMPLE_API_VERSION, file_url};
use crate::index::catalogue::Catalogue;
use crate::index::name::normalized;

/// The list of all projects.
pub(in crate::index) fn project_list_html(catalogue: &Catalogue) -> String {
    let links: String = catalogue
        .projects()
        .values()
        .map(|project| {
            let path = normalized(&project.name);
            format!("    <a href=\"/simple/{path}/\">{}</a>\n", escape_html(&project.name))
        })
        .collect();
    let head = page_head("Simple index", None);
    format!("{head}  <body>\n{links}</body>\n</html>\n<!--SERIAL {}-->\n", catalogue.serial())
}

/// The page of one project.
pub(in crate::index) fn project_page_html(listing: &Listing, base_url: &str) -> String {
    let title = format!("Links for {}", listing.name);
    let head = page_head(&title, Some(listing.status.as_str()));
    let links: String =
        listing.files.iter().map(|file| file_link(file, &listing.name, base_url)).collect();
    format!(
        "{head}  <body>\n    <h1>{title}</h1>\n{links}</body>\n</html>\n<!--SERIAL {}-->\n",
        listing.serial
    )
}

fn page_head(title: &str, status: Option<&str>) -> String {
    let status = status.map(|status| meta_tag("project-status", status)).unwrap_or_default();
    let version = meta_tag("repository-version", SIMPLE_API_VERSION);
    format!(
        "<!DOCTYPE html>\n<html>\n  <head>\n{version}{status}    <title>{title}</title>\n  </head>\n"
    )
}

fn meta_tag(name: &str, content: &str) -> String {
    format!("    <meta name=\"pypi:{name}\" content=\"{content}\">\n")
}

fn file_link(listed: &ListedFile, project: &str, base_url: &str) -> String {
    let file = &listed.file;
    let metadata = file.core_metadata_sha256.as_ref().map(|digest| format!("sha256={digest}"));
    let attributes: String = [
        ("requires-python", listed.requires_python.clone()),
        ("yanked", listed.yanked.clone()),
        ("dist-info-metadata", metadata.clone()),
        ("core-metadata", metadata),
        ("provenance", listed.provenance_url(base_url, project)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!(" data-{name}=\"{}\"", escape_html(&value?))))
    .collect();
    let url = file_url(base_url, file);
    let (sha256, filename) = (&file.digests.sha256, &file.filename);
    format!("    <a href=\"{url}#sha256={sha256}\"{attributes}>{filename}</a><br />\n")
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&#34;")
}

#[cfg(test)]
mod tests {
    use super::escape_html;

    #[test]
    fn specifiers_cannot_break_out_of_an_attribute() {
        assert_eq!(escape_html(">=3.8,<4 \"&\""), "&gt;=3.8,&lt;4 &#34;&amp;&#34;");
    }
}
