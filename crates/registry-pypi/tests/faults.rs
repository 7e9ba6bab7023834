//! What happens to uploads, probes and proofs when the index misbehaves.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use probe::Probe;
use registry_pypi::{
    IndexEndpoints, IndexError, IndexProbeError, IndexWriter, Level, LevelState, NameUse, Proof,
    ProofOutcome, ProofRequest, UploadEvent, UploadObserver, UploadOutcome, UploadSet, prove,
};
use rehearsal::{
    Fault,
    index::{Delay, IndexOptions, PackageIndex, sample::Sample},
};
use support::{Built, built, package_index, polling, reader, retry, token, writer};

struct Bench {
    index: PackageIndex,
    endpoints: IndexEndpoints,
    built: Built,
}

fn bench() -> Bench {
    let (index, endpoints) = package_index(IndexOptions::default());
    Bench { index, endpoints, built: built(&Sample::new("greeter", "0.1.0")) }
}

impl Bench {
    fn writer(&self) -> IndexWriter {
        writer(&self.endpoints)
    }

    async fn upload(&self) -> Result<registry_pypi::Uploaded, IndexError> {
        self.writer().upload(&self.built.wheel, &token(), None).await
    }

    fn posts(&self) -> usize {
        self.index.requests().iter().filter(|request| request.method == "POST").count()
    }

    fn stored(&self) -> u32 {
        self.index.uploads().values().map(|count| count.stored).sum()
    }

    fn request(&self, within: u64) -> ProofRequest {
        ProofRequest {
            project: "greeter".into(),
            version: "0.1.0".into(),
            expected: vec![self.built.wheel.expected()],
            polling: polling(within),
            ..ProofRequest::default()
        }
    }
}

fn on_upload(fault: Fault) -> Fault {
    fault.method("POST").path_prefix("/legacy/")
}

#[tokio::test]
async fn an_upload_survives_a_transient_outage() {
    for fault in [Fault::status(503), Fault::status(500), Fault::reset_after_body()] {
        let bench = bench();
        bench.index.faults().inject(on_upload(fault));
        let uploaded = bench.upload().await.unwrap();
        assert_eq!((uploaded.outcome, uploaded.attempts), (UploadOutcome::Accepted, 2));
        assert_eq!(bench.stored(), 1);
    }
}

#[tokio::test]
async fn an_upload_whose_response_is_lost_is_recognised_and_not_sent_again() {
    let bench = bench();
    bench.index.faults().inject(on_upload(Fault::lost_response()));
    let uploaded = bench.upload().await.unwrap();
    assert_eq!(uploaded.outcome, UploadOutcome::AlreadyPresent);
    assert_eq!((bench.posts(), bench.stored()), (1, 1));
}

#[tokio::test]
async fn a_lost_response_is_recognised_in_the_record_while_the_pages_lag() {
    let bench = bench();
    bench.index.delay_pages(Delay::Requests(100));
    bench.index.faults().inject(on_upload(Fault::lost_response()));
    assert_eq!(bench.upload().await.unwrap().outcome, UploadOutcome::AlreadyPresent);
    assert_eq!(bench.posts(), 1);
}

#[tokio::test]
async fn a_success_that_no_index_writes_is_verified() {
    let bench = bench();
    bench.index.faults().inject(on_upload(Fault::garbage()));
    let uploaded = bench.upload().await.unwrap();
    assert_eq!((uploaded.outcome, uploaded.attempts), (UploadOutcome::Accepted, 2));
    assert_eq!(bench.stored(), 1);
}

