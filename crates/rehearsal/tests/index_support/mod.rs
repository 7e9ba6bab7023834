//! Helpers for the tests of the package index.

#![allow(dead_code, reason = "each test program uses only some helpers")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

pub(crate) mod http;
pub(crate) mod tools;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HttpRequest, HttpResponse};
use rehearsal::index::sample::SampleFile;
use rehearsal::index::{ApiToken, IndexOptions, PackageIndex};

/// A token of the account that owns every project of these tests.
pub(crate) const TOKEN: &str = "pypi-test-account";

/// An index with a token for all projects.
pub(crate) fn index() -> PackageIndex {
    PackageIndex::start(options()).unwrap()
}

/// The options of [`index`], for tests that change them.
pub(crate) fn options() -> IndexOptions {
    IndexOptions::default().token(ApiToken::for_account(TOKEN))
}

/// An upload form that a test can change.
#[must_use]
pub(crate) struct Upload {
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) filename: String,
    pub(crate) content: Vec<u8>,
    pub(crate) token: Option<String>,
    pub(crate) accept: Option<String>,
}

impl Upload {
    /// A valid upload of `file` as a file of this project and version.
    pub(crate) fn of(file: &SampleFile, name: &str, version: &str) -> Self {
        let wheel = file.filename().ends_with(".whl");
        let (filetype, python) = if wheel { ("bdist_wheel", "py3") } else { ("sdist", "source") };
        let fields = [
            (":action", "file_upload"),
            ("protocol_version", "1"),
            ("metadata_version", "2.1"),
            ("name", name),
            ("version", version),
            ("filetype", filetype),
            ("pyversion", python),
            ("sha256_digest", &file.sha256()),
        ];
        Self {
            fields: fields.map(|(field, value)| (field.to_owned(), value.to_owned())).into(),
            filename: file.filename().to_owned(),
            content: file.bytes().to_vec(),
            token: Some(TOKEN.to_owned()),
            accept: Some("application/json".to_owned()),
        }
    }

    /// Sets a field, or removes it if `value` is empty.
    pub(crate) fn with(mut self, field: &str, value: &str) -> Self {
        self.fields.retain(|(name, _)| name != field);
        if !value.is_empty() {
            self.fields.push((field.to_owned(), value.to_owned()));
        }
        self
    }

    /// Sends the file under this name.
    pub(crate) fn named(mut self, filename: &str) -> Self {
        self.filename = filename.to_owned();
        self
    }

    /// Authenticates with this token, or not at all.
    pub(crate) fn token(mut self, token: Option<&str>) -> Self {
        self.token = token.map(str::to_owned);
        self
    }

    /// Sends the upload.
    pub(crate) fn send(&self, index: &PackageIndex) -> HttpResponse {
        let boundary = "test-boundary";
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let mut request = HttpRequest::new("POST", &index.url(), "/legacy/")
            .header("Content-Type", &content_type)
            .body(self.encoded(boundary));
        if let Some(token) = &self.token {
            request = request.header("Authorization", &basic("__token__", token));
        }
        if let Some(accept) = &self.accept {
            request = request.header("Accept", accept);
        }
        request.send()
    }

    fn encoded(&self, boundary: &str) -> Vec<u8> {
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            body.extend_from_slice(
                format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .as_bytes(),
            );
        }
        let filename = &self.filename;
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"content\"; \
                 filename=\"{filename}\"\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(&self.content);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        body
    }
}

/// The value of an `Authorization` header.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
