//! Real children: endings, time-outs, secrets, groups.

use std::time::Duration;

use process::{Command, Line, ProcessError};
use secrecy::SecretString;

fn shell(script: &str) -> Command {
    Command::new("sh").args(["-c", script])
}

#[tokio::test]
async fn a_failure_has_the_purpose_the_code_and_the_last_lines() {
    let error =
        shell("echo no space left >&2; exit 3").summary("build").output().await.unwrap_err();
    assert_eq!(error.to_string(), "build: `sh` ended with exit code 3:\nno space left");
}

#[tokio::test]
async fn a_missing_program_is_its_own_outcome() {
    let error = Command::new("no-such-program-here").output().await.unwrap_err();
    assert!(matches!(error, ProcessError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn a_missing_folder_is_not_a_missing_program() {
    let error = shell("true").folder("/no/such/folder").output().await.unwrap_err();
    assert!(matches!(error, ProcessError::Io { .. }), "{error}");
}

#[tokio::test]
async fn a_time_out_kills_grandchildren_too() {
    let mark = format!("4{}", std::process::id());
    let command =
        shell(&format!("sleep {mark} & sleep {mark}")).timeout(Duration::from_millis(200));
    assert!(matches!(command.output().await, Err(ProcessError::TimedOut { .. })));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let found =
        Command::new("pgrep").args(["-f", &format!("^sleep {mark}$")]).outcome().await.unwrap();
    assert_eq!(found.code, Some(1), "still running: {}", found.stdout_text());
}

#[tokio::test]
async fn a_child_that_must_not_be_interrupted_ends_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("done");
    let script = format!("sleep 0.4; echo whole >'{}'", file.display());
    let command = shell(&script).uninterrupted();
    let ended = tokio::time::timeout(Duration::from_millis(100), command.output()).await;
    assert!(ended.is_err(), "nobody waits any longer");
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "whole\n");
}

#[tokio::test]
async fn secrets_reach_the_child_and_no_text_of_ours() {
    let secret = || SecretString::from("canary-7f3a");
    let command = shell("cat; echo $TOKEN; exit 1").secret_env("TOKEN", secret()).stdin(secret());
    assert!(!format!("{command:?}").contains("canary"));
    let output = command.outcome().await.unwrap();
    assert_eq!(output.stdout_text().matches("canary-7f3a").count(), 2);
}

#[tokio::test]
async fn a_child_can_be_given_an_environment_instead_of_ours() {
    let only = [("TOKEN".into(), "hush".into())];
    let command = Command::new("/usr/bin/env").only_env(only).env("MORE", "1");
    assert!(!format!("{command:?}").contains("hush"));
    assert_eq!(command.output().await.unwrap().stdout_text(), "MORE=1\nTOKEN=hush\n");
}

#[tokio::test]
async fn lines_are_given_while_the_child_runs() {
    let lines = std::sync::Mutex::new(Vec::new());
    let push = |line: Line<'_>| lines.lock().unwrap().push(format!("{line:?}"));
    shell("echo one; echo two >&2").stream(push).await.unwrap();
    let mut seen = lines.into_inner().unwrap();
    seen.sort();
    assert_eq!(seen, [r#"Stderr("two")"#, r#"Stdout("one")"#]);
}

#[tokio::test]
async fn a_talkative_child_does_not_block_and_is_bounded() {
    let output = shell("seq 1 200000").limit(1000).output().await.unwrap();
    assert!(output.stdout.len() <= 1000);
    assert!(output.stdout_text().ends_with("200000\n"));
}
