//! Where services run. The rest of the crate works with any implementation of
//! [`Target`] and has nothing that only one kind of target has.

mod configuration;
mod error;
mod log;
mod maintenance;
mod on_output;
mod stored_file;
mod writer;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ::configuration::Database;
use async_trait::async_trait;
use image_ref::{Digest, ImageId};
use project_databases::{ProjectDatabase, ProjectDatabaseError};
use report::RunningStep;

pub use compose_runtime::{LockHolder, LockOutcome};
pub use configuration::InstanceConfiguration;
pub use error::TargetError;
pub use log::{LogLine, LogLines, LogRequest};
pub use maintenance::{ClosedProxy, Maintenance};
pub use on_output::OnOutput;
pub use stored_file::StoredFile;
pub use writer::Writer;

use crate::plan::{
    DesiredImage, Instance, ObservedDisk, ObservedService, RunningService, ServiceChange,
    UnavailableImage,
};

/// The image that a service is asked to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedImage {
    /// What its declaration names, as its registry serves it now.
    Declared,
    /// Another tag of the same repository.
    Tag(String),
    /// A digest in the same repository.
    Digest(Digest),
    /// An image that the target has, and the reference that it was deployed by.
    Kept {
        /// The target's identifier.
        id: ImageId,
        /// The reference.
        reference: String,
    },
}

/// Where a requested image is looked for. What is built at the target, and what it keeps
/// for a rollback, is found there in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ImageSource {
    /// At its registry, which decides even if the target has an image of that name.
    #[default]
    Registry,
    /// At the target alone: no registry is asked.
    Target,
}

impl ImageSource {
    /// The registry is asked unless the user wants to stay offline.
    #[must_use]
    pub fn unless(offline: bool) -> Self {
        if offline { Self::Target } else { Self::Registry }
    }
}

/// What a command in a container of its own printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandOutput {
    /// Its exit code; `None` when it did not end in time.
    pub code: Option<i64>,
    /// Both of its output streams.
    pub text: String,
}

/// What is known of images before they are fetched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImagePreview {
    /// Whether those that the target does not have fit on its disk; `None` when it has all.
    pub disk: Option<ObservedDisk>,
    /// The environment variables that new instances of a service will have; services of
    /// which that is not known are missing.
    pub variables: BTreeMap<String, BTreeSet<String>>,
}

/// Decides whether a started instance is ready for users.
#[async_trait(?Send)]
pub trait Readiness {
    /// Waits until the instance is ready.
    ///
    /// # Errors
    /// The reason, when it will not be.
    async fn wait(&self, service: &str, instance: &Instance) -> Result<(), String>;
}

/// Where services run: a Compose project in one engine, services of an orchestrator.
///
/// Every method that changes something may be called again after an interruption at
/// any point, and then finishes what is missing. What takes a change back needs
/// nothing but the change itself.
#[async_trait(?Send)]
pub trait Target {
    /// Its name for people: `shop on unix:///var/run/docker.sock`.
    fn name(&self) -> String;

    /// Every service as it is declared and as it runs; none has a desired image.
    async fn observe(&self) -> Result<BTreeMap<String, ObservedService>, TargetError>;

    /// Finds the image that a service is asked to run, without fetching it.
    async fn resolve(
        &self,
        service: &str,
        requested: &RequestedImage,
        source: ImageSource,
    ) -> Result<Result<DesiredImage, UnavailableImage>, TargetError>;

    /// The services that are declared and not part of the target as it was chosen, with
    /// the reason and what to do: `it is of the profile debug; add --profile debug`.
    async fn inactive_services(&self) -> Result<BTreeMap<String, String>, TargetError>;

    /// What is known of the images that services are to run, by service, without fetching
    /// them. What a registry does not say is no error.
    async fn preview(
        &self,
        images: &BTreeMap<String, DesiredImage>,
    ) -> Result<ImagePreview, TargetError>;

    /// The instances of a service, in every state.
    async fn instances(&self, service: &str) -> Result<Vec<Instance>, TargetError>;

    /// An instance as it is now; `None` when it was removed.
    async fn inspect(&self, instance: &Instance) -> Result<Option<Instance>, TargetError>;

    /// Whether the target has this image.
    async fn has_image(&self, id: &ImageId) -> Result<bool, TargetError>;

    /// What the target calls an image: its reference, and the digest that a registry
    /// served; for people. Of several names it is that of `reference`, which the service
    /// has, if the image has that one.
    async fn image_name(&self, id: &ImageId, reference: &str) -> Result<String, TargetError>;

    /// Gives the image of an instance a name that nothing else moves or removes; the
    /// whole name.
    async fn secure_way_back(
        &self,
        service: &str,
        instance: &Instance,
        tag: &str,
    ) -> Result<String, TargetError>;

    /// Removes that name, and the image with it when nothing else needs it. Whether
    /// it was there.
    async fn remove_way_back(&self, service: &str, tag: &str) -> Result<bool, TargetError>;

    /// Brings the image to the target; its identifier.
    async fn fetch(
        &self,
        change: &ServiceChange,
        progress: &RunningStep,
    ) -> Result<ImageId, TargetError>;

    /// What an instance of a service was created with apart from its image; `None` when it
    /// was removed.
    async fn configuration(
        &self,
        service: &str,
        instance: &Instance,
    ) -> Result<Option<InstanceConfiguration>, TargetError>;

