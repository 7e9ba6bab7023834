use std::time::Duration;

use image_ref::Reference;
use local_docker::{
    BuildTools, BuiltImage, CHECK_LABEL, Engine, EngineError, RunCommand, RunRequest,
};

use crate::support::{Project, engine, foreign, without_buildx};

struct Hello {
    engine: Engine,
    tools: BuildTools,
    built: BuiltImage,
    _project: Project,
}

impl Hello {
    async fn new() -> Self {
        let engine = engine().await;
        let tools = without_buildx(&engine).await;
        let project =
            Project::new("FROM scratch\n#LABEL\nCOPY hello /hello\nENTRYPOINT [\"/hello\"]\n");
        let (built, _folder) =
            project.build(&engine, &tools, std::slice::from_ref(&tools.platform)).await;
        let built = built.unwrap();
        Self { engine, tools, built, _project: project }
    }

    fn request(&self, command: RunCommand) -> RunRequest {
        RunRequest::new(self.built.local_for(&self.tools.platform).unwrap().id.clone(), command)
    }

    async fn remove(self) {
        self.engine.remove_built(&self.built).await.unwrap();
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[tokio::test]
async fn exit_code_and_output_come_from_the_program() {
    let hello = Hello::new().await;
    let mut request = hello.request(RunCommand::Arguments(texts(&["a", "b", "c"])));
    request.env.insert("GREETING".into(), "good morning".into());
    let outcome = hello.engine.run_once(&request).await.unwrap();
    assert_eq!(outcome.code, 2);
    assert_eq!(outcome.stdout_text(), "hello a\n");
    assert_eq!(outcome.stderr_text(), "good morning\n");
    hello.remove().await;
}

#[tokio::test]
async fn a_program_replaces_the_entry_point() {
    let hello = Hello::new().await;
    let request = hello.request(RunCommand::Program(texts(&["/hello", "you"])));
    let outcome = hello.engine.run_once(&request).await.unwrap();
    assert!(outcome.success());
    assert_eq!(outcome.stdout_text(), "hello you\n");
    hello.remove().await;
}

#[tokio::test]
async fn a_missing_program_is_reported_by_name() {
    let hello = Hello::new().await;
    for program in ["/nowhere", "nowhere"] {
        let request = hello.request(RunCommand::Program(texts(&[program])));
        let error = hello.engine.run_once(&request).await.unwrap_err();
        assert!(
            matches!(&error, EngineError::ProgramMissing { program: missing, .. } if missing == program)
        );
    }
    hello.remove().await;
}

#[tokio::test]
async fn a_missing_image_is_not_pulled() {
    let engine = engine().await;
    let reference: Reference = "127.0.0.1:1/tidegate/nowhere:1".parse().unwrap();
    let request = RunRequest::new(reference, RunCommand::AsBuilt);
    let error = engine.run_once(&request).await.unwrap_err();
    assert!(matches!(error, EngineError::ImageNotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn a_container_that_takes_too_long_is_removed() {
    let hello = Hello::new().await;
    let mut request = hello.request(RunCommand::Arguments(texts(&["sleep"])));
    request.timeout = Duration::from_secs(2);
    let error = hello.engine.run_once(&request).await.unwrap_err();
    let EngineError::RunTimedOut { stdout, .. } = &error else { panic!("{error:?}") };
    assert_eq!(stdout, "hello sleep\n");
    assert_eq!(containers_of(&hello), "");
    hello.remove().await;
}

#[tokio::test]
async fn a_cancelled_run_leaves_no_container() {
    let hello = Hello::new().await;
    let request = hello.request(RunCommand::Arguments(texts(&["sleep"])));
    for milliseconds in [0, 5, 50, 700] {
        let limit = Duration::from_millis(milliseconds);
        let cancelled = tokio::time::timeout(limit, hello.engine.run_once(&request)).await;
        assert!(cancelled.is_err(), "{cancelled:?}");
    }
    for _ in 0..100 {
        if containers_of(&hello).is_empty() {
            return hello.remove().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("left: {}", containers_of(&hello));
}

fn containers_of(hello: &Hello) -> String {
    let image = format!("ancestor={}", hello.built.local[0].id);
    let mut docker = std::process::Command::new("docker");
    let filters = ["--filter", &image, "--filter", &format!("label={CHECK_LABEL}")];
    let output = docker.args(["ps", "--all", "--quiet"]).args(filters).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn an_image_of_a_foreign_machine_is_distinguished_from_a_failing_program() {
    let hello = Hello::new().await;
    // A program for a machine that does not exist any more.
    let mut program = crate::support::hello().to_vec();
    program[18] = 1;
    let project =
        Project::new("FROM scratch\n#LABEL\nCOPY hello /hello\nENTRYPOINT [\"/hello\"]\n")
            .file("hello", program);
    let wanted = foreign(&hello.tools.platform);
    let (built, _folder) =
        project.build(&hello.engine, &hello.tools, std::slice::from_ref(&wanted)).await;
    let built = built.unwrap();
    let request = RunRequest::new(built.local[0].id.clone(), RunCommand::AsBuilt);
    let error = hello.engine.run_once(&request).await.unwrap_err();
    let EngineError::NotRunnable { found, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*found, wanted);
    hello.engine.remove_built(&built).await.unwrap();
    hello.remove().await;
}
