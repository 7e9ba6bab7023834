//! A target in memory: what the planner and the steps rely on, without an engine. Its
//! fuse makes it fail at a chosen change, before or after that change is made, and
//! from then on at everything, as a machine does that loses its power.

mod operator;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use async_trait::async_trait;
use configuration::Database;
use deployment::{
    plan::{
        DesiredImage, Instance, InstanceHealth, InstanceState, ObservedService, Overlap, Role,
        RunningService, ServiceChange, SwitchOrder, UnavailableImage,
    },
    target::{
        ClosedProxy, CommandOutput, ImagePreview, ImageSource, InstanceConfiguration, LockHolder,
        LockOutcome, LogLine, LogLines, LogRequest, OnOutput, Readiness, RequestedImage,
        StoredFile, Target, TargetError, Writer,
    },
};
use futures_util::{StreamExt as _, stream};
use image_ref::{Digest, ImageId};
use jiff::Timestamp;
use project_databases::{ProjectDatabase, ProjectDatabaseError};
use report::{OutputStream, RunningStep};
use serde_json::json;

pub(crate) use operator::{impatient_project, silent_environment};

pub(crate) fn image(version: &str) -> ImageId {
    ImageId::new(Digest::of(version.as_bytes()))
}

/// When the fuse blows: at this many further changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fuse {
    Whole,
    Before(u32),
    After(u32),
    /// The change is made, its answer is lost, and everything works again.
    Lost(u32),
    Blown,
}

/// How a migration ends, and what happens during it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Migration {
    Succeeds,
    Fails,
    /// It fails, and somebody has started an instance of the application meanwhile.
    FailsBesideAWriter,
    /// It fails, and somebody has removed an instance of the application meanwhile.
    FailsBesideARemoval,
}

pub(crate) struct MemoryTarget {
    pub instances: RefCell<BTreeMap<String, Vec<Instance>>>,
    /// What each service's own name stands for.
    pub names: RefCell<BTreeMap<String, ImageId>>,
    /// What was started for a trial.
    pub trial: RefCell<Option<Instance>>,
    /// What runs and is none of the services.
    pub(crate) others: RefCell<Vec<Instance>>,
    pub ways_back: RefCell<BTreeMap<String, ImageId>>,
    pub files: RefCell<BTreeMap<String, Vec<u8>>>,
    pub lock: RefCell<Option<LockHolder>>,
    /// Versions whose instances end at once.
    pub broken: RefCell<Vec<String>>,
    pub order: SwitchOrder,
    pub fuse: Cell<Fuse>,
    /// Whether every service had a running instance at each moment.
    pub was_always_served: Cell<bool>,
    pub(crate) has_run_a_command: Cell<bool>,
    pub(crate) migration: Cell<Migration>,
    /// Whether no instance ran when the last migration did.
    pub(crate) was_stopped_at_migration: Cell<bool>,
    /// Whether users are kept from the application.
    pub(crate) is_closed: Cell<bool>,
    /// What instances printed, by their identifier.
    pub(crate) logs: RefCell<BTreeMap<String, Vec<LogLine>>>,
    /// What services are declared with now: the value of their variable.
    pub(crate) declared: RefCell<String>,
    /// What instances were created with, by their identifier.
    pub(crate) configurations: RefCell<BTreeMap<String, String>>,
    counter: Cell<u32>,
}

