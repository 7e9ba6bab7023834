//! The core metadata fields, and how the upload form spells them.
//!
//! Sources: core metadata specification (versions 1.0 to 2.5) and
//! `warehouse/forklift/metadata.py` of pypi/warehouse for the form.

/// One field of the core metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name in `METADATA`, such as `Requires-Dist`.
    pub header: &'static str,
    /// Name in the upload form, such as `requires_dist`.
    pub form: &'static str,
    /// Metadata version that introduced it, as major and minor.
    pub since: (u32, u32),
    /// Whether it may occur more than once.
    pub repeated: bool,
}

const fn once(header: &'static str, form: &'static str, since: (u32, u32)) -> Field {
    Field { header, form, since, repeated: false }
}

const fn many(header: &'static str, form: &'static str, since: (u32, u32)) -> Field {
    Field { header, form, since, repeated: true }
}

/// All fields in the order of the upload form. Some names in the form are
/// plural and some are not; PyPI silently ignores a misspelled one.
pub const FIELDS: &[Field] = &[
    once("Metadata-Version", "metadata_version", (1, 0)),
    once("Name", "name", (1, 0)),
    once("Version", "version", (1, 0)),
    many("Platform", "platform", (1, 0)),
    many("Supported-Platform", "supported_platform", (1, 1)),
    once("Summary", "summary", (1, 0)),
    once("Description", "description", (1, 0)),
    once("Description-Content-Type", "description_content_type", (2, 1)),
    once("Keywords", "keywords", (1, 0)),
    once("Home-page", "home_page", (1, 0)),
    once("Download-URL", "download_url", (1, 1)),
    once("Author", "author", (1, 0)),
    once("Author-email", "author_email", (1, 0)),
    once("Maintainer", "maintainer", (1, 2)),
    once("Maintainer-email", "maintainer_email", (1, 2)),
    once("License", "license", (1, 0)),
    once("License-Expression", "license_expression", (2, 4)),
    many("License-File", "license_file", (2, 4)),
    many("Classifier", "classifiers", (1, 1)),
    once("Requires-Python", "requires_python", (1, 2)),
    many("Requires-Dist", "requires_dist", (1, 2)),
    many("Requires-External", "requires_external", (1, 2)),
    many("Requires", "requires", (1, 1)),
    many("Provides-Dist", "provides_dist", (1, 2)),
    many("Provides", "provides", (1, 1)),
    many("Obsoletes-Dist", "obsoletes_dist", (1, 2)),
    many("Obsoletes", "obsoletes", (1, 1)),
    many("Project-URL", "project_urls", (1, 2)),
    many("Provides-Extra", "provides_extra", (2, 1)),
    many("Dynamic", "dynamic", (2, 2)),
    many("Import-Name", "import_name", (2, 5)),
    many("Import-Namespace", "import_namespace", (2, 5)),
];

/// Finds a field by its name in `METADATA`, which is not case-sensitive.
pub(crate) fn field_by_header(header: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.header.eq_ignore_ascii_case(header))
}

/// The metadata versions that PyPI accepts. 2.0 was never finished; PyPI
/// accepts it for old build tools.
pub(crate) const METADATA_VERSIONS: &[(u32, u32)] =
    &[(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5)];

/// Parses `2.4`; `None` for a version that indexes do not accept.
pub(crate) fn parse_metadata_version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.trim().split_once('.')?;
    let version = (major.parse().ok()?, minor.parse().ok()?);
    METADATA_VERSIONS.contains(&version).then_some(version)
}
