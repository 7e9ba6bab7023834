//! Attestations next to a distribution (PEP 740), by the convention of twine and
//! uv: `<distribution>.<kind>.attestation`.

use std::{
    io,
    path::{Path, PathBuf},
};

/// PyPI accepts one of each kind: PyPI Publish and SLSA provenance.
pub(crate) const MAX_ATTESTATIONS: usize = 2;

/// One attestation file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The file.
    pub path: PathBuf,
    /// The part of the name between distribution and suffix, such as `publish`.
    pub kind: String,
    /// The JSON text.
    pub(crate) json: String,
}

impl Attestation {
    /// Whether the file contains a JSON object (PEP 740).
    pub(crate) fn is_object(&self) -> bool {
        let value: Result<serde_json::Value, _> = serde_json::from_str(&self.json);
        value.is_ok_and(|value| value.is_object())
    }
}

/// Finds and reads the attestations of a distribution, sorted by kind.
pub(crate) fn find_attestations(distribution: &Path) -> io::Result<Vec<Attestation>> {
    let (Some(folder), Some(name)) = (distribution.parent(), distribution.file_name()) else {
        return Ok(Vec::new());
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let prefix = format!("{}.", name.to_string_lossy());
    let mut attestations = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let kind = file.strip_prefix(&prefix).and_then(|rest| rest.strip_suffix(".attestation"));
        if let Some(kind) = kind {
            let json = std::fs::read_to_string(&path)?;
            attestations.push(Attestation { kind: kind.to_owned(), path, json });
        }
    }
    attestations.sort_by(|a, b| a.kind.cmp(&b.kind));
    Ok(attestations)
}

/// The value of the form field `attestations`: a JSON array of the objects as
/// they are.
pub(crate) fn attestations_form_value(attestations: &[Attestation]) -> String {
    let objects: Vec<&str> =
        attestations.iter().map(|attestation| attestation.json.trim()).collect();
    format!("[{}]", objects.join(","))
}
