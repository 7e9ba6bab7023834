/// A version as tags write it. Ordered by numbers, then stage, then revisions:
/// `1.2.3-rc.1` < `1.2.3` < `1.2.3-1` < `1.2.10`; `v3-20250911` < `v3-20251001`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagVersion {
    pub(super) numbers: Vec<u64>,
    pub(super) stage: Stage,
    /// Numbers after the stage: a revision, a build number, a date.
    pub(super) revisions: Vec<u64>,
}

impl TagVersion {
    /// Whether this names a line that the other one belongs to: `1.2` of `1.2.3`.
    pub(crate) fn is_line_of(&self, other: &Self) -> bool {
        self.stage == Stage::Final
            && self.revisions.is_empty()
            && other.numbers.len() > self.numbers.len()
            && other.numbers.starts_with(&self.numbers)
    }

    /// Whether `other` comes after every version with the same numbers.
    pub(crate) fn has_lower_numbers_than(&self, other: &Self) -> bool {
        self.numbers < other.numbers
    }
}

/// How far from final, with the numbers that follow the word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Stage {
    /// `dev`, `snapshot`, `nightly`.
    Development(Vec<u64>),
    /// `alpha`, `a`.
    Alpha(Vec<u64>),
    /// `beta`, `b`.
    Beta(Vec<u64>),
    /// `rc`, `c`, `pre`, `preview`.
    Candidate(Vec<u64>),
    /// No such word.
    Final,
}
