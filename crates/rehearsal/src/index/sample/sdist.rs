//! Writes the source distribution of a sample.

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Sample, SampleFile};

pub(super) fn build(sample: &Sample) -> SampleFile {
    let stem = sample.stem();
    let package = sample.package();
    let mut files = vec![
        ("PKG-INFO".to_owned(), sample.core_metadata().into_bytes()),
        ("pyproject.toml".to_owned(), project_file(sample).into_bytes()),
        (format!("{package}/__init__.py"), sample.source().into_bytes()),
    ];
    if sample.payload > 0 {
        files.push((format!("{package}/payload.bin"), sample.payload_bytes()));
    }
    files.retain(|(path, _)| sample.keeps(path));
    SampleFile { filename: format!("{stem}.tar.gz"), bytes: packed(&stem, &files) }
}

fn project_file(sample: &Sample) -> String {
    let Sample { name, version, requires_python, .. } = sample;
    let package = sample.package();
    let python =
        requires_python.as_ref().map(|s| format!("requires-python = {s:?}\n")).unwrap_or_default();
    format!(
        "[build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n\n\
         [project]\nname = {name:?}\nversion = {version:?}\n{python}\
         description = \"Prints a greeting\"\n\n\
         [project.scripts]\n{name} = \"{package}:main\"\n\n\
         [tool.setuptools]\npackages = [{package:?}]\n"
    )
}

fn packed(folder: &str, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, format!("{folder}/{path}"), content.as_slice())
            .expect("an archive in memory takes every file");
    }
    let packer = archive.into_inner().expect("an archive in memory can be finished");
    packer.finish().expect("bytes in memory can be packed")
}
