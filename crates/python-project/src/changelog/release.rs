//! Gives a release its section.

use std::ops::Range;

use super::{
    ChangelogError, GeneratedNotes,
    document::{Changelog, Section},
    links::{LinkedRelease, move_links},
    markup::{Markup, line_ending},
    merge::merge,
    place::{Place, candidates},
    style::{TitleValues, apply_edits, new_status, new_title},
    version_text::{is_same, parse_version},
};

/// The release that gets a section.
#[derive(Debug, Clone, Copy)]
pub struct NewRelease<'a> {
    /// Its version, in the spelling of its tag.
    pub version: &'a str,
    /// The same, in the spelling of PEP 440.
    pub pep440: &'a str,
    /// `2026-11-20`; written in the form of the dates that are in the file.
    pub date: &'a str,
    /// Its git tag.
    pub tag: &'a str,
    /// What its section contains if nothing is written.
    pub generated: Option<&'a GeneratedNotes>,
}

/// Turns what is written of unreleased changes into the section of a release, with a
/// title like those of the releases before. After release candidates, the section of the
/// final version also has the entries of theirs, which stay. Apart from the title of a
/// section that says it is not released yet, lines are only added. A section that is
/// released already is kept as it is.
///
/// # Errors
/// [`ChangelogError`].
pub fn release(text: &str, markup: Markup, new: &NewRelease<'_>) -> Result<String, ChangelogError> {
    let changelog = Changelog::from_text(text, markup);
    let place = Place::find(&changelog, new.version)?;
    let writer = Writer::new(&changelog, new, place);
    let released = apply_edits(text, writer.edits(place)?);
    let is_written = matches!(place, Place::Written(_));
    Ok(if is_written { released } else { move_links(&released, markup, &writer.linked_release()) })
}

/// Adds to the section of a version, which a tool wrote, the entries of the release
/// candidates before it.
#[must_use]
pub fn add_candidates(text: &str, markup: Markup, new: &NewRelease<'_>) -> String {
    let changelog = Changelog::from_text(text, markup);
    match changelog.sections_of(new.version).as_slice() {
        [section] => {
            let writer = Writer::new(&changelog, new, Place::Written(section));
            apply_edits(text, writer.body_edit(section).into_iter().collect())
        }
        _ => text.to_owned(),
    }
}

/// A replacement of a part of the text.
type Edit = (Range<usize>, String);

struct Writer<'c, 't> {
    changelog: &'c Changelog<'t>,
    release: &'c NewRelease<'c>,
    /// The version as the file spells it.
    version: String,
    title: String,
    status: Option<String>,
    ending: &'static str,
    /// Generated entries, if the section has none of its own, and those of candidates.
    added: Vec<String>,
}

impl<'c, 't> Writer<'c, 't> {
    fn new(changelog: &'c Changelog<'t>, release: &'c NewRelease<'c>, place: Place<'_>) -> Self {
        let current = place.section();
        let (version, ending) = (spell(changelog, release, current), line_ending(changelog.text));
        let values = TitleValues { version: &version, date: release.date, ending };
        let is_filled = current.is_some_and(|section| changelog.is_filled(section));
        let generated = release.generated.filter(|generated| !is_filled && !generated.is_empty());
        let generated = generated.map(|generated| generated.write(changelog));
        let candidates = candidates(changelog, release.pep440).into_iter().map(str::to_owned);
        Self {
            title: new_title(changelog, current, values),
            status: new_status(changelog, release.date),
            added: generated.into_iter().chain(candidates).collect(),
            changelog,
            release,
            version,
            ending,
        }
    }

    fn edits(&self, place: Place<'_>) -> Result<Vec<Edit>, ChangelogError> {
        let is_filled = place.section().is_some_and(|section| self.changelog.is_filled(section));
        if !is_filled && self.added.is_empty() {
            return Err(self.nothing_written(place));
        }
        Ok(match place {
            Place::Written(_) if is_filled => Vec::new(),
            Place::Written(section) => self.body_edit(section).into_iter().collect(),
            Place::Pending(section) => self.pending_edits(section),
            Place::Unreleased(section) if is_filled => self.title_edits(section),
            Place::Unreleased(section) => vec![self.whole_section(section.body.end)],
            Place::Before(section) => vec![self.whole_section(section.start)],
        })
    }

    fn nothing_written(&self, place: Place<'_>) -> ChangelogError {
        match place.section() {
            None => ChangelogError::NoSection { version: self.release.version.to_owned() },
            Some(section) => {
                let title = self.changelog.title_text(section);
                ChangelogError::Empty { section: title.replace(['[', ']'], "") }
            }
        }
    }

