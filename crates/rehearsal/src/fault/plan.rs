//! Which faults are waiting, and which have happened.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, Uri};

use super::effect::{Effect, Fault};

/// The faults of one server; clones share them.
///
/// A request meets the faults in the order of their injection. The first one that concerns
/// it, has let enough requests pass and is not used up happens; delays add up on the way.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan(Arc<Mutex<Vec<Scheduled>>>);

/// Names one injected fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FaultId(usize);

#[derive(Debug)]
struct Scheduled {
    fault: Fault,
    active: bool,
    triggered: u32,
}

/// What one request has to suffer.
#[derive(Debug, Default)]
pub(crate) struct Firing {
    pub(crate) delay: Duration,
    pub(crate) effect: Option<Effect>,
}

impl FaultPlan {
    /// Adds a fault; it is active from the next request on.
    pub fn inject(&self, fault: Fault) -> FaultId {
        let mut faults = self.lock();
        faults.push(Scheduled { fault, active: true, triggered: 0 });
        FaultId(faults.len() - 1)
    }

    /// How often this fault has happened.
    pub fn triggered(&self, id: &FaultId) -> u32 {
        self.lock().get(id.0).map_or(0, |fault| fault.triggered)
    }

    /// How often any fault has happened, those that were cleared included.
    pub fn total_triggered(&self) -> u32 {
        self.lock().iter().map(|fault| fault.triggered).sum()
    }

    /// Ends all faults; what has been counted stays.
    pub fn clear(&self) {
        for scheduled in self.lock().iter_mut() {
            scheduled.active = false;
        }
    }

    pub(crate) fn fire(&self, method: &Method, uri: &Uri) -> Firing {
        let mut firing = Firing::default();
        for scheduled in self.lock().iter_mut() {
            if !scheduled.fires(method, uri) {
                continue;
            }
            match &scheduled.fault.effect {
                Effect::Delay(time) => firing.delay += *time,
                effect => {
                    firing.effect = Some(effect.clone());
                    break;
                }
            }
        }
        firing
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Scheduled>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scheduled {
    /// Decides and counts in one go.
    fn fires(&mut self, method: &Method, uri: &Uri) -> bool {
        if !self.active || !self.fault.concerns(method, uri) || self.is_used_up() {
            return false;
        }
        if self.fault.skip > 0 {
            self.fault.skip -= 1;
            return false;
        }
        self.triggered += 1;
        true
    }

    fn is_used_up(&self) -> bool {
        self.fault.times.is_some_and(|times| self.triggered >= times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fire(plan: &FaultPlan) -> Option<Effect> {
        plan.fire(&Method::GET, &Uri::from_static("/x")).effect
    }

    #[test]
    fn skips_then_happens_as_often_as_told() {
        let plan = FaultPlan::default();
        let id = plan.inject(Fault::garbage().skip(1).times(2));
        let seen: Vec<_> = (0..4).map(|_| fire(&plan).is_some()).collect();
        assert_eq!(seen, [false, true, true, false]);
        assert_eq!(plan.triggered(&id), 2);
    }

    #[test]
    fn the_next_fault_waits_until_the_first_is_used_up() {
        let plan = FaultPlan::default();
        plan.inject(Fault::garbage());
        plan.inject(Fault::lost_answer());
        assert_eq!(fire(&plan), Some(Effect::Garbage));
        assert_eq!(fire(&plan), Some(Effect::LostAnswer));
        assert_eq!(fire(&plan), None);
    }

    #[test]
    fn delays_add_up_and_do_not_hide_other_faults() {
        let plan = FaultPlan::default();
        plan.inject(Fault::delay(Duration::from_millis(2)).forever());
        plan.inject(Fault::delay(Duration::from_millis(3)));
        plan.inject(Fault::garbage());
        let firing = plan.fire(&Method::GET, &Uri::from_static("/x"));
        assert_eq!(firing.delay, Duration::from_millis(5));
        assert_eq!(firing.effect, Some(Effect::Garbage));
    }

    #[test]
    fn clearing_ends_faults_and_keeps_the_counts() {
        let plan = FaultPlan::default();
        let id = plan.inject(Fault::garbage().forever());
        fire(&plan);
        plan.clear();
        assert_eq!(fire(&plan), None);
        assert_eq!((plan.triggered(&id), plan.total_triggered()), (1, 1));
    }
}
