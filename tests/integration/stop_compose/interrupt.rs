//! Ctrl-C while a container is stopping: the report has what exists then.

use std::time::Instant;

use rustix::process::Signal;

use super::stack::Stack;

/// The first service stops at once, the second one takes its ten seconds.
const STUBBORN: &str = "services:
  web: QUICK
    depends_on: [db]
  db: DEAF
    depends_on: [cache]
  cache: QUICK
";

#[test]
fn an_interruption_ends_at_once_with_a_report_of_what_is_left() {
    for flags in [&["--native"][..], &[]] {
        let stack = Stack::of(STUBBORN);
        stack.up();
        let begin = Instant::now();
        let mut stopping = stack.stop().args(flags).args(&["--verbose"]).start();
        stopping.wait_for_output(&format!("container {} …", stack.container("db")));
        stopping.signal(Signal::INT);
        let ended = stopping.wait().exits(130);
        assert!(begin.elapsed().as_secs() < 9, "it waited: {ended}");
        let state = stack.state();
        let there: Vec<&str> = state.containers.iter().map(String::as_str).collect();
        assert_eq!(there, ["P-cache-1 running", "P-db-1 running"], "{ended}");
        let shown = stack.shown(&ended.stdout);
        for text in ["removed so far: 1 container", "P-db-1 (running)", "interrupted"] {
            assert!(shown.contains(text), "{flags:?}: {text}\n{shown}");
        }
        stack.stop().args(flags).args(&["--timeout", "0"]).run().exits(0);
        assert!(stack.state().containers.is_empty());
    }
}

#[test]
fn projects_after_an_interrupted_one_are_not_started() {
    let stack = Stack::new(&[("a.yaml", ""), ("b.yaml", "")]);
    for part in ["a", "b"] {
        let text = format!("name: {}-{part}\nservices:\n  web: DEAF\n", stack.name);
        let file = format!("{part}.yaml");
        stack.write(&file, &text);
        stack.composes(&["-f", &file, "up", "--detach"]);
    }
    let mut stopping = stack.stop().args(&["a.yaml", "b.yaml", "--verbose"]).start();
    stopping.wait_for_output(&format!("container {}-a-web-1 …", stack.name));
    stopping.signal(Signal::TERM);
    let ended = stopping.wait().exits(130);
    assert!(!ended.stdout.contains(&format!("{}-b", stack.name)), "{ended}");
    stack.stop().args(&["a.yaml", "b.yaml", "--timeout", "0"]).run().exits(0);
}
