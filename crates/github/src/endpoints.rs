use transport::Url;

/// API, uploads and web of the public service (GitHub REST API documentation,
/// "Getting started" and "REST API endpoints for release assets").
const PUBLIC: [&str; 3] =
    ["https://api.github.com/", "https://uploads.github.com/", "https://github.com/"];

/// The addresses of a service. The public one is [`Endpoints::public`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Base of the API.
    pub api: Url,
    /// Base of uploads; without it, the upload address of each release is used
    /// if it has the same origin as the API.
    pub uploads: Option<Url>,
    /// Host name of the service for the program `gh`.
    pub host: String,
}

impl Endpoints {
    /// The public service.
    #[must_use]
    pub fn public() -> Self {
        let [api, uploads, web] = PUBLIC.map(|text| text.parse().ok());
        let host = web.and_then(|web: Url| web.host_str().map(str::to_owned));
        match (api, uploads, host) {
            (Some(api), uploads, Some(host)) => Self { api, uploads, host },
            _ => unreachable!("the addresses above are valid"),
        }
    }

    /// A service with another API address: GitHub Enterprise Server
    /// (`https://HOST/api/v3`), or an embedded forge.
    #[must_use]
    pub fn at(api: Url, uploads: Option<Url>) -> Self {
        let host = api.host_str().unwrap_or_default().to_owned();
        Self { api, uploads, host }
    }

    /// Appends path segments, escaped, to one of the bases.
    pub(crate) fn join(base: &Url, segments: &[&str]) -> Url {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bases_keep_their_path_and_segments_are_escaped() {
        let base = "https://forge.example/api/v3/".parse().unwrap();
        let url = Endpoints::join(&base, &["repos", "a", "tags", "v1/x y"]);
        assert_eq!(url.path(), "/api/v3/repos/a/tags/v1%2Fx%20y");
        assert_eq!(Endpoints::at(base, None).host, "forge.example");
        assert!(Endpoints::public().uploads.is_some());
    }
}
