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

/// Without networks: nobody could remove those of an engine that is gone.
const DEAF: &str = "services:
  web: QUICK
    network_mode: none
    depends_on: [db]
  db: DEAF
    network_mode: none
";

#[test]
fn an_engine_that_ends_in_the_middle_is_told() {
    for flags in [&["--native"][..], &[]] {
        let engine = engine();
        let files = [("compose.yaml", DEAF)];
        let stack = Stack::in_engine(Some(engine.address.clone()), &files);
        stack.up();
        let mut stopping = stack.stop().args(flags).arg("--verbose").start();
        stopping.until_it_says(&format!("container {} …", stack.container("db")));
        engine.kill();
        let ended = stopping.wait().exits(3);
        let told: Vec<String> = ended.complaints().lines().map(str::to_owned).collect();
        let first = "[ERROR] container P-db-1 [FAILED]: ";
        assert!(told[1].starts_with(first) && told[1].len() < 150, "{ended}");
        assert!(told[2].starts_with("[ERROR] what is left of project P is not known: "), "{ended}");
        assert_eq!(told[3], "[INFO] when the engine answers, run the same command again");
    }
}
