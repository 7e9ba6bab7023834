//! The same events through each renderer.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use anstream::adapter::strip_str;
use report::{Document, Event, Human, Json, Level, Markdown, Reporter, StepState};

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn perform(reporter: &Reporter) {
    reporter.info("release 1.2.0");
    let finish = |step: &str, title: &str, state, evidence: &str, seconds| {
        reporter.emit(&Event::StepFinished {
            step: step.to_owned(),
            title: title.to_owned(),
            state,
            evidence: evidence.to_owned(),
            seconds,
        });
    };
    let step = reporter.step("index.pypi.upload", "upload to pypi");
    step.line("only for those who look closely");
    step.advance(5, Some(10));
    finish("index.pypi.upload", "upload to pypi", StepState::Done, "2 files", 1.25);
    finish("image.push", "push", StepState::AlreadyDone, "sha256:1", 0.0);
    finish("image.float", "latest", StepState::Kept, "1.3.0 is newer", 0.0);
    finish("forge.publish", "publish", StepState::Failed, "no connection", 0.0);
    let mut table = report::Table::new(&["the", "table"]);
    table.row(["a", "b"]);
    reporter.emit(&Event::Report(Document::new(serde_json::json!({ "state": 1 })).table(table)));
}

#[test]
fn people_read_lines_with_the_words_of_the_original_scripts() {
    let paper = Paper::default();
    perform(&Reporter::new(Human::new(paper.clone(), Level::Info)));
    insta::assert_snapshot!(strip_str(&paper.text()), @r"
    [INFO] release 1.2.0
    [OK] upload to pypi: 2 files (1.2 s)
    [OK] push [already done]: sha256:1
    [INFO] latest [kept]: 1.3.0 is newer
    [ERROR] publish [FAILED]: no connection
    the  table
    ───  ─────
    a    b
    ");
}

#[test]
fn programs_read_one_versioned_object_per_line() {
    let paper = Paper::default();
    perform(&Reporter::new(Json::new(paper.clone())));
    let text = paper.text();
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events.len(), 9);
    assert!(events.iter().all(|event| event["v"] == 1));
    assert_eq!(events[3]["done"], 5);
    assert_eq!(events[8]["state"], 1);
}

#[test]
fn markdown_has_the_report_only() {
    let paper = Paper::default();
    perform(&Reporter::new(Markdown::new(paper.clone())));
    assert_eq!(paper.text(), "| the | table |\n| --- | --- |\n| a | b |\n\n");
}
