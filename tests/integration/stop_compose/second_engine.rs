//! Through the engine of another version, with the containerd image store.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use super::stack::Stack;
use crate::harness::{PrivateEngine, ServiceImage, Store};

const SHOP: &str = "services:
  web: QUICK
    depends_on: [db]
    networks: [default, front]
  db: QUICK
    volumes: [data:/data, /anonymous]
  deaf: DEAF
    stop_grace_period: 1s
  tool: QUICK
    profiles: [debug]
networks:
  front: {}
volumes:
  data: {}
";

fn engine() -> PrivateEngine {
    let engine = PrivateEngine::start(Store::Containerd);
    let load = ["--host", &engine.address, "load", "--quiet"];
    let mut load = Command::new("docker").args(load).stdin(Stdio::piped()).spawn().unwrap();
    let archive = ServiceImage::archive(ServiceImage::reference());
    load.stdin.take().unwrap().write_all(&archive).unwrap();
    assert!(load.wait().unwrap().success());
    engine
}

#[test]
fn the_second_engine_is_left_as_compose_leaves_it() {
    let engine = engine();
    let take_down = |by: &dyn Fn(&Stack)| {
        let files = [("compose.yaml", SHOP)];
        let stack = Stack::in_engine(Some(engine.address.clone()), &files);
        stack.composes(&["--profile", "debug", "up", "--detach"]);
        by(&stack);
        stack.state()
    };
    let expected = take_down(&|stack| drop(stack.composes(&["down"])));
    assert_eq!(expected.containers.len(), 1, "{expected:?}");
    assert_eq!(take_down(&|stack| drop(stack.stop().arg("--native").run().exits(0))), expected);
    assert_eq!(take_down(&|stack| drop(stack.stop().run().exits(0))), expected);
    let everything = ["--native", "--everything", "--volumes"];
    let nothing = take_down(&|stack| drop(stack.stop().args(&everything).run().exits(0)));
    assert_eq!(nothing, super::stack::State::default());
}

/// Without networks: those of a killed engine could not be removed.
const DEAF: &str = "services:
  web: QUICK
    network_mode: none
    depends_on: [db]
  db: DEAF
    network_mode: none
";

#[test]
fn an_engine_that_stops_during_the_run_is_reported() {
    for flags in [&["--native"][..], &[]] {
        let engine = engine();
        let files = [("compose.yaml", DEAF)];
        let stack = Stack::in_engine(Some(engine.address.clone()), &files);
        stack.up();
        let mut stopping = stack.stop().args(flags).arg("--verbose").start();
        stopping.wait_for_output(&format!("container {} …", stack.container("db")));
        engine.kill();
        let ended = stopping.wait().exits(3);
        let lines: Vec<String> = ended.complaints().lines().map(str::to_owned).collect();
        let first = "[ERROR] container P-db-1 [FAILED]: ";
        assert!(lines[1].starts_with(first) && lines[1].len() < 150, "{ended}");
        assert!(
            lines[2].starts_with("[ERROR] cannot determine what is left of project P: "),
            "{ended}"
        );
        assert_eq!(lines[3], "[INFO] run the same command again when the engine responds");
    }
}
