use std::{fmt::Write as _, io};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};

use crate::FilePart;

/// A `multipart/form-data` body: text fields, then one file (RFC 7578).
#[derive(Debug, Clone)]
pub struct Multipart {
    boundary: String,
    fields: Vec<(String, String)>,
    file_field: String,
    file_name: String,
    file: FilePart,
}

impl Multipart {
    /// A form whose last part is this file.
    #[must_use]
    pub fn new(file_field: &str, file_name: &str, file: FilePart) -> Self {
        Self {
            // Random, so that no file can contain it by accident.
            boundary: format!("tidegate{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..)),
            fields: Vec::new(),
            file_field: file_field.to_owned(),
            file_name: file_name.to_owned(),
            file,
        }
    }

    /// Adds a text field; a name may be repeated.
    #[must_use]
    pub fn field(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// The text fields in order, for tests of callers.
    #[must_use]
    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// Value of the `Content-Type` header.
    #[must_use]
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// Length of the whole body in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        (self.head().len() + self.tail().len()) as u64 + self.file.length
    }

    pub(crate) fn stream(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let (head, tail) = (self.head(), self.tail());
        let head = stream::once(async move { Ok(head) });
        head.chain(self.file.stream()).chain(stream::once(async move { Ok(tail) }))
    }

    fn head(&self) -> Bytes {
        let mut head = String::new();
        for (name, value) in &self.fields {
            let name = quoted(name);
            let _ = write!(
                head,
                "--{}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n",
                self.boundary
            );
        }
        let (field, name) = (quoted(&self.file_field), quoted(&self.file_name));
        let _ = write!(
            head,
            "--{}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            self.boundary
        );
        head.into()
    }

    fn tail(&self) -> Bytes {
        format!("\r\n--{}--\r\n", self.boundary).into()
    }
}

/// Escapes as the WHATWG form encoding does, which every server understands.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
