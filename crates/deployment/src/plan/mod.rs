//! Decides what a deployment does. Pure: no I/O, no clock, and nothing that only one
//! kind of target has.

mod action;
mod changes;
mod check;
mod deployment_plan;
mod finding;
mod hook_point;
mod observed;
mod planner;
mod policy;
#[cfg(test)]
mod properties;
mod required_variables;
mod retention;
mod running_service;
mod service;
mod starting_order;
mod step_id;
mod violations;

pub use action::{Action, ServiceChange};
pub(crate) use changes::selected_names;
pub use check::check;
pub use deployment_plan::{DeploymentPlan, Purpose};
pub use finding::{ConfigurationLoss, Finding};
pub use hook_point::HookPoint;
pub use observed::{Observed, ObservedDisk, ObservedService, ProxyProblem, UnavailableImage};
pub use planner::plan;
pub use policy::{Migration, PlannedHook, PlannedRestore, PlannedTrial, Policy};
pub(crate) use required_variables::missing_variables;
pub use running_service::RunningService;
pub(crate) use running_service::names_of;
pub use service::{
    DesiredImage, Instance, InstanceHealth, InstanceState, Overlap, RestoredConfiguration, Role,
    SwitchOrder,
};
pub use step_id::{StepId, UnknownStep};
pub use violations::violations;
