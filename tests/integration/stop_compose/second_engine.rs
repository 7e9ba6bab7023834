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

#[test]
fn the_second_engine_is_left_as_compose_leaves_it() {
    let engine = PrivateEngine::start(Store::Containerd);
    let load = ["--host", &engine.address, "load", "--quiet"];
    let mut load = Command::new("docker").args(load).stdin(Stdio::piped()).spawn().unwrap();
    let archive = ServiceImage::archive(ServiceImage::reference());
    load.stdin.take().unwrap().write_all(&archive).unwrap();
    assert!(load.wait().unwrap().success());
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
