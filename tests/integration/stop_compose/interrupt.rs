//! Ctrl-C while a container takes its time: the report tells what is true.

use std::time::Instant;

use rustix::process::Signal;

use super::stack::Stack;

/// The first service goes at once, the second one takes its ten seconds.
const STUBBORN: &str = "services:
  web: QUICK
    depends_on: [db]
  db: DEAF
    depends_on: [cache]
  cache: QUICK
";

#[test]
fn an_interruption_is_answered_at_once_with_what_is_stopped_removed_and_left() {
    for flags in [&["--native"][..], &[]] {
        let stack = Stack::of(STUBBORN);
        stack.up();
        let begin = Instant::now();
        let mut stopping = stack.stop().args(flags).args(&["--verbose"]).start();
        stopping.until_it_says(&format!("container {} …", stack.container("db")));
        stopping.signal(Signal::INT);
        let ended = stopping.wait().exits(130);
        assert!(begin.elapsed().as_secs() < 9, "it waited: {ended}");
        let state = stack.state();
        let there: Vec<&str> = state.containers.iter().map(String::as_str).collect();
        assert_eq!(there, ["P-cache-1 running", "P-db-1 running"], "{ended}");
        let shown = stack.shown(&ended.stdout);
        for words in ["removed so far: 1 container", "P-db-1 (running)", "interrupted"] {
            assert!(shown.contains(words), "{flags:?}: {words}\n{shown}");
        }
        stack.stop().args(flags).args(&["--timeout", "0"]).run().exits(0);
        assert!(stack.state().containers.is_empty());
    }
}

#[test]
fn the_projects_behind_an_interrupted_one_are_not_begun() {
    let stack = Stack::new(&[("a.yaml", ""), ("b.yaml", "")]);
    for part in ["a", "b"] {
        let text = format!("name: {}-{part}\nservices:\n  web: DEAF\n", stack.name);
        let file = format!("{part}.yaml");
        stack.write(&file, &text);
        stack.composes(&["-f", &file, "up", "--detach"]);
    }
    let mut stopping = stack.stop().args(&["a.yaml", "b.yaml", "--verbose"]).start();
    stopping.until_it_says(&format!("container {}-a-web-1 …", stack.name));
    stopping.signal(Signal::TERM);
    let ended = stopping.wait().exits(130);
    assert!(!ended.stdout.contains(&format!("{}-b", stack.name)), "{ended}");
    stack.stop().args(&["a.yaml", "b.yaml", "--timeout", "0"]).run().exits(0);
}
