//! What is in a wheel.

use std::{collections::BTreeMap, io::Read as _, path::Path};

/// The files of a wheel with their texts.
pub(crate) struct Wheel {
    /// Those that users import.
    pub(crate) files: BTreeMap<String, String>,
    /// The version in `METADATA`, without the leading zeros that some backends keep.
    pub(crate) version: String,
}

impl Wheel {
    #[track_caller]
    pub(crate) fn read(path: &Path) -> Self {
        let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        let mut files = BTreeMap::new();
        for position in 0..archive.len() {
            let mut file = archive.by_index(position).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            if !file.is_dir() {
                let text = String::from_utf8_lossy(&content).into_owned();
                files.insert(file.name().unwrap().into_owned(), text);
            }
        }
        let is_metadata = |path: &str| path.ends_with(".dist-info/METADATA");
        let metadata = files.iter().find(|(path, _)| is_metadata(path));
        let version = version_in(metadata.unwrap().1);
        files.retain(|path, _| !path.contains(".dist-info/"));
        Self { files, version }
    }

    /// Files in which this text is.
    pub(crate) fn stating(&self, text: &str) -> Vec<&str> {
        let stating = self.files.iter().filter(|(_, content)| content.contains(text));
        stating.map(|(path, _)| path.as_str()).collect()
    }
}

#[track_caller]
fn version_in(metadata: &str) -> String {
    let version = metadata.lines().find_map(|line| line.strip_prefix("Version: ")).unwrap();
    let is_padded = |part: &str| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_digit());
    let bare =
        |part: &str| if is_padded(part) { part.trim_start_matches('0') } else { part }.to_owned();
    version.split('.').map(bare).collect::<Vec<_>>().join(".")
}
