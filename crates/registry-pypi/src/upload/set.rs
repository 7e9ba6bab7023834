//! All distributions of one release, checked and ordered before the upload.

use std::time::SystemTime;

use probe::Probe;

use crate::{
    Distribution, Finding, IndexError, IndexProbe, IndexProbeError, Listing, UploadRules,
    rules::{check_against_listing, check_set},
    upload_order,
};

/// The distributions of one release, fit for upload and in the order of upload.
#[derive(Debug, Clone)]
pub struct UploadSet {
    distributions: Vec<Distribution>,
    remarks: Vec<Finding>,
}

impl UploadSet {
    /// Checks all distributions at once. Broken rules that are named in
    /// `tolerated` (such as `size`, if PyPI raised the limit) are ignored.
    ///
    /// # Errors
    /// [`IndexError::Rejected`] with every finding that an index with these
    /// rules would refuse.
    pub fn new(
        distributions: Vec<Distribution>,
        rules: UploadRules,
        tolerated: &[&str],
    ) -> Result<Self, IndexError> {
        let all = check_set(&distributions);
        let (refused, remarks): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|finding| rules.refuse(finding) && !tolerated.contains(&finding.rule));
        if !refused.is_empty() {
            return Err(IndexError::Rejected { findings: refused });
        }
        Ok(Self { distributions: upload_order(distributions), remarks })
    }

    /// The set without the files that the index has with the same content. A
    /// file whose state is unknown stays in the set.
    #[must_use]
    pub fn missing_from(mut self, probe: &IndexProbe) -> Self {
        let state = match probe {
            Probe::Absent | Probe::Unknown(IndexProbeError::Query(_)) => return self,
            Probe::Identical(state)
            | Probe::Partial(state)
            | Probe::Diverged(state)
            | Probe::Unknown(IndexProbeError::Files(state)) => state,
        };
        self.distributions.retain(|file| !state.has_identical(file.file_name()));
        self
    }

    /// Keeps only the distributions that `keep` selects.
    pub fn retain(&mut self, keep: impl FnMut(&Distribution) -> bool) {
        self.distributions.retain(keep);
    }

    /// The distributions in the order of upload.
    #[must_use]
    pub fn distributions(&self) -> &[Distribution] {
        &self.distributions
    }

    /// Findings that depend on what the index lists of the project: names that
    /// are taken, a release too old for new files, another sdist, the quota.
    /// Files that the index has with the same content give none.
    #[must_use]
    pub fn check_against(&self, listing: &Listing, now: SystemTime) -> Vec<Finding> {
        check_against_listing(&self.distributions, listing, now)
    }

    /// Findings that do not prevent the upload.
    #[must_use]
    pub fn remarks(&self) -> &[Finding] {
        &self.remarks
    }
}
