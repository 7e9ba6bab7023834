//! Real clients against the embedded index, which must behave as they do with PyPI.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod index_support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use index_support::tools::{ToolOutput, run, tool};
use index_support::{TOKEN, index};
use rehearsal::Fault;
use rehearsal::index::sample::Sample;
use rehearsal::index::{Delay, PackageIndex, UploadCount};
use tempfile::TempDir;

const WHEEL: &str = "greeter-0.1.0-py3-none-any.whl";

fn sample() -> Sample {
    Sample::new("greeter", "0.1.0").requires_python(">=3.8")
}

/// An index, a folder with a wheel and an sdist, and an empty home for the tools.
struct Scene {
    index: PackageIndex,
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        Self::with(index())
    }

    fn with(index: PackageIndex) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in [sample().wheel(), sample().sdist()] {
            file.write_to(folder.path()).unwrap();
        }
        Self { index, folder }
    }

    /// An index that already contains the sample.
    fn filled() -> Self {
        let scene = Self::new();
        assert_eq!(scene.uv_publish(scene.both()).code, 0);
        scene
    }

    fn fault(self, fault: Fault) -> Self {
        self.index.faults().inject(fault.method("POST").path_prefix("/legacy/"));
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn both(&self) -> Vec<PathBuf> {
        [sample().wheel(), sample().sdist()].map(|file| self.path(file.filename())).into()
    }

    fn wheel(&self) -> Vec<PathBuf> {
        vec![self.path(WHEEL)]
    }

    fn tool(&self, name: &str) -> Command {
        let mut command = tool(name);
        command.env("HOME", self.folder.path()).env("UV_CACHE_DIR", self.path("uv-cache"));
        command
    }

    fn twine(&self, files: Vec<PathBuf>) -> ToolOutput {
        let mut command = self.tool("twine");
        command
            .args(["upload", "--non-interactive", "--disable-progress-bar", "--verbose"])
            .args(["--repository-url", &self.index.upload_url()])
            .args(files)
            .env("TWINE_USERNAME", "__token__")
            .env("TWINE_PASSWORD", TOKEN);
        run(&mut command)
    }

    fn uv_publish(&self, files: Vec<PathBuf>) -> ToolOutput {
        let mut command = self.tool("uv");
        command
            .args(["publish", "--publish-url", &self.index.upload_url()])
            .args(files)
            .env("UV_PUBLISH_TOKEN", TOKEN);
        run(&mut command)
    }

    fn uv_publish_checked(&self, files: Vec<PathBuf>) -> ToolOutput {
        let mut command = self.tool("uv");
        command
            .args(["publish", "--publish-url", &self.index.upload_url()])
            .args(["--check-url", &self.index.simple_url()])
            .args(files)
            .env("UV_PUBLISH_TOKEN", TOKEN);
        run(&mut command)
    }

    fn pip(&self, arguments: &[&str]) -> ToolOutput {
        let simple = self.index.simple_url();
        let mut command = self.tool("pip");
        command.args(arguments).args(["--no-cache-dir", "--index-url", &simple]);
        run(&mut command)
    }

    fn uploads(&self, filename: &str) -> UploadCount {
        self.index.uploads().get(filename).copied().unwrap_or_default()
    }

    /// The number of uploads that reached the server, with or without a response.
    fn attempts(&self) -> usize {
        let requests = self.index.requests();
        requests.iter().filter(|request| request.path_and_query == "/legacy/").count()
    }
}

#[track_caller]
fn assert_succeeded(run: &ToolOutput) {
    assert_eq!(run.code, 0, "{}", run.output);
}

#[track_caller]
fn assert_failed_with(run: &ToolOutput, part: &str) {
    assert_ne!(run.code, 0, "{}", run.output);
    assert!(run.output.contains(part), "no {part:?} in {}", run.output);
}

#[test]
fn twine_uploads_twice_and_nothing_is_stored_twice() {
    let scene = Scene::new();
    assert_succeeded(&scene.twine(scene.both()));
    let state = scene.index.state();
    assert_succeeded(&scene.twine(scene.both()));
    assert_eq!(scene.index.state(), state);
    assert_eq!(scene.uploads(WHEEL), UploadCount { stored: 1, repeated: 1, refused: 0 });
}

