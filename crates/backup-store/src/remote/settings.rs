use std::{fmt, path::PathBuf};

use secrecy::SecretString;
use url::Url;

use super::RemoteError;

/// Used where no region is set; storage other than Amazon's rarely has another one.
const REGION: &str = "us-east-1";

/// Where copies are kept, and who may. Debug shows no credential.
#[derive(Clone)]
pub struct RemoteSettings {
    /// The address of the storage.
    pub endpoint: Url,
    /// The bucket, which must exist.
    pub bucket: String,
    /// Part of every signature.
    pub region: String,
    /// Begins every key, without a slash at its ends; may be empty.
    pub prefix: String,
    /// Whether the bucket is part of the path and not of the host.
    pub path_style: bool,
    /// Names the secret key.
    pub access_key_id: SecretString,
    /// Signs requests.
    pub secret_access_key: SecretString,
    /// Belongs to credentials that are valid for a time.
    pub session_token: Option<SecretString>,
}

impl fmt::Debug for RemoteSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bucket, region, prefix, path_style, .. } = self;
        f.debug_struct("RemoteSettings")
            .field("endpoint", &self.address())
            .field("bucket", bucket)
            .field("region", region)
            .field("prefix", prefix)
            .field("path_style", path_style)
            .finish_non_exhaustive()
    }
}

