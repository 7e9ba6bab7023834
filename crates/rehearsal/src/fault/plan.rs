//! The faults of a server: which are pending, and which have occurred.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, Uri};

use super::effect::{Effect, Fault};
use crate::sync::lock;

/// The faults of one server; clones share them.
///
/// A request is checked against the faults in the order of their injection. The first fault that
/// applies to it, has let enough requests through and is not exhausted occurs. Delays on the way
/// add up.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan(Arc<Mutex<Vec<InjectedFault>>>);

/// Identifies one injected fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FaultId(usize);

#[derive(Debug)]
struct InjectedFault {
    fault: Fault,
    active: bool,
    triggered: u32,
}

/// Everything that goes wrong with one request.
#[derive(Debug, Default)]
pub(crate) struct Disturbance {
    pub(crate) delay: Duration,
    pub(crate) effect: Option<Effect>,
}

impl FaultPlan {
    /// Adds a fault; it is active from the next request on.
    pub fn inject(&self, fault: Fault) -> FaultId {
        let mut faults = lock(&self.0);
        faults.push(InjectedFault { fault, active: true, triggered: 0 });
        FaultId(faults.len() - 1)
    }

    /// How often this fault has occurred.
    pub fn triggered(&self, id: &FaultId) -> u32 {
        lock(&self.0).get(id.0).map_or(0, |injected| injected.triggered)
    }

    /// How often any fault has occurred, including faults that were cleared.
    pub fn total_triggered(&self) -> u32 {
        lock(&self.0).iter().map(|injected| injected.triggered).sum()
    }

    /// Deactivates all faults; the counts remain.
    pub fn clear(&self) {
        for injected in lock(&self.0).iter_mut() {
            injected.active = false;
        }
    }

    /// Counts the faults that occur on a request, and returns their effects.
    pub(crate) fn trigger(&self, method: &Method, uri: &Uri) -> Disturbance {
        let mut disturbance = Disturbance::default();
        for injected in lock(&self.0).iter_mut() {
            if !injected.occurs_on(method, uri) {
                continue;
            }
            match &injected.fault.effect {
                Effect::Delay(time) => disturbance.delay += *time,
                effect => {
                    disturbance.effect = Some(effect.clone());
                    break;
                }
            }
        }
        disturbance
    }
}

impl InjectedFault {
    /// Decides and counts in one step.
    fn occurs_on(&mut self, method: &Method, uri: &Uri) -> bool {
        if !self.active || !self.fault.applies_to(method, uri) || self.is_exhausted() {
            return false;
        }
        if self.fault.skip > 0 {
            self.fault.skip -= 1;
            return false;
        }
        self.triggered += 1;
        true
    }

    fn is_exhausted(&self) -> bool {
        self.fault.times.is_some_and(|times| self.triggered >= times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(plan: &FaultPlan) -> Option<Effect> {
        plan.trigger(&Method::GET, &Uri::from_static("/x")).effect
    }

    #[test]
    fn skips_requests_then_occurs_the_given_number_of_times() {
        let plan = FaultPlan::default();
        let id = plan.inject(Fault::garbage().skip(1).times(2));
        let occurred: Vec<_> = (0..4).map(|_| trigger(&plan).is_some()).collect();
        assert_eq!(occurred, [false, true, true, false]);
        assert_eq!(plan.triggered(&id), 2);
    }

    #[test]
    fn the_next_fault_waits_until_the_first_is_exhausted() {
        let plan = FaultPlan::default();
        plan.inject(Fault::garbage());
        plan.inject(Fault::lost_response());
        assert_eq!(trigger(&plan), Some(Effect::Garbage));
        assert_eq!(trigger(&plan), Some(Effect::LostResponse));
        assert_eq!(trigger(&plan), None);
    }

    #[test]
    fn delays_add_up_and_do_not_hide_other_faults() {
        let plan = FaultPlan::default();
        plan.inject(Fault::delay(Duration::from_millis(2)).forever());
        plan.inject(Fault::delay(Duration::from_millis(3)));
        plan.inject(Fault::garbage());
        let disturbance = plan.trigger(&Method::GET, &Uri::from_static("/x"));
        assert_eq!(disturbance.delay, Duration::from_millis(5));
        assert_eq!(disturbance.effect, Some(Effect::Garbage));
    }

    #[test]
    fn clearing_ends_faults_and_keeps_the_counts() {
        let plan = FaultPlan::default();
        let id = plan.inject(Fault::garbage().forever());
        trigger(&plan);
        plan.clear();
        assert_eq!(trigger(&plan), None);
        assert_eq!((plan.triggered(&id), plan.total_triggered()), (1, 1));
    }
}
