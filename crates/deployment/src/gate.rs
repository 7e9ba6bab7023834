//! Whether instances are fit for users.

use std::time::Duration;

use async_trait::async_trait;
use configuration::{Deploy, HealthCheck};
use tokio::time::{Instant, sleep};

use crate::{
    plan::{Instance, InstanceHealth, InstanceState},
    target::{Readiness, Target},
};

/// The pause between two looks at an instance.
const PAUSE: Duration = Duration::from_millis(200);
/// How long an instance without any check must run to count as ready.
const STEADY_AFTER: Duration = Duration::from_secs(2);
/// How long an instance may take to be ready when no check says otherwise.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long an instance may take to answer a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How often an instance may restart before it counts as failing: some programs end
/// once or twice until what they need is ready.
const TOLERATED_RESTARTS: u64 = 2;
/// Characters of an unexpected body that are shown.
const SHOWN_BODY: usize = 120;

/// Checks instances by their own health check and by the configured requests.
pub(crate) struct HealthGate<'a> {
    pub(crate) target: &'a dyn Target,
    pub(crate) settings: &'a Deploy,
    /// The service that `deploy.health` is not for.
    pub(crate) infrastructure: Option<String>,
}

/// How an instance is now.
enum Fitness {
    Fit,
    /// It may still become fit; the reason why it is not.
    NotYet(String),
    Failed(String),
}

impl HealthGate<'_> {
    fn check_of(&self, service: &str) -> Option<&HealthCheck> {
        let own = self.settings.service_settings.get(service).and_then(|own| own.health.as_ref());
        let is_infrastructure = self.infrastructure.as_deref() == Some(service);
        own.or(self.settings.health.as_ref().filter(|_| !is_infrastructure))
    }

    /// What is wrong with an instance that was ready and is being watched; `before`
    /// is how it was then.
    pub(crate) async fn problem(&self, service: &str, before: &Instance) -> Option<String> {
        let now = match self.look(before).await {
            Ok(now) => now,
            Err(problem) => return Some(problem),
        };
        if now.restarts != before.restarts || now.started != before.started {
            return Some(format!("{} restarted", now.name));
        }
        match self.fitness(service, &now).await {
            Fitness::Fit => None,
            Fitness::NotYet(reason) | Fitness::Failed(reason) => Some(reason),
        }
    }

    /// An instance as it is now.
    pub(crate) async fn look(&self, instance: &Instance) -> Result<Instance, String> {
        let now = self.target.inspect(instance).await.map_err(|error| error.to_string())?;
        now.ok_or_else(|| format!("{} was removed", instance.name))
    }

    async fn fitness(&self, service: &str, instance: &Instance) -> Fitness {
        match own_fitness(instance) {
            Fitness::Fit => {}
            unfit => return unfit,
        }
        let Some(check) = self.check_of(service) else { return Fitness::Fit };
        let request = self.target.request(instance, check.port, &check.http, REQUEST_TIMEOUT).await;
        match response_problem(check, request) {
            None => Fitness::Fit,
            Some(problem) => Fitness::NotYet(format!("{}: {problem}", instance.name)),
        }
    }
}

/// The verdict of the instance's state and of its own health check.
fn own_fitness(instance: &Instance) -> Fitness {
    let name = &instance.name;
    match (&instance.state, instance.health) {
        (InstanceState::Stopped, _) => Fitness::Failed(format!("{name} ended")),
        _ if instance.restarts > TOLERATED_RESTARTS => {
            Fitness::Failed(format!("{name} restarted {} times", instance.restarts))
        }
        (InstanceState::Created, _) => Fitness::NotYet(format!("{name} was not started")),
        (InstanceState::Other(state), _) => Fitness::NotYet(format!("{name} is {state}")),
        (InstanceState::Running, InstanceHealth::Unhealthy) => {
            Fitness::Failed(format!("the health check of {name} fails"))
        }
        (InstanceState::Running, InstanceHealth::Starting) => {
            Fitness::NotYet(format!("the health check of {name} has not passed yet"))
        }
        (InstanceState::Running, _) => Fitness::Fit,
    }
}

fn response_problem(check: &HealthCheck, answer: Result<(u16, String), String>) -> Option<String> {
    let (status, body) = match answer {
        Ok(answer) => answer,
        Err(problem) => return Some(format!("GET {}: {problem}", check.http)),
    };
    if status != check.status {
        return Some(format!("GET {} answers {status}, not {}", check.http, check.status));
    }
    let expected = check.body.as_ref().filter(|expected| !body.contains(*expected))?;
    let shown: String = body.chars().take(SHOWN_BODY).collect();
    Some(format!("GET {} answers `{shown}`, without `{expected}`", check.http))
}

#[async_trait(?Send)]
impl Readiness for HealthGate<'_> {
    /// An instance without any check must keep running for a moment.
    async fn wait(&self, service: &str, instance: &Instance) -> Result<(), String> {
        let check = self.check_of(service);
        let timeout = check.map_or(READY_TIMEOUT, |check| check.timeout.duration());
        let deadline = Instant::now() + timeout;
        let mut fit_since = None;
        loop {
            let now = self.look(instance).await?;
            let is_checked = check.is_some() || now.health != InstanceHealth::Unchecked;
            let reason = match self.fitness(service, &now).await {
                Fitness::Fit if is_checked => return Ok(()),
                Fitness::Fit => {
                    let (restarts, since) =
                        *fit_since.get_or_insert((now.restarts, Instant::now()));
                    if restarts != now.restarts {
                        fit_since = None;
                    } else if since.elapsed() >= STEADY_AFTER {
                        return Ok(());
                    }
                    format!("{} does not keep running", now.name)
                }
                Fitness::NotYet(reason) => reason,
                Fitness::Failed(reason) => return Err(reason),
            };
            if Instant::now() >= deadline {
                return Err(format!("{reason}, after {} s", timeout.as_secs()));
            }
            sleep(PAUSE).await;
        }
    }
}