impl MemoryTarget {
    /// A target whose services run version 1.
    pub(crate) fn new(services: &[&str], order: SwitchOrder) -> Self {
        let target = Self {
            instances: RefCell::default(),
            names: RefCell::default(),
            trial: RefCell::default(),
            others: RefCell::default(),
            ways_back: RefCell::default(),
            files: RefCell::default(),
            lock: RefCell::default(),
            broken: RefCell::default(),
            order,
            fuse: Cell::new(Fuse::Whole),
            was_always_served: Cell::new(true),
            has_run_a_command: Cell::new(false),
            migration: Cell::new(Migration::Succeeds),
            was_stopped_at_migration: Cell::new(false),
            is_closed: Cell::new(false),
            logs: RefCell::default(),
            declared: RefCell::new("a".to_owned()),
            configurations: RefCell::default(),
            counter: Cell::new(0),
        };
        for service in services {
            let first = target.new_instance(service, &image("1"), InstanceState::Running);
            target.instances.borrow_mut().insert((*service).to_owned(), vec![first]);
            target.names.borrow_mut().insert((*service).to_owned(), image("1"));
        }
        target
    }

    fn new_instance(&self, service: &str, image: &ImageId, state: InstanceState) -> Instance {
        self.counter.set(self.counter.get() + 1);
        let number = self.counter.get();
        let value = self.declared.borrow().clone();
        self.configurations.borrow_mut().insert(number.to_string(), value);
        Instance {
            id: number.to_string(),
            name: format!("{service}-{number}"),
            image: Some(image.clone()),
            state,
            health: InstanceHealth::Healthy,
            configuration: None,
            restarts: 0,
            started: None,
        }
    }

    /// Makes a change, unless the fuse prevents it.
    fn change<T>(&self, change: impl FnOnce() -> T) -> Result<T, TargetError> {
        match self.fuse.get() {
            Fuse::Whole => Ok(self.watched(change)),
            Fuse::Blown | Fuse::Before(0) => Err(self.blow()),
            Fuse::After(0) => {
                self.watched(change);
                Err(self.blow())
            }
            Fuse::Lost(0) => {
                self.fuse.set(Fuse::Whole);
                self.watched(change);
                Err(TargetError::unavailable("reach the target")("the connection was lost"))
            }
            Fuse::Lost(left) => {
                self.fuse.set(Fuse::Lost(left - 1));
                Ok(self.watched(change))
            }
            Fuse::Before(left) => {
                self.fuse.set(Fuse::Before(left - 1));
                Ok(self.watched(change))
            }
            Fuse::After(left) => {
                self.fuse.set(Fuse::After(left - 1));
                Ok(self.watched(change))
            }
        }
    }

    fn watched<T>(&self, change: impl FnOnce() -> T) -> T {
        let result = change();
        let instances = self.instances.borrow();
        let is_served = instances.values().all(|list| list.iter().any(Instance::is_running));
        self.was_always_served.set(self.was_always_served.get() && is_served);
        result
    }

    fn look(&self) -> Result<(), TargetError> {
        if self.fuse.get() == Fuse::Blown { Err(self.blow()) } else { Ok(()) }
    }

    fn blow(&self) -> TargetError {
        self.fuse.set(Fuse::Blown);
        TargetError::unavailable("reach the target")("the power is gone")
    }

    fn set_state(&self, service: &str, id: &str, state: &InstanceState) {
        let mut instances = self.instances.borrow_mut();
        let list = instances.get_mut(service).unwrap();
        if let Some(instance) = list.iter_mut().find(|instance| instance.id == id) {
            instance.state = state.clone();
            if *state != InstanceState::Stopped {
                self.counter.set(self.counter.get() + 1);
                instance.started = Timestamp::from_second(i64::from(self.counter.get())).ok();
            }
        }
    }

    fn state_once_started(&self, image_id: &ImageId) -> InstanceState {
        let is_broken = self.broken.borrow().iter().any(|version| *image_id == image(version));
        if is_broken { InstanceState::Stopped } else { InstanceState::Running }
    }

    fn start(&self, service: &str, instance: &Instance) -> Result<(), TargetError> {
        let state = self.state_once_started(instance.image.as_ref().unwrap());
        self.change(|| self.set_state(service, &instance.id, &state))
    }

    /// Runs something that is none of the services.
    pub(crate) fn run_other(&self, name: &str) {
        let other = self.new_instance(name, &image("1"), InstanceState::Running);
        self.others.borrow_mut().push(other);
    }

