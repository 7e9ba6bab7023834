use std::{
    fs::{self, File},
    io::{self, Read, Write},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use tar::{Builder, EntryType, Header};

use super::{
    ignore::IgnoreRules,
    walk::{Member, file_unreadable, list_members},
};
use crate::{build::request::BuildRequest, error::EngineError};

/// A Dockerfile that is sent instead of the context's, because it was changed or is
/// outside of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::build) struct ReplacementDockerfile {
    /// Name within the context that no file has.
    pub(in crate::build) name: String,
    pub(in crate::build) text: String,
}

/// The archive of a build context: what it will contain.
#[derive(Debug)]
pub(in crate::build) struct ContextArchive {
    members: Vec<Member>,
    documents: Vec<(String, Vec<u8>)>,
    /// File times are not later than this.
    latest_time: Option<u64>,
}

impl ContextArchive {
    /// Reads the ignore file and lists the folder.
    pub(in crate::build) fn plan(
        request: &BuildRequest,
        replacement: Option<ReplacementDockerfile>,
    ) -> Result<Self, EngineError> {
        let rules = IgnoreRules::for_dockerfile(&request.context, &request.dockerfile_path())?;
        let mut members = list_members(&request.context, &rules)?;
        let documents = match replacement {
            Some(replacement) => replace_dockerfile(replacement, &request.context, &mut members)?,
            None => {
                include_dockerfile(request, &mut members);
                Vec::new()
            }
        };
        Ok(Self { members, documents, latest_time: request.source_date_epoch })
    }

    /// Writes the archive; the owner is root, as in Docker's own client.
    pub(in crate::build) fn write(&self, out: impl Write) -> Result<(), EngineError> {
        let mut tar = Builder::new(out);
        for member in &self.members {
            self.append_member(&mut tar, member).map_err(file_unreadable(&member.source))?;
        }
        for (name, bytes) in &self.documents {
            let mut header = new_header(EntryType::Regular, 0o644, 0);
            header.set_size(bytes.len() as u64);
            let appended = tar.append_data(&mut header, name, bytes.as_slice());
            appended.map_err(file_unreadable(Path::new(name)))?;
        }
        let finished = tar.into_inner().and_then(|mut out| out.flush());
        finished.map_err(file_unreadable(Path::new("the build context")))
    }

    fn append_member(&self, tar: &mut Builder<impl Write>, member: &Member) -> io::Result<()> {
        let meta = fs::symlink_metadata(&member.source)?;
        let time = u64::try_from(meta.mtime()).unwrap_or_default();
        let time = self.latest_time.map_or(time, |latest| time.min(latest));
        let mode = meta.mode() & 0o7777;
        if meta.is_symlink() {
            let target = fs::read_link(&member.source)?;
            return tar.append_link(
                &mut new_header(EntryType::Symlink, mode, time),
                &member.path,
                target,
            );
        }
        if meta.is_dir() {
            let path = format!("{}/", member.path);
            return tar.append_data(
                &mut new_header(EntryType::Directory, mode, time),
                path,
                io::empty(),
            );
        }
        let mut header = new_header(EntryType::Regular, mode, time);
        header.set_size(meta.len());
        let file = ExactSize(File::open(&member.source)?.take(meta.len()));
        tar.append_data(&mut header, &member.path, file)
    }
}

fn new_header(kind: EntryType, mode: u32, time: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(time);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

/// A file whose size is in the header already: content that is added meanwhile is
/// not sent, and missing content is an error, because it would shift everything
/// after it.
struct ExactSize(io::Take<File>);

impl Read for ExactSize {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(out)?;
        if read == 0 && self.0.limit() > 0 && !out.is_empty() {
            let text = "the file became shorter while it was read";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
        }
        Ok(read)
    }
}

