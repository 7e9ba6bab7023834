//! What PyPI looks for inside a wheel or an sdist.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use flate2::read::GzDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::form::Kind;
use super::name::{WheelName, quoted};
use super::refusal::Refusal;

/// A wheel that unpacks to more than this ...
const RATIO_APPLIES_FROM: u64 = 64 * 1024 * 1024;
/// ... and to more than so many times its size is refused.
const RATIO_LIMIT: u64 = 50;

/// What was found in an archive.
///
/// Both halves are kept apart because PyPI looks at the file name between them.
#[derive(Debug, Clone)]
pub(crate) struct Inspection {
    /// Whether it is a distribution of its kind at all.
    pub(crate) layout: Result<(), Refusal>,
    /// The core metadata of a wheel, or what is missing.
    pub(crate) contents: Result<Option<Vec<u8>>, Refusal>,
}

impl Inspection {
    fn broken(reason: impl Into<String>) -> Self {
        Self { layout: Err(Refusal::Archive(reason.into())), contents: Ok(None) }
    }
}

/// Reads the archive at `path`, which was uploaded as `filename`.
pub(crate) fn inspect(
    path: &Path,
    filename: &str,
    kind: Kind,
    license_files: &[String],
) -> Inspection {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return Inspection::broken(error.to_string()),
    };
    match kind {
        Kind::Wheel => inspect_wheel(file, filename, license_files),
        // Its name is refused later, whatever is in it.
        Kind::Sdist if filename.ends_with(".zip") => {
            Inspection { layout: Ok(()), contents: Ok(None) }
        }
        Kind::Sdist => inspect_sdist(file, filename, license_files),
    }
}

fn inspect_wheel(file: File, filename: &str, license_files: &[String]) -> Inspection {
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let Ok(mut archive) = ZipArchive::new(file) else {
        return Inspection::broken("File is not a zipfile");
    };
    let Ok(name) = WheelName::parse(filename) else {
        return Inspection::broken("Unable to parse name and version from wheel filename");
    };
    let layout = check_wheel_layout(&mut archive, size, &name);
    let contents = read_wheel_contents(&mut archive, filename, &name, license_files);
    Inspection { layout, contents }
}

fn check_wheel_layout(
    archive: &mut ZipArchive<File>,
    size: u64,
    name: &WheelName,
) -> Result<(), Refusal> {
    let broken = |reason: &str| Err(Refusal::Archive(reason.to_owned()));
    let mut unpacked = 0u64;
    for index in 0..archive.len() {
        let Ok(entry) = archive.by_index_raw(index) else {
            return broken("ZIP archive not accepted");
        };
        unpacked = unpacked.saturating_add(entry.size());
        let method = entry.compression();
        if method != CompressionMethod::Stored && method != CompressionMethod::Deflated {
            return broken("File does not use a supported compression type");
        }
    }
    if unpacked > RATIO_APPLIES_FROM && unpacked / size.max(1) > RATIO_LIMIT {
        return broken(&format!("File exceeds compression ratio of {RATIO_LIMIT}"));
    }
    let wheel = format!("{}/WHEEL", name.dist_info());
    match archive.index_for_name(&wheel) {
        Some(_) => Ok(()),
        None => broken(&format!("WHEEL not found at {wheel}")),
    }
}

fn read_wheel_contents(
    archive: &mut ZipArchive<File>,
    filename: &str,
    name: &WheelName,
    license_files: &[String],
) -> Result<Option<Vec<u8>>, Refusal> {
    let folder = name.dist_info();
    for license in license_files {
        let wanted = format!("{folder}/licenses/{license}");
        if archive.index_for_name(&wanted).is_none() {
            return Err(missing_license(license, filename, &wanted));
        }
    }
    let missing = |file: &str| {
        let filename = quoted(filename);
        let text =
            format!("Wheel {filename} does not contain the required {file} file: {folder}/{file}");
        Refusal::Incomplete(text)
    };
    if archive.index_for_name(&format!("{folder}/RECORD")).is_none() {
        return Err(missing("RECORD"));
    }
    let mut metadata = Vec::new();
    archive
        .by_name(&format!("{folder}/METADATA"))
        .map_err(|_| missing("METADATA"))?
        .read_to_end(&mut metadata)
        .map_err(|_| missing("METADATA"))?;
    Ok(Some(metadata))
}

fn inspect_sdist(file: File, filename: &str, license_files: &[String]) -> Inspection {
    let Ok(names) = tar_names(file) else {
        return Inspection::broken("File is not a tarfile");
    };
    let top = match check_sdist_layout(&names) {
        Ok(top) => top,
        Err(refusal) => {
            return Inspection { layout: Err(refusal), contents: Ok(None) };
        }
    };
    let missing = license_files
        .iter()
        .map(|license| (license, joined(&top, license)))
        .find(|(_, wanted)| !names.contains(wanted));
    let contents = match missing {
        Some((license, wanted)) => Err(missing_license(license, filename, &wanted)),
        None => Ok(None),
    };
    Inspection { layout: Ok(()), contents }
}

