use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use compose_runtime::LockPlace as _;
use configuration::Database;
use image_ref::ImageId;
use project_databases::{ProjectDatabase, ProjectDatabaseError};
use report::RunningStep;

use super::{
    connect::ComposeTarget, container_configuration, databases, declared,
    engine_error::engine_error, instances, logs, prepare, preview, proxy, records, request,
    resolve, run, switch, way_back, writers,
};
use crate::{
    plan::{
        DesiredImage, Instance, ObservedService, RunningService, ServiceChange, UnavailableImage,
    },
    target::{
        ClosedProxy, CommandOutput, ImagePreview, ImageSource, InstanceConfiguration, LockHolder,
        LockOutcome, LogLines, LogRequest, OnOutput, Readiness, RequestedImage, StoredFile, Target,
        TargetError, Writer,
    },
};

#[async_trait(?Send)]
impl Target for ComposeTarget {
    fn name(&self) -> String {
        format!("{} on {}", self.project.name, self.engine.endpoint())
    }

    async fn observe(&self) -> Result<BTreeMap<String, ObservedService>, TargetError> {
        declared::observe_services(self).await
    }

    async fn resolve(
        &self,
        service: &str,
        requested: &RequestedImage,
        source: ImageSource,
    ) -> Result<Result<DesiredImage, UnavailableImage>, TargetError> {
        resolve::resolve_image(self, service, requested, source).await
    }

    async fn inactive_services(&self) -> Result<BTreeMap<String, String>, TargetError> {
        declared::inactive_services(self).await
    }

    async fn preview(
        &self,
        images: &BTreeMap<String, DesiredImage>,
    ) -> Result<ImagePreview, TargetError> {
        preview::preview_images(self, images).await
    }

    async fn instances(&self, service: &str) -> Result<Vec<Instance>, TargetError> {
        instances::instances_of(self, service).await
    }

    async fn inspect(&self, instance: &Instance) -> Result<Option<Instance>, TargetError> {
        instances::inspect_instance(self, instance).await
    }

    async fn has_image(&self, id: &ImageId) -> Result<bool, TargetError> {
        let image = self.engine.images().inspect(id).await;
        Ok(image.map_err(engine_error("inspect an image"))?.is_some())
    }

    async fn image_name(&self, id: &ImageId, reference: &str) -> Result<String, TargetError> {
        way_back::image_name(self, id, reference).await
    }

    async fn secure_way_back(
        &self,
        service: &str,
        instance: &Instance,
        tag: &str,
    ) -> Result<String, TargetError> {
        way_back::tag_way_back(self, service, instance, tag).await
    }

    async fn remove_way_back(&self, service: &str, tag: &str) -> Result<bool, TargetError> {
        way_back::untag_way_back(self, service, tag).await
    }

    async fn fetch(
        &self,
        change: &ServiceChange,
        progress: &RunningStep,
    ) -> Result<ImageId, TargetError> {
        resolve::pull_image(self, change, progress).await
    }

    async fn configuration(
        &self,
        service: &str,
        instance: &Instance,
    ) -> Result<Option<InstanceConfiguration>, TargetError> {
        container_configuration::configuration_of(self, service, instance).await
    }

    async fn prepare(
        &self,
        change: &ServiceChange,
        image: &ImageId,
        configuration: Option<&InstanceConfiguration>,
    ) -> Result<(), TargetError> {
        prepare::create_containers(self, change, image, configuration).await
    }

    async fn discard(&self, change: &ServiceChange) -> Result<(), TargetError> {
        prepare::remove_new_containers(self, change).await
    }

    async fn switch(
        &self,
        change: &ServiceChange,
        image: &ImageId,
        readiness: &dyn Readiness,
    ) -> Result<(), TargetError> {
        switch::switch_containers(self, change, image, readiness).await
    }

