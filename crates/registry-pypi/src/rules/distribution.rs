use super::{
    Finding, contents::check_contents, finding::Findings, metadata::check_metadata,
    name::check_name,
};
use crate::Distribution;

/// Applies the upload rules of PyPI without a request. Empty when nothing
/// speaks against an upload.
#[must_use]
pub fn check_distribution(distribution: &Distribution) -> Vec<Finding> {
    let mut findings = Findings::new(distribution.file_name());
    check_name(distribution.parsed_name(), distribution.metadata(), &mut findings);
    check_metadata(distribution.metadata(), &mut findings);
    check_contents(distribution, &mut findings);
    findings.into_vec()
}
