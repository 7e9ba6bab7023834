use crate::{Action, StepPlan};

/// Why a step that was started is not undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// Its effect is lasting.
    Lasting,
    /// Something lasting was made from it.
    Foundation,
}

/// What is undone of a plan that was carried out in part, and what stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal<Id> {
    /// Steps to undo, in this order: the last one first.
    pub undo: Vec<Id>,
    /// Steps that stay, in the order of the plan.
    pub stay: Vec<(Id, Retention)>,
}

impl<Id> Withdrawal<Id> {
    /// Decides for the steps that were started. A step whose outcome is unknown
    /// counts as done: its request may have arrived.
    #[must_use]
    pub fn plan<A: Action<Id = Id>>(plan: &StepPlan<A>, is_started: impl Fn(&Id) -> bool) -> Self {
        let started: Vec<_> = plan.iter().filter(|step| is_started(&step.id())).collect();
        let something_lasts = started.iter().any(|step| step.effect().is_lasting());
        let (mut undo, mut stay) = (Vec::new(), Vec::new());
        for step in started {
            if step.effect().is_lasting() {
                stay.push((step.id(), Retention::Lasting));
            } else if something_lasts && step.action.is_foundation() {
                stay.push((step.id(), Retention::Foundation));
            } else {
                undo.push(step.id());
            }
        }
        undo.reverse();
        Self { undo, stay }
    }

    /// Whether something lasting stays.
    #[must_use]
    pub fn leaves_something(&self) -> bool {
        !self.stay.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Effect, PlannedStep, Requirement};

    struct Deed(&'static str, Effect, bool);

    impl Action for Deed {
        type Id = &'static str;

        fn id(&self) -> &'static str {
            self.0
        }

        fn effect(&self) -> Effect {
            self.1
        }

        fn title(&self) -> String {
            self.0.to_owned()
        }

        fn is_foundation(&self) -> bool {
            self.2
        }
    }

    fn withdrawal(started: &[&'static str]) -> Withdrawal<&'static str> {
        let deeds = [
            Deed("tag", Effect::Local, true),
            Deed("push", Effect::Withdrawable, true),
            Deed("draft", Effect::Withdrawable, false),
            Deed("upload", Effect::Permanent, false),
        ];
        let steps = deeds.map(|action| PlannedStep {
            action,
            needs: Vec::new(),
            after: Vec::new(),
            requirement: Requirement::Required,
        });
        Withdrawal::plan(&StepPlan::new(steps.into()), |id| started.contains(id))
    }

    #[test]
    fn what_was_started_is_undone_last_step_first() {
        let withdrawal = withdrawal(&["tag", "push", "draft"]);
        assert_eq!(withdrawal.undo, ["draft", "push", "tag"]);
        assert!(!withdrawal.leaves_something());
    }

    #[test]
    fn what_lasting_things_are_made_from_stays_with_them() {
        let withdrawal = withdrawal(&["tag", "push", "draft", "upload"]);
        assert_eq!(withdrawal.undo, ["draft"]);
        let foundation = |id| (id, Retention::Foundation);
        let lasting = ("upload", Retention::Lasting);
        assert_eq!(withdrawal.stay, [foundation("tag"), foundation("push"), lasting]);
    }
}