    fn stop(&self, service: &str, instance: &Instance) -> Result<(), TargetError> {
        self.change(|| self.set_state(service, &instance.id, &InstanceState::Stopped))
    }

    fn service_of(&self, instance: &Instance) -> String {
        let instances = self.instances.borrow();
        let has = |list: &Vec<Instance>| list.iter().any(|one| one.id == instance.id);
        instances.iter().find(|(_, list)| has(list)).unwrap().0.clone()
    }

    fn parts(&self, change: &ServiceChange) -> (Vec<Instance>, Vec<Instance>) {
        let instances = self.instances.borrow()[&change.service].clone();
        instances.into_iter().partition(|instance| !change.is_new(instance))
    }

    fn role_of(&self, service: &str) -> Role {
        match service {
            "db" => Role::Infrastructure("it runs a database".to_owned()),
            _ => Role::Application,
        }
    }

    /// What the running instances of a service were created with.
    pub(crate) fn running_configurations(&self, service: &str) -> Vec<String> {
        let (instances, configurations) = (self.instances.borrow(), self.configurations.borrow());
        let running = instances[service].iter().filter(|instance| instance.is_running());
        running.map(|instance| configurations[&instance.id].clone()).collect()
    }

    /// The versions that run, by service.
    pub(crate) fn running(&self, versions: &[&str]) -> BTreeMap<String, Vec<String>> {
        let name = |id: &ImageId| {
            versions.iter().find(|version| image(version) == *id).map_or("?", |version| *version)
        };
        let running = |list: &Vec<Instance>| {
            let running = list.iter().filter(|instance| instance.is_running());
            running.map(|instance| name(instance.image.as_ref().unwrap()).to_owned()).collect()
        };
        self.instances.borrow().iter().map(|(name, list)| (name.clone(), running(list))).collect()
    }
}

#[async_trait(?Send)]
impl Target for MemoryTarget {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    async fn observe(&self) -> Result<BTreeMap<String, ObservedService>, TargetError> {
        self.look()?;
        let instances = self.instances.borrow();
        let services = instances.iter().map(|(name, instances)| {
            let service = ObservedService {
                role: self.role_of(name),
                keeps_data: (name == "db").then(|| "it runs a database".to_owned()),
                instances: instances.clone(),
                reference: format!("demo/{name}:1"),
                configuration: None,
                settings: Some(Digest::of(self.declared.borrow().as_bytes())),
                replicas: 1,
                declared_order: Some(self.order),
                overlap: Overlap::Possible,
                trial: Overlap::Possible,
                dependencies: Vec::new(),
                shared_by: Vec::new(),
                named_with: Vec::new(),
                proxy_problems: Vec::new(),
                variables: None,
                has_health_check: true,
                restored: None,
                desired: None,
            };
            (name.clone(), service)
        });
        Ok(services.collect())
    }

    async fn resolve(
        &self,
        service: &str,
        requested: &RequestedImage,
        source: ImageSource,
    ) -> Result<Result<DesiredImage, UnavailableImage>, TargetError> {
        self.look()?;
        let (reference, id) = match requested {
            RequestedImage::Tag(tag) => (format!("demo/{service}:{tag}"), Some(image(tag))),
            RequestedImage::Kept { id, reference } => (reference.clone(), Some(id.clone())),
            // What the files name, as the registry serves it now.
            RequestedImage::Declared => (format!("demo/{service}:latest"), Some(image("2"))),
            RequestedImage::Digest(_) => unimplemented!(),
        };
        let data = json!(self.names.borrow().get(service));
        let offline = source == ImageSource::Target;
        let side_effects = Vec::new();
        Ok(Ok(DesiredImage { reference, digest: None, id, offline, side_effects, data }))
    }

    async fn inactive_services(&self) -> Result<BTreeMap<String, String>, TargetError> {
        self.look()?;
        Ok(BTreeMap::new())
    }

