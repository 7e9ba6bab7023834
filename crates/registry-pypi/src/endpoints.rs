//! Where the public indexes are, in one table, and any other index.

use std::fmt;

use transport::Url;

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
    /// Where files are posted, slash at the end included.
    pub upload: Url,
    /// Root of the simple pages (PEP 503, PEP 691).
    pub simple: Url,
    /// Root of PyPI's JSON API, where the index has one.
    pub json: Option<Url>,
    /// Root of the pages for people and of trusted publishing, where the index has them.
    pub web: Option<Url>,
    /// The rules it enforces on uploads.
    pub rules: UploadRules,
}

/// Shows no user, password or query of an address.
impl fmt::Debug for IndexEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = transport::RedactedUrl::from;
        f.debug_struct("IndexEndpoints")
            .field("name", &self.name)
            .field("upload", &shown(&self.upload))
            .field("simple", &shown(&self.simple))
            .field("json", &self.json.as_ref().map(shown))
            .field("web", &self.web.as_ref().map(shown))
            .field("rules", &self.rules)
            .finish()
    }
}

impl IndexEndpoints {
    /// `pypi` or `testpypi`; `None` for any other name.
    #[must_use]
    pub fn public(name: &str) -> Option<Self> {
        let (name, addresses) = PUBLIC.iter().find(|(known, _)| *known == name)?;
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

    /// An index that has everything that PyPI has, at the same paths below `root`.
    ///
    /// # Errors
    /// [`IndexError::NoIndex`] when nothing can lie below this address.
    pub fn like_pypi(name: &str, root: &Url) -> Result<Self, IndexError> {
        let root = folder(root);
        let below =
            |path| root.join(path).map_err(|_| IndexError::NoIndex { index: name.to_owned() });
        Ok(Self {
            name: name.to_owned(),
            upload: below("legacy/")?,
            simple: below("simple/")?,
            json: Some(below("pypi/")?),
            web: Some(root.clone()),
            rules: UploadRules::Pypi,
        })
    }

    /// The simple page of a project.
    #[must_use]
    pub fn project_page(&self, project: &str) -> Url {
        below(&self.simple, &[&normalized_name(project), ""])
    }

    /// The JSON document of one release, where the index has the JSON API.
    #[must_use]
    pub fn release_document(&self, project: &str, version: &str) -> Option<Url> {
        let json = self.json.as_ref()?;
        Some(below(json, &[&normalized_name(project), version, "json"]))
    }

    /// What asks for the audience of trusted publishing.
    pub(crate) fn oidc_audience(&self) -> Option<Url> {
        Some(below(self.web.as_ref()?, &["_", "oidc", "audience"]))
    }

    /// What gives an upload token for an OIDC token.
    pub(crate) fn mint_token(&self) -> Option<Url> {
        Some(below(self.web.as_ref()?, &["_", "oidc", "mint-token"]))
    }
}

/// The address of the public index whose uploads go to this host.
pub(crate) fn public_upload(name: &str) -> Option<Url> {
    IndexEndpoints::public(name).map(|endpoints| endpoints.upload)
}

/// Appends path segments, escaped, to an address with or without a slash at its end.
pub(crate) fn below(root: &Url, segments: &[&str]) -> Url {
    let mut url = root.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

fn folder(root: &Url) -> Url {
    let mut root = root.clone();
    if let Ok(mut path) = root.path_segments_mut() {
        path.pop_if_empty().push("");
    }
    root
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
    fn addresses_below_a_path_keep_it() {
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
