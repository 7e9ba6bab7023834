use std::time::Duration;

use futures_util::TryStreamExt as _;
use local_docker::{ContainerId, EngineError, LogLine, LogRequest, LogStream};

use crate::support::{TestImage, World};

async fn read(world: &World, id: &ContainerId, request: LogRequest) -> Vec<LogLine> {
    world.engine.logs().lines(id, request).try_collect().await.unwrap()
}

fn texts(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

pub(crate) async fn lines_have_their_time_and_stream_and_can_be_followed_to_the_end(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let reference = world.reference("1").to_string();
    let ended = world.run_to_end("ended", &[&reference, "say", "0", "one", "", "two words"]);
    let lines = read(world, &ended, LogRequest::default()).await;
    assert_eq!(texts(&lines), ["one", "", "two words"]);
    let times: Vec<_> = lines.iter().map(|line| line.at.unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(lines.iter().all(|line| line.stream == LogStream::Stdout));

    let running = world.run("running", &[&reference, "polite"]);
    let follow = LogRequest { follow: true, ..LogRequest::default() };
    let stop = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        world.engine.containers().stop(&running, None).await.unwrap();
    };
    let (lines, ()) = tokio::join!(read(world, &running, follow), stop);
    assert_eq!(texts(&lines), ["ready"]);

    // With a terminal there is one stream, and its lines end in another way.
    let terminal = world.run_to_end("terminal", &["--tty", &reference, "say", "0", "one", "two"]);
    assert_eq!(texts(&read(world, &terminal, LogRequest::default()).await), ["one", "two"]);
    let long = "x".repeat(20_000);
    let long_line = world.run_to_end("long", &[&reference, "say", "0", &long, "end"]);
    let lines = read(world, &long_line, LogRequest::default()).await;
    assert_eq!(texts(&lines), [long.as_str(), "end"]);
}

pub(crate) async fn only_the_last_lines_or_those_since_a_time_are_read(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let reference = world.reference("1").to_string();
    let id = world.run_to_end("ended", &[&reference, "say", "0", "one", "two", "three"]);
    let tail = |lines| LogRequest { tail: Some(lines), ..LogRequest::default() };
    assert_eq!(texts(&read(world, &id, tail(2)).await), ["two", "three"]);
    assert_eq!(texts(&read(world, &id, tail(0)).await), [""; 0]);
    let all = read(world, &id, LogRequest::default()).await;
    let since = |since| LogRequest { since: Some(since), ..LogRequest::default() };
    let last = all[2].at.unwrap();
    assert!(texts(&read(world, &id, since(last)).await).ends_with(&["three"]));
    let later = last + Duration::from_secs(5);
    assert_eq!(texts(&read(world, &id, since(later)).await), [""; 0]);

    let silent = world.run_to_end("silent", &["--log-driver", "none", &reference, "say", "0", "x"]);
    let error = world.engine.logs().lines(&silent, tail(1)).try_collect::<Vec<_>>().await;
    assert!(error.unwrap_err().to_string().contains("read the log of container"));
    let missing: ContainerId = "f".repeat(64).parse().unwrap();
    let error = world.engine.logs().lines(&missing, tail(1)).try_collect::<Vec<_>>().await;
    assert!(matches!(error, Err(EngineError::Refused { status: Some(404), .. })), "{error:?}");
}

pub(crate) async fn secrets_among_the_variables_of_a_container_are_found(world: &World) {
    world.load_one(TestImage::new().tag("1")).await;
    let reference = world.reference("1").to_string();
    let secret = ["--env", "API_TOKEN=hush-hush", "--env", "PORT=8000"];
    let id = world.create("made", &[&secret[..], &[&reference]].concat());
    let values = world.engine.logs().secret_values(&id).await.unwrap();
    assert_eq!(values.len(), 1);
    assert!(!format!("{values:?}").contains("hush"), "secrets are not printed");
    let missing: ContainerId = "f".repeat(64).parse().unwrap();
    assert!(world.engine.logs().secret_values(&missing).await.unwrap().is_empty());
}