    async fn preview(
        &self,
        _: &BTreeMap<String, DesiredImage>,
    ) -> Result<ImagePreview, TargetError> {
        self.look()?;
        Ok(ImagePreview::default())
    }

    async fn instances(&self, service: &str) -> Result<Vec<Instance>, TargetError> {
        self.look()?;
        Ok(self.instances.borrow()[service].clone())
    }

    async fn inspect(&self, instance: &Instance) -> Result<Option<Instance>, TargetError> {
        self.look()?;
        let (instances, trial) = (self.instances.borrow(), self.trial.borrow());
        let mut all = instances.values().flatten().chain(&*trial);
        Ok(all.find(|other| other.id == instance.id).cloned())
    }

    async fn has_image(&self, _: &ImageId) -> Result<bool, TargetError> {
        self.look()?;
        Ok(true)
    }

    async fn image_name(&self, id: &ImageId, _: &str) -> Result<String, TargetError> {
        self.look()?;
        Ok(id.short().to_owned())
    }

    async fn secure_way_back(
        &self,
        service: &str,
        instance: &Instance,
        tag: &str,
    ) -> Result<String, TargetError> {
        let name = format!("demo/{service}:{tag}");
        let image = instance.image.clone().unwrap();
        self.change(|| self.ways_back.borrow_mut().insert(name.clone(), image))?;
        Ok(name)
    }

    async fn remove_way_back(&self, service: &str, tag: &str) -> Result<bool, TargetError> {
        let name = format!("demo/{service}:{tag}");
        Ok(self.change(|| self.ways_back.borrow_mut().remove(&name))?.is_some())
    }

    async fn fetch(&self, change: &ServiceChange, _: &RunningStep) -> Result<ImageId, TargetError> {
        self.look()?;
        Ok(change.image.id.clone().unwrap())
    }

    async fn configuration(
        &self,
        _: &str,
        instance: &Instance,
    ) -> Result<Option<InstanceConfiguration>, TargetError> {
        self.look()?;
        let value = self.configurations.borrow().get(&instance.id).cloned();
        Ok(value.map(|value| InstanceConfiguration {
            variables: BTreeMap::from([("KEY".to_owned(), value.clone())]),
            parts: BTreeMap::new(),
            identity: None,
            instance_name: None,
            exclusive: None,
            incomplete: None,
            data: json!(value),
        }))
    }

    async fn prepare(
        &self,
        change: &ServiceChange,
        image: &ImageId,
        configuration: Option<&InstanceConfiguration>,
    ) -> Result<(), TargetError> {
        let service = &change.service;
        self.change(|| self.names.borrow_mut().insert(service.clone(), image.clone()))?;
        let (_, new) = self.parts(change);
        for _ in new.len() as u64..change.replicas {
            let instance = self.new_instance(service, image, InstanceState::Created);
            if let Some(value) = configuration.and_then(|it| it.data.as_str()) {
                self.configurations.borrow_mut().insert(instance.id.clone(), value.to_owned());
            }
            self.change(|| {
                self.instances.borrow_mut().get_mut(service).unwrap().push(instance);
            })?;
        }
        Ok(())
    }

    async fn discard(&self, change: &ServiceChange) -> Result<(), TargetError> {
        let service = &change.service;
        for instance in self.parts(change).1 {
            self.change(|| {
                let mut instances = self.instances.borrow_mut();
                instances.get_mut(service).unwrap().retain(|other| other.id != instance.id);
            })?;
        }
        let before: ImageId = serde_json::from_value(change.image.data.clone()).unwrap();
        self.change(|| drop(self.names.borrow_mut().insert(service.clone(), before)))
    }

