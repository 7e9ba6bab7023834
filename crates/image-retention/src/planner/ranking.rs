use std::collections::HashMap;

use super::candidates::Candidate;
use crate::TagVersion;

/// The version of each tag, and how many versions of its family are newer.
///
/// A tag that names a line of versions, `1.2` beside `1.2.3`, has the version of that
/// line whose image it shares. If it shares none it may be any version of its line:
/// only what is newer than the whole line is newer than it.
pub(super) struct Ranking(Vec<Option<VersionRank>>);

/// The rank of a tag among the versions of its family.
pub(super) struct VersionRank {
    version: TagVersion,
    /// Whether it is that version, rather than an unknown one of that line.
    pub(super) is_exact: bool,
    /// Distinct versions of the family that are certainly newer.
    pub(super) newer: usize,
}

impl VersionRank {
    /// Whether the other version is certainly newer.
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        other.is_exact && is_newer(&other.version, &self.version, self.is_exact)
    }
}

impl Ranking {
    /// Ranks candidates that are sorted by repository, family and version.
    pub(super) fn new(candidates: &[Candidate<'_>]) -> Self {
        let families = candidates.chunk_by(|a, b| a.group == b.group);
        Self(families.flat_map(rank_family).collect())
    }

    pub(super) fn rank(&self, candidate: usize) -> Option<&VersionRank> {
        self.0[candidate].as_ref()
    }
}

fn rank_family(members: &[Candidate<'_>]) -> Vec<Option<VersionRank>> {
    let family = FamilyVersions::new(members);
    members.iter().map(|member| family.rank(member)).collect()
}

/// The versions of one family.
struct FamilyVersions<'c> {
    /// All of them, the oldest first.
    ascending: Vec<&'c TagVersion>,
    /// Those that are not lines of longer ones, the oldest first.
    full: Vec<&'c TagVersion>,
    /// The full versions of each image.
    by_image: HashMap<usize, Vec<&'c TagVersion>>,
}

impl<'c> FamilyVersions<'c> {
    fn new(members: &'c [Candidate<'_>]) -> Self {
        let mut ascending: Vec<_> = members.iter().rev().filter_map(Candidate::version).collect();
        ascending.dedup();
        let full: Vec<_> =
            ascending.iter().copied().filter(|version| !is_line(version, &ascending)).collect();
        let mut by_image: HashMap<usize, Vec<&TagVersion>> = HashMap::new();
        for member in members {
            let version = member.version().filter(|version| !is_line(version, &ascending));
            by_image.entry(member.image).or_default().extend(version);
        }
        Self { ascending, full, by_image }
    }

    fn rank(&self, member: &Candidate<'_>) -> Option<VersionRank> {
        let version = member.version()?;
        let exact = if is_line(version, &self.ascending) {
            let of_image = self.by_image[&member.image].iter();
            of_image.copied().find(|other| version.is_line_of(other))
        } else {
            Some(version)
        };
        let (version, is_exact) = (exact.unwrap_or(version), exact.is_some());
        let not_newer = self.full.partition_point(|other| !is_newer(other, version, is_exact));
        Some(VersionRank { version: version.clone(), is_exact, newer: self.full.len() - not_newer })
    }
}

fn is_newer(other: &TagVersion, version: &TagVersion, is_exact: bool) -> bool {
    other > version && (is_exact || !version.is_line_of(other))
}

/// Whether one of the versions is longer and begins with this one. If there is any,
/// the first with higher numbers is one.
fn is_line(version: &TagVersion, ascending: &[&TagVersion]) -> bool {
    let next = ascending.partition_point(|other| !version.has_lower_numbers_than(other));
    ascending.get(next).is_some_and(|next| version.is_line_of(next))
}
