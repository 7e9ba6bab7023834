use std::collections::HashMap;

use super::candidates::Candidate;
use crate::TagVersion;

/// Which version each tag stands for, and how many of its family are newer.
///
/// A tag that names a line of versions, `1.2` where there is `1.2.3`, stands for
/// the version of that line whose image it shares. If it shares none it may be any
/// version of its line: what is newer than the whole line is newer than it.
pub(super) struct Ranking(Vec<Option<Standing>>);

/// The place of a tag among the versions of its family.
pub(super) struct Standing {
    version: TagVersion,
    /// Whether it is that version, rather than one of that line.
    pub(super) is_exact: bool,
    /// Distinct versions of the family that are newer for certain.
    pub(super) newer: usize,
}

impl Standing {
    /// Whether the other one is newer for certain.
    pub(super) fn is_older_than(&self, other: &Self) -> bool {
        other.is_exact && is_newer(&other.version, &self.version, self.is_exact)
    }
}

fn is_newer(other: &TagVersion, version: &TagVersion, is_exact: bool) -> bool {
    other > version && (is_exact || !version.is_line_of(other))
}

impl Ranking {
    /// Ranks candidates that are sorted by repository, family and version.
    pub(super) fn new(candidates: &[Candidate<'_>]) -> Self {
        let families = candidates.chunk_by(|a, b| a.group == b.group);
        Self(families.flat_map(rank_family).collect())
    }

    pub(super) fn of(&self, candidate: usize) -> Option<&Standing> {
        self.0[candidate].as_ref()
    }
}

fn rank_family(members: &[Candidate<'_>]) -> Vec<Option<Standing>> {
    let mut ascending: Vec<_> = members.iter().rev().filter_map(Candidate::version).collect();
    ascending.dedup();
    let is_line = |version: &TagVersion| has_longer(version, &ascending);
    let versions: Vec<_> = ascending.iter().copied().filter(|it| !is_line(it)).collect();
    let mut of_image: HashMap<usize, Vec<&TagVersion>> = HashMap::new();
    for member in members {
        let version = member.version().filter(|version| !is_line(version));
        of_image.entry(member.image).or_default().extend(version);
    }
    let standing = |member: &Candidate<'_>| {
        let own = member.version()?;
        let of_line = || of_image[&member.image].iter().find(|one| own.is_line_of(one)).copied();
        let exact = if is_line(own) { of_line() } else { Some(own) };
        let (version, is_exact) = (exact.unwrap_or(own), exact.is_some());
        let not_newer = |other: &&TagVersion| !is_newer(other, version, is_exact);
        let newer = versions.len() - versions.partition_point(not_newer);
        Some(Standing { version: version.clone(), is_exact, newer })
    };
    members.iter().map(standing).collect()
}

/// Whether one of the versions is longer and begins with this one. If there is
/// any, the first with higher numbers is one.
fn has_longer(version: &TagVersion, ascending: &[&TagVersion]) -> bool {
    let next = ascending.partition_point(|other| !version.has_lower_numbers_than(other));
    ascending.get(next).is_some_and(|next| version.is_line_of(next))
}
