//! The upload form (warehouse `docs/user/api/upload.md`), built without sending it.

use std::time::Duration;

use transport::{FilePart, Multipart, Request, Url};

use crate::{Attestation, Credentials, Distribution, distribution::attestations_form_value};

/// How long an index may take for one file, including its checks. Large wheels
/// over slow connections take minutes; uv allows as much.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(900);

/// The form of one distribution: control fields, digests, core metadata, file.
pub(super) fn upload_form(distribution: &Distribution, attestations: &[Attestation]) -> Multipart {
    let file =
        FilePart { path: distribution.path().to_owned(), offset: 0, length: distribution.size() };
    let digests = distribution.digests();
    let controls = [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("filetype", distribution.kind().packagetype()),
        ("pyversion", distribution.parsed_name().python_version()),
        ("md5_digest", &digests.md5),
        ("sha256_digest", &digests.sha256),
        ("blake2_256_digest", &digests.blake2_256),
    ];
    let mut form = Multipart::new("content", distribution.file_name(), file);
    for (name, value) in controls.into_iter().chain(distribution.metadata().form_fields()) {
        form = form.field(name, value);
    }
    if !attestations.is_empty() {
        form = form.field("attestations", attestations_form_value(attestations));
    }
    form
}

/// The request that posts a form. Redirects are not followed: the credentials
/// are for this address. JSON is requested because HTTP/2 has no reason phrase
/// for the message of the index.
pub(super) fn upload_request(upload: &Url, form: Multipart, credentials: &Credentials) -> Request {
    Request::post(upload.clone(), form)
        .header("accept", "application/json")
        .authorization(Some(credentials.authorization()))
        .without_redirects()
        .patience(UPLOAD_TIMEOUT)
}
