//! Rules on the content and the size of an archive, and on its attestations.

use std::collections::HashSet;

use super::finding::Findings;
use crate::{Distribution, DistributionKind, distribution::MAX_ATTESTATIONS};

/// Default limit of a file on PyPI, in bytes (warehouse, `ONE_MIB * 100`).
pub const FILE_LIMIT: u64 = 100 << 20;

/// A wheel that unpacks to more than this, and to more than [`RATIO`] times its
/// size, counts as a bomb (`COMPRESSION_RATIO_MIN_SIZE` of warehouse).
const RATIO_APPLIES_FROM: u64 = 64 << 20;
const RATIO: u64 = 50;

pub(super) fn check_contents(distribution: &Distribution, findings: &mut Findings) {
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
        findings.refused("size", text);
    }
    let wheel = distribution.kind() == DistributionKind::Wheel;
    if wheel && unpacked > RATIO_APPLIES_FROM && unpacked / size.max(1) > RATIO {
        let text = format!("unpacks to more than {RATIO} times its size");
        findings.refused("compression-ratio", text);
    }
}

fn check_wheel(distribution: &Distribution, findings: &mut Findings) {
    let contents = distribution.contents();
    if let Some(member) = contents.badly_compressed.first() {
        let text = format!("`{member}` is compressed, but not with deflate");
        findings.refused("compression", text);
    }
    let wheel = format!("{}/WHEEL", contents.folder);
    if !contents.members.contains(&wheel) {
        findings.broken("wheel-file", format!("has no {wheel}"));
    }
    match &contents.record {
        None => findings.refused("record", format!("has no {}/RECORD", contents.folder)),
        Some(record) => check_record(record, distribution, findings),
    }
}

/// PyPI accepts such wheels and writes to the maintainers.
fn check_record(record: &str, distribution: &Distribution, findings: &mut Findings) {
    let contents = distribution.contents();
    let listed: HashSet<&str> = record.lines().filter_map(recorded_path).collect();
    let exempt =
        ["RECORD", "RECORD.jws", "RECORD.p7s"].map(|name| format!("{}/{name}", contents.folder));
    let unlisted = contents.members.iter().find(|member| {
        !listed.contains(member.as_str())
            && !exempt.contains(member)
            && !is_folder(member, &contents.members)
    });
    if let Some(member) = unlisted {
        findings.questionable("record", format!("RECORD does not list `{member}`"));
    }
    let members: HashSet<&str> = contents.members.iter().map(String::as_str).collect();
    if let Some(path) = listed.iter().find(|path| !members.contains(*path)) {
        findings.questionable("record", format!("RECORD lists `{path}`, which is missing"));
    }
}

fn is_folder(member: &str, members: &[String]) -> bool {
    let prefix = format!("{member}/");
    members.iter().any(|other| other.starts_with(&prefix))
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
        let path = format!("{folder}/{file}");
        if !contents.members.contains(&path) {
            findings
                .refused("license-file", format!("declares License-File {file}, has no {path}"));
        }
    }
}

fn check_attestations(distribution: &Distribution, findings: &mut Findings) {
    let attestations = distribution.attestations();
    if attestations.len() > MAX_ATTESTATIONS {
        let text = format!("{} attestations; at most {MAX_ATTESTATIONS}", attestations.len());
        findings.refused("attestations", text);
    }
    for attestation in attestations.iter().filter(|attestation| !attestation.is_object()) {
        let text = format!("the `{}` attestation is not a JSON object", attestation.kind);
        findings.refused("attestations", text);
    }
}
