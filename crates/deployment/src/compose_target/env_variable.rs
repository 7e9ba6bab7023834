//! A variable of an env file, and setting it.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, chown},
    path::{Path, PathBuf},
};

use compose::find_in_env_file;
use serde::{Deserialize, Serialize};

use crate::target::TargetError;

/// A variable of an env file that gets another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct VariableChange {
    pub(super) file: PathBuf,
    pub(super) name: String,
    /// What the file has for it; with `added`, the default of the Compose file.
    pub(super) before: String,
    pub(super) after: String,
    /// Whether the file has no line for it yet.
    #[serde(default)]
    pub(super) added: bool,
}

impl VariableChange {
    /// What it changes for the user.
    pub(super) fn line(&self) -> String {
        let Self { file, name, before, after, added } = self;
        let short = file.file_name().unwrap_or(file.as_os_str()).display();
        match (added, file.exists()) {
            (false, _) => format!("{short}: {name}={before} becomes {name}={after}"),
            (true, true) => format!("{short}: the line {name}={after} is added"),
            (true, false) => format!("{} is created with the line {name}={after}", file.display()),
        }
    }

    /// Writes the new value; nothing when it is there, or when somebody has changed it.
    pub(super) fn apply(&self) -> Result<(), TargetError> {
        match self.added {
            true => self.edit(|text| self.with_line(text)),
            false => self.edit(|text| self.replaced(text, &self.before, &self.after)),
        }
    }

    /// Writes the old value; nothing when it is there, when somebody has changed it since, or
    /// when the file is one of another machine, on which the deployment was started.
    pub(super) fn revert(&self) -> Result<(), TargetError> {
        if matches!(self.file.try_exists(), Ok(false)) {
            return Ok(());
        }
        match self.added {
            true => self.edit(|text| self.without_line(text)),
            false => self.edit(|text| self.replaced(text, &self.after, &self.before)),
        }
    }

    fn replaced(&self, text: &str, from: &str, to: &str) -> Option<String> {
        let range =
            find_in_env_file(text, &self.name).filter(|range| &text[range.clone()] == from)?;
        let mut text = text.to_owned();
        text.replace_range(range, to);
        Some(text)
    }

    fn added_line(&self) -> String {
        format!("{}={}\n", self.name, self.after)
    }

    fn with_line(&self, text: &str) -> Option<String> {
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let is_set = find_in_env_file(text, &self.name).is_some();
        (!is_set).then(|| format!("{text}{end}{}", self.added_line()))
    }

    /// The file without the line, wherever it is by now.
    fn without_line(&self, text: &str) -> Option<String> {
        let range = find_in_env_file(text, &self.name)?;
        let start = text[..range.start].rfind('\n').map_or(0, |end| end + 1);
        let rest = text[start..].strip_prefix(&self.added_line())?;
        Some(format!("{}{rest}", &text[..start]))
    }

    /// Writes what `edit` makes of the file's text, if that is another text. A file that
    /// has no other line than the added one is not left behind.
    fn edit(&self, edit: impl Fn(&str) -> Option<String>) -> Result<(), TargetError> {
        let action = format!("set {} in {}", self.name, self.file.display());
        let failed = |error: std::io::Error| TargetError::unavailable(action.clone())(error);
        // A link stays a link.
        let file = self.file.canonicalize().unwrap_or_else(|_| self.file.clone());
        let text = match std::fs::read_to_string(&file) {
            Err(error) if self.added && error.kind() == std::io::ErrorKind::NotFound => {
                String::new()
            }
            text => text.map_err(&failed)?,
        };
        let Some(edited) = edit(&text) else { return Ok(()) };
        let written = match self.added && edited.is_empty() {
            true => std::fs::remove_file(&file),
            false => write_atomically(&file, &edited),
        };
        written.map_err(&failed)
    }
}

