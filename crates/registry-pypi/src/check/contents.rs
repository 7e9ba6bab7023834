//! Rules on what is inside the archive, on its size and on what lies beside it.

use std::collections::HashSet;

use super::{Findings, Severity};
use crate::{Distribution, DistributionKind, distribution::MOST_ATTESTATIONS};

/// Default limit of a file on PyPI, in bytes (warehouse, `ONE_MIB * 100`).
pub const FILE_LIMIT: u64 = 100 << 20;

/// A wheel that unpacks to more than this, and to more than [`RATIO`] times its
/// size, counts as a bomb (`COMPRESSION_RATIO_MIN_SIZE` of warehouse).
const RATIO_APPLIES_FROM: u64 = 64 << 20;
const RATIO: u64 = 50;

pub(super) fn check(distribution: &Distribution, findings: &mut Findings) {
    check_size(distribution, findings);
    check_attestations(distribution, findings);
    check_licenses(distribution, findings);
    if distribution.kind() == DistributionKind::Wheel {
        check_wheel(distribution, findings);
    }
}

fn check_size(distribution: &Distribution, findings: &mut Findings) {
    let (size, unpacked) = (distribution.size(), distribution.contents().unpacked);
    if size > FILE_LIMIT {
        let text = "larger than 100 MiB, the limit of a file unless PyPI raised it for the project";
        findings.refuse("size", text);
    }
    let wheel = distribution.kind() == DistributionKind::Wheel;
    if wheel && unpacked > RATIO_APPLIES_FROM && unpacked / size.max(1) > RATIO {
        let text = format!("unpacks to more than {RATIO} times its size");
        findings.refuse("compression-ratio", text);
    }
}

fn check_wheel(distribution: &Distribution, findings: &mut Findings) {
    let contents = distribution.contents();
    if let Some(member) = contents.strangely_packed.first() {
        let text = format!("`{member}` is packed otherwise than stored or deflated");
        findings.refuse("compression", text);
    }
    let wheel = format!("{}/WHEEL", contents.folder);
    if !contents.members.contains(&wheel) {
        findings.add(Severity::Broken, "wheel-file", format!("has no {wheel}"));
    }
    match &contents.record {
        None => findings.refuse("record", format!("has no {}/RECORD", contents.folder)),
        Some(record) => check_record(record, distribution, findings),
    }
}

/// PyPI takes such wheels and writes to the maintainers.
fn check_record(record: &str, distribution: &Distribution, findings: &mut Findings) {
    let contents = distribution.contents();
    let listed: HashSet<&str> = record.lines().filter_map(recorded_path).collect();
    let exempt = ["RECORD", "RECORD.jws", "RECORD.p7s"].map(|f| format!("{}/{f}", contents.folder));
    let is_file = |member: &&String| {
        let prefix = format!("{member}/");
        !exempt.contains(member) && !contents.members.iter().any(|m| m.starts_with(&prefix))
    };
    let unlisted = contents.members.iter().filter(|m| !listed.contains(m.as_str())).find(is_file);
    if let Some(member) = unlisted {
        findings.question("record", format!("RECORD does not list `{member}`"));
    }
    let members: HashSet<&str> = contents.members.iter().map(String::as_str).collect();
    if let Some(path) = listed.iter().find(|path| !members.contains(*path)) {
        findings.question("record", format!("RECORD lists `{path}`, which is not there"));
    }
}

/// First column of a line of CSV, which may be quoted.
fn recorded_path(line: &str) -> Option<&str> {
    let path = match line.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => line.split(',').next(),
    };
    path.filter(|path| !path.is_empty())
}

fn check_licenses(distribution: &Distribution, findings: &mut Findings) {
    let contents = distribution.contents();
    let folder = match distribution.kind() {
        DistributionKind::Wheel => format!("{}/licenses", contents.folder),
        DistributionKind::Sdist => contents.folder.clone(),
    };
    for file in distribution.metadata().license_files() {
        let wanted = format!("{folder}/{file}");
        if !contents.members.contains(&wanted) {
            findings
                .refuse("license-file", format!("declares License-File {file}, has no {wanted}"));
        }
    }
}

fn check_attestations(distribution: &Distribution, findings: &mut Findings) {
    let attestations = distribution.attestations();
    if attestations.len() > MOST_ATTESTATIONS {
        let text = format!("{} attestations; at most {MOST_ATTESTATIONS}", attestations.len());
        findings.refuse("attestations", text);
    }
    for attestation in attestations.iter().filter(|attestation| !attestation.is_object()) {
        let text = format!("the `{}` attestation is no JSON object", attestation.kind);
        findings.refuse("attestations", text);
    }
}
