use std::{
    fmt::Display,
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::Serialize;

use crate::{Entry, FORMAT, JournalError, Record, Records, record::Header};

/// An open journal: its records, and the end of the file.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    records: Records,
    kill_after: Option<usize>,
}

impl Journal {
    /// Opens the journal for writing, or starts one, and drops a last line that a
    /// crash cut off. For one writer at a time: hold the project's lock.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(io_error(path, "make the folder of"))?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(path).map_err(io_error(path, "open"))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(io_error(path, "read"))?;
        let whole = whole_lines(&text);
        let records = Records::from_lines(path, whole)?;
        if whole.len() < text.len() {
            file.set_len(whole.len() as u64).map_err(io_error(path, "repair"))?;
        }
        let length = whole.len() as u64;
        let mut journal = Self { path: path.to_owned(), file, length, records, kill_after: None };
        if length == 0 {
            journal.write_line(&Header { format: FORMAT }, "header")?;
        }
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io_error(path, "flush the folder of"))?;
        Ok(journal)
    }

    /// Reads a journal that another process may be writing, and changes nothing.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn read(path: &Path) -> Result<Records, JournalError> {
        let text = std::fs::read(path).map_err(io_error(path, "read"))?;
        Records::from_lines(path, whole_lines(&text))
    }

    /// For tests of crash safety: the process kills itself after this many more
    /// records.
    pub fn kill_after(&mut self, further_records: usize) {
        self.kill_after = Some(self.records.iter().len() + further_records);
    }

    /// Records that a step is about to be done.
    ///
    /// # Errors
    /// [`JournalError`]; then the step must not be done.
    pub fn intend(
        &mut self,
        step: &impl Display,
        intent: &impl Serialize,
    ) -> Result<(), JournalError> {
        let intent = to_json(step, intent)?;
        self.append(step, Entry::Intent(intent))
    }

    /// Records that a step was done, or found done.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn done(
        &mut self,
        step: &impl Display,
        evidence: &impl Serialize,
    ) -> Result<(), JournalError> {
        let evidence = to_json(step, evidence)?;
        self.append(step, Entry::Done(evidence))
    }

    /// Records that a step failed.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn failed(&mut self, step: &impl Display, reason: &str) -> Result<(), JournalError> {
        self.append(step, Entry::Failed(reason.to_owned()))
    }

    /// Records that a step was undone, or had no effect.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn undone(&mut self, step: &impl Display) -> Result<(), JournalError> {
        self.append(step, Entry::Undone)
    }

    /// Everything recorded.
    #[must_use]
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// Appends a record and flushes it to the disk.
    fn append(&mut self, step: &impl Display, entry: Entry) -> Result<(), JournalError> {
        let record = Record { at: Timestamp::now(), step: step.to_string(), entry };
        self.write_line(&record, &record.step)?;
        self.records.push(record);
        if self.kill_after == Some(self.records.iter().len()) {
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
        }
        Ok(())
    }

    fn write_line(&mut self, line: &impl Serialize, step: &str) -> Result<(), JournalError> {
        let mut text = serde_json::to_string(line)
            .map_err(|source| JournalError::Unwritable { step: step.to_owned(), source })?;
        text.push('\n');
        self.write(&text).map_err(io_error(&self.path, "write"))
    }

    /// Writes a line or nothing: half a line, left by a full disk, would run into
    /// the next one.
    fn write(&mut self, line: &str) -> std::io::Result<()> {
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.length += line.len() as u64,
            Err(_) => self.file.set_len(self.length)?,
        }
        written
    }
}

fn to_json(step: &impl Display, value: &impl Serialize) -> Result<serde_json::Value, JournalError> {
    serde_json::to_value(value)
        .map_err(|source| JournalError::Unwritable { step: step.to_string(), source })
}

/// Without a last line that has no end.
fn whole_lines(text: &[u8]) -> &[u8] {
    &text[..text.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1)]
}

