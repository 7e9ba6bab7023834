//! The same events through each renderer.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use anstream::adapter::strip_str;
use report::{Document, Event, Human, Json, Level, Markdown, OutputStream, Reporter, StepState};

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
            number: None,
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

fn print_output(reporter: &Reporter) {
    for (container, stream, line) in [
        (Some("shop-api-1"), OutputStream::Stdout, "up"),
        (Some("shop-worker-1"), OutputStream::Stderr, "broken"),
        (Some("shop-api-1"), OutputStream::Stdout, "one request"),
        (None, OutputStream::Stdout, "as it is"),
    ] {
        let (container, line) = (container.map(str::to_owned), line.to_owned());
        reporter.emit(&Event::Output { service: "api".to_owned(), container, stream, line });
    }
}

#[test]
fn what_programs_of_services_print_keeps_its_stream_and_has_its_container_before_it() {
    let (out, errors) = (Paper::default(), Paper::default());
    // It was asked for, so it is shown whatever the level.
    let human = Human::new(out.clone(), Level::Error).with_errors(errors.clone());
    print_output(&Reporter::new(human));
    let lines = "shop-api-1 | up\nshop-api-1    | one request\nas it is\n";
    assert_eq!(strip_str(&out.text()).to_string(), lines);
    assert_eq!(strip_str(&errors.text()).to_string(), "shop-worker-1 | broken\n");

    let (json, markdown) = (Paper::default(), Paper::default());
    print_output(&Reporter::new(Json::new(json.clone())));
    let first: serde_json::Value =
        serde_json::from_str(json.text().lines().next().unwrap()).unwrap();
    let expected = serde_json::json!({
        "v": 1, "event": "output", "service": "api", "container": "shop-api-1",
        "stream": "stdout", "line": "up",
    });
    assert_eq!(first, expected);
    print_output(&Reporter::new(Markdown::new(markdown.clone())));
    assert!(markdown.text().starts_with("    shop-api-1 | up\n"), "{}", markdown.text());
}

/// As after `| head`.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_went_away_is_noticed() {
    for reporter in [
        Reporter::new(Human::new(Closed, Level::Info)),
        Reporter::new(Json::new(Closed)),
        Reporter::new(Markdown::new(Closed)),
    ] {
        assert!(reporter.has_reader());
        print_output(&reporter);
        assert!(!reporter.has_reader());
    }
}
