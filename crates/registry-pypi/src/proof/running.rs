//! A proof in progress: what was observed so far, and what is still open.

use pep440_rs::Version;
use tokio::time::Instant;

use super::{
    downloadable::check_downloads,
    level::{Level, LevelProof, LevelState},
    observation::{PageState, evaluate_pages, evaluate_record},
    outcome::{Proof, ProofOutcome},
    request::ProofRequest,
    selectable::evaluate_selection,
};
use crate::{
    ExpectedFile, IndexFile, IndexReader, Listing, ListingFormat, error::error_with_sources,
    listing::PageFormat,
};

/// Polls of the pages that must agree in succession.
const AGREEING_POLLS: u32 = 2;

pub(super) struct RunningProof<'a> {
    reader: &'a IndexReader,
    request: &'a ProofRequest,
    version: Version,
    expected: Vec<ExpectedFile>,
    recorded: LevelState,
    listed: LevelState,
    downloadable: LevelState,
    selectable: LevelState,
    agreeing: u32,
    record_serial: Option<u64>,
    serial: Option<u64>,
    listing: Option<Listing>,
    polls: u32,
    started: Instant,
}

impl<'a> RunningProof<'a> {
    pub(super) fn new(
        reader: &'a IndexReader,
        request: &'a ProofRequest,
        version: Version,
    ) -> Self {
        let open = LevelState::not_yet("not checked yet");
        let has_record = reader.endpoints().json.is_some();
        Self {
            reader,
            request,
            version,
            expected: request.expected.clone(),
            recorded: if has_record { open.clone() } else { LevelState::NotOffered },
            listed: open.clone(),
            downloadable: open.clone(),
            selectable: open,
            agreeing: 0,
            record_serial: None,
            serial: None,
            listing: None,
            polls: 0,
            started: Instant::now(),
        }
    }

    /// Polls everything that is still open.
    pub(super) async fn poll(&mut self) {
        self.polls = self.polls.saturating_add(1);
        if self.recorded.is_open() {
            self.poll_record().await;
        }
        if self.listed != LevelState::Proved {
            self.poll_pages().await;
        }
        if self.listed == LevelState::Proved && self.downloadable != LevelState::Proved {
            self.check_files().await;
        }
    }

    async fn poll_record(&mut self) {
        let release = self.reader.release(&self.request.project, &self.request.version).await;
        let release = match release {
            Ok(release) => release,
            Err(error) => {
                self.recorded = LevelState::not_yet(error_with_sources(&error));
                return;
            }
        };
        self.recorded = evaluate_record(&self.expected, release.as_ref());
        self.record_serial = release.as_ref().and_then(|release| release.serial);
        self.serial = self.serial.max(self.record_serial);
        if self.expected.is_empty() && self.recorded == LevelState::Proved {
            let files = release.iter().flat_map(|release| &release.files);
            self.expected = files.map(ExpectedFile::from).collect();
        }
    }

    async fn poll_pages(&mut self) {
        let (reader, project) = (self.reader, &self.request.project);
        let (json, html) = tokio::join!(
            reader.page(project, PageFormat::Json),
            reader.page(project, PageFormat::Html)
        );
        let json = PageState::new(json, ListingFormat::Json);
        let html = PageState::new(html, ListingFormat::Html);
        let serials = [&json, &html].map(|page| page.listing()?.serial);
        self.serial = serials.into_iter().fold(self.serial, Option::max);
        self.listing = json.listing().or(html.listing()).cloned();
        self.expect_listed_files();
        let pages = [("JSON", &json), ("HTML", &html)];
        let state = evaluate_pages(&self.expected, &self.version, pages, self.record_serial);
        self.require_agreement(state);
    }

    /// Without a record and without expected files, the first page sets them.
    fn expect_listed_files(&mut self) {
        if self.expected.is_empty() && self.recorded == LevelState::NotOffered {
            let listing = self.listing.as_ref();
            let files = listing.map(|listing| listing.files_of(&self.version)).unwrap_or_default();
            self.expected = files.into_iter().map(ExpectedFile::from).collect();
        }
    }

    /// One of several caches may be current by chance: two polls must agree.
    fn require_agreement(&mut self, state: LevelState) {
        let proved = state == LevelState::Proved && !self.expected.is_empty();
        self.agreeing = if proved { self.agreeing.saturating_add(1) } else { 0 };
        self.listed = match state {
            LevelState::Proved if self.agreeing < AGREEING_POLLS => {
                LevelState::not_yet("listed once")
            }
            state => state,
        };
    }

    async fn check_files(&mut self) {
        let files = self.listed_files();
        let listed: Vec<&IndexFile> = files.iter().map(|(_, file)| *file).collect();
        let selectable = evaluate_selection(&listed, self.request.target.as_ref());
        let downloadable = check_downloads(self.reader, &files).await;
        self.selectable = selectable;
        self.downloadable = downloadable;
    }

    fn listed_files(&self) -> Vec<(&ExpectedFile, &IndexFile)> {
        let Some(listing) = &self.listing else { return Vec::new() };
        let files = self.expected.iter();
        files.filter_map(|file| Some((file, listing.file(&file.file_name)?))).collect()
    }

    /// Whether further polls can change nothing.
    pub(super) fn is_final(&self) -> bool {
        let states = [&self.recorded, &self.listed, &self.downloadable, &self.selectable];
        states.iter().any(|state| state.is_failed()) || !states.iter().any(|state| state.is_open())
    }

    /// Whether the next poll only has to confirm this one.
    pub(super) fn needs_confirmation(&self) -> bool {
        self.agreeing > 0
    }

    pub(super) fn proof(&self) -> Proof {
        let levels = Level::ALL.map(|level| LevelProof { level, state: self.level_state(level) });
        Proof {
            index: self.reader.name().to_owned(),
            project: self.request.project.clone(),
            version: self.request.version.clone(),
            outcome: ProofOutcome::of_levels(&levels),
            levels: levels.to_vec(),
            files: self.expected.clone(),
            serial: self.serial,
            polls: self.polls,
            milliseconds: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    fn level_state(&self, level: Level) -> LevelState {
        match level {
            Level::Accepted => match self.request.accepted {
                None => LevelState::NotRequested,
                Some(true) => LevelState::Proved,
                Some(false) => LevelState::failed("the upload was not accepted"),
            },
            Level::Recorded => self.recorded.clone(),
            Level::Listed => self.listed.clone(),
            Level::Downloadable => self.downloadable.clone(),
            Level::Selectable => self.selectable.clone(),
            Level::Installed => match &self.request.installed {
                None => LevelState::NotRequested,
                Some(Ok(())) => LevelState::Proved,
                Some(Err(reason)) => LevelState::failed(reason),
            },
        }
    }
}
