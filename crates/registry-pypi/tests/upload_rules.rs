//! PyPI's rules, applied to files on disk: each broken rule is found offline, and
//! the embedded index refuses the file, too.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{
    fs::File,
    io::{Cursor, Write as _},
    path::Path,
};

use flate2::{Compression, write::GzEncoder};
use registry_pypi::{
    Distribution, Finding, IndexError, Severity, UploadRules, UploadSet, check_distribution,
    upload_order,
};
use rehearsal::index::{IndexOptions, sample::Sample};
use support::{built, opened, package_index, token, writer};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

const METADATA: &str = "Metadata-Version: 2.4\nName: greeter\nVersion: 0.1.0\n\
    Description-Content-Type: text/markdown\n\nPrints a greeting.\n";

/// A wheel with this name and these members below `greeter-0.1.0.dist-info/`.
fn wheel(folder: &Path, name: &str, members: &[(&str, &str)]) -> Distribution {
    let stem: Vec<&str> = name.splitn(3, '-').collect();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (path, content) in members {
        zip.start_file(format!("{}-{}.dist-info/{path}", stem[0], stem[1]), options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    let path = folder.join(name);
    std::fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
    opened(path)
}

fn good_members(metadata: &str) -> Vec<(&str, &str)> {
    vec![
        ("METADATA", metadata),
        ("WHEEL", "Wheel-Version: 1.0\n"),
        (
            "RECORD",
            "greeter-0.1.0.dist-info/METADATA,,\ngreeter-0.1.0.dist-info/WHEEL,,\n\
             greeter-0.1.0.dist-info/RECORD,,\n",
        ),
    ]
}

fn sdist(folder: &Path, name: &str, files: &[(&str, &str)]) -> Result<Distribution, IndexError> {
    let path = folder.join(name);
    let mut tar =
        tar::Builder::new(GzEncoder::new(File::create(&path).unwrap(), Compression::fast()));
    for (member, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, member, content.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
    Distribution::open(path)
}

fn rules(findings: &[Finding]) -> Vec<&'static str> {
    let refused = findings.iter().filter(|finding| UploadRules::Pypi.refuse(finding));
    refused.map(|finding| finding.rule).collect()
}

const WHEEL: &str = "greeter-0.1.0-py3-none-any.whl";

#[test]
fn what_a_build_tool_makes_breaks_no_rule() {
    let built = built(&Sample::new("My.Greeter", "1.0rc1").requires_python(">=3.8"));
    for distribution in [&built.wheel, &built.sdist] {
        assert_eq!(check_distribution(distribution), [], "{}", distribution.file_name());
    }
    assert_eq!(built.wheel.project(), "my-greeter");
    let metadata = built.wheel.pep658_metadata().unwrap();
    assert!(metadata.starts_with(b"Metadata-Version"));
    assert!(built.sdist.pep658_metadata().is_none());
}

#[tokio::test]
async fn every_broken_rule_of_the_metadata_is_found_before_the_index_finds_it() {
    let (_index, endpoints) = package_index(IndexOptions::default());
    for (change, rule) in [
        ("Name: greeter|Name: other", "name-mismatch"),
        ("Version: 0.1.0|Version: 0.2.0", "version-mismatch"),
        ("Version: 0.1.0|Version: 0.1.0+local", "local-version"),
        ("Version: 0.1.0|Version: nonsense", "version"),
        ("Metadata-Version: 2.4|Metadata-Version: 9.9", "metadata-version"),
        ("Metadata-Version: 2.4|Metadata-Version: 1.2", "field-too-new"),
        ("text/markdown|text/html", "description-type"),
        ("text/markdown|text/markdown\nRequires-Python: three", "requires-python"),
        (
            "text/markdown|text/markdown\nRequires-Dist: x @ https://forge.example/x.whl",
            "requires-dist",
        ),
        ("text/markdown|text/markdown\nClassifier: Private :: Do Not Upload", "private"),
        ("text/markdown|text/markdown\nClassifier: Nonsense", "classifier"),
        ("text/markdown|text/markdown\nProject-URL: https://forge.example", "project-url"),
        ("text/markdown|text/markdown\nHome-page: forge.example", "url"),
        ("text/markdown|text/markdown\nAuthor-email: nobody", "email"),
        ("text/markdown|text/markdown\nLicense-File: LICENSE", "license-file"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = change.split_once('|').unwrap();
        let metadata = METADATA.replace(old, new);
        let wheel = wheel(folder.path(), WHEEL, &good_members(&metadata));
        let findings = check_distribution(&wheel);
        assert!(rules(&findings).contains(&rule), "{rule}: {findings:?}");
        let error = writer(&endpoints).upload(&wheel, &token(), None).await.unwrap_err();
        assert!(matches!(error, IndexError::BadMetadata { .. }), "{rule}: {error:?}");
    }
}

#[tokio::test]
async fn every_broken_rule_of_names_and_archives_is_found_too() {
    let (_index, endpoints) = package_index(IndexOptions::default());
    let folder = tempfile::tempdir().unwrap();
    let good = good_members(METADATA);
    let without = |file: &str| -> Vec<(&str, &str)> {
        good.iter().filter(|(name, _)| *name != file).copied().collect()
    };
    for (name, members, rule) in [
        ("greeter-0.1.0-cp311-cp311-linux_x86_64.whl", good.clone(), "platform-tag"),
        ("Greeter-0.1.0-py3-none-any.whl", good.clone(), "wheel-name"),
        (WHEEL, without("RECORD"), "record"),
        (WHEEL, without("WHEEL"), "wheel-file"),
    ] {
        let wheel = wheel(folder.path(), name, &members);
        let findings = check_distribution(&wheel);
        assert!(rules(&findings).contains(&rule), "{rule}: {findings:?}");
        let error = writer(&endpoints).upload(&wheel, &token(), None).await.unwrap_err();
        assert!(matches!(error, IndexError::BadMetadata { .. }), "{rule}: {error:?}");
    }
}

#[test]
fn an_sdist_is_named_exactly_as_pep_625_requires() {
    let folder = tempfile::tempdir().unwrap();
    let metadata = METADATA.replace("Name: greeter", "Name: my-greeter");
    for (name, fits) in [
        ("my_greeter-0.1.0.tar.gz", true),
        ("my-greeter-0.1.0.tar.gz", false),
        ("my_greeter-0.1.tar.gz", false),
    ] {
        let files = [("my_greeter-0.1.0/PKG-INFO", &*metadata), ("my_greeter-0.1.0/setup.py", "")];
        let sdist = sdist(folder.path(), name, &files).unwrap();
        assert_eq!(!rules(&check_distribution(&sdist)).contains(&"sdist-name"), fits, "{name}");
    }
}

#[test]
fn a_file_that_is_not_a_distribution_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(WHEEL), "x").unwrap();
    let wheel = Distribution::open(folder.path().join(WHEEL)).unwrap_err();
    assert!(wheel.to_string().contains("not a ZIP archive"), "{wheel}");
    let loose = [("PKG-INFO", METADATA), ("setup.py", "")];
    let loose = sdist(folder.path(), "greeter-0.1.0.tar.gz", &loose).unwrap_err();
    assert!(loose.to_string().contains("one common folder"), "{loose}");
    let other = Distribution::open(folder.path().join("greeter-0.1.0.egg")).unwrap_err();
    assert!(other.to_string().contains("neither in .whl"), "{other}");
    let missing = Distribution::open(folder.path().join("x-1.tar.gz")).unwrap_err();
    assert!(matches!(missing, IndexError::Read { .. }));
}

#[test]
fn a_record_that_forgets_a_file_is_questionable_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut members = good_members(METADATA);
    members.push(("extra.txt", "x"));
    let wheel = wheel(folder.path(), WHEEL, &members);
    let findings = check_distribution(&wheel);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].rule, findings[0].severity), ("record", Severity::Questionable));
}