    async fn switch(
        &self,
        change: &ServiceChange,
        _: &ImageId,
        readiness: &dyn Readiness,
    ) -> Result<(), TargetError> {
        let (old, new) = self.parts(change);
        let stop_old = || old.iter().try_for_each(|instance| self.stop(&change.service, instance));
        if change.order == SwitchOrder::StopFirst {
            stop_old()?;
        }
        for instance in &new {
            self.start(&change.service, instance)?;
            let service = change.service.clone();
            let ready = readiness.wait(&change.service, instance).await;
            ready.map_err(|reason| TargetError::NotReady { service, reason })?;
        }
        if change.order == SwitchOrder::StartFirst { stop_old() } else { Ok(()) }
    }

    async fn switch_back(
        &self,
        change: &ServiceChange,
        _: &dyn Readiness,
    ) -> Result<(), TargetError> {
        let (old, new) = self.parts(change);
        for instance in old.iter().filter(|instance| !instance.is_running()) {
            self.start(&change.service, instance)?;
        }
        new.iter().try_for_each(|instance| self.stop(&change.service, instance))
    }

    async fn writers(&self) -> Result<Vec<Writer>, TargetError> {
        self.look()?;
        let instances = self.instances.borrow();
        let of_service = instances.iter().flat_map(|(service, list)| {
            list.iter().map(|one| Writer { instance: one.clone(), service: Some(service.clone()) })
        });
        let others = self.others.borrow();
        let others = others.iter().map(|one| Writer { instance: one.clone(), service: None });
        Ok(of_service.chain(others).collect())
    }

    async fn stop(&self, instance: &Instance) -> Result<(), TargetError> {
        let service = self.service_of(instance);
        self.stop(&service, instance)
    }

    async fn start(&self, services: &[RunningService]) -> Result<Vec<String>, TargetError> {
        for RunningService { service, instances } in services {
            let now = self.instances.borrow()[service].clone();
            let is_listed = |found: &&Instance| instances.iter().any(|one| one.id == found.id);
            let stopped = now.iter().filter(is_listed).filter(|found| !found.is_running());
            stopped.into_iter().try_for_each(|instance| self.start(service, instance))?;
        }
        Ok(Vec::new())
    }

    async fn retire(&self, change: &ServiceChange) -> Result<(), TargetError> {
        let (old, _) = self.parts(change);
        for instance in old.iter().filter(|instance| !instance.is_running()) {
            self.change(|| {
                let mut instances = self.instances.borrow_mut();
                let list = instances.get_mut(&change.service).unwrap();
                list.retain(|other| other.id != instance.id);
            })?;
        }
        Ok(())
    }

    async fn run(
        &self,
        _: &ServiceChange,
        _: &ImageId,
        _: &[String],
        _: Duration,
    ) -> Result<CommandOutput, TargetError> {
        self.look()?;
        self.has_run_a_command.set(true);
        let runs = self.instances.borrow().values().flatten().any(Instance::is_running);
        self.was_stopped_at_migration.set(!runs);
        let (service, first) = {
            let instances = self.instances.borrow();
            let (service, list) = instances.iter().next().unwrap();
            (service.clone(), list[0].clone())
        };
        match self.migration.get() {
            Migration::FailsBesideAWriter => {
                self.start(&service, &first)?;
                self.stop(&service, &first)?;
            }
            Migration::FailsBesideARemoval => {
                self.instances.borrow_mut().get_mut(&service).unwrap().remove(0);
            }
            Migration::Succeeds | Migration::Fails => {}
        }
        let code = i64::from(self.migration.get() != Migration::Succeeds);
        Ok(CommandOutput { code: Some(code), text: String::new() })
    }

    async fn run_one_off(
        &self,
        _: &str,
        _: &ImageId,
        command: &[String],
        on_line: &OnOutput<'_>,
    ) -> Result<i64, TargetError> {
        self.change(|| self.has_run_a_command.set(true))?;
        on_line(OutputStream::Stdout, "done");
        Ok(i64::from(command.first().is_none_or(|program| program == "false")))
    }

    async fn stop_run(&self) -> Result<(), TargetError> {
        self.look()
    }

