//! One proof as it goes on: what was seen so far, and what is left to see.

use pep440_rs::Version;
use tokio::time::Instant;

use super::{
    Level, LevelProof, LevelState, Proof, ProofOutcome, ProofRequest, downloadable, selectable,
    verdict::{self, Page, failed, not_yet},
};
use crate::{
    ExpectedFile, IndexError, IndexFile, IndexReader, Listing, ListingFormat, listing::Wanted,
    refusal::with_sources,
};

/// Looks at the pages that must agree in succession.
const STREAK: u32 = 2;

pub(super) struct Watch<'a> {
    request: &'a ProofRequest,
    version: Version,
    expected: Vec<ExpectedFile>,
    recorded: LevelState,
    listed: LevelState,
    downloadable: LevelState,
    selectable: LevelState,
    streak: u32,
    record_serial: Option<u64>,
    serial: Option<u64>,
    listing: Option<Listing>,
    looks: u32,
    begun: Instant,
}

impl<'a> Watch<'a> {
    pub(super) fn new(reader: &IndexReader, request: &'a ProofRequest, version: Version) -> Self {
        let has_record = reader.endpoints().json.is_some();
        let waiting = || not_yet("not looked at yet");
        Self {
            request,
            version,
            expected: request.expected.clone(),
            recorded: if has_record { waiting() } else { LevelState::NotOffered },
            listed: waiting(),
            downloadable: waiting(),
            selectable: waiting(),
            streak: 0,
            record_serial: None,
            serial: None,
            listing: None,
            looks: 0,
            begun: Instant::now(),
        }
    }

    /// Looks at everything that is still open.
    pub(super) async fn look(&mut self, reader: &IndexReader) {
        self.looks += 1;
        if matches!(self.recorded, LevelState::NotYet { .. }) {
            self.look_at_record(reader).await;
        }
        if self.listed != LevelState::Proved {
            self.look_at_pages(reader).await;
        }
        if self.listed == LevelState::Proved && self.downloadable != LevelState::Proved {
            self.look_at_files(reader).await;
        }
    }

    async fn look_at_record(&mut self, reader: &IndexReader) {
        let release = reader.release(&self.request.project, &self.request.version).await;
        self.recorded = match release {
            Err(error) => not_yet(with_sources(&error)),
            Ok(release) => {
                let state = verdict::recorded(&self.expected, release.as_ref());
                self.record_serial = release.as_ref().and_then(|release| release.serial);
                self.serial = self.serial.max(self.record_serial);
                if self.expected.is_empty() && state == LevelState::Proved {
                    self.expected = release.iter().flat_map(verdict::expected_of_record).collect();
                }
                state
            }
        };
    }

    async fn look_at_pages(&mut self, reader: &IndexReader) {
        let project = &self.request.project;
        let (json, html) =
            tokio::join!(reader.page(project, Wanted::Json), reader.page(project, Wanted::Html));
        let json = page_of(json, ListingFormat::Json);
        let html = page_of(html, ListingFormat::Html);
        let seen = [&json, &html].into_iter().find_map(|page| match page {
            Page::Seen(listing) => Some(listing.clone()),
            _ => None,
        });
        let serials = [&json, &html].map(serial_of);
        self.serial = serials.into_iter().fold(self.serial, Option::max);
        self.expect_what_is_listed(seen.as_ref());
        let pages = [("JSON", &json), ("HTML", &html)];
        let state = verdict::listed(&self.expected, &self.version, pages, self.record_serial);
        self.listing = seen;
        self.count(state);
    }

    /// Without a record and without expectations the first page is the measure.
    fn expect_what_is_listed(&mut self, seen: Option<&Listing>) {
        if self.expected.is_empty() && self.recorded == LevelState::NotOffered {
            let files = seen.map(|listing| listing.files_of(&self.version)).unwrap_or_default();
            self.expected = verdict::expected_of_page(&files);
        }
    }

