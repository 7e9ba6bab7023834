//! Small valid distributions, created in memory for tests and rehearsals.
//!
//! ```
//! use rehearsal::index::sample::Sample;
//!
//! let wheel = Sample::new("greeter", "0.1.0").requires_python(">=3.8").wheel();
//! assert_eq!(wheel.filename(), "greeter-0.1.0-py3-none-any.whl");
//! ```

mod archive;

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use pep440_rs::Version;

use super::digests::sha256_hex;
use super::name::filename_prefix;
pub(crate) use archive::zip_archive;
use archive::{ArchiveMember, tar_gz_archive, wheel_record};

const WHEEL: &str =
    "Wheel-Version: 1.0\nGenerator: rehearsal\nRoot-Is-Purelib: true\nTag: py3-none-any\n";

/// The content of a sample distribution.
///
/// It installs one import package and one command, both named after the project; the command prints
/// name and version.
#[derive(Debug, Clone)]
#[must_use]
pub struct Sample {
    name: String,
    version: String,
    requires_python: Option<String>,
    greeting: String,
    payload: usize,
    omitted: Vec<String>,
    tags: String,
}

/// A distribution file in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    filename: String,
    bytes: Vec<u8>,
}

impl Sample {
    /// A sample of this project and version; the same arguments produce the same bytes.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: Version::from_str(version)
                .map_or(version.to_owned(), |parsed| parsed.to_string()),
            requires_python: None,
            greeting: "hello".to_owned(),
            payload: 0,
            omitted: Vec::new(),
            tags: "py3-none-any".to_owned(),
        }
    }

    /// Declares the supported Python versions, such as `>=3.8`.
    pub fn requires_python(mut self, specifier: &str) -> Self {
        self.requires_python = Some(specifier.to_owned());
        self
    }

    /// Changes a text in the package, so that files with the same names have other bytes.
    pub fn greeting(mut self, text: &str) -> Self {
        self.greeting = text.to_owned();
        self
    }

    /// Adds this many incompressible bytes.
    pub fn payload(mut self, bytes: usize) -> Self {
        self.payload = bytes;
        self
    }

    /// Omits the file with this base name, such as `METADATA`, to make the distribution invalid.
    pub fn without(mut self, file: &str) -> Self {
        self.omitted.push(file.to_owned());
        self
    }

    /// Names the wheel for these tags, such as `cp312-cp312-win_amd64`, instead of
    /// `py3-none-any`.
    pub fn tags(mut self, tags: &str) -> Self {
        tags.clone_into(&mut self.tags);
        self
    }

    /// The wheel: pure Python, by its tags for every platform unless others are set.
    #[must_use]
    pub fn wheel(&self) -> SampleFile {
        let info = self.dist_info();
        let package = self.package();
        let commands = format!("[console_scripts]\n{} = {package}:main\n", self.name);
        let mut files = vec![
            (format!("{package}/__init__.py"), self.source().into_bytes()),
            (format!("{info}/METADATA"), self.core_metadata().into_bytes()),
            (format!("{info}/WHEEL"), WHEEL.replace("py3-none-any", &self.tags).into_bytes()),
            (format!("{info}/entry_points.txt"), commands.into_bytes()),
        ];
        files.extend(self.payload_file());
        files.retain(|(path, _)| self.includes(path));
        let record_path = format!("{info}/RECORD");
        if self.includes(&record_path) {
            let record = wheel_record(&files, &record_path);
            files.push((record_path, record.into_bytes()));
        }
        let filename = format!("{}-{}.whl", self.stem(), self.tags);
        SampleFile { filename, bytes: zip_archive(&files) }
    }

    /// The source distribution; it builds with setuptools.
    #[must_use]
    pub fn sdist(&self) -> SampleFile {
        let mut files = vec![
            ("PKG-INFO".to_owned(), self.core_metadata().into_bytes()),
            ("pyproject.toml".to_owned(), self.pyproject().into_bytes()),
            (format!("{}/__init__.py", self.package()), self.source().into_bytes()),
        ];
        files.extend(self.payload_file());
        files.retain(|(path, _)| self.includes(path));
        let stem = self.stem();
        SampleFile { bytes: tar_gz_archive(&stem, &files), filename: format!("{stem}.tar.gz") }
    }

    fn stem(&self) -> String {
        format!("{}-{}", self.package(), self.version)
    }

    fn dist_info(&self) -> String {
        format!("{}.dist-info", self.stem())
    }

    fn package(&self) -> String {
        filename_prefix(&self.name)
    }

    fn includes(&self, path: &str) -> bool {
        let base = path.rsplit('/').next().unwrap_or(path);
        !self.omitted.iter().any(|omitted| omitted == base)
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

    fn pyproject(&self) -> String {
        let Self { name, version, requires_python, .. } = self;
        let package = self.package();
        let python = requires_python
            .as_ref()
            .map(|specifier| format!("requires-python = {specifier:?}\n"))
            .unwrap_or_default();
        format!(
            "[build-system]\nrequires = [\"setuptools\"]\n\
             build-backend = \"setuptools.build_meta\"\n\n\
             [project]\nname = {name:?}\nversion = {version:?}\n{python}\
             description = \"Prints a greeting\"\n\n\
             [project.scripts]\n{name} = \"{package}:main\"\n\n\
             [tool.setuptools]\npackages = [{package:?}]\n"
        )
    }

    fn payload_file(&self) -> Option<ArchiveMember> {
        let path = format!("{}/payload.bin", self.package());
        (self.payload > 0).then(|| (path, self.payload_bytes()))
    }

    /// Pseudo-random bytes (xorshift64), the same for every sample.
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
    /// The file name, normalised as PyPI requires.
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
        sha256_hex(&self.bytes)
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
    fn a_sample_has_the_same_bytes_until_its_greeting_changes() {
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
