//! The steps of a deployment, one file each.

mod clean_up;
mod confirm;
mod fetch_image;
mod migrate;
mod prepare_instances;
mod record_plan;
mod restore_data;
mod retire_instances;
mod run_hook;
mod secure_data;
mod secure_success;
mod secure_way_back;
mod start_services;
mod stop_services;
mod switch_service;
mod try_version;
mod verify_services;

use step_runner::AnyStep;

use crate::{context::DeploymentContext, plan::Action};

/// The step that carries out an action.
pub(crate) fn step_of<'a>(action: &Action) -> Box<dyn AnyStep<DeploymentContext<'a>>> {
    match action.clone() {
        Action::RunHook { point, number, .. } => Box::new(run_hook::RunHook { point, number }),
        Action::SecureWayBack { service, instance, tag } => {
            Box::new(secure_way_back::SecureWayBack { service, instance, tag })
        }
        Action::Record => Box::new(record_plan::RecordPlan),
        Action::Fetch(change) => Box::new(fetch_image::FetchImage(change)),
        Action::Try { change, command } => Box::new(try_version::TryVersion { change, command }),
        Action::StopServices { services } => Box::new(stop_services::StopServices { services }),
        Action::StartServices { services } => Box::new(start_services::StartServices { services }),
        Action::SecureData => Box::new(secure_data::SecureData),
        Action::RestoreData { backup, .. } => Box::new(restore_data::RestoreData { backup }),
        Action::Migrate { command, change } => Box::new(migrate::Migrate { command, change }),
        Action::Prepare(change) => Box::new(prepare_instances::PrepareInstances(change)),
        Action::Switch(change) => Box::new(switch_service::SwitchService(change)),
        Action::Verify { changes, soak } => {
            Box::new(verify_services::VerifyServices { changes, soak })
        }
        Action::Confirm => Box::new(confirm::Confirm),
        Action::Retire(change) => Box::new(retire_instances::RetireInstances(change)),
        Action::SecureSuccess => Box::new(secure_success::SecureSuccess),
        Action::CleanUp { deployments } => Box::new(clean_up::CleanUp { deployments }),
    }
}
