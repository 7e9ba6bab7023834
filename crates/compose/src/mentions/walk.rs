//! The walk over a project's files, the files that they include, and the services
//! that they extend.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    rc::Rc,
};

use super::{
    layer::{Layer, mentions_of_services},
    mention::{Mention, Mentioned, Mentions},
    scope::FileScope,
};
use crate::{
    ComposeProject, Surroundings,
    locate::is_remote,
    variables::read_text,
    yaml::{ComposeDocument, Extends, Include, RawService, RawServices, read_compose_documents},
};

/// Reads all files of a project and the files that they include and extend,
/// tolerantly and without Compose. Whatever cannot be resolved is reported in less
/// detail, never left out: this is for keeping images, not for running them.
#[must_use]
pub fn mentions(project: &ComposeProject, surroundings: &Surroundings) -> Mentions {
    let mut walk = Walk {
        surroundings,
        services: BTreeMap::new(),
        documents: BTreeMap::new(),
        visited: BTreeSet::new(),
        mentions: Mentions::default(),
    };
    let scope = FileScope::for_project(project, surroundings);
    project.files.iter().for_each(|file| walk.visit_file(file, &scope));
    let images = mentions_of_services(std::mem::take(&mut walk.services), &project.name);
    walk.mentions.images.extend(images);
    let problems: Vec<String> = walk.mentions.images.iter().filter_map(describe_unknown).collect();
    problems.into_iter().for_each(|problem| walk.add_problem(problem));
    walk.mentions
}

/// What the walk has found so far.
struct Walk<'a> {
    surroundings: &'a Surroundings,
    services: BTreeMap<String, Vec<Layer>>,
    documents: BTreeMap<PathBuf, Documents>,
    visited: BTreeSet<(PathBuf, Vec<PathBuf>)>,
    mentions: Mentions,
}

/// A file's documents, or why it cannot be read.
type Documents = Rc<Result<Vec<ComposeDocument>, String>>;

impl Walk<'_> {
    fn visit_file(&mut self, file: &Path, scope: &FileScope) {
        if !self.visited.insert((file.to_owned(), scope.env_files.clone())) {
            return;
        }
        if let Some(reason) = &scope.env_problem {
            self.add_problem(format!("{reason}; any variable may have a different value"));
        }
        let documents = self.documents(file);
        let read = scope.check_depth().and(documents.as_ref().as_ref().map_err(Clone::clone));
        match read {
            Err(reason) => self.add_unknown("", file, &reason),
            Ok(read) => read.iter().for_each(|document| self.visit_document(document, file, scope)),
        }
    }

    fn documents(&mut self, file: &Path) -> Documents {
        let documents =
            self.documents.entry(file.to_owned()).or_insert_with(|| Rc::new(read_file(file)));
        Rc::clone(documents)
    }

    fn visit_document(&mut self, document: &ComposeDocument, file: &Path, scope: &FileScope) {
        for include in document.include.iter().flatten() {
            if let Err(reason) = self.visit_include(include, file, scope) {
                self.add_unknown("", file, &format!("include: {reason}"));
            }
        }
        let empty = RawService::default();
        if let Some(services) = &document.services {
            for (name, service) in services {
                let service = service.as_ref().unwrap_or(&empty);
                self.visit_service(name, service, services, file, scope);
            }
        }
    }

    /// Included files have a folder and variables of their own.
    fn visit_include(
        &mut self,
        include: &Include,
        file: &Path,
        scope: &FileScope,
    ) -> Result<(), String> {
        let paths = scope.resolve_paths(include.paths(), file)?;
        let env_files = scope.resolve_paths(include.env_files(), file)?;
        let folder = match include.project_directory() {
            Some(folder) => scope.resolve_path(folder, file)?,
            None => {
                paths.first().and_then(|path| path.parent()).map(Path::to_owned).unwrap_or_default()
            }
        };
        let scope = scope.for_included(folder, env_files, self.surroundings);
        paths.iter().for_each(|path| self.visit_file(path, &scope));
        Ok(())
    }

    fn visit_service(
        &mut self,
        name: &str,
        service: &RawService,
        siblings: &RawServices,
        file: &Path,
        scope: &FileScope,
    ) {
        let layer = Layer::new(service, file.to_owned(), scope);
        self.services.entry(name.to_owned()).or_default().push(layer);
        if let Some(extends) = &service.extends
            && let Err(reason) = self.visit_base(name, extends, siblings, file, scope)
        {
            self.add_unknown(name, file, &format!("extends: {reason}"));
        }
    }

    /// What the extended service declares counts as declared by the service.
    fn visit_base(
        &mut self,
        name: &str,
        extends: &Extends,
        siblings: &RawServices,
        file: &Path,
        scope: &FileScope,
    ) -> Result<(), String> {
        scope.check_depth()?;
        let base = scope.resolve_text(extends.base_service().ok_or("no service is specified")?)?;
        let Some(other) = extends.base_file() else {
            let service = siblings.get(&base).ok_or_else(|| format!("no service `{base}`"))?;
            if let Some(service) = service {
                self.visit_service(name, service, siblings, file, &scope.deeper());
            }
            return Ok(());
        };
        let other = scope.resolve_path(other, file)?;
        let documents = self.documents(&other);
        let documents = documents.as_ref().as_ref().map_err(Clone::clone)?;
        let mut services = documents.iter().filter_map(|document| document.services.as_ref());
        let siblings = services
            .find(|services| services.contains_key(&base))
            .ok_or_else(|| format!("no service `{base}` in {}", other.display()))?;
        if let Some(service) = siblings.get(&base).and_then(Option::as_ref) {
            self.visit_service(name, service, siblings, &other, &scope.for_extended(&other));
        }
        Ok(())
    }

    fn add_unknown(&mut self, service: &str, file: &Path, reason: &str) {
        self.mentions.images.push(Mention {
            service: service.to_owned(),
            file: file.to_owned(),
            image: Mentioned::Unknown(reason.to_owned()),
            built: false,
            profiles: Vec::new(),
        });
    }

    fn add_problem(&mut self, problem: String) {
        if !self.mentions.problems.contains(&problem) {
            self.mentions.problems.push(problem);
        }
    }
}

/// What is not known of an image, for people.
fn describe_unknown(mention: &Mention) -> Option<String> {
    let Mention { service, file, .. } = mention;
    let location = match service.as_str() {
        "" => file.display().to_string(),
        service => format!("{}, service {service}", file.display()),
    };
    match &mention.image {
        Mentioned::Reference(_) => None,
        Mentioned::Repository(repository) => {
            Some(format!("{location}: cannot resolve the tag of {repository}"))
        }
        Mentioned::Unknown(reason) => Some(format!("{location}: {reason}")),
    }
}

fn read_file(file: &Path) -> Result<Vec<ComposeDocument>, String> {
    if is_remote(file) {
        return Err("the file is not on this machine".to_owned());
    }
    let text = read_text(file).map_err(|error| error.to_string())?;
    read_compose_documents(&text).map_err(|error| match error.line {
        Some(line) => format!("line {line}: {}", error.message),
        None => error.message,
    })
}