fn tar_names(file: File) -> io::Result<Vec<String>> {
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

/// Everything lies in one folder, which holds `PKG-INFO`; returns that folder.
fn check_sdist_layout(names: &[String]) -> Result<String, Refusal> {
    let top = common_prefix(names);
    if ["", ".", "/"].contains(&top) {
        let reason = "Incorrect number of top-level directories in sdist";
        return Err(Refusal::Archive(reason.into()));
    }
    let wanted = joined(top, "PKG-INFO");
    match names.contains(&wanted) {
        true => Ok(top.to_owned()),
        false => Err(Refusal::Archive(format!("PKG-INFO not found at {wanted}"))),
    }
}

/// The longest text that all names begin with; PyPI takes it for the folder.
fn common_prefix(names: &[String]) -> &str {
    let Some(first) = names.first() else {
        return "";
    };
    let same = |name: &String| {
        first.char_indices().zip(name.chars()).take_while(|((_, a), b)| a == b).count()
    };
    let length = names.iter().map(same).min().unwrap_or(0);
    first.char_indices().nth(length).map_or(first, |(end, _)| &first[..end])
}

fn joined(folder: &str, file: &str) -> String {
    format!("{}/{file}", folder.trim_end_matches('/'))
}

fn missing_license(license: &str, filename: &str, wanted: &str) -> Refusal {
    Refusal::Incomplete(format!(
        "License-File {license} does not exist in distribution file {filename} at {wanted}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::sample::Sample;

    fn inspected(filename: &str, bytes: &[u8], kind: Kind, licenses: &[&str]) -> Inspection {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("upload");
        std::fs::write(&path, bytes).unwrap();
        let licenses: Vec<String> = licenses.iter().map(|l| (*l).to_owned()).collect();
        inspect(&path, filename, kind, &licenses)
    }

    #[test]
    fn reads_the_core_metadata_of_a_wheel() {
        let wheel = Sample::new("greeter", "0.1.0").wheel();
        let found = inspected(wheel.filename(), wheel.bytes(), Kind::Wheel, &[]);
        let metadata = found.contents.unwrap().unwrap();
        assert!(found.layout.is_ok());
        assert!(String::from_utf8(metadata).unwrap().contains("Name: greeter"));
    }

    #[test]
    fn a_wheel_needs_wheel_metadata_and_record() {
        for (left_out, part) in [
            ("WHEEL", "WHEEL not found at greeter-0.1.0.dist-info/WHEEL"),
            ("METADATA", "required METADATA file: greeter-0.1.0.dist-info/METADATA"),
            ("RECORD", "required RECORD file: greeter-0.1.0.dist-info/RECORD"),
        ] {
            let wheel = Sample::new("greeter", "0.1.0").without(left_out).wheel();
            let found = inspected(wheel.filename(), wheel.bytes(), Kind::Wheel, &[]);
            let refusal = found.layout.and(found.contents.map(|_| ())).unwrap_err();
            assert!(refusal.to_string().contains(part), "{left_out}: {refusal}");
        }
    }

    #[test]
    fn an_sdist_needs_pkg_info_in_one_folder() {
        let sdist = Sample::new("greeter", "0.1.0").without("PKG-INFO").sdist();
        let found = inspected(sdist.filename(), sdist.bytes(), Kind::Sdist, &[]);
        let refusal = found.layout.unwrap_err().to_string();
        assert!(refusal.contains("PKG-INFO not found at greeter-0.1.0/PKG-INFO"), "{refusal}");
    }

    #[test]
    fn declared_license_files_must_be_inside() {
        let sample = Sample::new("greeter", "0.1.0");
        for (file, kind) in [(sample.wheel(), Kind::Wheel), (sample.sdist(), Kind::Sdist)] {
            let found = inspected(file.filename(), file.bytes(), kind, &["LICENSE"]);
            assert!(matches!(found.contents, Err(Refusal::Incomplete(_))), "{kind:?}");
        }
    }

    #[test]
    fn other_bytes_are_no_archive() {
        let wheel = inspected("greeter-0.1.0-py3-none-any.whl", b"x", Kind::Wheel, &[]);
        let sdist = inspected("greeter-0.1.0.tar.gz", b"x", Kind::Sdist, &[]);
        assert_eq!(wheel.layout, Err(Refusal::Archive("File is not a zipfile".into())));
        assert_eq!(sdist.layout, Err(Refusal::Archive("File is not a tarfile".into())));
    }
}