fn io_error(path: &Path, action: &'static str) -> impl Fn(std::io::Error) -> JournalError + use<> {
    let path = path.to_owned();
    move |source| JournalError::Io { path: path.clone(), action, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn empty_folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/journal.jsonl");
        (folder, path)
    }

    #[test]
    fn a_line_cut_off_by_a_crash_is_dropped() {
        let (_folder, path) = empty_folder();
        Journal::open(&path).unwrap().done(&"a", &1).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, [whole.as_slice(), b"{\"at\":\"20"].concat()).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        journal.done(&"b", &2).unwrap();
        assert_eq!(Journal::open(&path).unwrap().records().iter().len(), 2);
    }

    #[test]
    fn a_header_cut_off_by_a_crash_is_written_again() {
        let (_folder, path) = empty_folder();
        drop(Journal::open(&path).unwrap());
        std::fs::write(&path, "{\"journal-fo").unwrap();
        Journal::open(&path).unwrap().done(&"a", &1).unwrap();
        assert_eq!(Journal::read(&path).unwrap().evidence("a").unwrap(), Some(1));
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_an_error_that_names_it() {
        let (_folder, path) = empty_folder();
        drop(Journal::open(&path).unwrap());
        let header = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{header}{{}}\n")).unwrap();
        let error = Journal::open(&path).unwrap_err();
        assert!(matches!(error, JournalError::Damaged { line: 2, .. }), "{error}");
    }

    #[test]
    fn a_journal_of_another_format_is_refused_and_left_as_it_is() {
        let (_folder, path) = empty_folder();
        drop(Journal::open(&path).unwrap());
        let first_format = r#"{"at":"2026-11-20T22:41:08Z","step":"release","done":{}}"#;
        for (text, found) in
            [(first_format, "states no format"), (r#"{"journal-format":3}"#, "format 3")]
        {
            let text = format!("{text}\n");
            std::fs::write(&path, &text).unwrap();
            for error in [Journal::open(&path).unwrap_err(), Journal::read(&path).unwrap_err()] {
                assert!(matches!(error, JournalError::Format { .. }), "{error}");
                assert!(error.to_string().contains(found), "{error}");
            }
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_record_of_another_shape_is_an_error_and_not_absent() {
        let (_folder, path) = empty_folder();
        let mut journal = Journal::open(&path).unwrap();
        journal.intend(&"tag", &"v1").unwrap();
        journal.done(&"tag", &"v1").unwrap();
        let records = journal.records();
        let evidence = records.evidence::<u32>("tag").unwrap_err();
        let intent = records.intents::<u32>("tag").unwrap_err();
        for error in [evidence, intent] {
            assert!(matches!(error, JournalError::Unreadable { .. }), "{error}");
        }
    }

    #[test]
    fn what_was_undone_is_neither_done_nor_intended() {
        let (_folder, path) = empty_folder();
        let mut journal = Journal::open(&path).unwrap();
        journal.intend(&"tag", &"v1").unwrap();
        journal.done(&"tag", &"v1").unwrap();
        journal.undone(&"tag").unwrap();
        let records = journal.records();
        assert_eq!(records.evidence::<String>("tag").unwrap(), None);
        assert_eq!(records.intents::<String>("tag").unwrap(), Vec::<String>::new());
        assert!(!records.is_started("tag") && !records.is_done("tag"));
        journal.intend(&"tag", &"v2").unwrap();
        assert_eq!(journal.records().intents::<String>("tag").unwrap(), ["v2"]);
        assert!(journal.records().is_started("tag"));
    }

    #[test]
    fn a_failure_leaves_an_earlier_outcome_valid() {
        let (_folder, path) = empty_folder();
        let mut journal = Journal::open(&path).unwrap();
        journal.done(&"push", &"sha256:1").unwrap();
        journal.failed(&"push", "no connection").unwrap();
        let evidence: Option<String> = journal.records().evidence("push").unwrap();
        assert_eq!(evidence.as_deref(), Some("sha256:1"));
    }

    #[test]
    fn all_intents_of_a_step_are_kept_in_order() {
        let (_folder, path) = empty_folder();
        let mut journal = Journal::open(&path).unwrap();
        for number in [1, 2] {
            journal.intend(&"move", &number).unwrap();
            journal.failed(&"move", "interrupted").unwrap();
        }
        assert_eq!(journal.records().intents::<u32>("move").unwrap(), [1, 2]);
    }

    #[test]
    fn a_write_that_a_full_disk_cuts_off_leaves_no_half_line() {
        let (_folder, path) = empty_folder();
        let mut journal = Journal::open(&path).unwrap();
        journal.done(&"a", &1).unwrap();
        // The end of a file that cannot grow, as on a full disk.
        let full = File::options().append(true).open("/dev/full").unwrap();
        let file = std::mem::replace(&mut journal.file, full);
        assert!(journal.done(&"b", &2).is_err());
        journal.file = file;
        journal.done(&"c", &3).unwrap();
        assert_eq!(Journal::read(&path).unwrap().steps(), ["a", "c"]);
    }

    #[test]
    fn a_reader_leaves_a_line_that_is_being_written_alone() {
        let (_folder, path) = empty_folder();
        Journal::open(&path).unwrap().done(&"a", &1).unwrap();
        let half = [std::fs::read(&path).unwrap(), b"{\"at\":".to_vec()].concat();
        std::fs::write(&path, &half).unwrap();
        assert_eq!(Journal::read(&path).unwrap().iter().len(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), half);
    }

    #[test]
    fn only_the_owner_may_read_it() {
        let (_folder, path) = empty_folder();
        drop(Journal::open(&path).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