    async fn switch_back(
        &self,
        change: &ServiceChange,
        readiness: &dyn Readiness,
    ) -> Result<(), TargetError> {
        switch::switch_containers_back(self, change, readiness).await
    }

    async fn writers(&self) -> Result<Vec<Writer>, TargetError> {
        writers::find_writers(self).await
    }

    async fn stop(&self, instance: &Instance) -> Result<(), TargetError> {
        switch::stop(self, instance).await
    }

    async fn start(&self, services: &[RunningService]) -> Result<Vec<String>, TargetError> {
        switch::start_stopped(self, services).await
    }

    async fn retire(&self, change: &ServiceChange) -> Result<(), TargetError> {
        switch::remove_old_containers(self, change).await
    }

    async fn run(
        &self,
        change: &ServiceChange,
        image: &ImageId,
        command: &[String],
        deadline: Duration,
    ) -> Result<CommandOutput, TargetError> {
        run::run_command(self, change, image, command, deadline).await
    }

    async fn run_one_off(
        &self,
        service: &str,
        image: &ImageId,
        command: &[String],
        on_line: &OnOutput<'_>,
    ) -> Result<i64, TargetError> {
        run::run_one_off(self, service, image, command, on_line).await
    }

    async fn stop_run(&self) -> Result<(), TargetError> {
        run::stop_command(self).await
    }

    async fn start_trial(
        &self,
        change: &ServiceChange,
        image: &ImageId,
    ) -> Result<Instance, TargetError> {
        run::start_trial(self, change, image).await
    }

    async fn end_run(&self) -> Result<(), TargetError> {
        run::end_command(self).await
    }

    async fn variable_names(&self, instance: &Instance) -> Result<Vec<String>, TargetError> {
        instances::variable_names(self, instance).await
    }

    async fn diagnose(&self, instance: &Instance) -> Result<String, TargetError> {
        instances::describe_failure(self, instance).await
    }

    async fn log<'a>(
        &'a self,
        instance: &Instance,
        request: LogRequest,
    ) -> Result<LogLines<'a>, TargetError> {
        logs::read_log(self, instance, request).await
    }

    async fn request(
        &self,
        instance: &Instance,
        port: Option<u16>,
        path: &str,
        timeout: Duration,
    ) -> Result<(u16, String), String> {
        request::request_path(self, instance, port, path, timeout).await
    }

    async fn connect_databases(
        &self,
        databases: &BTreeMap<String, Database>,
    ) -> Result<Vec<ProjectDatabase>, ProjectDatabaseError> {
        databases::connect(self, databases).await
    }

    fn request_problem(&self) -> Option<String> {
        self.request_problem.clone()
    }

    async fn close_to_users(&self) -> Result<Vec<ClosedProxy>, TargetError> {
        proxy::close_proxies(self).await
    }

    async fn open_to_users(&self, closed: &[ClosedProxy]) -> Result<(), TargetError> {
        proxy::open_proxies(self, closed).await
    }

    async fn closing_problems(&self, closed: &[ClosedProxy]) -> Result<Vec<String>, TargetError> {
        proxy::closing_problems(self, closed).await
    }

    async fn lock(&self, holder: &LockHolder) -> Result<LockOutcome, TargetError> {
        records::take_lock(self, holder).await
    }

    async fn lock_holder(&self) -> Result<Option<LockHolder>, TargetError> {
        Ok(records::lock_of(self).holder().await?)
    }

    async fn unlock(&self) -> Result<(), TargetError> {
        Ok(records::lock_of(self).release().await?)
    }

    async fn unlock_of(&self, holder: &LockHolder) -> Result<(), TargetError> {
        Ok(records::lock_of(self).release_of(holder).await?)
    }

    async fn read_files(&self) -> Result<Vec<StoredFile>, TargetError> {
        records::read_files(self).await
    }

    async fn write_file(&self, file: &StoredFile) -> Result<(), TargetError> {
        records::write_file(self, file).await
    }
}
