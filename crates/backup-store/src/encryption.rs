use std::{fmt, io, path::Path, sync::Arc};

use age::x25519;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{KeyError, files};

/// Longest file with identities, in bytes.
const LONGEST: u64 = 1 << 20;

/// Public keys for which backups are encrypted. Without one they are not encrypted.
#[derive(Clone, Default)]
pub struct Recipients(Vec<x25519::Recipient>);

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.texts()).finish()
    }
}

impl Recipients {
    /// Nobody: backups are not encrypted.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads public keys (`age1…`).
    ///
    /// # Errors
    /// [`KeyError::Recipient`].
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, KeyError> {
        Ok(Self(texts.into_iter().map(read_recipient).collect::<Result<_, _>>()?))
    }

    /// Whether backups are not encrypted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }

    /// Encrypts what is written; `None` without recipients.
    pub(crate) fn encryptor(&self) -> io::Result<Option<age::Encryptor>> {
        if self.is_empty() {
            return Ok(None);
        }
        let recipients = self.0.iter().map(|recipient| recipient as &dyn age::Recipient);
        age::Encryptor::with_recipients(recipients).map(Some).map_err(io::Error::other)
    }
}

fn read_recipient(text: &str) -> Result<x25519::Recipient, KeyError> {
    text.parse().map_err(|_| KeyError::Recipient(text.to_owned()))
}

/// Secret keys that read backups. Debug shows how many.
#[derive(Clone, Default)]
pub struct Identities(Arc<Vec<x25519::Identity>>);

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identities({})", self.0.len())
    }
}

impl Identities {
    /// None: reads what is not encrypted.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads the format that `age-keygen` writes: a key on each line, and comments.
    ///
    /// # Errors
    /// [`KeyError::Identity`] with the line, [`KeyError::NoIdentity`].
    pub fn parse(text: &SecretString) -> Result<Self, KeyError> {
        let lines = text.expose_secret().lines().map(str::trim).enumerate();
        let keys = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let read = |(index, line): (usize, &str)| {
            line.parse::<x25519::Identity>().map_err(|_| KeyError::Identity { line: index + 1 })
        };
        let keys: Vec<x25519::Identity> = keys.map(read).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::NoIdentity);
        }
        Ok(Self(Arc::new(keys)))
    }

    /// Reads a file of that format.
    ///
    /// # Errors
    /// As [`Identities::parse`], and [`KeyError::Io`].
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::Io { path: path.to_owned(), source };
        let text = files::read_small(path, LONGEST).map_err(failed)?;
        let text = String::from_utf8(text);
        let text = text.map_err(|error| {
            failed(io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
        })?;
        Self::parse(&text.into())
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Decrypts what is read.
    pub(crate) fn decrypt<R: io::Read>(
        &self,
        input: R,
        recipients: &[String],
    ) -> Result<age::stream::StreamReader<R>, KeyError> {
        if self.is_empty() {
            return Err(KeyError::Missing(recipients.to_vec()));
        }
        let failed = |error: age::DecryptError| match error {
            age::DecryptError::NoMatchingKeys => KeyError::Wrong(recipients.to_vec()),
            error => KeyError::Header(error.to_string()),
        };
        let decryptor = age::Decryptor::new(input).map_err(failed)?;
        let identities = self.0.iter().map(|identity| identity as &dyn age::Identity);
        decryptor.decrypt(identities).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_age_keygen_is_read_and_its_keys_are_never_shown() {
        let key = x25519::Identity::generate();
        let text = format!("# created: now\n\n{}\n", key.to_string().expose_secret());
        let identities = Identities::parse(&text.into()).unwrap();
        assert_eq!(format!("{identities:?}"), "Identities(1)");
    }

    #[test]
    fn a_line_that_is_no_key_is_refused_without_being_shown() {
        let error = Identities::parse(&"# one\nAGE-SECRET-KEY-1HUNTER2\n".into()).unwrap_err();
        assert!(matches!(error, KeyError::Identity { line: 2 }));
        assert!(!format!("{error} {error:?}").contains("HUNTER2"));
        assert!(matches!(Identities::parse(&"# none".into()), Err(KeyError::NoIdentity)));
        assert!(Recipients::parse(["age1nothing"]).is_err());
    }
}
