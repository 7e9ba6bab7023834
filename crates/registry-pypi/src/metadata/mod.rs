//! Core metadata of a distribution.

mod fields;
mod headers;

pub use fields::{FIELDS, Field};
pub(crate) use fields::{METADATA_VERSIONS, field_by_header, parse_metadata_version};

/// The core metadata of a distribution, from its `METADATA` or `PKG-INFO`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoreMetadata {
    fields: Vec<(String, String)>,
    malformed: Vec<String>,
}

impl CoreMetadata {
    /// Parses the text of a `METADATA` or `PKG-INFO` file. Nothing is refused;
    /// [`crate::check_distribution`] finds what is wrong.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        let (headers, malformed) = headers::parse_headers(text);
        let mut fields = headers.fields;
        // The old placeholder of distutils, which PyPI also treats as absent.
        fields.retain(|(_, value)| value.trim() != "UNKNOWN");
        if !headers.body.trim().is_empty() {
            fields.push(("Description".to_owned(), headers.body));
        }
        Self { fields, malformed }
    }

    /// The first value of a field that is not empty. Case does not matter.
    #[must_use]
    pub fn first(&self, header: &str) -> Option<&str> {
        self.all(header).next()
    }

    /// All values of a field that are not empty.
    pub fn all<'a, 'h>(&'a self, header: &'h str) -> impl Iterator<Item = &'a str> + use<'a, 'h> {
        let named = self.fields.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(header));
        named.map(|(_, value)| value.as_str()).filter(|value| !value.trim().is_empty())
    }

    /// The project's name as its authors spell it; empty when it is missing.
    #[must_use]
    pub fn name(&self) -> &str {
        self.first("Name").unwrap_or_default()
    }

    /// The version as spelled; empty when it is missing.
    #[must_use]
    pub fn version(&self) -> &str {
        self.first("Version").unwrap_or_default()
    }

    /// The metadata version, if indexes accept it.
    pub(crate) fn metadata_version(&self) -> Option<(u32, u32)> {
        parse_metadata_version(self.first("Metadata-Version")?)
    }

    /// The files that must be in the archive. Before 2.4 `License-File` was an
    /// unofficial field of setuptools, which neither twine nor PyPI use.
    pub(crate) fn license_files(&self) -> impl Iterator<Item = &str> {
        let official = self.metadata_version() >= Some((2, 4));
        self.all("License-File").filter(move |_| official)
    }

    /// Names of all fields in order, repetitions included.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// Descriptions of lines that could not be parsed.
    pub(crate) fn malformed(&self) -> &[String] {
        &self.malformed
    }

    /// Name and value of each form field, as the form spells it.
    pub(crate) fn form_fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        FIELDS.iter().flat_map(|field| {
            let limit = if field.repeated { usize::MAX } else { 1 };
            let unofficial = field.form == "license_file" && self.license_files().next().is_none();
            let limit = if unofficial { 0 } else { limit };
            self.all(field.header).take(limit).map(|value| (field.form, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Metadata-Version: 2.5\nName: Greeter\nVersion: 0.1.0\n\
        Summary: UNKNOWN\nKeywords: a,b\nClassifier: Typing :: Typed\nlicense-file: LICENSE\n\
        License-Expression: MIT\nProject-URL: Source, https://forge.example/x\n\
        Requires-Dist: rich>=13\nRequires-Dist: httpx\nProvides-Extra: cli\nDynamic: version\n\
        Import-Name: greeter\nImport-Namespace: greetings\nSupported-Platform: linux\n\nHello\n";

    #[test]
    fn the_form_has_the_spelling_of_pypi() {
        let metadata = CoreMetadata::from_text(TEXT);
        let form: Vec<_> = metadata.form_fields().collect();
        for expected in [
            ("metadata_version", "2.5"),
            ("description", "Hello\n"),
            ("classifiers", "Typing :: Typed"),
            ("license_file", "LICENSE"),
            ("license_expression", "MIT"),
            ("project_urls", "Source, https://forge.example/x"),
            ("requires_dist", "rich>=13"),
            ("requires_dist", "httpx"),
            ("provides_extra", "cli"),
            ("import_name", "greeter"),
            ("import_namespace", "greetings"),
            ("supported_platform", "linux"),
        ] {
            assert!(form.contains(&expected), "{expected:?} in {form:?}");
        }
        assert!(!form.iter().any(|(name, _)| *name == "summary"));
    }

    #[test]
    fn the_unofficial_license_file_of_setuptools_is_not_sent() {
        let metadata = CoreMetadata::from_text("Metadata-Version: 2.1\nLicense-File: LICENSE\n");
        assert_eq!(metadata.form_fields().count(), 1);
        assert_eq!(metadata.license_files().count(), 0);
    }

    #[test]
    fn a_field_that_occurs_once_is_sent_once() {
        let metadata = CoreMetadata::from_text("Summary: a\nSummary: b\n");
        assert_eq!(metadata.form_fields().collect::<Vec<_>>(), [("summary", "a")]);
    }
}
