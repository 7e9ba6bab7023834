//! Crash proof: whenever the program is killed, the same command brings about
//! what an undisturbed run does, and nothing is published twice.

use std::sync::OnceLock;

use rehearsal::{Fault, FaultPlan};
use rustix::process::Signal;

use crate::harness::{FinalState, Scene, World, in_parallel};

fn scene() -> Scene {
    World::new().package().image().forge().begin()
}

/// What an undisturbed release ends in, and how many records it writes.
fn undisturbed() -> &'static (FinalState, usize) {
    static UNDISTURBED: OnceLock<(FinalState, usize)> = OnceLock::new();
    UNDISTURBED.get_or_init(|| {
        let scene = scene();
        scene.release("0.2.0").run().exits(0);
        (scene.state(), scene.journal("release-0.2.0").len())
    })
}

#[track_caller]
fn assert_as_undisturbed(scene: &Scene) {
    scene.assert_state(&undisturbed().0);
    scene.assert_nothing_is_published_twice();
}

#[test]
fn a_release_killed_after_any_record_and_resumed_ends_as_an_undisturbed_one() {
    // The first record is written before counting begins.
    let records = undisturbed().1 - 1;
    assert!(records > 20, "{records}");
    in_parallel(2, 1..=records, |&records| {
        let scene = scene();
        scene.release("0.2.0").kill_after(records).run().was_killed();
        scene.release("0.2.0").run().exits(0);
        assert_as_undisturbed(&scene);
    });
}

#[test]
fn a_resumed_release_may_be_killed_again() {
    let cases = [(4, 3), (8, 1), (11, 6), (17, 2)];
    let cases = cases.map(|(first, second)| (format!("{first}, {second}"), (first, second)));
    in_parallel(2, cases, |&(_, (first, second))| {
        let scene = scene();
        scene.release("0.2.0").kill_after(first).run().was_killed();
        scene.release("0.2.0").kill_after(second).run().was_killed();
        scene.release("0.2.0").run().exits(0);
        assert_as_undisturbed(&scene);
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
        let scene = scene();
        let lost = Fault::lost_response().method(method).path_contains(path);
        let lost = faults(&scene).inject(lost);
        let mut running = scene.release("0.2.0").start();
        running.until("the act", |_| faults(&scene).triggered(&lost) == 1);
        running.signal(Signal::KILL);
        running.wait().was_killed();
        scene.release("0.2.0").run().exits(0);
        assert_as_undisturbed(&scene);
    });
}
