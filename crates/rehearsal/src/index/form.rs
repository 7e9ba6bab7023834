//! The text fields of an upload.

use std::collections::BTreeMap;

use super::digests::Digests;
use super::name::{is_valid, quoted};
use super::refusal::Refusal;

/// The fields of the multipart form that are not the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(BTreeMap<String, Vec<String>>);

/// The two kinds of distribution that PyPI accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sdist,
    Wheel,
}

impl Kind {
    /// The word of the form and of the JSON API.
    pub(crate) fn packagetype(self) -> &'static str {
        match self {
            Self::Sdist => "sdist",
            Self::Wheel => "bdist_wheel",
        }
    }
}

impl Form {
    /// Adds a field, as PyPI does: the `UNKNOWN` of old tools counts as absent.
    pub(crate) fn add(&mut self, field: &str, value: String) {
        if value.trim() != "UNKNOWN" {
            self.0.entry(field.to_owned()).or_default().push(value);
        }
    }

    /// The first value of a field unless it is empty.
    pub(crate) fn one(&self, field: &str) -> Option<&str> {
        self.all(field).next()
    }

    /// All values of a field that are not empty.
    pub(crate) fn all(&self, field: &str) -> impl Iterator<Item = &str> {
        let values = self.0.get(field).map(Vec::as_slice).unwrap_or_default();
        values.iter().map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// All values of a field as owned strings.
    pub(crate) fn list(&self, field: &str) -> Vec<String> {
        self.all(field).map(str::to_owned).collect()
    }

    /// Checks what is not metadata, and says which kind of distribution the form announces.
    pub(crate) fn check_controls(&self) -> Result<Kind, Refusal> {
        if self.one("protocol_version").unwrap_or("1") != "1" {
            return Err(Refusal::Form("Unknown protocol version.".into()));
        }
        self.check_identity()?;
        self.check_digest_form("sha256_digest", "SHA256")?;
        self.check_digest_form("blake2_256_digest", "BLAKE2")?;
        let kind = self.kind()?;
        self.check_python_version(kind)?;
        if self.digests().next().is_none() {
            return Err(Refusal::Form("Error: Include at least one message digest.".into()));
        }
        Ok(kind)
    }

    /// Whether every digest that was sent is that of the bytes.
    pub(crate) fn agrees_with(&self, digests: &Digests) -> bool {
        let computed = |field: &str| match field {
            "md5_digest" => &digests.md5,
            "sha256_digest" => &digests.sha256,
            _ => &digests.blake2_256,
        };
        self.digests().all(|(field, sent)| sent.eq_ignore_ascii_case(computed(field)))
    }

    fn digests(&self) -> impl Iterator<Item = (&'static str, &str)> {
        ["md5_digest", "sha256_digest", "blake2_256_digest"]
            .into_iter()
            .filter_map(|field| Some((field, self.one(field)?)))
    }

    fn check_identity(&self) -> Result<(), Refusal> {
        let name = self.one("name").ok_or_else(|| missing("", "Name"))?;
        if !is_valid(name) {
            return Err(invalid_identity(
                name,
                "Name",
                "Start and end with a letter or numeral containing only ASCII numeric and \
                 '.', '_' and '-'.",
            ));
        }
        let version = self.one("version").ok_or_else(|| missing("", "Version"))?;
        if version.trim() != version {
            let error = "Can't have leading or trailing whitespace.";
            return Err(invalid_identity(version, "Version", error));
        }
        Ok(())
    }

    fn kind(&self) -> Result<Kind, Refusal> {
        let wrong =
            |error: &str| Err(Refusal::Form(format!("Invalid value for filetype. Error: {error}")));
        match self.one("filetype") {
            Some("sdist") => Ok(Kind::Sdist),
            Some("bdist_wheel") => Ok(Kind::Wheel),
            Some(_) => wrong("Use a known file type."),
            None => wrong("This field is required."),
        }
    }

    fn check_python_version(&self, kind: Kind) -> Result<(), Refusal> {
        let error = match (kind, self.one("pyversion")) {
            (Kind::Wheel, None) => "Python version is required for binary distribution uploads.",
            (Kind::Sdist, Some(python)) if python != "source" => {
                "Use 'source' as Python version for an sdist."
            }
            _ => return Ok(()),
        };
        Err(Refusal::Form(format!("Error: {error}")))
    }

    fn check_digest_form(&self, field: &str, algorithm: &str) -> Result<(), Refusal> {
        let is_digest =
            |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        match self.one(field) {
            Some(text) if !is_digest(text) => Err(Refusal::Form(format!(
                "Invalid value for {field}. \
                 Error: Use a valid, hex-encoded, {algorithm} message digest."
            ))),
            _ => Ok(()),
        }
    }
}

fn missing(value: &str, field: &str) -> Refusal {
    invalid_identity(value, field, "This field is required.")
}

fn invalid_identity(value: &str, field: &str, error: &str) -> Refusal {
    let value = quoted(value);
    Refusal::Metadata(format!("{value} is an invalid value for {field}. Error: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(changes: &[(&str, &str)]) -> Form {
        let mut fields = BTreeMap::from([
            ("name", "greeter"),
            ("version", "0.1.0"),
            ("filetype", "sdist"),
            ("pyversion", "source"),
            ("md5_digest", "00"),
        ]);
        fields.extend(changes.iter().copied());
        let mut form = Form::default();
        for (field, value) in fields {
            form.add(field, value.to_owned());
        }
        form
    }

    #[test]
    fn accepts_the_form_of_an_sdist_and_of_a_wheel() {
        assert_eq!(form(&[]).check_controls(), Ok(Kind::Sdist));
        let wheel = form(&[("filetype", "bdist_wheel"), ("pyversion", "py3")]);
        assert_eq!(wheel.check_controls(), Ok(Kind::Wheel));
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
            let refusal = form(&[change]).check_controls().unwrap_err();
            assert!(refusal.to_string().contains(part), "{change:?}: {refusal}");
        }
    }

    #[test]
    fn unknown_of_old_tools_counts_as_absent() {
        let form = form(&[("summary", "UNKNOWN")]);
        assert_eq!(form.one("summary"), None);
    }

    #[test]
    fn every_digest_that_was_sent_is_compared() {
        let digests = Digests { md5: "AA".into(), sha256: "bb".into(), blake2_256: "cc".into() };
        assert!(form(&[("md5_digest", "aa")]).agrees_with(&digests));
        assert!(!form(&[("md5_digest", "aa"), ("sha256_digest", "b0")]).agrees_with(&digests));
    }
}
