//! Tiny valid distributions, made in memory for tests and rehearsals.
//!
//! ```
//! use rehearsal::index::sample::Sample;
//!
//! let wheel = Sample::new("greeter", "0.1.0").requires_python(">=3.8").wheel();
//! assert_eq!(wheel.filename(), "greeter-0.1.0-py3-none-any.whl");
//! ```

mod sdist;
mod wheel;

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pep440_rs::Version;

use super::digests::sha256;
use super::name::file_prefix;

/// What a sample distribution contains.
///
/// Each installs one import package and one command, both called like the project; the command
/// prints name and version.
#[derive(Debug, Clone)]
#[must_use]
pub struct Sample {
    name: String,
    version: String,
    requires_python: Option<String>,
    greeting: String,
    payload: usize,
    left_out: Vec<String>,
}

/// A distribution file in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    filename: String,
    bytes: Vec<u8>,
}

impl Sample {
    /// A sample of this project and version; the same arguments give the same bytes.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: Version::from_str(version).map_or(version.to_owned(), |v| v.to_string()),
            requires_python: None,
            greeting: "hello".to_owned(),
            payload: 0,
            left_out: Vec::new(),
        }
    }

    /// Declares which Python versions it runs on, such as `>=3.8`.
    pub fn requires_python(mut self, specifier: &str) -> Self {
        self.requires_python = Some(specifier.to_owned());
        self
    }

    /// Changes a text in the package, so that the same names get other bytes.
    pub fn greeting(mut self, text: &str) -> Self {
        self.greeting = text.to_owned();
        self
    }

    /// Adds this many bytes that do not compress.
    pub fn payload(mut self, bytes: usize) -> Self {
        self.payload = bytes;
        self
    }

    /// Leaves out the file with this base name, such as `METADATA`, to make it invalid.
    pub fn without(mut self, file: &str) -> Self {
        self.left_out.push(file.to_owned());
        self
    }

    /// The wheel: pure Python, for every platform.
    #[must_use]
    pub fn wheel(&self) -> SampleFile {
        wheel::build(self)
    }

    /// The source distribution; it builds with setuptools.
    #[must_use]
    pub fn sdist(&self) -> SampleFile {
        sdist::build(self)
    }

    fn stem(&self) -> String {
        format!("{}-{}", self.package(), self.version)
    }

    fn package(&self) -> String {
        file_prefix(&self.name)
    }

    fn keeps(&self, path: &str) -> bool {
        let base = path.rsplit('/').next().unwrap_or(path);
        !self.left_out.iter().any(|left_out| left_out == base)
    }

    fn core_metadata(&self) -> String {
        let mut text = format!(
            "Metadata-Version: 2.1\nName: {}\nVersion: {}\nSummary: Prints a greeting\n",
            self.name, self.version
        );
        if let Some(specifier) = &self.requires_python {
            text += &format!("Requires-Python: {specifier}\n");
        }
        text + "Description-Content-Type: text/markdown\n\nPrints a greeting.\n"
    }

    fn source(&self) -> String {
        format!(
            "__version__ = {version:?}\nGREETING = {greeting:?}\n\n\n\
             def main():\n    print({name:?}, __version__)\n",
            version = self.version,
            greeting = self.greeting,
            name = self.name,
        )
    }

    fn payload_bytes(&self) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut bytes = Vec::with_capacity(self.payload + 8);
        while bytes.len() < self.payload {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend_from_slice(&state.to_le_bytes());
        }
        bytes.truncate(self.payload);
        bytes
    }
}

impl SampleFile {
    /// The file name, normalised as PyPI wants it.
    #[must_use]
    pub fn filename(&self) -> &str {
        &self.filename
    }

    /// The content.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-256 of the content in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256(&self.bytes)
    }

    /// Writes the file into `folder` and returns its path.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_to(&self, folder: &Path) -> io::Result<PathBuf> {
        let path = folder.join(&self.filename);
        std::fs::write(&path, &self.bytes)?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_sample_has_the_same_bytes_and_another_greeting_others() {
        let sample = Sample::new("greeter", "0.1.0").payload(1000);
        assert_eq!(sample.wheel(), sample.wheel());
        assert_eq!(sample.sdist(), sample.sdist());
        let other = sample.clone().greeting("goodbye");
        assert_ne!(sample.wheel().sha256(), other.wheel().sha256());
        assert_eq!(sample.wheel().filename(), other.wheel().filename());
    }

    #[test]
    fn file_names_are_normalised() {
        let sample = Sample::new("My.Greeter", "1.0.0-rc.1");
        assert_eq!(sample.sdist().filename(), "my_greeter-1.0.0rc1.tar.gz");
        assert_eq!(sample.wheel().filename(), "my_greeter-1.0.0rc1-py3-none-any.whl");
    }

    #[test]
    fn a_payload_makes_the_file_that_much_larger() {
        let wheel = Sample::new("greeter", "0.1.0").payload(1 << 20).wheel();
        assert!(wheel.bytes().len() > 1 << 20);
    }
}
