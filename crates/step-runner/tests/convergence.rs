//! Plans of any shape over a world in memory: killed at any point and run again
//! they converge, and what is withdrawn leaves nothing behind that it should not.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    cell::{Ref, RefCell, RefMut},
    collections::{BTreeMap, BTreeSet},
    future::{pending, poll_fn},
    path::Path,
    task::Poll,
};

use async_trait::async_trait;
use journal::Journal;
use probe::Probe;
use proptest::prelude::*;
use report::Reporter;
use serde::Serialize;
use step_plan::{Action, Effect, PlannedStep, Requirement, StepPlan, prerequisites};
use step_runner::{
    AnyStep, Outcome, RecordedStep, Runner, Step, StepContext, StepError, StepJournal, StepProbe,
    Undo,
};

/// Publishes some parts under a number.
#[derive(Debug, Clone, Serialize)]
struct Publish {
    number: usize,
    parts: usize,
    effect: Effect,
    is_foundation: bool,
}

impl Action for Publish {
    type Id = usize;

    fn id(&self) -> usize {
        self.number
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn title(&self) -> String {
        format!("publish {}", self.number)
    }

    fn is_foundation(&self) -> bool {
        self.is_foundation
    }
}

/// How often each part was published; a part that was withdrawn is not there.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct World {
    published: BTreeMap<(usize, usize), usize>,
    /// Steps whose first attempt fails.
    failing: BTreeSet<usize>,
}

impl World {
    fn has(&self, number: usize, part: usize) -> bool {
        self.published.contains_key(&(number, part))
    }
}

#[derive(Debug, Default)]
struct SharedWorld(RefCell<World>);

impl SharedWorld {
    fn borrow(&self) -> Ref<'_, World> {
        self.0.borrow()
    }

    fn borrow_mut(&self) -> RefMut<'_, World> {
        self.0.borrow_mut()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the target is down")]
struct Down;

impl StepError for Down {}

impl StepContext for SharedWorld {
    type Id = usize;
    type Error = Down;
}

#[async_trait(?Send)]
impl Step<SharedWorld> for Publish {
    type Evidence = usize;
    type Missing = Vec<usize>;

    fn id(&self) -> usize {
        self.number
    }

    async fn probe(&self, world: &SharedWorld) -> Result<StepProbe<Self, SharedWorld>, Down> {
        breathe().await;
        let world = world.borrow();
        let missing: Vec<usize> =
            (0..self.parts).filter(|part| !world.has(self.number, *part)).collect();
        Ok(match missing.len() {
            0 => Probe::Identical(Outcome::already_done(self.parts, "")),
            absent if absent == self.parts => Probe::Absent,
            _ => Probe::Partial(missing),
        })
    }

    async fn apply(
        &self,
        world: &SharedWorld,
        missing: Option<Vec<usize>>,
        _: &report::RunningStep,
    ) -> Result<Outcome<usize>, Down> {
        for part in missing.unwrap_or_else(|| (0..self.parts).collect()) {
            breathe().await;
            if world.borrow_mut().failing.remove(&self.number) {
                return Err(Down);
            }
            *world.borrow_mut().published.entry((self.number, part)).or_default() += 1;
            breathe().await;
        }
        Ok(Outcome::done(self.parts, ""))
    }

    async fn undo(
        &self,
        world: &SharedWorld,
        recorded: RecordedStep<usize, Vec<usize>>,
    ) -> Result<Undo, Down> {
        assert!(!recorded.attempts.is_empty(), "only what was started is undone");
        for part in 0..self.parts {
            breathe().await;
            world.borrow_mut().published.remove(&(self.number, part));
        }
        Ok(Undo::default())
    }
}

/// A point at which the process may be killed.
async fn breathe() {
    let mut polled = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn step_of(action: &Publish) -> Box<dyn AnyStep<SharedWorld>> {
    Box::new(action.clone())
}

/// Whether the future ended within so many polls; else it is dropped, as by a kill.
fn survives(polls: usize, work: impl Future<Output = ()>) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut work = std::pin::pin!(work);
    let mut left = polls;
    runtime.block_on(poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        context.waker().wake_by_ref();
        work.as_mut().poll(context).map(|()| true)
    }))
}

struct Scene {
    plan: StepPlan<Publish>,
    world: SharedWorld,
    folder: tempfile::TempDir,
}

impl Scene {
    fn new(plan: StepPlan<Publish>, failing: BTreeSet<usize>) -> Self {
        let world = SharedWorld(RefCell::new(World { failing, ..World::default() }));
        Self { plan, world, folder: tempfile::tempdir().unwrap() }
    }

    fn journal(&self) -> StepJournal {
        StepJournal::new(Journal::open(&self.folder.path().join(Path::new("journal"))).unwrap())
    }

