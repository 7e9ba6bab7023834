use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use compose::{ComposeFlags, Mentioned, Mentions, Surroundings};
use image_ref::Reference;
use serde_json::Value;
use tempfile::TempDir;

/// The real Compose that `.ci/setup` unpacks, else the one on PATH, which may
/// be Compose 1.
pub(crate) fn docker_compose() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let tools = std::env::var_os("TIDEGATE_TOOLS").map(PathBuf::from);
    let unpacked =
        tools.unwrap_or_else(|| workspace.join("target/tools")).join("bin/docker-compose");
    let found = unpacked.is_file().then_some(unpacked);
    let found = found.or_else(|| process::find_program("docker-compose"));
    found.expect("no `docker-compose`: run .ci/setup").canonicalize().unwrap()
}

/// A folder with files, and how Compose is called in it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    root: TempDir,
    folder: PathBuf,
    flags: Vec<(&'static str, String)>,
    variables: BTreeMap<String, OsString>,
}

pub(crate) fn case(name: &'static str) -> Case {
    let root = tempfile::tempdir().unwrap();
    // A name that is the same in each run, and symbolic links resolved, as a shell has them.
    let folder = root.path().canonicalize().unwrap().join("shop");
    fs::create_dir(&folder).unwrap();
    let variables = BTreeMap::from([("HOME".to_owned(), root.path().into())]);
    Case { name, root, folder, flags: Vec::new(), variables }
}

impl Case {
    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        let path = self.root.path().join("shop").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Called from this folder below the project's.
    pub(crate) fn inside(mut self, folder: &str) -> Self {
        self.folder = self.folder.join(folder);
        fs::create_dir_all(&self.folder).unwrap();
        self
    }

    pub(crate) fn flag(mut self, flag: &'static str, value: &str) -> Self {
        self.flags.push((flag, value.to_owned()));
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Called from the same folder under another name.
    pub(crate) fn through_a_link(mut self, name: &str) -> Self {
        let link = self.root.path().join(name);
        std::os::unix::fs::symlink(&self.folder, &link).unwrap();
        self.folder = link;
        self
    }

    pub(crate) fn flags(&self) -> ComposeFlags {
        let all = |flag: &'static str| {
            let values = self.flags.iter().filter(move |(name, _)| *name == flag);
            values.map(|(_, value)| value.clone())
        };
        ComposeFlags {
            files: all("-f").map(Into::into).collect(),
            project_name: all("-p").next(),
            profiles: all("--profile").collect(),
            env_files: all("--env-file").map(Into::into).collect(),
            project_directory: all("--project-directory").map(Into::into).next(),
        }
    }

    /// With the real Compose on PATH, and nothing else of this process.
    pub(crate) fn surroundings(&self) -> Surroundings {
        let mut variables = self.variables.clone();
        let bin = self.root.path().join("bin");
        fs::create_dir_all(&bin).unwrap();
        let _ = std::os::unix::fs::symlink(docker_compose(), bin.join("docker-compose"));
        variables.insert("PATH".to_owned(), bin.into());
        variables.insert("PWD".to_owned(), self.folder.clone().into());
        // As a process finds it, without its symbolic links.
        Surroundings { variables, working_folder: self.folder.canonicalize().unwrap() }
    }

    /// The output of Compose, called as a user would.
    pub(crate) fn compose(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(docker_compose());
        command.current_dir(&self.folder).env_clear().envs(self.surroundings().variables);
        self.flags.iter().for_each(|(flag, value)| {
            command.args([flag, value.as_str()]);
        });
        command.args(arguments).output().unwrap()
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The images that the services of a model are run from.
pub(crate) fn images_of(model: &Value) -> BTreeSet<String> {
    let project = model["name"].as_str().unwrap();
    let services = model["services"].as_object().cloned().unwrap_or_default();
    let image = |(service, stated): (String, Value)| match stated["image"].as_str() {
        Some(image) if !image.is_empty() => image.to_owned(),
        _ => format!("{project}-{service}"),
    };
    services.into_iter().map(image).collect()
}

/// Whether an image that Compose names would be kept by what is mentioned.
pub(crate) fn covers(mentions: &Mentions, image: &str) -> bool {
    let image: Reference = image.parse().unwrap();
    let name = |reference: &Reference| {
        let tag = reference.tag().map_or("latest", |tag| tag.as_str()).to_owned();
        (reference.repository().clone(), tag, reference.digest().cloned())
    };
    mentions.images.iter().any(|mention| match &mention.image {
        Mentioned::Reference(reference) => name(reference) == name(&image),
        Mentioned::Repository(repository) => repository == image.repository(),
        Mentioned::Unknown(_) => true,
    })
}
