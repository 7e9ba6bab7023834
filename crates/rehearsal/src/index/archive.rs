//! The checks of PyPI inside a wheel or an sdist.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use flate2::read::GzDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::error::UploadError;
use super::form::DistributionKind;
use super::name::{WheelName, python_repr};

/// The compression ratio is checked only for wheels that unpack to more than this.
const RATIO_APPLIES_FROM: u64 = 64 * 1024 * 1024;
/// The maximum ratio between the unpacked size of a wheel and its size.
const RATIO_LIMIT: u64 = 50;

/// The results of the checks inside an archive.
///
/// There are two because PyPI checks the file name between them.
#[derive(Debug, Clone)]
pub(super) struct Inspection {
    /// Whether the archive is a distribution of its kind.
    pub(super) layout: Result<(), UploadError>,
    /// The core metadata of a wheel; an error if a required file is missing.
    pub(super) contents: Result<Option<Vec<u8>>, UploadError>,
}

impl Inspection {
    fn malformed(reason: impl Into<String>) -> Self {
        Self { layout: Err(UploadError::Archive(reason.into())), contents: Ok(None) }
    }
}

/// Checks the archive at `path`, which was uploaded as `filename`.
pub(super) fn inspect_archive(
    path: &Path,
    filename: &str,
    kind: DistributionKind,
    license_files: &[String],
) -> Inspection {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return Inspection::malformed(error.to_string()),
    };
    match kind {
        DistributionKind::Wheel => inspect_wheel(file, filename, license_files),
        // Its name is refused later, regardless of its content.
        DistributionKind::Sdist if filename.ends_with(".zip") => {
            Inspection { layout: Ok(()), contents: Ok(None) }
        }
        DistributionKind::Sdist => inspect_sdist(file, filename, license_files),
    }
}

fn inspect_wheel(file: File, filename: &str, license_files: &[String]) -> Inspection {
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let Ok(mut archive) = ZipArchive::new(file) else {
        return Inspection::malformed("File is not a zipfile");
    };
    let Ok(name) = filename.parse::<WheelName>() else {
        return Inspection::malformed("Unable to parse name and version from wheel filename");
    };
    let layout = check_wheel_layout(&mut archive, size, &name);
    let contents = read_wheel_contents(&mut archive, filename, &name, license_files);
    Inspection { layout, contents }
}

fn check_wheel_layout(
    archive: &mut ZipArchive<File>,
    size: u64,
    name: &WheelName,
) -> Result<(), UploadError> {
    let mut unpacked = 0u64;
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_raw(index) else {
            return Err(malformed_archive("ZIP archive not accepted"));
        };
        unpacked = unpacked.saturating_add(entry.size());
        let method = entry.compression();
        if method != CompressionMethod::Stored && method != CompressionMethod::Deflated {
            return Err(malformed_archive("File does not use a supported compression type"));
        }
    }
    if unpacked > RATIO_APPLIES_FROM && unpacked / size.max(1) > RATIO_LIMIT {
        let reason = format!("File exceeds compression ratio of {RATIO_LIMIT}");
        return Err(UploadError::Archive(reason));
    }
    let wheel = format!("{}/WHEEL", name.dist_info());
    match archive.index_for_name(&wheel) {
        Some(_) => Ok(()),
        None => Err(UploadError::Archive(format!("WHEEL not found at {wheel}"))),
    }
}

fn malformed_archive(reason: &str) -> UploadError {
    UploadError::Archive(reason.to_owned())
}

fn read_wheel_contents(
    archive: &mut ZipArchive<File>,
    filename: &str,
    name: &WheelName,
    license_files: &[String],
) -> Result<Option<Vec<u8>>, UploadError> {
    let folder = name.dist_info();
    for license in license_files {
        let expected = format!("{folder}/licenses/{license}");
        if archive.index_for_name(&expected).is_none() {
            return Err(missing_license(license, filename, &expected));
        }
    }
    if archive.index_for_name(&format!("{folder}/RECORD")).is_none() {
        return Err(missing_wheel_file(filename, &folder, "RECORD"));
    }
    let metadata = read_member(archive, &format!("{folder}/METADATA"));
    metadata.map(Some).map_err(|_| missing_wheel_file(filename, &folder, "METADATA"))
}

fn read_member(archive: &mut ZipArchive<File>, name: &str) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    archive.by_name(name)?.read_to_end(&mut content)?;
    Ok(content)
}

fn missing_wheel_file(filename: &str, folder: &str, file: &str) -> UploadError {
    let filename = python_repr(filename);
    UploadError::Incomplete(format!(
        "Wheel {filename} does not contain the required {file} file: {folder}/{file}"
    ))
}

fn inspect_sdist(file: File, filename: &str, license_files: &[String]) -> Inspection {
    let Ok(names) = tar_member_names(file) else {
        return Inspection::malformed("File is not a tarfile");
    };
    match check_sdist_layout(&names) {
        Err(error) => Inspection { layout: Err(error), contents: Ok(None) },
        Ok(top) => Inspection {
            layout: Ok(()),
            contents: check_sdist_licenses(&names, &top, filename, license_files).map(|()| None),
        },
    }
}

