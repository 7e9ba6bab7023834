//! Doing it: who, and what came of it.

use std::pin::pin;

use compose::{ComposeError, down::ProjectResources};

use super::{
    Target, delegate::Delegated, known::Known, native::Native, outcome::Way, tools::Tools,
};
use operation::{OperationError, until_interrupted};

use crate::LifecycleError;

/// What came of trying.
pub(super) enum Attempt {
    /// This was there, and nothing of it to take down.
    Nothing(ProjectResources),
    /// What was there before, and what was done.
    Made(ProjectResources, Worked),
}

/// What was done.
pub(super) enum Worked {
    Ended {
        way: Way,
        problems: Vec<String>,
        known: Option<Known>,
    },
    Interrupted(Way),
    /// Nothing: the files do not load.
    Unreadable(ComposeError),
}

impl Tools<'_> {
    /// Tries it once.
    ///
    /// # Errors
    /// When nothing was changed: the engine cannot be used, somebody said no, or
    /// interrupted.
    pub(super) async fn attempt(
        &self,
        target: &Target,
        interrupt: impl Future<Output = ()> + Clone,
    ) -> Result<Attempt, LifecycleError> {
        let way = match (&target.project, &self.program) {
            (Some(project), Some(program)) if !self.request.native => {
                let down = self.delegate(program, project);
                return self.attempt_with_compose(target, down, interrupt).await;
            }
            (Some(_), _) => Way::Engine,
            (None, _) => Way::Labels,
        };
        let looking = self.observe(target, false);
        let before = until_interrupted(interrupt.clone(), looking).await?;
        if self.is_nothing(&before) {
            return Ok(Attempt::Nothing(before));
        }
        self.agree(target, &before)?;
        self.announce(target, way, &before);
        let work = self.natively(target, &before, way);
        let worked = until_interrupted(interrupt, work).await;
        made(before, way, worked)
    }

    /// Compose needs longer to start than the engine to tell what is there, and
    /// asks it three things before it changes anything: it is started meanwhile,
    /// unless somebody is asked first, and killed when there is nothing to do or
    /// the engine cannot be used.
    async fn attempt_with_compose(
        &self,
        target: &Target,
        down: impl Future<Output = Delegated>,
        interrupt: impl Future<Output = ()> + Clone,
    ) -> Result<Attempt, LifecycleError> {
        let mut down = pin!(down);
        let mut looking = pin!(self.observe(target, false));
        let mut early = None;
        let at_once = self.request.agreed || !self.options.volumes;
        let before = loop {
            tokio::select! {
                biased;
                () = interrupt.clone() => return Err(OperationError::Interrupted.into()),
                before = &mut looking => break before?,
                ended = &mut down, if at_once && early.is_none() => early = Some(ended),
            }
        };
        if self.is_nothing(&before) {
            return Ok(Attempt::Nothing(before));
        }
        self.agree(target, &before)?;
        self.announce(target, Way::Compose, &before);
        let work = async {
            let delegated = match early {
                Some(ended) => ended,
                None => down.await,
            };
            self.after_compose(target, &before, delegated).await
        };
        let worked = until_interrupted(interrupt, work).await;
        made(before, Way::Compose, worked)
    }

    /// Volumes hold data, which nothing brings back.
    fn agree(&self, target: &Target, before: &ProjectResources) -> Result<(), LifecycleError> {
        let names: Vec<&str> = before.volumes.iter().map(|one| one.name.as_str()).collect();
        if !self.options.volumes || self.request.agreed || names.is_empty() {
            return Ok(());
        }
        let names = names.join(", ");
        let question =
            format!("Remove the volumes of project {} with their data ({names})?", target.name);
        Ok(self.environment.require_confirmation("removing volumes with their data", &question)?)
    }

    fn announce(&self, target: &Target, way: Way, before: &ProjectResources) {
        let reporter = &self.environment.reporter;
        reporter.info(format!("{}: down {}", target.words(), way.words()));
        target.warn_of_others(reporter, before);
    }

    async fn after_compose(
        &self,
        target: &Target,
        before: &ProjectResources,
        delegated: Delegated,
    ) -> Result<Worked, LifecycleError> {
        let ended = |problems| Ok(Worked::Ended { way: Way::Compose, problems, known: None });
        match delegated {
            Delegated::Done if self.options.everything => self.finish(target).await,
            Delegated::Done => ended(Vec::new()),
            Delegated::Failed(problem) => ended(vec![problem]),
            Delegated::Unreadable(problem) => Ok(Worked::Unreadable(problem)),
            Delegated::NotForCompose(why) => {
                self.environment.reporter.warn(format!("{why}; going through the engine"));
                self.natively(target, before, Way::Engine).await
            }
        }
    }

    /// Of everything, Compose leaves running one-off containers of services that
    /// it does not know, and what only an older file had.
    async fn finish(&self, target: &Target) -> Result<Worked, LifecycleError> {
        let rest = self.observe(target, false).await?;
        if self.is_nothing(&rest) {
            return Ok(Worked::Ended { way: Way::Compose, problems: Vec::new(), known: None });
        }
        self.natively(target, &rest, Way::Compose).await
    }

    async fn natively(
        &self,
        target: &Target,
        observed: &ProjectResources,
        way: Way,
    ) -> Result<Worked, LifecycleError> {
        let known = match self.read(target, observed).await {
            Ok(known) => known,
            Err(problem) => return Ok(Worked::Unreadable(problem)),
        };
        let plan = self.plan(observed, known.as_ref());
        let reporter = &self.environment.reporter;
        for warning in known.iter().flat_map(|known| known.warnings(&plan)) {
            reporter.warn(warning);
        }
        let (engine, grace) = (self.engine().await?, self.request.grace);
        let native = Native::new(engine, reporter, &target.name, grace, self.options.volumes);
        Ok(Worked::Ended { way, problems: native.apply(&plan).await, known })
    }
}

fn made(
    before: ProjectResources,
    way: Way,
    worked: Result<Worked, LifecycleError>,
) -> Result<Attempt, LifecycleError> {
    match worked {
        Err(LifecycleError::Operation(OperationError::Interrupted)) => {
            Ok(Attempt::Made(before, Worked::Interrupted(way)))
        }
        worked => Ok(Attempt::Made(before, worked?)),
    }
}
