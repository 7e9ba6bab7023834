//! The upload rules of PyPI, applied before the first byte is sent.
//!
//! Sources: `warehouse/forklift/legacy.py` and `metadata.py` of pypi/warehouse.
//! What only PyPI can know is left to it: whether a description renders, whether
//! a classifier exists, quotas that were raised.

mod contents;
mod fields;
mod finding;
mod listed;
mod name;
mod platform;
mod requirement;
mod set;

pub use contents::FILE_LIMIT;
pub use finding::{Finding, Severity, UploadRules};
pub use set::upload_order;

pub(crate) use finding::Findings;
pub(crate) use listed::check as against_listing;
pub(crate) use set::check as distributions;

use crate::Distribution;

/// All findings on one distribution.
pub(crate) fn distribution(distribution: &Distribution) -> Vec<Finding> {
    let mut findings = Findings::on(distribution.file_name());
    name::check(distribution.parsed_name(), distribution.metadata(), &mut findings);
    fields::check(distribution.metadata(), &mut findings);
    contents::check(distribution, &mut findings);
    findings.into_vec()
}
