//! What a subscriber gets to see: every program, and no secret.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

use process::Command;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

const CANARY: &str = "canary-7f3a";

/// Keeps events as text.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<String>>>);

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Captured {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("process")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// What is traced of a command until it ends, or is dropped after half a second.
async fn trace_of(command: Command) -> String {
    let captured = Captured::default();
    let guard = tracing::subscriber::set_default(captured.clone());
    let _ = tokio::time::timeout(Duration::from_millis(500), command.outcome()).await;
    drop(guard);
    let lines = captured.0.lock().unwrap();
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines[0].clone()
}

#[tokio::test]
async fn a_program_is_traced_with_arguments_exit_code_and_time() {
    let line = trace_of(Command::new("sh").args(["-c", "exit 3"])).await;
    assert!(line.contains("message=program exit=3 ms="), "{line}");
    assert!(line.ends_with(r#" command=sh -c "exit 3""#), "{line}");
}

#[tokio::test]
async fn a_program_without_an_exit_code_is_traced_with_the_reason() {
    let shell = |script: &str| Command::new("sh").args(["-c", script]);
    let limit = Duration::from_millis(50);
    for (command, reason) in [
        (Command::new("no-such-program"), "not found"),
        (shell("kill -9 $$"), "ended by a signal"),
        (shell("sleep 9").timeout(limit), "ran too long, killed"),
        (shell("sleep 9"), "interrupted, killed"),
    ] {
        let line = trace_of(command).await;
        assert!(line.ends_with(&format!(" error={reason}")) && !line.contains("exit="), "{line}");
    }
}

#[tokio::test]
async fn secrets_are_not_traced() {
    let address = format!("https://me:{CANARY}@host.example/a?sig={CANARY}");
    let command = Command::new("true")
        .args([&address, "--password", CANARY, &format!("TOKEN={CANARY}")])
        .arg(format!("in-the-middle-{CANARY}-of"))
        .secret_env("API_KEY", CANARY.into())
        .stdin(CANARY.into());
    let line = trace_of(command).await;
    assert!(!line.contains(CANARY), "{line}");
    assert!(line.contains("true https://host.example/a?… --password … TOKEN=…"), "{line}");
}
