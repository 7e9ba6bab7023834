//! Crash proof: whenever the program is killed, the same command brings about
//! what an undisturbed run does, and nothing is published twice.

use std::{sync::OnceLock, time::Duration};

use rehearsal::{Fault, FaultPlan};
use rustix::process::Signal;

use crate::{
    harness::{FinalState, RandomNumbers, Scene, World, in_parallel, number_of},
    wheels::world_with_wheels_of_a_workflow,
};

/// A release that is disturbed, and what it comes to undisturbed.
struct Release {
    scene: fn() -> Scene,
    undisturbed: OnceLock<(FinalState, Journal)>,
}

/// The records of an undisturbed release.
type Journal = Vec<serde_json::Value>;

/// With everything but wheels of workflows.
static RELEASE: Release = Release::new(|| World::new().package().image().forge().begin());
/// With wheels that are collected after the tag is pushed.
static WITH_WHEELS: Release = Release::new(|| world_with_wheels_of_a_workflow().begin());

impl Release {
    const fn new(scene: fn() -> Scene) -> Self {
        Self { scene, undisturbed: OnceLock::new() }
    }

    fn undisturbed(&self) -> &(FinalState, Journal) {
        self.undisturbed.get_or_init(|| {
            let scene = (self.scene)();
            scene.release("0.2.0").run().exits(0);
            (scene.state(), scene.journal("release-0.2.0"))
        })
    }

    /// From the first record of a step on, after every third record; after every one with
    /// `TIDEGATE_ALL_KILLS=1`.
    #[track_caller]
    fn kill_after_each_record_since(&self, step: &str) {
        let records = &self.undisturbed().1;
        let first = records.iter().position(|record| record["step"] == step).unwrap();
        // The first record is written before counting begins.
        let kills = first.max(1)..records.len();
        assert!(kills.len() > 10, "{kills:?}");
        let every = if std::env::var_os("TIDEGATE_ALL_KILLS").is_some() { 1 } else { 3 };
        let kills = kills.step_by(every);
        in_parallel(2, kills, |&records| {
            let scene = (self.scene)();
            scene.release("0.2.0").kill_after(records).run().was_killed();
            self.resume(&scene);
        });
    }

    #[track_caller]
    fn resume(&self, scene: &Scene) {
        scene.release("0.2.0").run().exits(0);
        scene.assert_state(&self.undisturbed().0);
        scene.assert_nothing_is_published_twice();
    }
}

#[test]
fn a_release_killed_after_any_record_and_resumed_ends_as_an_undisturbed_one() {
    RELEASE.kill_after_each_record_since("prepare.commit");
}

/// Before that it is a release like the other.
#[test]
fn a_release_killed_after_any_record_since_its_push_collects_every_wheel() {
    WITH_WHEELS.kill_after_each_record_since("git.push");
}

/// What is half downloaded is downloaded anew.
#[test]
fn a_release_killed_while_it_downloads_wheels_collects_them_all() {
    let scene = (WITH_WHEELS.scene)();
    let slow = Fault::delay(Duration::from_secs(600)).path_contains("artifacts").skip(1);
    let slow = scene.forge().storage_faults().inject(slow);
    let mut running = scene.release("0.2.0").start();
    running.until("the download", |_| scene.forge().storage_faults().triggered(&slow) == 1);
    running.signal(Signal::KILL);
    running.wait().was_killed();
    WITH_WHEELS.resume(&scene);
}

#[test]
fn a_resumed_release_may_be_killed_again() {
    let cases = [(4, 3), (8, 1), (11, 6), (17, 2)];
    let cases = cases.map(|(first, second)| (format!("{first}, {second}"), (first, second)));
    in_parallel(2, cases, |&(_, (first, second))| {
        let scene = (RELEASE.scene)();
        scene.release("0.2.0").kill_after(first).run().was_killed();
        scene.release("0.2.0").kill_after(second).run().was_killed();
        RELEASE.resume(&scene);
    });
}

/// The act is done, and the program dies before it learns of it.
#[test]
fn a_release_killed_between_an_act_and_its_record_does_not_repeat_the_act() {
    type Server = fn(&Scene) -> &FaultPlan;
    let index: Server = |scene| scene.index("pypi").faults();
    let registry: Server = |scene| scene.registry().faults();
    let forge: Server = |scene| scene.forge().faults();
    let acts = [
        (index, "POST", "/legacy"),
        (registry, "PUT", "/manifests/0.2.0"),
        (forge, "POST", "/releases"),
        (forge, "POST", "/assets"),
        (forge, "PATCH", "/releases"),
    ];
    let acts = acts.map(|(faults, method, path)| (path.to_owned(), (faults, method)));
    in_parallel(2, acts, |(path, (faults, method))| {
        let scene = (RELEASE.scene)();
        let lost = Fault::lost_response().method(method).path_contains(path);
        let lost = faults(&scene).inject(lost);
        let mut running = scene.release("0.2.0").start();
        running.until("the act", |_| faults(&scene).triggered(&lost) == 1);
        running.signal(Signal::KILL);
        running.wait().was_killed();
        RELEASE.resume(&scene);
    });
}

/// The short form of a soak; the long one is `TIDEGATE_RANDOM_KILLS=200`.
#[test]
fn a_release_that_is_ended_at_random_times_by_random_signals_converges() {
    let runs = number_of("TIDEGATE_RANDOM_KILLS", 4);
    let seed = RandomNumbers::seed();
    let seeds = (0..runs).map(|run| seed.wrapping_add(run));
    let seeds = seeds.map(|seed| (format!("TIDEGATE_SEED={seed}"), seed));
    in_parallel(2, seeds, |&(_, seed)| {
        let mut numbers = RandomNumbers::new(seed);
        let scene = (RELEASE.scene)();
        for _ in 0..=numbers.below(3) {
            let mut running = scene.release("0.2.0").start();
            std::thread::sleep(Duration::from_millis(numbers.below(4000)));
            let signals = [Signal::KILL, Signal::TERM, Signal::INT, Signal::HUP];
            if running.is_running() {
                running.signal(signals[usize::try_from(numbers.below(4)).unwrap()]);
            }
            running.wait();
        }
        RELEASE.resume(&scene);
    });
}
