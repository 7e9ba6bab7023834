//! The walk over a project's files, those that they include, and the services
//! that they extend.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    rc::Rc,
};

use super::{
    Mention, Mentioned, Mentions,
    layers::{self, Layer},
    scope::Scope,
};
use crate::{
    ComposeProject, Surroundings,
    environment::read_text,
    locate::is_remote,
    yaml::{self, Document, Extends, Include, Service, Services},
};

/// What was found so far.
pub(super) struct Walk<'a> {
    surroundings: &'a Surroundings,
    services: BTreeMap<String, Vec<Layer>>,
    read: BTreeMap<PathBuf, Documents>,
    walked: BTreeSet<(PathBuf, Vec<PathBuf>)>,
    mentions: Mentions,
}

/// A file's documents, or why it cannot be read.
type Documents = Rc<Result<Vec<Document>, String>>;

impl<'a> Walk<'a> {
    pub(super) fn of(project: &ComposeProject, surroundings: &'a Surroundings) -> Mentions {
        let mut walk = Self {
            surroundings,
            services: BTreeMap::new(),
            read: BTreeMap::new(),
            walked: BTreeSet::new(),
            mentions: Mentions::default(),
        };
        let scope = Scope::of(project, surroundings);
        project.files.iter().for_each(|file| walk.file(file, &scope));
        let images = layers::mentions(std::mem::take(&mut walk.services), &project.name);
        walk.mentions.images.extend(images);
        let problems: Vec<String> = walk.mentions.images.iter().filter_map(problem_of).collect();
        problems.into_iter().for_each(|problem| walk.problem(problem));
        walk.mentions
    }

    fn file(&mut self, file: &Path, scope: &Scope) {
        if !self.walked.insert((file.to_owned(), scope.env_files.clone())) {
            return;
        }
        if let Some(why) = &scope.unsure {
            self.problem(format!("{why}; every variable may have another value"));
        }
        let documents = self.documents(file);
        let read = scope.not_too_deep().and(documents.as_ref().as_ref().map_err(Clone::clone));
        match read {
            Err(why) => self.unknown("", file, &why),
            Ok(read) => read.iter().for_each(|document| self.document(document, file, scope)),
        }
    }

    fn documents(&mut self, file: &Path) -> Documents {
        let read = self.read.entry(file.to_owned()).or_insert_with(|| Rc::new(documents(file)));
        Rc::clone(read)
    }

    fn document(&mut self, document: &Document, file: &Path, scope: &Scope) {
        for include in document.include.iter().flatten() {
            if let Err(why) = self.include(include, file, scope) {
                self.unknown("", file, &format!("include: {why}"));
            }
        }
        let nothing = Service::default();
        if let Some(services) = &document.services {
            for (name, service) in services {
                let service = service.as_ref().unwrap_or(&nothing);
                self.service(name, service, services, file, scope);
            }
        }
    }

    /// Files included have a folder and variables of their own.
    fn include(&mut self, include: &Include, file: &Path, scope: &Scope) -> Result<(), String> {
        let paths = scope.paths(include.paths(), file)?;
        let env_files = scope.paths(include.env_files(), file)?;
        let folder = include.project_directory().map(|folder| scope.path(folder, file));
        let of_first = || paths.first()?.parent().map(Path::to_owned);
        let folder = folder.transpose()?.or_else(of_first).unwrap_or_default();
        let scope = scope.included(folder, env_files, self.surroundings);
        paths.iter().for_each(|path| self.file(path, &scope));
        Ok(())
    }

    fn service(
        &mut self,
        name: &str,
        service: &Service,
        beside: &Services,
        file: &Path,
        scope: &Scope,
    ) {
        let layer = Layer::of(service, file.to_owned(), scope);
        self.services.entry(name.to_owned()).or_default().push(layer);
        if let Some(extends) = &service.extends
            && let Err(why) = self.base(name, extends, beside, file, scope)
        {
            self.unknown(name, file, &format!("extends: {why}"));
        }
    }

    /// What the service extends counts as the service's own.
    fn base(
        &mut self,
        name: &str,
        extends: &Extends,
        beside: &Services,
        file: &Path,
        scope: &Scope,
    ) -> Result<(), String> {
        scope.not_too_deep()?;
        let base = scope.text(extends.service().ok_or("no service is stated")?)?;
        let Some(other) = extends.file() else {
            let service = beside.get(&base).ok_or_else(|| format!("no service `{base}`"))?;
            let scope = scope.deeper();
            service.iter().for_each(|service| self.service(name, service, beside, file, &scope));
            return Ok(());
        };
        let other = scope.path(other, file)?;
        let documents = self.documents(&other);
        let documents = documents.as_ref().as_ref().map_err(Clone::clone)?;
        let scope = scope.extended(&other);
        let mut services = documents.iter().filter_map(|document| document.services.as_ref());
        let beside = services.find(|services| services.contains_key(&base));
        let beside = beside.ok_or_else(|| format!("no service `{base}` in {}", other.display()))?;
        let service = beside.get(&base).and_then(Option::as_ref);
        service.iter().for_each(|service| self.service(name, service, beside, &other, &scope));
        Ok(())
    }

    fn unknown(&mut self, service: &str, file: &Path, why: &str) {
        self.mentions.images.push(Mention {
            service: service.to_owned(),
            file: file.to_owned(),
            image: Mentioned::Unknown(why.to_owned()),
            built: false,
            profiles: Vec::new(),
        });
    }

    fn problem(&mut self, problem: String) {
        if !self.mentions.problems.contains(&problem) {
            self.mentions.problems.push(problem);
        }
    }
}

/// What is not known of an image, for people.
fn problem_of(mention: &Mention) -> Option<String> {
    let Mention { service, file, .. } = mention;
    let of_service = (!service.is_empty()).then(|| format!(", service {service}"));
    let place = format!("{}{}", file.display(), of_service.unwrap_or_default());
    match &mention.image {
        Mentioned::Reference(_) => None,
        Mentioned::Repository(repository) => {
            Some(format!("{place}: which tag of {repository} is meant cannot be told"))
        }
        Mentioned::Unknown(why) => Some(format!("{place}: {why}")),
    }
}

fn documents(file: &Path) -> Result<Vec<Document>, String> {
    if is_remote(file) {
        return Err("the file is not on this machine".to_owned());
    }
    let text = read_text(file).map_err(|error| error.to_string())?;
    yaml::compose_documents(&text).map_err(|fault| match fault.line {
        Some(line) => format!("line {line}: {}", fault.message),
        None => fault.message,
    })
}
