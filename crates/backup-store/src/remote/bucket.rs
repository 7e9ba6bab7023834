//! Objects of a bucket, and what their failures mean.

use std::{error::Error, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use object_store::{
    ObjectMeta, ObjectStore, ObjectStoreExt as _, PutPayload, RetryConfig,
    aws::AmazonS3Builder,
    client::{HttpError, HttpErrorKind},
    path::Path,
};
use secrecy::ExposeSecret as _;
use transport::HttpClient;

use super::{RemoteError, RemoteSettings, http::Connector};
use crate::{Checked, digest::Tally};

/// Names this program to the storage.
const USER_AGENT: &str = concat!("tidegate/", env!("CARGO_PKG_VERSION"));

/// A bucket of S3-compatible storage.
#[derive(Clone)]
pub(crate) struct Bucket {
    objects: Arc<dyn ObjectStore>,
    pub(crate) settings: RemoteSettings,
}

impl Bucket {
    pub(crate) fn new(settings: RemoteSettings) -> Result<Self, RemoteError> {
        let unusable =
            |reason: String| RemoteError::Unreachable { endpoint: settings.address(), reason };
        let http = HttpClient::new(USER_AGENT).map_err(|error| unusable(error.to_string()))?;
        let mut builder = AmazonS3Builder::new()
            .with_http_connector(Connector(http))
            .with_endpoint(settings.request_endpoint()?)
            .with_allow_http(settings.endpoint.scheme() == "http")
            .with_virtual_hosted_style_request(!settings.path_style)
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(settings.access_key_id.expose_secret())
            .with_secret_access_key(settings.secret_access_key.expose_secret())
            // `transport` repeats what may be repeated.
            .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() });
        if let Some(token) = &settings.session_token {
            builder = builder.with_token(token.expose_secret());
        }
        let objects = builder.build().map_err(|error| unusable(error.to_string()))?;
        Ok(Self { objects: Arc::new(objects), settings })
    }

    /// Everything whose key begins with this folder.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<ObjectMeta>, RemoteError> {
        let listed = self.objects.list(Some(&Path::from(folder))).try_collect().await;
        listed.map_err(|error| self.failure("list", folder, &error))
    }

    /// A small object; `None` when there is none.
    pub(crate) async fn small(&self, key: &str, limit: u64) -> Result<Option<Bytes>, RemoteError> {
        let Some((bytes, mut pieces)) = self.stream(key).await? else { return Ok(None) };
        if bytes > limit {
            return Err(self.failed("read", key, "it is longer than any of its kind".to_owned()));
        }
        let mut content = Vec::new();
        while let Some(piece) = pieces.next().await.transpose()? {
            content.extend_from_slice(&piece);
        }
        Ok(Some(content.into()))
    }

    /// An object with its size, piece by piece; `None` when there is none.
    pub(crate) async fn stream(
        &self,
        key: &str,
    ) -> Result<Option<(u64, BoxStream<'_, Result<Bytes, RemoteError>>)>, RemoteError> {
        let found = match self.objects.get(&Path::from(key)).await {
            Err(error) if is_absent(&error) => return Ok(None),
            found => found.map_err(|error| self.failure("read", key, &error))?,
        };
        let (bytes, key) = (found.meta.size, key.to_owned());
        let pieces = found.into_stream();
        let pieces = pieces.map_err(move |error| self.failure("read", &key, &error));
        Ok(Some((bytes, pieces.boxed())))
    }

    /// Size and hash of an object as it is read back; `None` when there is none.
    pub(crate) async fn read_back(&self, key: &str) -> Result<Option<Checked>, RemoteError> {
        let Some((_, mut pieces)) = self.stream(key).await? else { return Ok(None) };
        let mut tally = Tally::default();
        while let Some(piece) = pieces.next().await.transpose()? {
            tally.add(&piece);
        }
        Ok(Some(tally.total()))
    }

    pub(crate) async fn put(&self, key: &str, content: Bytes) -> Result<(), RemoteError> {
        let put = self.objects.put(&Path::from(key), PutPayload::from_bytes(content)).await;
        put.map(drop).map_err(|error| self.failure("write", key, &error))
    }

    /// Begins an object that is sent in parts.
    pub(crate) async fn begin(
        &self,
        key: &str,
    ) -> Result<Box<dyn object_store::MultipartUpload>, RemoteError> {
        let upload = self.objects.put_multipart(&Path::from(key)).await;
        upload.map_err(|error| self.failure("write", key, &error))
    }

    /// Deletes an object; one that is gone already is no error.
    pub(crate) async fn delete(&self, key: &str) -> Result<(), RemoteError> {
        match self.objects.delete(&Path::from(key)).await {
            Err(error) if is_absent(&error) => Ok(()),
            deleted => deleted.map_err(|error| self.failure("delete", key, &error)),
        }
    }

    /// What a failure means for the caller.
    pub(crate) fn failure(
        &self,
        action: &'static str,
        key: &str,
        error: &object_store::Error,
    ) -> RemoteError {
        let (endpoint, bucket) = (self.settings.address(), self.settings.bucket.clone());
        let text = whole_text(error);
        let reason = reason(&text);
        if text.contains("NoSuchBucket") {
            return RemoteError::NoBucket { endpoint, bucket };
        }
        if let Some(reason) = unreachable(error) {
            return RemoteError::Unreachable { endpoint, reason };
        }
        match error {
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => {
                RemoteError::Refused { endpoint, bucket, reason }
            }
            _ if is_of_credentials(&text) => RemoteError::Refused { endpoint, bucket, reason },
            _ => self.failed(action, key, reason),
        }
    }

    fn failed(&self, action: &'static str, key: &str, reason: String) -> RemoteError {
        RemoteError::Failed {
            endpoint: self.settings.address(),
            action,
            key: key.to_owned(),
            reason,
        }
    }
}

/// There is no such object; a bucket that does not exist is another matter.
fn is_absent(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. })
        && !whole_text(error).contains("NoSuchBucket")
}

/// Codes of refusals, which not every storage answers with 401 or 403
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>).
const REFUSALS: [&str; 7] = [
    "AccessDenied",
    "AuthorizationHeaderMalformed",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

fn is_of_credentials(text: &str) -> bool {
    REFUSALS.iter().any(|code| text.contains(code))
}

fn unreachable(error: &object_store::Error) -> Option<String> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            use HttpErrorKind::{Connect, Interrupted, Timeout};
            let is_away = matches!(http.kind(), Connect | Interrupted | Timeout);
            return is_away.then(|| http.source().map_or(String::new(), ToString::to_string));
        }
        cause = error.source();
    }
    None
}

fn whole_text(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// Code and message of an answer in XML, which may repeat what was signed; else the
/// beginning of the text.
fn reason(text: &str) -> String {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(content, _)| content.to_owned())
    };
    match (element("Code"), element("Message")) {
        (Some(code), Some(message)) if !message.is_empty() => format!("{code}: {message}"),
        (Some(code), _) => code,
        (None, _) => {
            let text = text.split_once('<').map_or(text, |(before, _)| before);
            text.trim_end_matches([':', ' ']).chars().take(300).collect()
        }
    }
}
