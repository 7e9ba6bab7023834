//! All distributions of one release, judged and in order before byte one.

use std::time::SystemTime;

use crate::{
    Distribution, Finding, IndexError, Listing, Presence, Probe, UploadRules, check, upload_order,
};

/// The distributions of one release, fit for upload and in the order of upload.
#[derive(Debug, Clone)]
pub struct UploadSet {
    distributions: Vec<Distribution>,
    remarks: Vec<Finding>,
}

impl UploadSet {
    /// Judges all distributions at once. Rules named in `tolerated` (such as
    /// `size`, where PyPI raised the limit) do not stand in the way.
    ///
    /// # Errors
    /// [`IndexError::Rejected`] with every finding that an index with these
    /// rules would refuse.
    pub fn new(
        distributions: Vec<Distribution>,
        rules: UploadRules,
        tolerated: &[&str],
    ) -> Result<Self, IndexError> {
        let all = check::distributions(&distributions);
        let (refused, remarks): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|finding| rules.refuse(finding) && !tolerated.contains(&finding.rule));
        if !refused.is_empty() {
            return Err(IndexError::Rejected { findings: refused });
        }
        Ok(Self { distributions: upload_order(distributions), remarks })
    }

    /// The set without the files that the index has already, with the same bytes.
    #[must_use]
    pub fn missing_from(mut self, probe: &Probe) -> Self {
        let there = |distribution: &Distribution| {
            let same = probe.files.iter().filter(|file| file.presence == Presence::Identical);
            same.into_iter().any(|file| file.file_name == distribution.file_name())
        };
        self.distributions.retain(|distribution| !there(distribution));
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
    /// are used, a release too old for new files, another sdist, the quota. Files
    /// that are there with the same bytes give none.
    #[must_use]
    pub fn check_against(&self, listing: &Listing, now: SystemTime) -> Vec<Finding> {
        check::against_listing(&self.distributions, listing, now)
    }

    /// Findings that do not stand in the way.
    #[must_use]
    pub fn remarks(&self) -> &[Finding] {
        &self.remarks
    }
}
