use std::{
    fs::{File, OpenOptions},
    io::{Read as _, Write as _},
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
    length: u64,
    records: Records,
    kill_after: Option<usize>,
}

impl Journal {
    /// Opens the journal for writing, or begins one, and drops a last line
    /// that a crash cut off. For one writer at a time: hold the project's lock.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let failed = |verb| failed(path, verb);
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(path).map_err(failed("open"))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed("read"))?;
        let whole = whole_lines(&text);
        if whole.len() < text.len() {
            file.set_len(whole.len() as u64).map_err(failed("mend"))?;
        }
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed("flush the folder of"))?;
        let (length, records) = (whole.len() as u64, Records::parse(path, whole)?);
        Ok(Self { path: path.to_owned(), file, length, records, kill_after: None })
    }

    /// Reads a journal that somebody else may be writing, and changes nothing.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn read(path: &Path) -> Result<Records, JournalError> {
        let text = std::fs::read(path).map_err(failed(path, "read"))?;
        Records::parse(path, whole_lines(&text))
    }

    /// For tests of crash safety: the process kills itself once the journal
    /// holds this many records more than now.
    pub fn kill_after(&mut self, further_records: usize) {
        self.kill_after = Some(self.records.0.len() + further_records);
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
        self.write(&line).map_err(failed(&self.path, "write"))?;
        self.records.0.push(record);
        if self.kill_after == Some(self.records.0.len()) {
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
        }
        Ok(())
    }

    /// Writes a line or nothing: half a line, left by a full disk, would run
    /// into the next one.
    fn write(&mut self, line: &str) -> std::io::Result<()> {
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.length += line.len() as u64,
            Err(_) => self.file.set_len(self.length)?,
        }
        written
    }

    /// Everything recorded.
    #[must_use]
    pub fn records(&self) -> &Records {
        &self.records
    }

    /// As [`Records::evidence`].
    #[must_use]
    pub fn evidence(&self, step: &str) -> Option<&Value> {
        self.records.evidence(step)
    }

    /// As [`Records::intent`].
    #[must_use]
    pub fn intent(&self, step: &str) -> Option<&Value> {
        self.records.intent(step)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// What a journal holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records(Vec<Record>);

impl Records {
    /// The records, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Record> + ExactSizeIterator {
        self.0.iter()
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

    /// Every step with an intent that was not undone since, and the intent.
    pub fn intents(&self) -> impl Iterator<Item = (&str, &Value)> {
        let mut steps: Vec<&str> = self.0.iter().map(|record| record.step.as_str()).collect();
        steps.sort_unstable();
        steps.dedup();
        steps.into_iter().filter_map(|step| Some((step, self.intent(step)?)))
    }

    fn of(&self, step: &str) -> impl DoubleEndedIterator<Item = &Entry> {
        self.0.iter().filter(move |record| record.step == step).map(|record| &record.entry)
    }

    fn parse(path: &Path, text: &[u8]) -> Result<Self, JournalError> {
        let lines = text.split(|&b| b == b'\n').filter(|line| !line.is_empty()).enumerate();
        let records = lines.map(|(index, line)| {
            serde_json::from_slice(line).map_err(|source| JournalError::Damaged {
                path: path.to_owned(),
                line: index + 1,
                source,
            })
        });
        records.collect::<Result<_, _>>().map(Self)
    }
}

/// Without a last line that has no end.
fn whole_lines(text: &[u8]) -> &[u8] {
    &text[..text.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1)]
}

fn failed(path: &Path, verb: &'static str) -> impl Fn(std::io::Error) -> JournalError + use<> {
    let path = path.to_owned();
    move |source| JournalError::Io { path: path.clone(), verb, source }
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
        assert_eq!(Journal::open(&path).unwrap().records().iter().len(), 2);
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
    fn a_write_that_a_full_disk_cuts_off_leaves_no_half_line() {
        let (_folder, path) = fresh();
        let mut journal = Journal::open(&path).unwrap();
        journal.append("a", Entry::Done(json!(1))).unwrap();
        // The end of a file that cannot grow, as on a full disk.
        let full = File::options().append(true).open("/dev/full").unwrap();
        let file = std::mem::replace(&mut journal.file, full);
        assert!(journal.append("b", Entry::Done(json!(2))).is_err());
        journal.file = file;
        journal.append("c", Entry::Done(json!(3))).unwrap();
        let records = Journal::read(&path).unwrap();
        assert_eq!(records.iter().map(|record| &*record.step).collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn a_reader_leaves_a_line_that_is_being_written_alone() {
        let (_folder, path) = fresh();
        Journal::open(&path).unwrap().append("a", Entry::Done(json!(1))).unwrap();
        let half = [std::fs::read(&path).unwrap(), b"{\"at\":".to_vec()].concat();
        std::fs::write(&path, &half).unwrap();
        assert_eq!(Journal::read(&path).unwrap().iter().len(), 1);
        assert_eq!(std::fs::read(&path).unwrap(), half);
    }

    #[test]
    fn intents_that_were_undone_are_not_listed() {
        let (_folder, path) = fresh();
        let mut journal = Journal::open(&path).unwrap();
        journal.append("a", Entry::Intent(json!(1))).unwrap();
        journal.append("b", Entry::Intent(json!(2))).unwrap();
        journal.append("a", Entry::Undone).unwrap();
        assert_eq!(journal.records().intents().collect::<Vec<_>>(), [("b", &json!(2))]);
    }

    #[test]
    fn only_the_owner_may_read_it() {
        let (_folder, path) = fresh();
        drop(Journal::open(&path).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
