use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde_json::Value;

use crate::{Entry, JournalError, Record};

/// An open journal: what was recorded, and the end of the file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    records: Vec<Record>,
    kill_after: Option<usize>,
}

impl Journal {
    /// Opens the journal, or begins one, and drops a last line that a crash cut off.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |verb| {
            let path = path.to_owned();
            move |source| JournalError::Io { path, verb, source }
        };
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(failed("open"))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed("read"))?;
        let whole = text.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)
            .and_then(|()| file.seek(std::io::SeekFrom::End(0)))
            .map_err(failed("mend"))?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed("flush the folder of"))?;
        let records = parse(path, &text[..whole])?;
        Ok(Self { path: path.to_owned(), file, records, kill_after: None })
    }

    /// For tests of crash safety: the process kills itself once the journal
    /// holds this many records more than now.
    pub fn kill_after(&mut self, further_records: usize) {
        self.kill_after = Some(self.records.len() + further_records);
    }

    /// Appends a record and flushes it to the disk.
    ///
    /// # Errors
    /// [`JournalError::Io`]; then nothing may be done that the record announces.
    pub fn append(&mut self, step: &str, entry: Entry) -> Result<(), JournalError> {
        let record = Record { at: Timestamp::now(), step: step.to_owned(), entry };
        // Values made of strings, numbers, lists and objects always serialise.
        let mut line = serde_json::to_string(&record).unwrap_or_default();
        line.push('\n');
        self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data()).map_err(
            |source| JournalError::Io { path: self.path.clone(), verb: "write", source },
        )?;
        self.records.push(record);
        if self.kill_after == Some(self.records.len()) {
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
        }
        Ok(())
    }

    /// Everything recorded, oldest first.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The evidence of a step that was done and not undone since.
    #[must_use]
    pub fn evidence(&self, step: &str) -> Option<&Value> {
        let outcome =
            self.of(step).rev().find(|entry| matches!(entry, Entry::Done(_) | Entry::Undone))?;
        if let Entry::Done(evidence) = outcome { Some(evidence) } else { None }
    }

    /// What a step last intended, when it was not undone since.
    #[must_use]
    pub fn intent(&self, step: &str) -> Option<&Value> {
        let entry =
            self.of(step).rev().find(|entry| matches!(entry, Entry::Intent(_) | Entry::Undone))?;
        if let Entry::Intent(detail) = entry { Some(detail) } else { None }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn of(&self, step: &str) -> impl DoubleEndedIterator<Item = &Entry> {
        self.records.iter().filter(move |record| record.step == step).map(|record| &record.entry)
    }
}

fn parse(path: &Path, text: &[u8]) -> Result<Vec<Record>, JournalError> {
    let lines = text.split(|&b| b == b'\n').filter(|line| !line.is_empty()).enumerate();
    lines
        .map(|(index, line)| {
            serde_json::from_slice(line).map_err(|source| JournalError::Damaged {
                path: path.to_owned(),
                line: index + 1,
                source,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::os::unix::fs::PermissionsExt as _;

    fn fresh() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/journal.jsonl");
        (folder, path)
    }

    #[test]
    fn a_line_cut_off_by_a_crash_is_dropped() {
        let (_folder, path) = fresh();
        Journal::open(&path).unwrap().append("a", Entry::Done(json!(1))).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [whole.as_slice(), b"{\"at\":\"20"].concat()).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        journal.append("b", Entry::Done(json!(2))).unwrap();
        assert_eq!(Journal::open(&path).unwrap().records().len(), 2);
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_an_error_that_names_it() {
        let (_folder, path) = fresh();
        drop(Journal::open(&path).unwrap());
        std::fs::write(&path, "{}\n").unwrap();
        let error = Journal::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { line: 1, .. }), "{error}");
    }

    #[test]
    fn what_was_undone_is_neither_done_nor_intended() {
        let (_folder, path) = fresh();
        let mut journal = Journal::open(&path).unwrap();
        journal.append("tag", Entry::Intent(json!("v1"))).unwrap();
        journal.append("tag", Entry::Done(json!("v1"))).unwrap();
        journal.append("tag", Entry::Undone).unwrap();
        assert_eq!((journal.evidence("tag"), journal.intent("tag")), (None, None));
    }

    #[test]
    fn a_failure_leaves_an_earlier_outcome_standing() {
        let (_folder, path) = fresh();
        let mut journal = Journal::open(&path).unwrap();
        journal.append("push", Entry::Done(json!("sha256:1"))).unwrap();
        journal.append("push", Entry::Failed("looked again, no connection".to_owned())).unwrap();
        assert_eq!(journal.evidence("push"), Some(&json!("sha256:1")));
    }

    #[test]
    fn only_the_owner_may_read_it() {
        let (_folder, path) = fresh();
        drop(Journal::open(&path).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