/// A crash leaves the old file or the new one, with the same owner and permissions.
fn write_atomically(file: &Path, text: &str) -> std::io::Result<()> {
    let beside = file.with_added_extension("tidegate-new");
    let mut options = OpenOptions::new();
    // The file may have secrets.
    let mut new = options.write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    new.write_all(text.as_bytes())?;
    keep_access(file, &beside, &new)?;
    new.sync_all()?;
    std::fs::rename(&beside, file)
}

fn keep_access(file: &Path, beside: &Path, new: &File) -> std::io::Result<()> {
    let (old, made) = match std::fs::metadata(file) {
        Ok(old) => (old, new.metadata()?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if (old.uid(), old.gid()) != (made.uid(), made.gid()) {
        chown(beside, Some(old.uid()), Some(old.gid()))?;
    }
    new.set_permissions(old.permissions())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn change(file: &Path, added: bool) -> VariableChange {
        VariableChange {
            file: file.to_owned(),
            name: "TAG".to_owned(),
            before: "1.0".to_owned(),
            after: "2.0".to_owned(),
            added,
        }
    }

    fn read(file: &Path) -> Option<String> {
        std::fs::read_to_string(file).ok()
    }

    #[test]
    fn a_value_is_changed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        let change = change(&file, false);
        for (before, after) in [
            ("A=1\nTAG=1.0\nB=TAG=1.0\n", "A=1\nTAG=2.0\nB=TAG=1.0\n"),
            ("export TAG=\"1.0\"\r\n", "export TAG=\"2.0\"\r\n"),
            ("TAG='1.0'", "TAG='2.0'"),
            ("TAG: 1.0\n", "TAG: 2.0\n"),
            ("TAG = 1.0  # as tested\nA=1", "TAG = 2.0  # as tested\nA=1"),
            ("TAG='1.0' # as tested\n", "TAG='2.0' # as tested\n"),
            ("TAG=0.9\nTAG=1.0\n", "TAG=0.9\nTAG=2.0\n"),
            ("TAG=3.0\n", "TAG=3.0\n"),
        ] {
            std::fs::write(&file, before).unwrap();
            change.apply().unwrap();
            change.apply().unwrap();
            assert_eq!(read(&file).as_deref(), Some(after));
            change.revert().unwrap();
            assert_eq!(read(&file).as_deref(), Some(before));
        }
    }

    #[test]
    fn a_file_of_another_machine_is_not_reverted() {
        let folder = tempfile::tempdir().unwrap();
        let change = change(&folder.path().join("absent/.env"), false);
        change.revert().unwrap();
        assert!(change.apply().is_err());
    }

    #[test]
    fn a_line_is_added_and_removed_again_and_no_empty_file_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".env");
        let change = change(&file, true);
        assert!(change.line().ends_with("/.env is created with the line TAG=2.0"));
        for (before, after) in [
            (None, "TAG=2.0\n"),
            (Some("A=1\n"), "A=1\nTAG=2.0\n"),
            (Some("A=1 # no end\n\n"), "A=1 # no end\n\nTAG=2.0\n"),
        ] {
            before.iter().for_each(|text| std::fs::write(&file, text).unwrap());
            change.apply().unwrap();
            change.apply().unwrap();
            assert_eq!(read(&file).as_deref(), Some(after));
            change.revert().unwrap();
            change.revert().unwrap();
            assert_eq!(read(&file).as_deref(), before);
        }
        // What somebody has set since stays.
        std::fs::write(&file, "TAG=3.0\n").unwrap();
        change.apply().unwrap();
        change.revert().unwrap();
        assert_eq!(read(&file).as_deref(), Some("TAG=3.0\n"));
        assert_eq!(change.line(), ".env: the line TAG=2.0 is added");
    }

    #[test]
    fn permissions_and_links_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.env"), folder.path().join(".env"));
        std::fs::write(&file, "TAG=1.0\n").unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real.env", &link).unwrap();
        change(&link, false).apply().unwrap();
        assert!(link.is_symlink());
        assert_eq!(read(&file).as_deref(), Some("TAG=2.0\n"));
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
