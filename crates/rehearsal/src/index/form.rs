//! The text fields of an upload.

use std::collections::BTreeMap;

use super::digests::FileDigests;
use super::error::UploadError;
use super::name::{is_valid_project_name, python_repr};

const DIGEST_FIELDS: [&str; 3] = ["md5_digest", "sha256_digest", "blake2_256_digest"];
const INVALID_NAME: &str = "Start and end with a letter or numeral containing only ASCII numeric \
    and '.', '_' and '-'.";

/// The fields of the multipart form, without the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct UploadForm(BTreeMap<String, Vec<String>>);

/// The two kinds of distribution that PyPI accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DistributionKind {
    Sdist,
    Wheel,
}

impl DistributionKind {
    /// The value in the form and in the JSON API.
    pub(super) fn packagetype(self) -> &'static str {
        match self {
            Self::Sdist => "sdist",
            Self::Wheel => "bdist_wheel",
        }
    }
}

impl UploadForm {
    /// Adds a field; as on PyPI, the value `UNKNOWN` of old tools counts as absent.
    pub(super) fn add_field(&mut self, field: &str, value: String) {
        if value.trim() != "UNKNOWN" {
            self.0.entry(field.to_owned()).or_default().push(value);
        }
    }

    /// The first non-empty value of a field.
    pub(super) fn first(&self, field: &str) -> Option<&str> {
        self.values(field).next()
    }

    /// All non-empty values of a field.
    pub(super) fn values(&self, field: &str) -> impl Iterator<Item = &str> {
        let values = self.0.get(field).map(Vec::as_slice).unwrap_or_default();
        values.iter().map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// All non-empty values of a field as owned strings.
    pub(super) fn owned_values(&self, field: &str) -> Vec<String> {
        self.values(field).map(str::to_owned).collect()
    }

    /// Checks the fields that are not metadata; returns the kind of distribution.
    pub(super) fn check_control_fields(&self) -> Result<DistributionKind, UploadError> {
        if self.first("protocol_version").unwrap_or("1") != "1" {
            return Err(UploadError::Form("Unknown protocol version.".into()));
        }
        self.check_name()?;
        self.check_version()?;
        self.check_digest_format("sha256_digest", "SHA256")?;
        self.check_digest_format("blake2_256_digest", "BLAKE2")?;
        let kind = self.distribution_kind()?;
        self.check_python_version(kind)?;
        if self.sent_digests().next().is_none() {
            return Err(UploadError::Form("Error: Include at least one message digest.".into()));
        }
        Ok(kind)
    }

    /// Whether all digests in the form are those of the bytes.
    pub(super) fn matches_digests(&self, actual: &FileDigests) -> bool {
        self.sent_digests().all(|(field, sent)| {
            sent.eq_ignore_ascii_case(match field {
                "md5_digest" => &actual.md5,
                "sha256_digest" => &actual.sha256,
                _ => &actual.blake2_256,
            })
        })
    }

    fn sent_digests(&self) -> impl Iterator<Item = (&'static str, &str)> {
        DIGEST_FIELDS.into_iter().filter_map(|field| Some((field, self.first(field)?)))
    }

    fn check_name(&self) -> Result<(), UploadError> {
        let name = self.first("name").ok_or_else(|| missing_field("Name"))?;
        match is_valid_project_name(name) {
            true => Ok(()),
            false => Err(invalid_field(name, "Name", INVALID_NAME)),
        }
    }

    fn check_version(&self) -> Result<(), UploadError> {
        let version = self.first("version").ok_or_else(|| missing_field("Version"))?;
        if version.trim() != version {
            let error = "Can't have leading or trailing whitespace.";
            return Err(invalid_field(version, "Version", error));
        }
        Ok(())
    }

    fn distribution_kind(&self) -> Result<DistributionKind, UploadError> {
        let error = match self.first("filetype") {
            Some("sdist") => return Ok(DistributionKind::Sdist),
            Some("bdist_wheel") => return Ok(DistributionKind::Wheel),
            Some(_) => "Use a known file type.",
            None => "This field is required.",
        };
        Err(UploadError::Form(format!("Invalid value for filetype. Error: {error}")))
    }

    fn check_python_version(&self, kind: DistributionKind) -> Result<(), UploadError> {
        let error = match (kind, self.first("pyversion")) {
            (DistributionKind::Wheel, None) => {
                "Python version is required for binary distribution uploads."
            }
            (DistributionKind::Sdist, Some(python)) if python != "source" => {
                "Use 'source' as Python version for an sdist."
            }
            _ => return Ok(()),
        };
        Err(UploadError::Form(format!("Error: {error}")))
    }

    fn check_digest_format(&self, field: &str, algorithm: &str) -> Result<(), UploadError> {
        match self.first(field) {
            Some(text) if !is_256_bit_hex(text) => Err(UploadError::Form(format!(
                "Invalid value for {field}. \
                 Error: Use a valid, hex-encoded, {algorithm} message digest."
            ))),
            _ => Ok(()),
        }
    }
}

fn is_256_bit_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn missing_field(field: &str) -> UploadError {
    invalid_field("", field, "This field is required.")
}

fn invalid_field(value: &str, field: &str, error: &str) -> UploadError {
    let value = python_repr(value);
    UploadError::Metadata(format!("{value} is an invalid value for {field}. Error: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(changes: &[(&str, &str)]) -> UploadForm {
        let mut fields = BTreeMap::from([
            ("name", "greeter"),
            ("version", "0.1.0"),
            ("filetype", "sdist"),
            ("pyversion", "source"),
            ("md5_digest", "00"),
        ]);
        fields.extend(changes.iter().copied());
        let mut form = UploadForm::default();
        for (field, value) in fields {
            form.add_field(field, value.to_owned());
        }
        form
    }

    #[test]
    fn accepts_the_form_of_an_sdist_and_of_a_wheel() {
        assert_eq!(form(&[]).check_control_fields(), Ok(DistributionKind::Sdist));
        let wheel = form(&[("filetype", "bdist_wheel"), ("pyversion", "py3")]);
        assert_eq!(wheel.check_control_fields(), Ok(DistributionKind::Wheel));
    }

    #[test]
    fn names_the_first_wrong_control_field() {
        for (change, part) in [
            (("protocol_version", "2"), "Unknown protocol version"),
            (("name", ""), "'' is an invalid value for Name"),
            (("name", "-x"), "'-x' is an invalid value for Name"),
            (("version", " 1"), "leading or trailing whitespace"),
            (("filetype", "bdist_egg"), "Use a known file type"),
            (("filetype", ""), "Invalid value for filetype. Error: This field is required"),
            (("pyversion", "py3"), "Use 'source' as Python version"),
            (("md5_digest", ""), "Include at least one message digest"),
            (("sha256_digest", "xyz"), "SHA256 message digest"),
        ] {
            let error = form(&[change]).check_control_fields().unwrap_err();
            assert!(error.to_string().contains(part), "{change:?}: {error}");
        }
    }

    #[test]
    fn unknown_of_old_tools_counts_as_absent() {
        let form = form(&[("summary", "UNKNOWN")]);
        assert_eq!(form.first("summary"), None);
    }

    #[test]
    fn every_digest_that_was_sent_is_compared() {
        let digests =
            FileDigests { md5: "AA".into(), sha256: "bb".into(), blake2_256: "cc".into() };
        assert!(form(&[("md5_digest", "aa")]).matches_digests(&digests));
        assert!(!form(&[("md5_digest", "aa"), ("sha256_digest", "b0")]).matches_digests(&digests));
    }
}
