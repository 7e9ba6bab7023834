//! The content of a wheel or an sdist: its metadata, and the properties of its
//! members that upload rules concern.

use std::{
    fs::File,
    io::{BufReader, Read, Seek},
};

use flate2::read::GzDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::FileName;

/// How a pointer of Git LFS begins.
const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";

/// The longest metadata that is read.
const METADATA_LIMIT: u64 = 32 << 20;

/// The members of an archive, as far as upload rules concern them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents {
    /// Paths of all members, without final slashes.
    pub(crate) members: Vec<String>,
    /// Folder of the metadata: `x-1.0.dist-info` or `x-1.0`.
    pub(crate) folder: String,
    /// Unpacked size of all members together.
    pub(crate) unpacked: u64,
    /// Members with a compression that indexes refuse.
    pub(crate) badly_compressed: Vec<String>,
    /// The RECORD of a wheel, if it has one.
    pub(crate) record: Option<String>,
    /// The core metadata, byte for byte.
    pub(crate) metadata: Vec<u8>,
    /// Members of a wheel that are pointers of Git LFS instead of the files.
    pub(crate) lfs_pointers: Vec<String>,
}

/// Reads the directory and the metadata of a wheel.
///
/// # Errors
/// Why it is not a wheel, as a fragment.
pub(crate) fn read_wheel(file: File, name: &FileName) -> Result<Contents, String> {
    let mut zip = ZipArchive::new(BufReader::new(file))
        .map_err(|error| format!("it is not a ZIP archive ({error})"))?;
    let folder = format!("{}-{}.dist-info", name.project, name.version_text);
    let mut contents = Contents { folder, ..Contents::default() };
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index).map_err(|error| unreadable(&error))?;
        let member = String::from_utf8_lossy(entry.name_raw()).into_owned();
        contents.unpacked = contents.unpacked.saturating_add(entry.size());
        let accepted = [CompressionMethod::Stored, CompressionMethod::Deflated];
        if !accepted.contains(&entry.compression()) {
            contents.badly_compressed.push(member.clone());
        }
        contents.members.push(member.trim_end_matches('/').to_owned());
    }
    contents.lfs_pointers = lfs_pointers(&mut zip)?;
    let metadata = format!("{}/METADATA", contents.folder);
    contents.metadata = zip_member(&mut zip, &metadata)?
        .ok_or_else(|| format!("it has no {metadata}; its folder must match its file name"))?;
    let record = zip_member(&mut zip, &format!("{}/RECORD", contents.folder))?;
    contents.record = record.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(contents)
}

/// Small members that begin as pointers of Git LFS do (Git LFS specification, "The
/// Pointer": at most 1024 bytes).
fn lfs_pointers(zip: &mut ZipArchive<impl Read + Seek>) -> Result<Vec<String>, String> {
    let mut pointers = Vec::new();
    for index in 0..zip.len() {
        let is_small = zip.by_index_raw(index).is_ok_and(|entry| entry.size() <= 1024);
        if !is_small {
            continue;
        }
        // What cannot be unpacked is found by whoever needs it.
        let Ok(entry) = zip.by_index(index) else { continue };
        let path = String::from_utf8_lossy(entry.name_raw()).into_owned();
        if read_limited(entry, &path)?.starts_with(LFS_POINTER) {
            pointers.push(path);
        }
    }
    Ok(pointers)
}

fn zip_member(
    zip: &mut ZipArchive<impl Read + Seek>,
    path: &str,
) -> Result<Option<Vec<u8>>, String> {
    if zip.index_for_name(path).is_none() {
        return Ok(None);
    }
    let entry = zip.by_name(path).map_err(|error| unreadable(&error))?;
    read_limited(entry, path).map(Some)
}

fn read_limited(member: impl Read, path: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    member.take(METADATA_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > METADATA_LIMIT {
        return Err(format!("its {path} is longer than {METADATA_LIMIT} bytes"));
    }
    Ok(bytes)
}

/// Reads an sdist from start to end.
///
/// # Errors
/// Why it is not an sdist, as a fragment.
pub(crate) fn read_sdist(file: File, name: &FileName) -> Result<Contents, String> {
    if name.text.ends_with(".zip") {
        return Err("indexes accept sdists only as .tar.gz (PEP 625)".to_owned());
    }
    let mut contents = Contents::default();
    let mut candidates = Vec::new();
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    for entry in archive.entries().map_err(|error| not_a_tar(&error))? {
        let entry = entry.map_err(|error| not_a_tar(&error))?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).trim_end_matches('/').to_owned();
        contents.unpacked = contents.unpacked.saturating_add(entry.size());
        if path.split('/').count() == 2 && path.ends_with("/PKG-INFO") {
            candidates.push((path.clone(), read_limited(entry, &path)?));
        }
        contents.members.push(path);
    }
    contents.folder = common_folder(&contents.members);
    let expected = format!("{}/PKG-INFO", contents.folder);
    let pkg_info = candidates.into_iter().find(|(path, _)| *path == expected);
    contents.metadata = pkg_info.ok_or_else(|| missing_pkg_info(&contents.folder))?.1;
    Ok(contents)
}

fn missing_pkg_info(folder: &str) -> String {
    if folder.is_empty() {
        return "its members are not in one common folder".to_owned();
    }
    format!("it has no {folder}/PKG-INFO")
}

/// The deepest folder that contains all members, as `os.path.commonpath` finds it.
fn common_folder(members: &[String]) -> String {
    let mut paths = members.iter().map(|member| member.split('/').collect::<Vec<_>>());
    let mut common = paths.next().unwrap_or_default();
    for path in paths {
        let same = common.iter().zip(&path).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    common.join("/")
}

fn unreadable(error: &dyn std::fmt::Display) -> String {
    format!("it cannot be unpacked ({error})")
}

fn not_a_tar(error: &dyn std::fmt::Display) -> String {
    format!("it is not a gzipped tar archive ({error})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_folder_is_found_by_whole_components() {
        let members = ["x-1/a", "x-1/b/c", "x-1"].map(str::to_owned);
        assert_eq!(common_folder(&members), "x-1");
        let members = ["x-1/a", "x-10/a"].map(str::to_owned);
        assert_eq!(common_folder(&members), "");
    }
}
