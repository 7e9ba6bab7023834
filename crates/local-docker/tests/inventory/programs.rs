use futures_util::StreamExt as _;
use local_docker::{ContainerId, EngineError, ExecEvent, ExecEvents, ExecInput};
use tokio::io::AsyncWriteExt as _;

use crate::support::{TestImage, World};

async fn running(world: &World) -> ContainerId {
    world.load_one(TestImage::new().tag("1")).await;
    world.run("running", &[&world.reference("1").to_string(), "polite"])
}

async fn start(world: &World, id: &ContainerId, command: &[&str]) -> (ExecInput, ExecEvents) {
    let command: Vec<String> = command.iter().map(|part| (*part).to_owned()).collect();
    world.engine.processes().stream(id, &command, None).await.unwrap()
}

/// What was printed on both streams, and the exit code.
async fn rest(mut events: ExecEvents) -> Result<(Vec<u8>, Vec<u8>, i64), EngineError> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    while let Some(event) = events.next().await {
        match event? {
            ExecEvent::Stdout(part) => stdout.extend(part),
            ExecEvent::Stderr(part) => stderr.extend(part),
            ExecEvent::Exited(code) => {
                assert!(events.next().await.is_none(), "the end is the last event");
                return Ok((stdout, stderr, code));
            }
        }
    }
    panic!("a stream without an end");
}

pub(crate) async fn input_output_and_end_of_a_program_come_apart(world: &World) {
    let id = running(world).await;
    let content: Vec<u8> = (0..=255).cycle().take(3_000_001).collect();
    let (mut input, events) = start(world, &id, &["/app", "copy", "7"]).await;
    let copy = content.clone();
    let writing = async move {
        input.write_all(&copy).await.unwrap();
        input.shutdown().await.unwrap();
    };
    let (read, ()) = tokio::join!(rest(events), writing);
    let (stdout, stderr, code) = read.unwrap();
    assert!(stdout == content, "{} of {} bytes", stdout.len(), content.len());
    assert_eq!((stderr.as_slice(), code), (b"copied\n".as_slice(), 7));

    let (_input, events) = start(world, &id, &["/no-such-program"]).await;
    let (_, _, code) = rest(events).await.unwrap();
    assert!(matches!(code, 126 | 127), "{code}");
}

pub(crate) async fn a_program_whose_container_ends_has_no_end_of_its_own(world: &World) {
    let id = running(world).await;
    let (_input, events) = start(world, &id, &["/app", "copy", "0"]).await;
    world.engine.containers().signal(&id, "SIGKILL").await.unwrap();
    let read = rest(events).await;
    assert!(!matches!(read, Ok((_, _, 0))), "{read:?}");
}