#[test]
fn uv_uploads_twice_and_nothing_is_stored_twice() {
    let scene = Scene::new();
    assert_succeeded(&scene.uv_publish(scene.both()));
    let state = scene.index.state();
    assert_succeeded(&scene.uv_publish(scene.both()));
    assert_eq!(scene.index.state(), state);
    assert_eq!(scene.uploads(WHEEL), UploadCount { stored: 1, repeated: 1, refused: 0 });
}

#[test]
fn uv_skips_what_the_index_serves_already() {
    let scene = Scene::filled();
    let run = scene.uv_publish_checked(scene.both());
    assert_succeeded(&run);
    assert!(run.output.contains("already exists, skipping"), "{}", run.output);
    assert_eq!(scene.attempts(), 2);
}

#[test]
fn uv_compares_its_file_with_the_digest_that_the_index_lists() {
    let scene = Scene::filled();
    sample().greeting("goodbye").wheel().write_to(scene.folder.path()).unwrap();
    let part = "Local file and index file do not match";
    assert_failed_with(&scene.uv_publish_checked(scene.wheel()), part);
    assert_eq!(scene.attempts(), 2);
}

#[test]
fn both_show_why_other_bytes_are_refused() {
    let scene = Scene::filled();
    sample().greeting("goodbye").wheel().write_to(scene.folder.path()).unwrap();
    assert_failed_with(&scene.twine(scene.wheel()), "400 File already exists");
    assert_failed_with(&scene.uv_publish(scene.wheel()), "400 File already exists");
    assert_eq!(scene.uploads(WHEEL), UploadCount { stored: 1, repeated: 0, refused: 2 });
}

#[test]
fn twine_tries_a_503_five_times_at_once() {
    let scene = Scene::new().fault(Fault::status(503).forever());
    assert_failed_with(&scene.twine(scene.wheel()), "503");
    assert_eq!(scene.attempts(), 5);
    let scene = Scene::new().fault(Fault::status(503).times(2));
    assert_succeeded(&scene.twine(scene.wheel()));
    assert_eq!(scene.uploads(WHEEL).stored, 1);
}

#[test]
fn uv_gives_up_after_one_503() {
    let scene = Scene::new().fault(Fault::status(503));
    assert_failed_with(&scene.uv_publish(scene.wheel()), "503");
    assert_eq!(scene.attempts(), 1);
}

#[test]
fn both_give_up_after_one_429() {
    let retry_after = (http::header::RETRY_AFTER, "1".parse().unwrap());
    let limited = Fault::status(429).with_header(retry_after.0, retry_after.1);
    let scene = Scene::new().fault(limited.clone());
    assert_failed_with(&scene.twine(scene.wheel()), "429");
    assert_eq!(scene.attempts(), 1);
    let scene = Scene::new().fault(limited);
    assert_failed_with(&scene.uv_publish(scene.wheel()), "429");
    assert_eq!(scene.attempts(), 1);
}

#[test]
fn twine_fails_on_a_reset_and_uv_tries_again() {
    let scene = Scene::new().fault(Fault::reset_after_body());
    assert_failed_with(&scene.twine(scene.wheel()), "Connection");
    assert_eq!(scene.attempts(), 1);
    let scene = Scene::new().fault(Fault::reset_after_body());
    assert_succeeded(&scene.uv_publish(scene.wheel()));
    assert_eq!((scene.attempts(), scene.uploads(WHEEL).stored), (2, 1));
}

#[test]
fn uv_repeats_an_upload_whose_response_was_lost_and_the_index_accepts_it() {
    let scene = Scene::new().fault(Fault::lost_response());
    assert_succeeded(&scene.uv_publish(scene.wheel()));
    assert_eq!(scene.uploads(WHEEL), UploadCount { stored: 1, repeated: 1, refused: 0 });
}

#[test]
fn both_report_wrong_credentials() {
    let scene = Scene::with(PackageIndex::start(Default::default()).unwrap());
    let part = "Invalid or non-existent authentication information";
    assert_failed_with(&scene.twine(scene.wheel()), part);
    assert_failed_with(&scene.uv_publish(scene.wheel()), part);
}

#[test]
fn twine_refuses_to_follow_the_redirect_to_the_slash() {
    let scene = Scene::new();
    let mut command = scene.tool("twine");
    command
        .args(["upload", "--non-interactive", "--disable-progress-bar"])
        .args(["--repository-url", scene.index.upload_url().trim_end_matches('/')])
        .args(scene.wheel())
        .env("TWINE_USERNAME", "__token__")
        .env("TWINE_PASSWORD", TOKEN);
    assert_failed_with(&run(&mut command), "redirect");
    assert!(scene.index.state().projects.is_empty());
}