#[tokio::test]
async fn a_rate_limit_is_waited_out_as_demanded() {
    let bench = bench();
    let busy = Fault::status(429).with_header("retry-after".parse().unwrap(), "1".parse().unwrap());
    bench.index.faults().inject(on_upload(busy));
    let started = std::time::Instant::now();
    assert_eq!(bench.upload().await.unwrap().outcome, UploadOutcome::Accepted);
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_wait_beyond_the_policy_is_reported() {
    let bench = bench();
    let busy =
        Fault::status(429).with_header("retry-after".parse().unwrap(), "900".parse().unwrap());
    bench.index.faults().inject(on_upload(busy).forever());
    let error = bench.upload().await.unwrap_err();
    let IndexError::RateLimited { retry_after, .. } = error else { panic!("{error:?}") };
    assert_eq!((retry_after, bench.posts()), (Some(Duration::from_secs(900)), 1));
}

#[tokio::test]
async fn an_outage_that_lasts_ends_undecided_after_bounded_attempts() {
    let bench = bench();
    bench.index.faults().inject(on_upload(Fault::status(503)).forever());
    let error = bench.upload().await.unwrap_err();
    assert!(matches!(error, IndexError::Undecided { attempts: 3, .. }), "{error:?}");
    assert_eq!(bench.posts(), 3);
}

#[tokio::test]
async fn an_index_that_does_not_run_is_unreachable() {
    let bench = bench();
    let (endpoints, built) = (bench.endpoints.clone(), &bench.built);
    bench.index.faults().clear();
    drop(bench.index);
    let error = writer(&endpoints).upload(&built.wheel, &token(), None).await.unwrap_err();
    assert!(matches!(error, IndexError::Unreachable { .. }), "{error:?}");
    let probe = reader(&endpoints).probe("greeter", &[built.wheel.expected()]).await;
    let Probe::Unknown(error) = probe else { panic!("{probe:?}") };
    assert!(error.to_string().contains("cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_missing_slash_is_reported_and_the_token_sent_nowhere_else() {
    let bench = bench();
    let mut endpoints = bench.endpoints.clone();
    endpoints.upload = format!("{}/legacy", bench.index.url()).parse().unwrap();
    let error = writer(&endpoints).upload(&bench.built.wheel, &token(), None).await.unwrap_err();
    let IndexError::Redirected { location, .. } = error else { panic!("{error:?}") };
    assert!(location.ends_with("/legacy/"));
    assert_eq!(bench.posts(), 1);
}

#[tokio::test]
async fn the_refusals_of_pypi_have_their_variants_over_http() {
    let bench = bench();
    bench.upload().await.unwrap();
    bench.index.delete_release("greeter", "0.1.0");
    let error = bench.upload().await.unwrap_err();
    let used = matches!(&error, IndexError::FileNameUsed { used: NameUse::Before { message }, .. } if message.contains("previously used"));
    assert!(used, "{error:?}");
    bench.index.set_read_only(true);
    assert!(matches!(bench.upload().await.unwrap_err(), IndexError::Paused { .. }));
}

#[tokio::test]
async fn a_release_older_than_14_days_accepts_no_new_file() {
    let bench = bench();
    bench.upload().await.unwrap();
    bench.index.clock().advance(Duration::from_secs(15 * 86_400));
    assert_eq!(bench.upload().await.unwrap().outcome, UploadOutcome::Accepted);
    let error = bench.writer().upload(&bench.built.sdist, &token(), None).await.unwrap_err();
    assert!(matches!(error, IndexError::ReleaseTooOld { .. }), "{error:?}");
}

#[tokio::test]
async fn an_interrupted_set_lists_its_uploads_and_continues() {
    let bench = bench();
    let both = vec![bench.built.sdist.clone(), bench.built.wheel.clone()];
    let set = UploadSet::new(both, bench.endpoints.rules, &[]).unwrap();
    bench.index.faults().inject(on_upload(Fault::status(503)).skip(1).times(3));
    let partly = bench.writer().upload_set(&set, &token(), None).await.unwrap_err();
    assert_eq!((partly.done.len(), partly.total), (1, 2));
    assert!(partly.done[0].file_name.ends_with(".whl"));
    let expected: Vec<_> = set.distributions().iter().map(|d| d.expected()).collect();
    let probe = reader(&bench.endpoints).probe("greeter", &expected).await;
    assert!(matches!(probe, Probe::Partial(_)), "{probe:?}");
    assert_eq!(bench.writer().upload_set(&set, &token(), None).await.unwrap().len(), 2);
    assert_eq!(bench.stored(), 2);
}

#[tokio::test]
async fn observers_get_bytes_probes_and_waits() {
    let bench = bench();
    bench.index.faults().inject(on_upload(Fault::status(503)));
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = events.clone();
    let observer: UploadObserver = Arc::new(move |event| {
        sink.lock().unwrap().push(match event {
            UploadEvent::Started { attempt, total, .. } => format!("start {attempt} {}", total > 0),
            UploadEvent::Sent(_) => "sent".to_owned(),
            UploadEvent::Probing { .. } => "probe".to_owned(),
            UploadEvent::Waiting { .. } => "wait".to_owned(),
            _ => "other".to_owned(),
        });
    });
    bench.writer().upload(&bench.built.wheel, &token(), Some(&observer)).await.unwrap();
    let mut events = events.lock().unwrap().clone();
    events.dedup();
    assert_eq!(events, ["start 1 true", "sent", "probe", "wait", "start 2 true", "sent"]);
}

#[tokio::test]
async fn pages_that_lag_are_waited_for_and_must_agree_twice() {
    let bench = bench();
    bench.index.delay_html_pages(Delay::Requests(3));
    bench.upload().await.unwrap();
    let outcomes = Mutex::new(Vec::new());
    let on_poll = |proof: &Proof| outcomes.lock().unwrap().push(proof.outcome);
    let proof = prove(&reader(&bench.endpoints), &bench.request(10_000), Some(&on_poll)).await;
    assert_eq!(proof.outcome, ProofOutcome::Proved, "{proof:#?}");
    assert_eq!(proof.polls, 5);
    assert_eq!(outcomes.lock().unwrap()[0], ProofOutcome::RecordedNotListed);
}

#[tokio::test]
async fn recorded_but_not_listed_is_a_separate_outcome() {
    let bench = bench();
    bench.index.delay_pages(Delay::For(Duration::from_secs(3600)));
    bench.upload().await.unwrap();
    let proof = prove(&reader(&bench.endpoints), &bench.request(100), None).await;
    assert_eq!(proof.outcome, ProofOutcome::RecordedNotListed);
    assert_eq!(proof.state(Level::Recorded), &LevelState::Proved);
    assert!(matches!(proof.state(Level::Listed), LevelState::NotYet { .. }));
}

#[tokio::test]
async fn a_page_of_an_older_state_does_not_prove_anything() {
    let bench = bench();
    bench.upload().await.unwrap();
    bench.writer().upload(&bench.built.sdist, &token(), None).await.unwrap();
    bench.index.faults().inject(Fault::stale().path_prefix("/simple/").times(1));
    let proof = prove(&reader(&bench.endpoints), &bench.request(10_000), None).await;
    assert_eq!((proof.outcome, proof.polls), (ProofOutcome::Proved, 3), "{proof:#?}");
}

#[tokio::test]
async fn transient_faults_are_waited_out() {
    let faults: [fn() -> Fault; 4] = [
        || Fault::status(503).times(4),
        || Fault::truncated_body().times(2),
        || Fault::garbage().times(2),
        || Fault::reset_before_body().times(2),
    ];
    for fault in faults {
        for path in ["/simple/", "/pypi/", "/files/"] {
            let bench = bench();
            bench.upload().await.unwrap();
            let fault = fault().path_prefix(path).method("GET");
            // A file of nonsense counts the second time.
            let fault = if path == "/files/" { fault.times(1) } else { fault };
            bench.index.faults().inject(fault);
            let proof = prove(&reader(&bench.endpoints), &bench.request(10_000), None).await;
            assert_eq!(proof.outcome, ProofOutcome::Proved, "{path}: {proof:#?}");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_served_with_other_bytes_fails_the_proof() {
    let bench = bench();
    bench.upload().await.unwrap();
    bench.index.faults().inject(Fault::garbage().path_prefix("/files/").forever());
    let proof = prove(&reader(&bench.endpoints), &bench.request(10_000), None).await;
    assert_eq!(proof.outcome, ProofOutcome::Failed);
    let LevelState::Failed { reason } = proof.state(Level::Downloadable) else { panic!() };
    assert!(reason.contains("instead of"), "{reason}");
}

#[tokio::test]
async fn other_bytes_fail_at_once_and_not_at_the_deadline() {
    let bench = bench();
    let other = built(&Sample::new("greeter", "0.1.0").greeting("goodbye"));
    bench.writer().upload(&other.wheel, &token(), None).await.unwrap();
    let proof = prove(&reader(&bench.endpoints), &bench.request(60_000), None).await;
    assert_eq!((proof.outcome, proof.polls), (ProofOutcome::Failed, 1));
    assert!(matches!(proof.state(Level::Recorded), LevelState::Failed { .. }));
}

#[tokio::test]
async fn a_yanked_release_is_served_and_not_selectable() {
    let bench = bench();
    bench.upload().await.unwrap();
    bench.index.yank("greeter", "0.1.0", "broken on Tuesdays");
    let proof = prove(&reader(&bench.endpoints), &bench.request(10_000), None).await;
    assert_eq!(proof.state(Level::Downloadable), &LevelState::Proved);
    let LevelState::Failed { reason } = proof.state(Level::Selectable) else { panic!("{proof:?}") };
    assert!(reason.contains("Tuesdays"));
}

#[tokio::test]
async fn metadata_beside_the_wheel_is_compared() {
    let bench = bench();
    bench.upload().await.unwrap();
    let mut request = bench.request(10_000);
    request.expected[0].metadata_sha256 = Some("00".repeat(32));
    let proof = prove(&reader(&bench.endpoints), &request, None).await;
    let LevelState::Failed { reason } = proof.state(Level::Downloadable) else {
        panic!("{proof:?}")
    };
    assert!(reason.contains(".whl.metadata"), "{reason}");
}

#[tokio::test]
async fn a_poll_that_hangs_does_not_outlive_the_deadline() {
    let bench = bench();
    bench.index.faults().inject(Fault::delay(Duration::from_secs(30)).forever());
    let started = std::time::Instant::now();
    let proof = prove(&reader(&bench.endpoints), &bench.request(200), None).await;
    assert_eq!(proof.outcome, ProofOutcome::Incomplete);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_deadline_beyond_all_time_does_not_overflow() {
    let bench = bench();
    bench.upload().await.unwrap();
    let mut request = bench.request(0);
    request.polling.within = Duration::MAX;
    request.polling.longest_wait = Duration::MAX;
    let proof = prove(&reader(&bench.endpoints), &request, None).await;
    assert_eq!(proof.outcome, ProofOutcome::Proved, "{proof:#?}");
}

#[tokio::test]
async fn an_error_page_instead_of_a_listing_is_not_an_empty_project() {
    let bench = bench();
    let page = "<html><title>Please log in</title><a href='/login'>log in</a></html>";
    bench
        .index
        .faults()
        .inject(Fault::status(200).with_body(page).path_prefix("/simple/").forever());
    let error = reader(&bench.endpoints).listing("greeter").await.unwrap_err();
    assert!(matches!(error, IndexError::Unreadable { .. }), "{error:?}");
    let probe = reader(&bench.endpoints).probe("greeter", &[bench.built.wheel.expected()]).await;
    let query = matches!(&probe, Probe::Unknown(IndexProbeError::Query(_)));
    assert!(query, "{probe:?}");
    assert_eq!(retry().attempts, 3);
}
