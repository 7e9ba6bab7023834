//! Installations from the embedded index, over HTTP.

use std::time::Duration;

use python_project::{CommandCheck, InstallCheck, InstallSource, Python, PythonError};
use rehearsal::index::{
    self, ApiToken, Delay, IndexOptions,
    sample::{Sample, SampleFile},
};
use transport::{Authorization, FilePart, HttpClient, Multipart, Request};

/// An index with the wheel of a sample.
async fn served(sample: &Sample, version: &str, delay: Delay) -> (index::PackageIndex, SampleFile) {
    let options = IndexOptions::default().token(ApiToken::for_account("pypi-test"));
    let index = index::PackageIndex::start(options).unwrap();
    index.delay_pages(delay);
    let (folder, wheel) = (tempfile::tempdir().unwrap(), sample.wheel());
    let path = wheel.write_to(folder.path()).unwrap();
    let part = FilePart { path, offset: 0, length: wheel.bytes().len() as u64 };
    let fields = [
        (":action", "file_upload"),
        ("protocol_version", "1"),
        ("filetype", "bdist_wheel"),
        ("pyversion", "py3"),
        ("metadata_version", "2.1"),
        ("name", "sample"),
        ("version", version),
        ("sha256_digest", &wheel.sha256()),
    ];
    let form = Multipart::new("content", wheel.filename(), part);
    let form = fields.iter().fold(form, |form, (name, value)| form.field(name, *value));
    let secret = Authorization::Basic { user: "__token__".into(), password: "pypi-test".into() };
    let request = Request::post(index.upload_url().parse().unwrap(), form);
    let http = HttpClient::new("tidegate-test/1").unwrap();
    http.fetch_ok(&request.authorization(Some(secret)), 1 << 20).await.unwrap();
    (index, wheel)
}

fn check(index: &index::PackageIndex, version: &str) -> InstallCheck {
    InstallCheck {
        name: "sample".to_owned(),
        version: version.to_owned(),
        source: InstallSource::Index { index: index.simple_url().parse().unwrap(), extra: vec![] },
        no_deps: true,
        modules: Some(vec!["sample".to_owned()]),
        extras: vec![],
        commands: vec![CommandCheck { argv: vec!["sample".into()], prints: vec![version.into()] }],
        python: Python::new("python3"),
    }
}

#[tokio::test]
async fn the_file_that_was_uploaded_is_the_file_that_is_installed() {
    let (index, wheel) = served(&Sample::new("sample", "1.0.0"), "1.0.0", Delay::None).await;
    let report = check(&index, "1.0.0").run(&|_| ()).await.unwrap();
    assert_eq!(report.selected.file, wheel.filename());
    assert_eq!(report.selected.sha256, Some(wheel.sha256()));
    assert!(report.ran[0].1.contains("1.0.0"));
}

#[tokio::test]
async fn a_version_that_is_recorded_and_not_yet_listed_is_not_offered() {
    let delay = Delay::For(Duration::from_secs(3600));
    let (index, _) = served(&Sample::new("sample", "1.0.0"), "1.0.0", delay).await;
    let error = check(&index, "1.0.0").select().await.unwrap_err();
    assert!(matches!(error, PythonError::NotOffered { .. }), "{error}");
    index.settle_pages();
    check(&index, "1.0.0").select().await.unwrap();
}

#[tokio::test]
async fn a_version_for_other_pythons_is_not_offered_to_this_one() {
    let sample = Sample::new("sample", "1.0.0").requires_python("<3");
    let (index, _) = served(&sample, "1.0.0", Delay::None).await;
    // The index lists only what the form had, so pip reads it from the file.
    let error = check(&index, "1.0.0").run(&|_| ()).await.unwrap_err();
    assert!(matches!(error, PythonError::NotOffered { .. }), "{error}");
}