/// What is wrong with the variables that describe remote storage.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// One that is needed is not set.
    #[error("{0} is not set; it is needed for copies of backups on S3-compatible storage")]
    Missing(&'static str),
    /// One has a value that cannot be used.
    #[error("{variable} cannot be used: {reason}")]
    Invalid {
        /// The variable.
        variable: &'static str,
        /// Why, without the value of a secret.
        reason: String,
    },
    /// A file that one names cannot be read.
    #[error("cannot read the file {}, which {variable} names", .path.display())]
    File {
        /// The variable.
        variable: String,
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
}

impl RemoteSettings {
    /// Reads `S3_BUCKET`, `S3_ENDPOINT`, `S3_REGION`, `S3_PREFIX`, `S3_FORCE_PATH_STYLE`,
    /// `S3_ACCESS_KEY_ID`, `S3_SECRET_ACCESS_KEY` and `S3_SESSION_TOKEN`. The variables of
    /// the AWS tools (`AWS_…`) are used where those are not set, and a credential may be in
    /// a file, which the variable with `_FILE` at its end names. `None` without a bucket,
    /// or when `S3_ENABLED` is off.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn from_env(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let enabled = flag("S3_ENABLED", variable("S3_ENABLED"))?;
        let Some(bucket) = variable("S3_BUCKET").filter(|_| enabled != Some(false)) else {
            return match enabled {
                Some(true) => Err(SettingsError::Missing("S3_BUCKET")),
                _ => Ok(None),
            };
        };
        let region = first(&variable, &["S3_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"]);
        let region = region.unwrap_or_else(|| REGION.to_owned());
        let own = first(&variable, &["S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]);
        let path_style = flag("S3_FORCE_PATH_STYLE", variable("S3_FORCE_PATH_STYLE"))?;
        let missing =
            |secret: Option<SecretString>, name| secret.ok_or(SettingsError::Missing(name));
        Ok(Some(Self {
            path_style: path_style.unwrap_or(own.is_some()),
            endpoint: endpoint(own, &region)?,
            bucket: checked_bucket(bucket)?,
            region,
            prefix: prefix(variable("S3_PREFIX").unwrap_or_default())?,
            access_key_id: missing(secret(&variable, "ACCESS_KEY_ID")?, "S3_ACCESS_KEY_ID")?,
            secret_access_key: missing(
                secret(&variable, "SECRET_ACCESS_KEY")?,
                "S3_SECRET_ACCESS_KEY",
            )?,
            session_token: secret(&variable, "SESSION_TOKEN")?,
        }))
    }

    /// The address for messages and records: without user, password and query.
    pub(crate) fn address(&self) -> String {
        transport::RedactedUrl::from(&self.endpoint).to_string()
    }

    /// The address that requests go to; the bucket is part of it, or of the path.
    pub(crate) fn request_endpoint(&self) -> Result<String, RemoteError> {
        let mut endpoint = self.endpoint.clone();
        if !self.path_style {
            let host = format!("{}.{}", self.bucket, endpoint.host_str().unwrap_or_default());
            endpoint.set_host(Some(&host)).map_err(|error| RemoteError::Unreachable {
                endpoint: self.address(),
                reason: format!("the bucket cannot be part of the host ({error})"),
            })?;
        }
        Ok(endpoint.as_str().trim_end_matches('/').to_owned())
    }
}

fn first(variable: &impl Fn(&str) -> Option<String>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| variable(name))
}

/// `true`, `1`, `yes`, `y`, `on` and their opposites, in any case.
fn flag(variable: &'static str, value: Option<String>) -> Result<Option<bool>, SettingsError> {
    let Some(value) = value else { return Ok(None) };
    match &*value.to_ascii_lowercase() {
        "true" | "1" | "yes" | "y" | "on" => Ok(Some(true)),
        "false" | "0" | "no" | "n" | "off" => Ok(Some(false)),
        _ => Err(SettingsError::Invalid { variable, reason: "use true or false".to_owned() }),
    }
}

fn endpoint(own: Option<String>, region: &str) -> Result<Url, SettingsError> {
    let invalid = |reason: &str| SettingsError::Invalid {
        variable: "S3_ENDPOINT",
        reason: reason.to_owned(),
    };
    let text = own.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    let url: Url = text.parse().map_err(|_| invalid("it is no address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(invalid("use an address that begins with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(invalid("credentials are variables of their own"));
    }
    Ok(url)
}

/// The name is part of addresses; its rules are those of Amazon and of others.
fn checked_bucket(bucket: String) -> Result<String, SettingsError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if bucket.bytes().all(plain) {
        return Ok(bucket);
    }
    let reason = "a bucket's name has letters, digits, `.` and `-`".to_owned();
    Err(SettingsError::Invalid { variable: "S3_BUCKET", reason })
}

fn prefix(text: String) -> Result<String, SettingsError> {
    let text = text.trim_matches('/');
    let parts = text.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    if !text.is_empty() && !parts {
        let reason = "its parts must have a name".to_owned();
        return Err(SettingsError::Invalid { variable: "S3_PREFIX", reason });
    }
    Ok(text.to_owned())
}

/// A credential, from its variable or from the file that one names.
fn secret(
    variable: &impl Fn(&str) -> Option<String>,
    name: &str,
) -> Result<Option<SecretString>, SettingsError> {
    for prefix in ["S3_", "AWS_"] {
        let name = format!("{prefix}{name}");
        if let Some(value) = variable(&name) {
            return Ok(Some(value.into()));
        }
        let name = format!("{name}_FILE");
        if let Some(path) = variable(&name) {
            let failed =
                |source| SettingsError::File { variable: name, path: path.clone().into(), source };
            let text = std::fs::read_to_string(&path).map_err(failed)?;
            return Ok(Some(text.trim_end_matches(['\r', '\n']).into()));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<RemoteSettings>, SettingsError> {
        let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, v)| *v);
        RemoteSettings::from_env(|name| value(name).map(str::to_owned))
    }

    const KEYS: [(&str, &str); 3] =
        [("S3_BUCKET", "b"), ("S3_ACCESS_KEY_ID", "AKIA7"), ("S3_SECRET_ACCESS_KEY", "hunter2")];

    #[test]
    fn amazon_has_the_bucket_in_the_host_and_others_in_the_path() {
        let amazon = read(&[&KEYS[..], &[("AWS_REGION", "eu-west-1")]].concat()).unwrap().unwrap();
        assert_eq!(amazon.request_endpoint().unwrap(), "https://b.s3.eu-west-1.amazonaws.com");
        let own = [&KEYS[..], &[("S3_ENDPOINT", "http://minio:9000/"), ("S3_PREFIX", "/x/y/")]];
        let own = read(&own.concat()).unwrap().unwrap();
        assert_eq!(own.request_endpoint().unwrap(), "http://minio:9000");
        assert_eq!((own.path_style, &*own.prefix, &*own.region), (true, "x/y", "us-east-1"));
    }

    #[test]
    fn a_credential_is_read_from_the_file_that_a_variable_names_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "hunter2\n").unwrap();
        let pairs = [KEYS[0], KEYS[1], ("S3_SECRET_ACCESS_KEY_FILE", path.to_str().unwrap())];
        let settings = read(&pairs).unwrap().unwrap();
        assert_eq!(settings.secret_access_key.expose_secret(), "hunter2");
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("AKIA7"), "{shown}");
    }

    #[test]
    fn what_is_missing_or_wrong_is_an_error_and_no_bucket_means_no_copies() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[&KEYS[..], &[("S3_ENABLED", "Off")]].concat()).unwrap().is_none());
        assert!(matches!(read(&[("S3_ENABLED", "1")]), Err(SettingsError::Missing("S3_BUCKET"))));
        let missing = read(&KEYS[..2]);
        assert!(matches!(missing, Err(SettingsError::Missing("S3_SECRET_ACCESS_KEY"))));
        for wrong in [
            ("S3_ENDPOINT", "minio:9000"),
            ("S3_ENDPOINT", "https://ada:hunter2@minio"),
            ("S3_ENABLED", "perhaps"),
            ("S3_PREFIX", "a/../b"),
            ("S3_BUCKET", "b/c"),
            ("S3_SECRET_ACCESS_KEY_FILE", "/nowhere"),
        ] {
            let pairs = [&[wrong][..], &KEYS[..2]].concat();
            let error = read(&pairs).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