#[test]
fn wheels_go_first_and_the_sdist_last() {
    let built = built(&Sample::new("greeter", "0.1.0"));
    let ordered = upload_order(vec![built.sdist, built.wheel]);
    let names: Vec<&str> = ordered.iter().map(|d| d.file_name()).collect();
    assert_eq!(names, [WHEEL, "greeter-0.1.0.tar.gz"]);
}

#[test]
fn a_set_is_one_release_and_every_finding_is_reported_at_once() {
    let first = built(&Sample::new("greeter", "0.1.0"));
    let second = built(&Sample::new("greeter", "0.2.0"));
    let mixed = vec![first.wheel.clone(), first.wheel.clone(), first.sdist, second.sdist];
    let error = UploadSet::new(mixed, UploadRules::Pypi, &[]).unwrap_err();
    let IndexError::Rejected { findings } = error else { panic!("{error:?}") };
    assert_eq!(rules(&findings), ["duplicate", "one-release", "second-sdist"]);
}

#[test]
fn a_wheel_that_was_only_renamed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let wheel = Sample::new("greeter", "0.1.0").wheel();
    let names = [WHEEL, "greeter-0.1.0-py3-none-win32.whl"];
    let files = names.map(|name| {
        let path = folder.path().join(name);
        std::fs::write(&path, wheel.bytes()).unwrap();
        Distribution::open(path).unwrap()
    });
    let error = UploadSet::new(files.to_vec(), UploadRules::Pypi, &[]).unwrap_err();
    let IndexError::Rejected { findings } = error else { panic!("{error:?}") };
    assert_eq!(rules(&findings), ["same-content"]);
}

#[test]
fn a_private_index_enforces_less_and_a_rule_can_be_tolerated() {
    let folder = tempfile::tempdir().unwrap();
    let name = "greeter-0.1.0+local-py3-none-any.whl";
    let metadata = METADATA.replace("0.1.0", "0.1.0+local");
    let members = [("METADATA", metadata.as_str()), ("WHEEL", ""), ("RECORD", "")];
    let wheel = || vec![wheel(folder.path(), name, &members)];
    assert!(UploadSet::new(wheel(), UploadRules::Pypi, &[]).is_err());
    let tolerant = UploadSet::new(wheel(), UploadRules::Pypi, &["local-version"]);
    assert!(!tolerant.unwrap().remarks().is_empty());
    assert!(UploadSet::new(wheel(), UploadRules::Basic, &[]).is_ok());
}

#[tokio::test]
async fn the_set_is_checked_against_what_the_index_has() {
    let (index, endpoints) = package_index(IndexOptions::default());
    let (first, other) = (built(&sample("hello")), built(&sample("goodbye")));
    writer(&endpoints).upload(&first.wheel, &token(), None).await.unwrap();
    let listing = support::reader(&endpoints).listing("greeter").await.unwrap();
    let now = index.clock().now();
    let later = now + std::time::Duration::from_secs(15 * 86_400);
    let set = |built: &support::Built| {
        let both = vec![built.wheel.clone(), built.sdist.clone()];
        UploadSet::new(both, endpoints.rules, &[]).unwrap()
    };
    assert_eq!(set(&first).check_against(&listing, now), []);
    assert_eq!(rules(&set(&other).check_against(&listing, now)), ["name-used"]);
    assert_eq!(rules(&set(&first).check_against(&listing, later)), ["release-age"]);
}

fn sample(greeting: &str) -> Sample {
    Sample::new("greeter", "0.1.0").greeting(greeting)
}
