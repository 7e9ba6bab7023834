use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct as _};

use crate::{Action, Effect};

/// Whether a failure of a step stops the operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// It does.
    Required,
    /// It stops only the steps that need this one.
    Optional,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PlannedStep<A: Action> {
    /// What it does.
    pub action: A,
    /// Steps that must have succeeded.
    #[serde(bound(deserialize = "A::Id: Deserialize<'de>"))]
    pub needs: Vec<A::Id>,
    /// Steps that must have ended, successfully or not.
    #[serde(bound(deserialize = "A::Id: Deserialize<'de>"))]
    pub after: Vec<A::Id>,
    /// Whether its failure stops the operation.
    pub requirement: Requirement,
}

impl<A: Action> PlannedStep<A> {
    /// The step's identity.
    #[must_use]
    pub fn id(&self) -> A::Id {
        self.action.id()
    }

    /// What the step changes.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.action.effect()
    }

    /// Whether its failure stops the operation.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.requirement == Requirement::Required
    }

    /// Every step that this one waits for directly.
    pub fn waits_for(&self) -> impl Iterator<Item = &A::Id> {
        self.needs.iter().chain(&self.after)
    }
}

/// Identity and effect follow from the action, and are written for readers.
impl<A: Action + Serialize> Serialize for PlannedStep<A>
where
    A::Id: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut step = serializer.serialize_struct("PlannedStep", 6)?;
        step.serialize_field("id", &self.id())?;
        step.serialize_field("effect", &self.effect())?;
        step.serialize_field("action", &self.action)?;
        step.serialize_field("needs", &self.needs)?;
        step.serialize_field("after", &self.after)?;
        step.serialize_field("requirement", &self.requirement)?;
        step.end()
    }
}

/// Steps, each after those that it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent, bound(deserialize = "A: Deserialize<'de>, A::Id: Deserialize<'de>"))]
pub struct StepPlan<A: Action>(Vec<PlannedStep<A>>);

impl<A: Action> StepPlan<A> {
    /// A plan of these steps, in this order.
    #[must_use]
    pub fn new(steps: Vec<PlannedStep<A>>) -> Self {
        Self(steps)
    }

    /// The steps, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &PlannedStep<A>> + ExactSizeIterator {
        self.0.iter()
    }

    /// How many steps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The step of this identity.
    #[must_use]
    pub fn get(&self, id: &A::Id) -> Option<&PlannedStep<A>> {
        self.0.iter().find(|step| step.id() == *id)
    }
}

impl<A: Action + Serialize> Serialize for StepPlan<A>
where
    A::Id: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
