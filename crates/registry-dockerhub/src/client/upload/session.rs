use image_ref::{Digest, Repository};
use transport::{Fetched, HeaderMap, Request, StatusCode, Url};

use crate::{
    RegistryError,
    auth::Access,
    client::{blobs::blob_label, connection::Connection},
    error_response,
};

/// Longest response to an upload request that is read.
pub(super) const ANSWER_LIMIT: usize = 64 << 10;

/// What a registry makes of the request for an upload.
pub(super) enum Opened {
    Mounted,
    Session(Session),
}

/// An upload that the registry has opened: where the next part goes, and how
/// much of the blob it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) location: Url,
    pub(super) offset: u64,
}

impl Session {
    /// Reads `Location`, which may be relative, and may change with each answer.
    pub(super) fn opened(response: &Fetched) -> Option<Self> {
        Some(Self { location: location(response)?, offset: 0 })
    }

    /// After a chunk up to `sent`: the registry states how much of it it has.
    pub(super) fn advanced(&self, response: &Fetched, sent: u64) -> Self {
        let offset = received(&response.headers).unwrap_or(sent);
        Self { location: location(response).unwrap_or_else(|| self.location.clone()), offset }
    }

    /// Where the last request goes: the location with `digest` added; its own
    /// query is the registry's state and stays.
    pub(super) fn closing(&self, digest: &Digest) -> Url {
        let mut url = self.location.clone();
        url.query_pairs_mut().append_pair("digest", digest.as_str());
        url
    }
}

/// `POST blobs/uploads/`: 202 with a session; with `mount` 201, or 202 when
/// the registry refuses to mount.
pub(super) async fn open_session(
    connection: &Connection,
    access: &Access,
    digest: &Digest,
    mount_from: Option<&Repository>,
) -> Result<Opened, RegistryError> {
    let endpoint = connection.endpoint(access.repository.registry())?;
    let mut url = endpoint.url(&access.repository, "blobs/uploads/");
    if let Some(from) = mount_from {
        let mut query = url.query_pairs_mut();
        query.append_pair("mount", digest.as_str()).append_pair("from", from.path());
    }
    // A session opened twice by a lost response is one that expires unused.
    let request = Request::post(url, Vec::new()).repeatable(true).without_redirects();
    let response = connection.fetch(request, access, ANSWER_LIMIT).await?;
    match response.status {
        StatusCode::CREATED if mount_from.is_some() => Ok(Opened::Mounted),
        StatusCode::ACCEPTED => Session::opened(&response).map(Opened::Session).ok_or_else(|| {
            let error = response.garbage("an opened upload has no Location");
            connection.error(&access.repository, error)
        }),
        _ => Err(unexpected(connection, access, digest, &response)),
    }
}

/// A success that is not the one of the protocol leaves open what happened.
pub(super) fn unexpected(
    connection: &Connection,
    access: &Access,
    digest: &Digest,
    response: &Fetched,
) -> RegistryError {
    if response.status.is_success() {
        let error = response.garbage("the status is not that of an upload");
        return connection.error(&access.repository, error);
    }
    let what = format!("upload of {}", blob_label(&access.repository, digest));
    error_response::refusal(what, response)
}

fn location(response: &Fetched) -> Option<Url> {
    response.url.join(response.header("location")?).ok()
}

/// How many bytes `Range: 0-N` means. distribution writes `0-0` for none.
fn received(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get("range")?.to_str().ok()?;
    let (first, last) = text.trim_start_matches("bytes=").split_once('-')?;
    let last: u64 = last.parse().ok()?;
    (first == "0").then_some(if last == 0 { 0 } else { last + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert("range", text.parse().unwrap());
        received(&headers)
    }

    #[test]
    fn the_range_states_how_much_arrived() {
        assert_eq!(range("0-1023"), Some(1024));
        assert_eq!(range("bytes=0-9"), Some(10));
        assert_eq!(range("0-0"), Some(0));
        assert_eq!(range("5-9"), None);
        assert_eq!(range("x"), None);
    }

    #[test]
    fn the_state_in_the_location_is_kept() {
        let location = "http://127.0.0.1/v2/a/blobs/uploads/u?_state=a%2Bb".parse().unwrap();
        let digest = Digest::of(b"x");
        let url = Session { location, offset: 0 }.closing(&digest);
        assert!(url.query().unwrap().starts_with("_state=a%2Bb&digest=sha256%3A"), "{url}");
    }
}