    /// Runs the plan; whether it ended before it was killed.
    fn run(&self, polls: usize) -> bool {
        let journal = self.journal();
        let reporter = Reporter::silent();
        let runner = Runner {
            plan: &self.plan,
            context: &self.world,
            journal: &journal,
            reporter: &reporter,
            step_of,
        };
        survives(polls, async {
            runner.run(pending()).await;
            self.users_follow_only_what_is_complete();
        })
    }

    fn withdraw(&self, polls: usize) -> bool {
        let journal = self.journal();
        let reporter = Reporter::silent();
        let runner = Runner {
            plan: &self.plan,
            context: &self.world,
            journal: &journal,
            reporter: &reporter,
            step_of,
        };
        survives(polls, async {
            runner.withdraw().await.unwrap();
        })
    }

    fn users_follow_only_what_is_complete(&self) {
        let world = self.world.borrow();
        for step in self.plan.iter().filter(|step| world.has(step.id(), 0)) {
            for needed in prerequisites(&self.plan, &step.id()) {
                let parts = self.plan.get(&needed).unwrap().action.parts;
                assert!((0..parts).all(|part| world.has(needed, part)), "{needed} is incomplete");
            }
        }
    }
}

const UNDISTURBED: usize = 100_000;

fn any_plan() -> impl Strategy<Value = StepPlan<Publish>> {
    let effect = prop::sample::select(vec![
        Effect::Local,
        Effect::Withdrawable,
        Effect::Permanent,
        Effect::Followed,
    ]);
    let step = (
        1_usize..4,
        effect,
        any::<bool>(),
        prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    );
    prop::collection::vec(step, 1..8).prop_map(|steps| {
        let steps =
            steps.into_iter().enumerate().map(|(number, (parts, effect, is_foundation, needs))| {
                let needs: BTreeSet<usize> =
                    needs.iter().filter(|_| number > 0).map(|index| index.index(number)).collect();
                PlannedStep {
                    action: Publish { number, parts, effect, is_foundation },
                    needs: needs.into_iter().collect(),
                    after: Vec::new(),
                    requirement: Requirement::Required,
                }
            });
        StepPlan::new(steps.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_plan_that_is_killed_anywhere_converges_and_publishes_nothing_twice(
        plan in any_plan(),
        kills in prop::collection::vec(1_usize..40, 0..5),
        failing in prop::collection::btree_set(0_usize..8, 0..3),
    ) {
        let undisturbed = Scene::new(plan.clone(), BTreeSet::new());
        prop_assert!(undisturbed.run(UNDISTURBED));
        let scene = Scene::new(plan, failing.clone());
        for polls in kills {
            scene.run(polls);
        }
        // Each failing step fails one run.
        for _ in 0..=failing.len() {
            prop_assert!(scene.run(UNDISTURBED));
        }
        prop_assert_eq!(&scene.world.borrow().published, &undisturbed.world.borrow().published);
    }

    #[test]
    fn a_withdrawal_that_is_killed_anywhere_leaves_only_what_is_lasting(
        plan in any_plan(),
        polls in 1_usize..60,
        kills in prop::collection::vec(1_usize..20, 0..4),
    ) {
        let scene = Scene::new(plan.clone(), BTreeSet::new());
        scene.run(polls);
        let before = scene.world.borrow().published.clone();
        let something_lasts = {
            let records = scene.journal().records();
            plan.iter().any(|step| {
                step.effect().is_lasting() && records.is_started(&step.id().to_string())
            })
        };
        for polls in kills {
            scene.withdraw(polls);
        }
        prop_assert!(scene.withdraw(UNDISTURBED));
        let stays = |number: &usize| {
            let action = &plan.get(number).unwrap().action;
            action.effect.is_lasting() || something_lasts && action.is_foundation
        };
        let expected: BTreeMap<_, _> =
            before.into_iter().filter(|((number, _), _)| stays(number)).collect();
        prop_assert_eq!(&scene.world.borrow().published, &expected);
    }
}

#[test]
fn a_failed_step_blocks_what_needs_it_and_nothing_that_ran_already() {
    let publish = |number, effect, needs: &[usize], requirement| PlannedStep {
        action: Publish { number, parts: 1, effect, is_foundation: false },
        needs: needs.to_vec(),
        after: Vec::new(),
        requirement,
    };
    let plan = StepPlan::new(vec![
        publish(0, Effect::Local, &[], Requirement::Required),
        publish(1, Effect::Permanent, &[0], Requirement::Optional),
        publish(2, Effect::Followed, &[1], Requirement::Optional),
        publish(3, Effect::Followed, &[0], Requirement::Required),
    ]);
    let scene = Scene::new(plan, BTreeSet::from([1]));
    assert!(scene.run(UNDISTURBED));
    let published: Vec<usize> =
        scene.world.borrow().published.keys().map(|(number, _)| *number).collect();
    assert_eq!(published, [0, 3]);
}