    /// Makes the target's own names stand for the image, and creates the new
    /// instances without starting them: with this configuration, else as declared.
    async fn prepare(
        &self,
        change: &ServiceChange,
        image: &ImageId,
        configuration: Option<&InstanceConfiguration>,
    ) -> Result<(), TargetError>;

    /// Takes [`Target::prepare`] back.
    async fn discard(&self, change: &ServiceChange) -> Result<(), TargetError>;

    /// Starts the new instances and stops the old ones, in the order of the change.
    async fn switch(
        &self,
        change: &ServiceChange,
        image: &ImageId,
        readiness: &dyn Readiness,
    ) -> Result<(), TargetError>;

    /// Starts the old instances and stops the new ones: takes [`Target::switch`] back.
    async fn switch_back(
        &self,
        change: &ServiceChange,
        readiness: &dyn Readiness,
    ) -> Result<(), TargetError>;

    /// Everything that may write to the application's data, in every state, so that what was
    /// started meanwhile is noticed.
    async fn writers(&self) -> Result<Vec<Writer>, TargetError>;

    /// Stops an instance, which stays where it is; nothing when it does not run any more.
    async fn stop(&self, instance: &Instance) -> Result<(), TargetError>;

    /// Starts instances that were stopped, in this order and without waiting until they are
    /// ready; those that run or were removed meanwhile are left alone. Proxies find them. Returns
    /// what does not start or is not found, a line each: nothing keeps the others stopped.
    async fn start(&self, services: &[RunningService]) -> Result<Vec<String>, TargetError>;

    /// Removes the old instances; the new ones take their names.
    async fn retire(&self, change: &ServiceChange) -> Result<(), TargetError>;

    /// Runs a command in a container of its own, with the service's environment and
    /// the new image, without publishing ports.
    async fn run(
        &self,
        change: &ServiceChange,
        image: &ImageId,
        command: &[String],
        deadline: Duration,
    ) -> Result<CommandOutput, TargetError>;

    /// Runs a command in a container of its own to its end, in the place of the service's
    /// own command and without publishing ports; its exit code. Each line of its output is
    /// given on, without secrets that the target recognises.
    async fn run_one_off(
        &self,
        service: &str,
        image: &ImageId,
        command: &[String],
        on_line: &OnOutput<'_>,
    ) -> Result<i64, TargetError>;

    /// Asks the container of a command to end, and waits for that; nothing when there is
    /// none.
    async fn stop_run(&self) -> Result<(), TargetError>;

    /// Starts one more instance of the new version, with the service's environment, and
    /// without its ports and names, so that nobody reaches it. It is none of the service's
    /// instances.
    async fn start_trial(
        &self,
        change: &ServiceChange,
        image: &ImageId,
    ) -> Result<Instance, TargetError>;

    /// Removes the containers of commands and trials, running or not: a deployer which is
    /// gone may have left some.
    async fn end_run(&self) -> Result<(), TargetError>;

    /// The names of an instance's environment variables.
    async fn variable_names(&self, instance: &Instance) -> Result<Vec<String>, TargetError>;

    /// What an instance printed last, and how it ended, for people who look for the
    /// reason of a failure.
    async fn diagnose(&self, instance: &Instance) -> Result<String, TargetError>;

    /// What an instance printed, the oldest line first.
    async fn log<'a>(
        &'a self,
        instance: &Instance,
        request: LogRequest,
    ) -> Result<LogLines<'a>, TargetError>;

    /// The status and body that an instance answers to a request of this path, without
    /// a proxy in between; the problem, when there is no answer.
    async fn request(
        &self,
        instance: &Instance,
        port: Option<u16>,
        path: &str,
        timeout: Duration,
    ) -> Result<(u16, String), String>;

    /// Logs in to the servers of databases, by their names in the configuration.
    ///
    /// # Errors
    /// When one of them does not run or refuses.
    async fn connect_databases(
        &self,
        databases: &BTreeMap<String, Database>,
    ) -> Result<Vec<ProjectDatabase>, ProjectDatabaseError>;

    /// Why [`Target::request`] reaches no instance; `None` when it does.
    fn request_problem(&self) -> Option<String>;

    /// Lets the proxies before the application answer users with 503, and leaves the
    /// application as it is. All of them or none.
    ///
    /// # Errors
    /// [`TargetError::Refused`] when users could reach the application all the same.
    async fn close_to_users(&self) -> Result<Vec<ClosedProxy>, TargetError>;

    /// Takes [`Target::close_to_users`] back.
    async fn open_to_users(&self, closed: &[ClosedProxy]) -> Result<(), TargetError>;

    /// Why users reach the application, or get another answer, although these proxies
    /// were closed; a line each.
    async fn closing_problems(&self, closed: &[ClosedProxy]) -> Result<Vec<String>, TargetError>;

    /// Takes the target's lock, or says who holds it.
    async fn lock(&self, holder: &LockHolder) -> Result<LockOutcome, TargetError>;

    /// Who holds the lock.
    async fn lock_holder(&self) -> Result<Option<LockHolder>, TargetError>;

    /// Releases the lock, whoever holds it.
    async fn unlock(&self) -> Result<(), TargetError>;

    /// Releases the lock if this is who holds it, and leaves that of anybody else: two
    /// deployers may find the same lock of a process that is gone.
    async fn unlock_of(&self, holder: &LockHolder) -> Result<(), TargetError>;

    /// Every file of the deployments' records.
    async fn read_files(&self) -> Result<Vec<StoredFile>, TargetError>;

    /// Writes a file of the deployments' records. Whole or not at all.
    async fn write_file(&self, file: &StoredFile) -> Result<(), TargetError>;
}
