//! Credentials in `~/.pypirc` (packaging.python.org, "The .pypirc file").

use std::path::Path;

use transport::Url;

use super::{
    CredentialSource, Credentials,
    ini::{self, Section},
};
use crate::{IndexEndpoints, IndexError, endpoints::public_upload};

/// What a `.pypirc` says of one index.
#[derive(Default)]
pub(super) struct Entry {
    /// Set when there is a password.
    pub(super) credentials: Option<Credentials>,
    /// User name without a password, for which the keyring may have one.
    pub(super) user: Option<String>,
}

/// Reads the file, if there is one.
///
/// # Errors
/// [`IndexError::Read`], [`IndexError::Pypirc`].
pub(super) fn find(home: &Path, endpoints: &IndexEndpoints) -> Result<Entry, IndexError> {
    let path = home.join(".pypirc");
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Entry::default()),
        Err(source) => return Err(IndexError::Read { path, source }),
    };
    let line_of = |line| IndexError::Pypirc { path: path.clone(), line };
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        line_of(1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count())
    })?;
    let sections = ini::parse(text).map_err(line_of)?;
    let section = choose(&sections, &endpoints.name, &endpoints.upload);
    Ok(section.map(|section| entry(section, &path)).unwrap_or_default())
}

/// The section named like the index, else one whose `repository` is the upload
/// address. A section whose address is on another host never counts: its secret
/// is not for this index.
fn choose<'a>(sections: &'a [Section], index: &str, upload: &Url) -> Option<&'a Section> {
    let candidates = || sections.iter().filter(|section| section.name != "distutils");
    let named = |section: &&Section| section.name == index && is_for(section, upload);
    let named_roughly =
        |section: &&Section| section.name.eq_ignore_ascii_case(index) && is_for(section, upload);
    let addressed = |section: &&Section| address(section).is_some_and(|url| same(&url, upload));
    let mut sections = candidates().filter(named).chain(candidates().filter(named_roughly));
    sections.next().or_else(|| candidates().find(addressed))
}

fn is_for(section: &Section, upload: &Url) -> bool {
    match address(section) {
        Some(url) => url.origin() == upload.origin(),
        None => true,
    }
}

/// Bare `[pypi]` and `[testpypi]` have known addresses.
fn address(section: &Section) -> Option<Url> {
    match section.get("repository") {
        Some(text) => text.parse().ok(),
        None => public_upload(&section.name.to_lowercase()),
    }
}

fn same(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin() && a.path().trim_end_matches('/') == b.path().trim_end_matches('/')
}

fn entry(section: &Section, path: &Path) -> Entry {
    let user = section.get("username");
    let credentials = section.get("password").map(|password| {
        let (path, section) = (path.to_owned(), section.name.clone());
        Credentials::new(user, password.into(), CredentialSource::Pypirc { path, section })
    });
    Entry { credentials, user: user.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn found(text: &[u8], endpoints: &IndexEndpoints) -> Result<Option<Credentials>, IndexError> {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".pypirc"), text).unwrap();
        find(home.path(), endpoints).map(|entry| entry.credentials)
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
        let found = found(text, &pypi).unwrap().unwrap();
        assert_eq!(found.password.expose_secret(), "pypi-50%-off");
        assert!(found.source.to_string().starts_with("[pypi] in "));
    }

    #[test]
    fn a_section_for_another_host_is_not_used() {
        let text = b"[pypi]\npassword = pypi-real\n[here]\nrepository = https://index.example/\npassword = x\n";
        assert!(found(text, &local("pypi")).unwrap().is_none());
        assert!(found(text, &local("here")).unwrap().is_none());
    }

    #[test]
    fn a_section_is_found_by_its_address_too() {
        let text = b"[whatever]\nrepository: http://127.0.0.1:8080\nusername: me\npassword: p\n";
        assert_eq!(found(text, &local("here")).unwrap().unwrap().user, "me");
    }

    #[test]
    fn a_broken_file_is_told_by_line_and_never_shown() {
        for text in [&b"[pypi]\npypi-canary\n"[..], b"[pypi]\npassword = canary\xff\n"] {
            let error = found(text, &local("pypi")).unwrap_err();
            assert!(matches!(error, IndexError::Pypirc { line: 2, .. }), "{error}");
            assert!(!format!("{error:?}{error}").contains("canary"));
        }
    }

    #[test]
    fn no_file_is_no_error() {
        let home = tempfile::tempdir().unwrap();
        assert!(find(home.path(), &local("pypi")).unwrap().credentials.is_none());
    }
}