    async fn start_trial(
        &self,
        change: &ServiceChange,
        image: &ImageId,
    ) -> Result<Instance, TargetError> {
        let state = self.state_once_started(image);
        let instance = self.new_instance(&change.service, image, state);
        self.change(|| *self.trial.borrow_mut() = Some(instance.clone()))?;
        Ok(instance)
    }

    async fn end_run(&self) -> Result<(), TargetError> {
        self.change(|| drop(self.trial.borrow_mut().take()))
    }

    async fn variable_names(&self, _: &Instance) -> Result<Vec<String>, TargetError> {
        self.look()?;
        Ok(Vec::new())
    }

    async fn diagnose(&self, instance: &Instance) -> Result<String, TargetError> {
        self.look()?;
        Ok(format!("{} printed nothing", instance.name))
    }

    async fn log<'a>(
        &'a self,
        instance: &Instance,
        request: LogRequest,
    ) -> Result<LogLines<'a>, TargetError> {
        self.look()?;
        let logs = self.logs.borrow();
        let lines = logs.get(&instance.id).cloned().unwrap_or_default();
        let skipped = request.tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        Ok(stream::iter(lines.into_iter().skip(skipped).map(Ok)).boxed_local())
    }

    async fn request(
        &self,
        _: &Instance,
        _: Option<u16>,
        _: &str,
        _: Duration,
    ) -> Result<(u16, String), String> {
        Ok((200, String::new()))
    }

    async fn connect_databases(
        &self,
        _: &BTreeMap<String, Database>,
    ) -> Result<Vec<ProjectDatabase>, ProjectDatabaseError> {
        Ok(Vec::new())
    }

    fn request_problem(&self) -> Option<String> {
        None
    }

    async fn close_to_users(&self) -> Result<Vec<ClosedProxy>, TargetError> {
        self.change(|| self.is_closed.set(true))?;
        let (service, name) = ("proxy".to_owned(), "proxy-1".to_owned());
        Ok(vec![ClosedProxy { service, instance: name.clone(), name, started: None }])
    }

    async fn open_to_users(&self, _: &[ClosedProxy]) -> Result<(), TargetError> {
        self.change(|| self.is_closed.set(false))
    }

    async fn closing_problems(&self, closed: &[ClosedProxy]) -> Result<Vec<String>, TargetError> {
        self.look()?;
        let problem = (!closed.is_empty() && !self.is_closed.get()).then_some("it is open");
        Ok(problem.into_iter().map(str::to_owned).collect())
    }

    async fn lock(&self, holder: &LockHolder) -> Result<LockOutcome, TargetError> {
        if let Some(other) = &*self.lock.borrow() {
            return Ok(LockOutcome::Held(other.clone()));
        }
        self.change(|| *self.lock.borrow_mut() = Some(holder.clone()))?;
        Ok(LockOutcome::Taken)
    }

    async fn lock_holder(&self) -> Result<Option<LockHolder>, TargetError> {
        self.look()?;
        Ok(self.lock.borrow().clone())
    }

    async fn unlock(&self) -> Result<(), TargetError> {
        self.change(|| *self.lock.borrow_mut() = None)
    }

    async fn unlock_of(&self, holder: &LockHolder) -> Result<(), TargetError> {
        let is_held = self.lock.borrow().as_ref() == Some(holder);
        if is_held { self.unlock().await } else { Ok(()) }
    }

    async fn read_files(&self) -> Result<Vec<StoredFile>, TargetError> {
        self.look()?;
        let files = self.files.borrow();
        let file = |(name, content): (&String, &Vec<u8>)| StoredFile {
            name: name.clone(),
            content: content.clone(),
        };
        Ok(files.iter().map(file).collect())
    }

    async fn write_file(&self, file: &StoredFile) -> Result<(), TargetError> {
        let StoredFile { name, content } = file.clone();
        self.change(|| drop(self.files.borrow_mut().insert(name, content)))
    }
}