fn check_sdist_licenses(
    names: &[String],
    top: &str,
    filename: &str,
    license_files: &[String],
) -> Result<(), UploadError> {
    for license in license_files {
        let expected = path_in_folder(top, license);
        if !names.contains(&expected) {
            return Err(missing_license(license, filename, &expected));
        }
    }
    Ok(())
}

fn tar_member_names(file: File) -> io::Result<Vec<String>> {
    let mut archive = tar::Archive::new(GzDecoder::new(io::BufReader::new(file)));
    let mut names = Vec::new();
    for entry in archive.entries()? {
        let path = entry?.path()?.to_string_lossy().into_owned();
        names.push(path.trim_end_matches('/').to_owned());
    }
    match names.is_empty() {
        true => Err(io::ErrorKind::InvalidData.into()),
        false => Ok(names),
    }
}

/// Checks that everything is in one folder with `PKG-INFO`; returns that folder.
fn check_sdist_layout(names: &[String]) -> Result<String, UploadError> {
    let top = common_prefix(names);
    if ["", ".", "/"].contains(&top) {
        let reason = "Incorrect number of top-level directories in sdist";
        return Err(UploadError::Archive(reason.into()));
    }
    let expected = path_in_folder(top, "PKG-INFO");
    match names.contains(&expected) {
        true => Ok(top.to_owned()),
        false => Err(UploadError::Archive(format!("PKG-INFO not found at {expected}"))),
    }
}

/// The longest common prefix of all names, which PyPI takes for the folder.
fn common_prefix(names: &[String]) -> &str {
    let Some(first) = names.first() else {
        return "";
    };
    let length = names.iter().map(|name| common_length(first, name)).min().unwrap_or(0);
    first.char_indices().nth(length).map_or(first, |(end, _)| &first[..end])
}

/// The number of characters that two texts have in common at their start.
fn common_length(left: &str, right: &str) -> usize {
    left.chars().zip(right.chars()).take_while(|(left, right)| left == right).count()
}

fn path_in_folder(folder: &str, file: &str) -> String {
    format!("{}/{file}", folder.trim_end_matches('/'))
}

fn missing_license(license: &str, filename: &str, expected: &str) -> UploadError {
    UploadError::Incomplete(format!(
        "License-File {license} does not exist in distribution file {filename} at {expected}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::sample::Sample;

    fn inspect(
        filename: &str,
        bytes: &[u8],
        kind: DistributionKind,
        licenses: &[&str],
    ) -> Inspection {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("upload");
        std::fs::write(&path, bytes).unwrap();
        let licenses: Vec<String> = licenses.iter().map(|license| (*license).to_owned()).collect();
        inspect_archive(&path, filename, kind, &licenses)
    }

    #[test]
    fn reads_the_core_metadata_of_a_wheel() {
        let wheel = Sample::new("greeter", "0.1.0").wheel();
        let inspection = inspect(wheel.filename(), wheel.bytes(), DistributionKind::Wheel, &[]);
        let metadata = inspection.contents.unwrap().unwrap();
        assert!(inspection.layout.is_ok());
        assert!(String::from_utf8(metadata).unwrap().contains("Name: greeter"));
    }

    #[test]
    fn a_wheel_needs_wheel_metadata_and_record() {
        for (omitted, part) in [
            ("WHEEL", "WHEEL not found at greeter-0.1.0.dist-info/WHEEL"),
            ("METADATA", "required METADATA file: greeter-0.1.0.dist-info/METADATA"),
            ("RECORD", "required RECORD file: greeter-0.1.0.dist-info/RECORD"),
        ] {
            let wheel = Sample::new("greeter", "0.1.0").without(omitted).wheel();
            let inspection = inspect(wheel.filename(), wheel.bytes(), DistributionKind::Wheel, &[]);
            let error = inspection.layout.and(inspection.contents.map(|_| ())).unwrap_err();
            assert!(error.to_string().contains(part), "{omitted}: {error}");
        }
    }

    #[test]
    fn an_sdist_needs_pkg_info_in_its_only_folder() {
        let sdist = Sample::new("greeter", "0.1.0").without("PKG-INFO").sdist();
        let inspection = inspect(sdist.filename(), sdist.bytes(), DistributionKind::Sdist, &[]);
        let error = inspection.layout.unwrap_err().to_string();
        assert!(error.contains("PKG-INFO not found at greeter-0.1.0/PKG-INFO"), "{error}");
    }

    #[test]
    fn declared_license_files_must_be_inside() {
        let sample = Sample::new("greeter", "0.1.0");
        for (file, kind) in
            [(sample.wheel(), DistributionKind::Wheel), (sample.sdist(), DistributionKind::Sdist)]
        {
            let inspection = inspect(file.filename(), file.bytes(), kind, &["LICENSE"]);
            assert!(matches!(inspection.contents, Err(UploadError::Incomplete(_))), "{kind:?}");
        }
    }

    #[test]
    fn other_bytes_are_not_an_archive() {
        let wheel = inspect("greeter-0.1.0-py3-none-any.whl", b"x", DistributionKind::Wheel, &[]);
        let sdist = inspect("greeter-0.1.0.tar.gz", b"x", DistributionKind::Sdist, &[]);
        assert_eq!(wheel.layout, Err(UploadError::Archive("File is not a zipfile".into())));
        assert_eq!(sdist.layout, Err(UploadError::Archive("File is not a tarfile".into())));
    }
}
