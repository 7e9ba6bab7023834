//! Where the section of a release comes from.

use pep440_rs::Version;

use super::{
    ChangelogError,
    document::{Changelog, Section},
    version_text::parse_version,
};

/// Where the section of a release comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'c> {
    /// It exists.
    Written(&'c Section),
    /// It exists under a title that says it is not released yet.
    Pending(&'c Section),
    /// Its content is under `Unreleased`, whose title stays.
    Unreleased(&'c Section),
    /// There is nothing of it; this section is the newest.
    Before(&'c Section),
}

impl<'c> Place<'c> {
    /// The place of a version in a changelog.
    ///
    /// # Errors
    /// [`ChangelogError`], never [`ChangelogError::Empty`].
    pub(super) fn find(
        changelog: &'c Changelog<'_>,
        version: &str,
    ) -> Result<Self, ChangelogError> {
        match changelog.sections_of(version).as_slice() {
            [] => Self::find_unreleased(changelog, version),
            [section] if changelog.is_pending(section) => Ok(Self::Pending(section)),
            [section] => Ok(Self::Written(section)),
            several => Err(several_sections(changelog, version, several)),
        }
    }

    fn find_unreleased(
        changelog: &'c Changelog<'_>,
        version: &str,
    ) -> Result<Self, ChangelogError> {
        let sections = &changelog.sections;
        let versions = sections.iter().filter(|section| section.version_heading().is_some());
        if let Some(pending) = versions.clone().next().filter(|first| changelog.is_pending(first)) {
            return require_not_higher(changelog, pending, version)
                .map(|()| Self::Pending(pending));
        }
        require_newest_first(changelog, versions, version)?;
        let unreleased: Vec<&Section> =
            sections.iter().filter(|section| section.version_heading().is_none()).collect();
        match (unreleased.as_slice(), sections.first()) {
            ([section], _) => Ok(Self::Unreleased(section)),
            ([], Some(first)) => Ok(Self::Before(first)),
            ([], None) => Err(ChangelogError::NoHeading),
            (several, _) => Err(several_sections(changelog, "unreleased changes", several)),
        }
    }

    /// The section that becomes that of the release.
    pub(super) fn section(&self) -> Option<&'c Section> {
        match *self {
            Self::Written(section) | Self::Pending(section) | Self::Unreleased(section) => {
                Some(section)
            }
            Self::Before(_) => None,
        }
    }
}

fn several_sections(
    changelog: &Changelog<'_>,
    section: &str,
    sections: &[&Section],
) -> ChangelogError {
    let line =
        |section: &Section| changelog.text[..section.title.text.start].matches('\n').count() + 1;
    ChangelogError::Several {
        section: section.to_owned(),
        lines: sections.iter().map(|section| line(section)).collect(),
    }
}

/// The title of a section that is not released yet may be of a lower version, or of the
/// final one of a candidate.
fn require_not_higher(
    changelog: &Changelog<'_>,
    pending: &Section,
    version: &str,
) -> Result<(), ChangelogError> {
    let written = changelog.version_of(pending).and_then(parse_version);
    let (Some(written), Some(parsed)) = (written, parse_version(version)) else { return Ok(()) };
    if written <= parsed || (parsed.any_prerelease() && written == final_of(&parsed)) {
        return Ok(());
    }
    Err(ChangelogError::Higher {
        section: changelog.title_text(pending).to_owned(),
        version: version.to_owned(),
    })
}

fn require_newest_first<'c>(
    changelog: &Changelog<'_>,
    versions: impl Iterator<Item = &'c Section>,
    version: &str,
) -> Result<(), ChangelogError> {
    let versions: Vec<Version> = versions
        .filter_map(|section| changelog.version_of(section).and_then(parse_version))
        .collect();
    if versions.first() >= versions.last() {
        return Ok(());
    }
    Err(ChangelogError::OldestFirst { version: version.to_owned() })
}

/// The texts of the sections that belong to a final version as well: those of candidates
/// since the last final one, the newest first.
pub(super) fn candidates<'t>(changelog: &Changelog<'t>, version: &str) -> Vec<&'t str> {
    let Some(version) = parse_version(version).filter(|version| !version.any_prerelease()) else {
        return Vec::new();
    };
    let sections: Vec<(Version, &Section)> = changelog
        .sections
        .iter()
        .filter_map(|section| {
            Some((changelog.version_of(section).and_then(parse_version)?, section))
        })
        .filter(|(other, section)| *other < version && !changelog.is_pending(section))
        .collect();
    let finals = sections.iter().map(|(other, _)| other).filter(|other| !other.any_prerelease());
    let last_final = finals.max();
    let candidates = sections.iter().filter(|(other, section)| {
        other.any_prerelease() && Some(other) > last_final && changelog.is_filled(section)
    });
    candidates.map(|(_, section)| changelog.body_text(section)).collect()
}

fn final_of(version: &Version) -> Version {
    Version::new(version.release()).with_epoch(version.epoch())
}
