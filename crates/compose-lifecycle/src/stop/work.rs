//! One project: look, do it, look again.

use ::report::Event;
use compose::{
    ComposeError,
    down::{DownPlan, ProjectResources, plan_down},
};

use super::{
    Target,
    attempt::{Attempt, Worked},
    known::Known,
    observe::observe,
    outcome::{Outcome, Way},
    report,
    target::Sought,
    tools::Tools,
};
use operation::{FailureKind, OperationError, error_chain, until_interrupted};

use crate::LifecycleError;

impl Tools<'_> {
    /// Shows what taking the project down would do.
    pub(super) async fn show(&self, sought: Sought) -> Result<(), LifecycleError> {
        let mut target = Target::find(sought, self).await?;
        let reporter = &self.environment.reporter;
        loop {
            let observed = self.observe(&target, true).await?;
            match self.read(&target, &observed).await {
                Ok(known) => {
                    target.warn_as_compose(reporter);
                    let plan = self.plan(&observed, known.as_ref());
                    if plan.is_empty() {
                        reporter.ok(report::nothing_goes(&target, &plan));
                    }
                    reporter.emit(&Event::Plan(report::plan(&target, &plan)));
                    return Ok(());
                }
                Err(problem) => target = target.without_files(self, problem).await?,
            }
        }
    }

    /// Takes the project down.
    pub(super) async fn take_down(
        &self,
        sought: Sought,
        interrupt: impl Future<Output = ()> + Clone,
    ) -> Result<Outcome, LifecycleError> {
        let mut target = until_interrupted(interrupt.clone(), Target::find(sought, self)).await?;
        loop {
            match self.attempt(&target, interrupt.clone()).await? {
                Attempt::Nothing(before) => return self.nothing(target, before).await,
                Attempt::Made(_, Worked::Unreadable(problem)) => {
                    target = target.without_files(self, problem).await?;
                }
                Attempt::Made(before, worked) => {
                    return self.look_again(target, before, worked).await;
                }
            }
        }
    }

    pub(super) async fn observe(
        &self,
        target: &Target,
        attached: bool,
    ) -> Result<ProjectResources, LifecycleError> {
        let observed = observe(self.engine().await?, &target.name, attached).await;
        Ok(observed.map_err(OperationError::engine("look at the project's containers"))?)
    }

    pub(super) fn is_nothing(&self, observed: &ProjectResources) -> bool {
        let ProjectResources { containers, networks, volumes } = observed;
        containers.is_empty()
            && networks.is_empty()
            && (!self.options.volumes || volumes.is_empty())
    }

    /// What the files say; `None` when there are none.
    pub(super) async fn read(
        &self,
        target: &Target,
        observed: &ProjectResources,
    ) -> Result<Option<Known>, ComposeError> {
        match &target.project {
            Some(project) => self.known(project, observed).await.map(Some),
            None => Ok(None),
        }
    }

    pub(super) fn plan(&self, observed: &ProjectResources, known: Option<&Known>) -> DownPlan {
        plan_down(observed, known.map(|known| &known.declared), self.options)
    }

    /// Containers may have been started from the same files under another name.
    async fn nothing(
        &self,
        target: Target,
        before: ProjectResources,
    ) -> Result<Outcome, LifecycleError> {
        for name in target.other_names(self.engine().await?).await? {
            let text = format!(
                "containers that were started from these files belong to project {name}: \
                 `-p {name}` takes them down"
            );
            self.environment.reporter.warn(text);
        }
        let (after, rest) = (before.clone(), DownPlan::default());
        let (way, problems) = (Way::Nothing, Vec::new());
        Ok(Outcome { target, way, before, after, rest, problems, interrupted: false })
    }

    async fn look_again(
        &self,
        target: Target,
        before: ProjectResources,
        worked: Worked,
    ) -> Result<Outcome, LifecycleError> {
        let (interrupted, way, mut problems, known) = match worked {
            Worked::Ended { way, problems, known } => (false, way, problems, known),
            Worked::Interrupted(way) => (true, way, Vec::new(), None),
            Worked::Unreadable(problem) => return Err(problem.into()),
        };
        let after = self.observe(&target, true).await;
        let after = after.map_err(|error| unknown_end(&target, &error))?;
        let known = match known {
            Some(known) => Some(known),
            None if self.is_nothing(&after) => None,
            None => self.read(&target, &after).await.unwrap_or_else(|problem| {
                problems.push(error_chain(&problem));
                None
            }),
        };
        let rest = self.plan(&after, known.as_ref());
        Ok(Outcome { target, way, before, after, rest, problems, interrupted })
    }
}

/// Something was done, and what came of it cannot be seen.
fn unknown_end(target: &Target, error: &LifecycleError) -> OperationError {
    OperationError::Several {
        problem: format!(
            "cannot find out what is left of project {}: {}",
            target.name,
            error_chain(error)
        ),
        items: Vec::new(),
        kind: FailureKind::HalfWay,
        advice: Some("when the engine answers, run the same command again".to_owned()),
    }
}