    /// A title between `Unreleased` and what is written under it. A remark such as "Under
    /// development" is about what comes, and stays with its title.
    fn title_edits(&self, section: &Section) -> Vec<Edit> {
        let (text, ending) = (self.changelog.text, self.ending);
        let end = match self.changelog.status_line(section) {
            Some((line, _)) => line.end + text[line.end..].find('\n').map_or(0, |at| at + 1),
            None => section.body.start,
        };
        let gap = if text[..end].ends_with('\n') { "" } else { ending };
        let status = self.status.as_ref().map(|line| format!("{ending}{line}{ending}"));
        let lines = format!("{gap}{ending}{}{}", self.title, status.unwrap_or_default());
        let body = &text[end..section.body.end];
        vec![(end..section.body.end, lines + &self.with_added(body))]
    }

    fn pending_edits(&self, section: &Section) -> Vec<Edit> {
        let changelog = self.changelog;
        let is_title_pending = section.version_heading().is_some_and(|heading| heading.is_pending);
        let mut edits = Vec::new();
        if is_title_pending || changelog.version_of(section) != Some(self.version.as_str()) {
            edits.push((section.title.lines.clone(), self.title.clone()));
        }
        if let Some((line, status)) = changelog.status_line(section).filter(|(_, s)| s.is_pending) {
            let text = &changelog.text[line.clone()];
            edits.push((
                line,
                self.status.clone().unwrap_or_else(|| {
                    let is_bare = status.date.len() == text.trim_matches(['*', '_', '.']).len();
                    let before = if is_bare { "Released " } else { "" };
                    apply_edits(text, vec![(status.date, format!("{before}{}", self.release.date))])
                }),
            ));
        }
        edits.extend(self.body_edit(section));
        edits
    }

    /// The body of a section with what is added to it.
    fn body_edit(&self, section: &Section) -> Option<Edit> {
        if self.added.is_empty() {
            return None;
        }
        let status = self.changelog.status_line(section);
        let range = status.map_or(section.body.start, |(line, _)| line.end)..section.body.end;
        let body = &self.changelog.text[range.clone()];
        if self.changelog.is_filled(section) {
            return Some((range, self.with_added(body)));
        }
        let content = self.with_added("");
        // What is there are titles and comments that ask for content.
        let gap = if range.start == section.body.start { "" } else { self.ending };
        Some((range, format!("{gap}{}{content}{}", self.ending, self.gap(section.body.end))))
    }

    fn with_added(&self, body: &str) -> String {
        if self.added.is_empty() {
            return body.to_owned();
        }
        merge(body, &self.added, self.changelog.markup, self.ending)
    }

    /// A section with title and entries, where there is none.
    fn whole_section(&self, at: usize) -> Edit {
        let (ending, before) = (self.ending, &self.changelog.text[..at]);
        let gap = match before[before.trim_end().len()..].matches('\n').count() {
            _ if before.trim_start_matches('\u{feff}').is_empty() => String::new(),
            count => ending.repeat(2_usize.saturating_sub(count)),
        };
        let status = self.status.as_ref().map(|line| format!("{line}{ending}{ending}"));
        let content = self.with_added("");
        let lines = [
            gap.as_str(),
            &self.title,
            ending,
            &status.unwrap_or_default(),
            &content,
            &self.gap(at),
        ];
        (at..at, lines.concat())
    }

    /// The blank lines before what follows, as many as between the sections that exist.
    fn gap(&self, at: usize) -> String {
        let text = self.changelog.text;
        if text[at..].trim().is_empty() {
            return String::new();
        }
        let second = self.changelog.sections.get(1).map_or(0, |section| section.start);
        let before = &text[..second];
        let newlines = before[before.trim_end().len()..].matches('\n').count();
        self.ending.repeat(newlines.saturating_sub(1).clamp(1, 3))
    }

    fn linked_release(&self) -> LinkedRelease<'_> {
        let versions = self.changelog.sections.iter().filter(|s| !self.changelog.is_pending(s));
        let versions = versions.filter_map(|section| self.changelog.version_of(section));
        LinkedRelease {
            version: &self.version,
            previous: versions.into_iter().find(|version| !is_same(version, &self.version)),
            tag: self.release.tag,
        }
    }
}

/// The version as its title spells it, or a candidate as those before it.
fn spell(changelog: &Changelog<'_>, new: &NewRelease<'_>, current: Option<&Section>) -> String {
    let written = current.and_then(|section| changelog.version_of(section));
    if let Some(written) = written.filter(|written| is_same(written, new.version)) {
        return written.to_owned();
    }
    let mut versions = changelog.sections.iter().filter_map(|s| changelog.version_of(s));
    let is_candidate = |text: &&str| {
        parse_version(text).is_some_and(|version| version.is_pre() && !version.is_dev())
    };
    let is_python = match versions.find(is_candidate) {
        Some(candidate) => !candidate.contains('-'),
        None => changelog.markup == Markup::ReStructuredText,
    };
    let is_final = parse_version(new.pep440).is_none_or(|version| !version.is_pre());
    if is_python && !is_final { new.pep440.to_owned() } else { new.version.to_owned() }
}