/// The engine needs the Dockerfile even when it is excluded from the context; it
/// removes it again before the first `COPY` if the ignore file excludes it.
fn include_dockerfile(request: &BuildRequest, members: &mut Vec<Member>) {
    let inside = request.dockerfile_in_context();
    let needed = inside.iter().map(|path| path.to_string_lossy().into_owned());
    for path in needed.chain([".dockerignore".to_owned()]) {
        let source = request.context.join(&path);
        if source.is_file() && !members.iter().any(|member| member.path == path) {
            members.push(Member { path, source });
        }
    }
}

/// Adds the replacement under its own name, and excludes it in the ignore file that
/// is sent, so that no `COPY` sees it; Docker's client does the same for a
/// Dockerfile from outside.
fn replace_dockerfile(
    replacement: ReplacementDockerfile,
    context: &Path,
    members: &mut Vec<Member>,
) -> Result<Vec<(String, Vec<u8>)>, EngineError> {
    const IGNORE: &str = ".dockerignore";
    let file = context.join(IGNORE);
    let mut ignore = match fs::read_to_string(&file) {
        Ok(text) => text,
        // It must not be visible either.
        Err(error) if error.kind() == io::ErrorKind::NotFound => IGNORE.to_owned(),
        Err(source) => return Err(EngineError::BuildFileUnreadable { file, source }),
    };
    ignore.push_str(&format!("\n{}\n", replacement.name));
    members.retain(|member| member.path != IGNORE);
    Ok(vec![
        (IGNORE.to_owned(), ignore.into_bytes()),
        (replacement.name, replacement.text.into_bytes()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(files: &[(&str, &str)]) -> (tempfile::TempDir, BuildRequest) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            fs::write(folder.path().join(path), text).unwrap();
        }
        let request = BuildRequest::new(folder.path(), "x".parse().unwrap(), vec![]);
        (folder, request)
    }

    /// Names and texts of the members.
    fn archive(
        request: &BuildRequest,
        replacement: Option<ReplacementDockerfile>,
    ) -> Vec<(String, String)> {
        let mut bytes = Vec::new();
        ContextArchive::plan(request, replacement).unwrap().write(&mut bytes).unwrap();
        let mut members = Vec::new();
        for entry in tar::Archive::new(bytes.as_slice()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            members.push((entry.path().unwrap().display().to_string(), text));
        }
        members
    }

    #[test]
    fn the_dockerfile_is_sent_although_it_is_excluded() {
        let (_folder, request) =
            request(&[("Dockerfile", "FROM scratch"), ("a", ""), (".dockerignore", "*\n!a")]);
        let names: Vec<_> = archive(&request, None).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "Dockerfile", ".dockerignore"]);
    }

    #[test]
    fn a_replaced_dockerfile_is_hidden_by_the_ignore_file_that_is_sent() {
        let (_folder, request) = request(&[("Dockerfile", "FROM scratch"), ("a", "")]);
        let replacement =
            ReplacementDockerfile { name: ".dockerfile.x".into(), text: "FROM seed".into() };
        let sent = archive(&request, Some(replacement));
        assert!(sent.contains(&(".dockerfile.x".into(), "FROM seed".into())));
        assert!(sent.contains(&(".dockerignore".into(), ".dockerignore\n.dockerfile.x\n".into())));
        assert!(sent.contains(&("Dockerfile".into(), "FROM scratch".into())));
    }

    #[test]
    fn file_times_are_not_later_than_the_requested_epoch() {
        let (_folder, mut request) = request(&[("Dockerfile", "FROM scratch")]);
        request.source_date_epoch = Some(1_000);
        let mut bytes = Vec::new();
        ContextArchive::plan(&request, None).unwrap().write(&mut bytes).unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut times = archive.entries().unwrap().map(|e| e.unwrap().header().mtime().unwrap());
        assert!(times.all(|time| time == 1_000));
    }

    #[test]
    fn a_file_that_shrinks_is_an_error() {
        let (folder, _) = request(&[("a", "abc")]);
        let file = File::open(folder.path().join("a")).unwrap();
        let error = io::copy(&mut ExactSize(file.take(5)), &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