    /// One stale cache among many may be lucky once: two looks must agree.
    fn count(&mut self, state: LevelState) {
        let proved = state == LevelState::Proved && !self.expected.is_empty();
        self.streak = if proved { self.streak + 1 } else { 0 };
        self.listed = match state {
            LevelState::Proved if self.streak < STREAK => not_yet("seen once"),
            state => state,
        };
    }

    async fn look_at_files(&mut self, reader: &IndexReader) {
        let files = self.files();
        let target = self.request.target.as_ref();
        let listed: Vec<&IndexFile> = files.iter().map(|(_, file)| *file).collect();
        let selectable = selectable::judge(&listed, target);
        let downloadable = downloadable::check(reader, &files).await;
        self.selectable = selectable;
        self.downloadable = downloadable;
    }

    fn files(&self) -> Vec<(&ExpectedFile, &IndexFile)> {
        let Some(listing) = &self.listing else { return Vec::new() };
        let files = self.expected.iter();
        files.filter_map(|file| Some((file, listing.file(&file.file_name)?))).collect()
    }

    /// Whether looking on can change nothing.
    pub(super) fn is_settled(&self) -> bool {
        let states = [&self.recorded, &self.listed, &self.downloadable, &self.selectable];
        let wrong = states.iter().any(|state| matches!(state, LevelState::Failed { .. }));
        wrong || !states.iter().any(|state| matches!(state, LevelState::NotYet { .. }))
    }

    /// Whether the next look only has to confirm this one.
    pub(super) fn is_near(&self) -> bool {
        self.streak > 0
    }

    pub(super) fn proof(&self, reader: &IndexReader) -> Proof {
        let levels = Level::ALL.map(|level| LevelProof { level, state: self.state(level) });
        Proof {
            index: reader.name().to_owned(),
            project: self.request.project.clone(),
            version: self.request.version.clone(),
            outcome: outcome(&levels),
            levels: levels.to_vec(),
            files: self.expected.clone(),
            serial: self.serial,
            looks: self.looks,
            milliseconds: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    fn state(&self, level: Level) -> LevelState {
        match level {
            Level::Accepted => match self.request.accepted {
                None => LevelState::NotAsked,
                Some(true) => LevelState::Proved,
                Some(false) => failed("the upload was not accepted"),
            },
            Level::Recorded => self.recorded.clone(),
            Level::Listed => self.listed.clone(),
            Level::Downloadable => self.downloadable.clone(),
            Level::Selectable => self.selectable.clone(),
            Level::Installed => match &self.request.installed {
                None => LevelState::NotAsked,
                Some(Ok(())) => LevelState::Proved,
                Some(Err(reason)) => failed(reason),
            },
        }
    }
}

fn page_of(page: Result<Option<Listing>, IndexError>, wanted: ListingFormat) -> Page {
    match page {
        Ok(None) => Page::Missing,
        Ok(Some(listing)) if listing.format == Some(wanted) => Page::Seen(listing),
        Ok(Some(_)) => Page::NotOffered,
        Err(IndexError::Unreadable { source, .. })
            if source.status() == Some(transport::StatusCode::NOT_ACCEPTABLE) =>
        {
            Page::NotOffered
        }
        Err(error) => Page::Unreadable(with_sources(&error)),
    }
}

fn serial_of(page: &Page) -> Option<u64> {
    match page {
        Page::Seen(listing) => listing.serial,
        _ => None,
    }
}

fn outcome(levels: &[LevelProof]) -> ProofOutcome {
    let state = |level: Level| levels.iter().find(|proof| proof.level == level).map(|p| &p.state);
    let open = |level| matches!(state(level), Some(LevelState::NotYet { .. }));
    let any = |test: fn(&LevelState) -> bool| levels.iter().any(|proof| test(&proof.state));
    if any(|state| matches!(state, LevelState::Failed { .. })) {
        return ProofOutcome::Failed;
    }
    if state(Level::Recorded) == Some(&LevelState::Proved) && open(Level::Listed) {
        return ProofOutcome::RecordedNotListed;
    }
    if any(|state| matches!(state, LevelState::NotYet { .. })) {
        return ProofOutcome::Incomplete;
    }
    ProofOutcome::Proved
}
