//! Addresses of package indexes: the public ones in one table, and any other.

use std::fmt;

use transport::{RedactedUrl, Url};

use crate::{IndexError, UploadRules, normalized_name};

/// Name, upload, simple, JSON and web addresses of the public indexes
/// (docs.pypi.org, "API"; warehouse `docs/user/api`).
const PUBLIC: &[(&str, [&str; 4])] = &[
    (
        "pypi",
        [
            "https://upload.pypi.org/legacy/",
            "https://pypi.org/simple/",
            "https://pypi.org/pypi/",
            "https://pypi.org/",
        ],
    ),
    (
        "testpypi",
        [
            "https://test.pypi.org/legacy/",
            "https://test.pypi.org/simple/",
            "https://test.pypi.org/pypi/",
            "https://test.pypi.org/",
        ],
    ),
];

/// The addresses of one package index: public, private or embedded.
///
/// ```
/// let pypi = registry_pypi::IndexEndpoints::public("pypi").unwrap();
/// assert_eq!(pypi.project_page("My.Tool").path(), "/simple/my-tool/");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct IndexEndpoints {
    /// Name in messages and variables, such as `pypi`.
    pub name: String,
    /// Upload address, including its final slash.
    pub upload: Url,
    /// Root of the simple pages (PEP 503, PEP 691).
    pub simple: Url,
    /// Root of PyPI's JSON API, if the index has it.
    pub json: Option<Url>,
    /// Root of web pages and trusted publishing, if the index has them.
    pub web: Option<Url>,
    /// The rules that it enforces on uploads.
    pub rules: UploadRules,
}

/// Addresses are shown without user, password and query.
impl fmt::Debug for IndexEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexEndpoints")
            .field("name", &self.name)
            .field("upload", &RedactedUrl::from(&self.upload))
            .field("simple", &RedactedUrl::from(&self.simple))
            .field("json", &self.json.as_ref().map(RedactedUrl::from))
            .field("web", &self.web.as_ref().map(RedactedUrl::from))
            .field("rules", &self.rules)
            .finish()
    }
}

impl IndexEndpoints {
    /// `pypi` or `testpypi`; `None` for any other name.
    #[must_use]
    pub fn public(name: &str) -> Option<Self> {
        let (name, addresses) = PUBLIC.iter().find(|(public, _)| *public == name)?;
        let [upload, simple, json, web] = addresses.map(|address| Url::parse(address).ok());
        Some(Self {
            name: (*name).to_owned(),
            upload: upload?,
            simple: simple?,
            json,
            web,
            rules: UploadRules::Pypi,
        })
    }

    /// An index with uploads and simple pages only, such as pypiserver or devpi.
    #[must_use]
    pub fn private(name: &str, upload: Url, simple: Url) -> Self {
        let (json, web, rules) = (None, None, UploadRules::Basic);
        Self { name: name.to_owned(), upload, simple, json, web, rules }
    }

    /// An index with all interfaces of PyPI, at the same paths below `root`.
    ///
    /// # Errors
    /// [`IndexError::InvalidRoot`] when the address cannot have paths below it.
    pub fn like_pypi(name: &str, root: &Url) -> Result<Self, IndexError> {
        let root = join_segments(root, &[""]);
        let [upload, simple, json] = ["legacy/", "simple/", "pypi/"].map(|path| {
            root.join(path).map_err(|_| IndexError::InvalidRoot { index: name.to_owned() })
        });
        Ok(Self {
            name: name.to_owned(),
            upload: upload?,
            simple: simple?,
            json: Some(json?),
            web: Some(root),
            rules: UploadRules::Pypi,
        })
    }

    /// The simple page of a project.
    #[must_use]
    pub fn project_page(&self, project: &str) -> Url {
        join_segments(&self.simple, &[&normalized_name(project), ""])
    }

    /// The JSON document of one release, if the index has the JSON API.
    #[must_use]
    pub fn release_document(&self, project: &str, version: &str) -> Option<Url> {
        let json = self.json.as_ref()?;
        Some(join_segments(json, &[&normalized_name(project), version, "json"]))
    }

    /// The address of the audience for trusted publishing.
    pub(crate) fn oidc_audience(&self) -> Option<Url> {
        Some(join_segments(self.web.as_ref()?, &["_", "oidc", "audience"]))
    }

    /// The address that exchanges an OIDC token for an upload token.
    pub(crate) fn mint_token(&self) -> Option<Url> {
        Some(join_segments(self.web.as_ref()?, &["_", "oidc", "mint-token"]))
    }
}

/// Appends path segments, escaped, to an address with or without a final slash.
pub(crate) fn join_segments(root: &Url, segments: &[&str]) -> Url {
    let mut url = root.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_indexes_have_every_address() {
        for name in ["pypi", "testpypi"] {
            let endpoints = IndexEndpoints::public(name).unwrap();
            assert!(endpoints.upload.path().ends_with("/legacy/"));
            assert!(endpoints.json.is_some() && endpoints.web.is_some());
        }
        assert!(IndexEndpoints::public("other").is_none());
    }

    #[test]
    fn a_root_with_a_path_keeps_it() {
        let root = "http://127.0.0.1:1/root/pypi".parse().unwrap();
        let endpoints = IndexEndpoints::like_pypi("local", &root).unwrap();
        assert_eq!(endpoints.upload.path(), "/root/pypi/legacy/");
        let document = endpoints.release_document("My_Tool", "1.0+a/b").unwrap();
        assert_eq!(document.path(), "/root/pypi/pypi/my-tool/1.0+a%2Fb/json");
    }

    #[test]
    fn secrets_in_an_address_are_not_shown() {
        let url: Url = "http://me:canary@127.0.0.1/x?key=canary".parse().unwrap();
        let endpoints = IndexEndpoints::private("local", url.clone(), url);
        assert!(!format!("{endpoints:?}").contains("canary"));
    }
}
