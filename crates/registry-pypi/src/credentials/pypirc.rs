//! Credentials in `~/.pypirc` (packaging.python.org, "The .pypirc file").

use std::path::Path;

use transport::Url;

use super::{
    credential::{CredentialSource, Credentials},
    ini::{self, Section},
};
use crate::{IndexEndpoints, IndexError};

/// What a `.pypirc` has for one index.
#[derive(Default)]
pub(super) struct PypircEntry {
    /// Set when there is a password.
    pub(super) credentials: Option<Credentials>,
    /// A user name without a password, which the keyring may have.
    pub(super) user: Option<String>,
}

/// Reads the entry of an index from `.pypirc`, if the file exists.
///
/// # Errors
/// [`IndexError::Read`], [`IndexError::Pypirc`].
pub(super) fn read_entry(
    home: &Path,
    endpoints: &IndexEndpoints,
) -> Result<PypircEntry, IndexError> {
    let path = home.join(".pypirc");
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(PypircEntry::default());
        }
        Err(source) => return Err(IndexError::Read { path, source }),
    };
    match parse_sections(&bytes) {
        Ok(sections) => {
            let section = select_section(&sections, &endpoints.name, &endpoints.upload);
            Ok(section.map(|section| entry_of_section(section, &path)).unwrap_or_default())
        }
        Err(line) => Err(IndexError::Pypirc { path, line }),
    }
}

/// The error is the number of the first invalid line.
fn parse_sections(bytes: &[u8]) -> Result<Vec<Section>, usize> {
    match std::str::from_utf8(bytes) {
        Ok(text) => ini::parse_ini(text),
        Err(error) => {
            let valid = &bytes[..error.valid_up_to()];
            Err(1 + valid.iter().filter(|byte| **byte == b'\n').count())
        }
    }
}

/// The section named like the index, else one whose `repository` is the upload
/// address. A section with an address on another host never counts: its secret
/// is not for this index.
fn select_section<'a>(sections: &'a [Section], index: &str, upload: &Url) -> Option<&'a Section> {
    let sections = sections.iter().filter(|section| section.name != "distutils");
    let ranked = sections.filter_map(|section| Some((section, rank(section, index, upload)?)));
    ranked.min_by_key(|(_, rank)| *rank).map(|(section, _)| section)
}

/// Lower ranks are better; `None` for a section of another index.
fn rank(section: &Section, index: &str, upload: &Url) -> Option<u8> {
    let address = section_address(section);
    let same_host = address.as_ref().is_none_or(|url| url.origin() == upload.origin());
    if same_host && section.name == index {
        Some(0)
    } else if same_host && section.name.eq_ignore_ascii_case(index) {
        Some(1)
    } else {
        address.is_some_and(|url| is_same_address(&url, upload)).then_some(2)
    }
}

/// Bare `[pypi]` and `[testpypi]` have the addresses of the public indexes.
fn section_address(section: &Section) -> Option<Url> {
    match section.value("repository") {
        Some(text) => text.parse().ok(),
        None => IndexEndpoints::public(&section.name.to_lowercase()).map(|public| public.upload),
    }
}

fn is_same_address(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin() && a.path().trim_end_matches('/') == b.path().trim_end_matches('/')
}

fn entry_of_section(section: &Section, path: &Path) -> PypircEntry {
    let user = section.value("username");
    let credentials = section.value("password").map(|password| {
        let (path, section) = (path.to_owned(), section.name.clone());
        Credentials::new(user, password.into(), CredentialSource::Pypirc { path, section })
    });
    PypircEntry { credentials, user: user.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn credentials_in(
        text: &[u8],
        endpoints: &IndexEndpoints,
    ) -> Result<Option<Credentials>, IndexError> {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".pypirc"), text).unwrap();
        read_entry(home.path(), endpoints).map(|entry| entry.credentials)
    }

    fn local(name: &str) -> IndexEndpoints {
        let url: Url = "http://127.0.0.1:8080/".parse().unwrap();
        IndexEndpoints::private(name, url.clone(), url)
    }

    #[test]
    fn the_section_of_the_index_is_read_as_twine_reads_it() {
        let pypi = IndexEndpoints::public("pypi").unwrap();
        let text =
            b"[pypi]\nusername = __token__\npassword = pypi-50%-off\n[testpypi]\npassword=x\n";
        let found = credentials_in(text, &pypi).unwrap().unwrap();
        assert_eq!(found.password.expose_secret(), "pypi-50%-off");
        assert!(found.source.to_string().starts_with("[pypi] in "));
    }

    #[test]
    fn a_section_for_another_host_is_not_used() {
        let text = b"[pypi]\npassword = pypi-real\n[other]\nrepository = https://index.example/\npassword = x\n";
        assert!(credentials_in(text, &local("pypi")).unwrap().is_none());
        assert!(credentials_in(text, &local("other")).unwrap().is_none());
    }

    #[test]
    fn a_section_is_found_by_its_address_too() {
        let text = b"[whatever]\nrepository: http://127.0.0.1:8080\nusername: me\npassword: p\n";
        assert_eq!(credentials_in(text, &local("other")).unwrap().unwrap().user, "me");
    }

    #[test]
    fn an_invalid_file_is_reported_by_line_and_never_shown() {
        for text in [&b"[pypi]\npypi-canary\n"[..], b"[pypi]\npassword = canary\xff\n"] {
            let error = credentials_in(text, &local("pypi")).unwrap_err();
            assert!(matches!(error, IndexError::Pypirc { line: 2, .. }), "{error}");
            assert!(!format!("{error:?}{error}").contains("canary"));
        }
    }

    #[test]
    fn no_file_is_no_error() {
        let home = tempfile::tempdir().unwrap();
        assert!(read_entry(home.path(), &local("pypi")).unwrap().credentials.is_none());
    }
}