#[test]
fn pip_installs_and_the_command_prints_its_version() {
    let scene = Scene::filled();
    let target = scene.path("site");
    let target_text = target.to_str().unwrap();
    let installed = scene.pip(&["install", "--no-deps", "--target", target_text, "greeter==0.1.0"]);
    assert_succeeded(&installed);
    let mut python = scene.tool("python");
    python.args(["-c", "import greeter; greeter.main()"]).env("PYTHONPATH", &target);
    assert_eq!(run(&mut python).output.trim(), "greeter 0.1.0");
    assert!(requested_core_metadata(&scene), "pip reads the core metadata beside the wheel");
}

fn requested_core_metadata(scene: &Scene) -> bool {
    scene.index.requests().iter().any(|request| request.path_and_query.ends_with(".whl.metadata"))
}

#[test]
fn uv_installs_into_a_folder() {
    let scene = Scene::filled();
    let target = scene.path("site");
    let mut command = scene.tool("uv");
    command
        .args(["pip", "install", "--no-deps", "--index-url", &scene.index.simple_url()])
        .args(["--python", "3", "--target"])
        .arg(&target)
        .arg("greeter");
    assert_succeeded(&run(&mut command));
    assert!(target.join("greeter/__init__.py").exists());
}

#[test]
fn pip_downloads_exactly_the_uploaded_bytes() {
    let scene = Scene::filled();
    let folder = scene.path("downloads");
    let target = folder.to_str().unwrap();
    assert_succeeded(&scene.pip(&["download", "--no-deps", "--dest", target, "greeter"]));
    assert_eq!(std::fs::read(folder.join(WHEEL)).unwrap(), sample().wheel().bytes());
}

#[test]
fn pip_lists_the_versions() {
    let scene = Scene::filled();
    publish_version(&scene, "0.2.0");
    let run = scene.pip(&["index", "versions", "greeter"]);
    assert_succeeded(&run);
    assert!(run.output.contains("Available versions: 0.2.0, 0.1.0"), "{}", run.output);
}

fn publish_version(scene: &Scene, version: &str) {
    let wheel = Sample::new("greeter", version).wheel();
    let path = wheel.write_to(scene.folder.path()).unwrap();
    assert_succeeded(&scene.uv_publish(vec![path]));
}

#[test]
fn pip_passes_over_a_yanked_release_unless_it_is_pinned() {
    let scene = Scene::filled();
    publish_version(&scene, "0.2.0");
    scene.index.yank("greeter", "0.2.0", "broken");
    let folder = scene.path("downloads");
    let target = folder.to_str().unwrap();
    assert_succeeded(&scene.pip(&["download", "--no-deps", "--dest", target, "greeter"]));
    assert!(folder.join(WHEEL).exists());
    let pinned = scene.pip(&["download", "--no-deps", "--dest", target, "greeter==0.2.0"]);
    assert_succeeded(&pinned);
    assert!(pinned.output.contains("broken"), "{}", pinned.output);
}

#[test]
fn pip_does_not_see_an_upload_before_the_pages_show_it() {
    let scene = Scene::new();
    scene.index.delay_json_pages(Delay::For(Duration::from_secs(3600)));
    assert_succeeded(&scene.uv_publish(scene.wheel()));
    assert_failed_with(
        &scene.pip(&["download", "--no-deps", "greeter"]),
        "No matching distribution found for greeter",
    );
    scene.index.settle_pages();
    let target = scene.folder.path().join("downloads");
    let target = target.to_str().unwrap();
    assert_succeeded(&scene.pip(&["download", "--no-deps", "--dest", target, "greeter"]));
}

#[test]
fn pip_refuses_a_truncated_download() {
    let scene = Scene::filled();
    scene.index.faults().inject(Fault::truncated_body().path_contains(".whl").forever());
    let target = scene.path("downloads");
    let target = target.to_str().unwrap();
    let run = scene.pip(&["download", "--no-deps", "--retries", "0", "--dest", target, "greeter"]);
    assert_ne!(run.code, 0, "{}", run.output);
    assert!(!Path::new(target).join(WHEEL).exists());
}
