use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{
    Configuration, ConfigurationError, KeyLines, key_lines::line_at,
    unknown_key::first_unknown_key, wrong_form::first_wrong_form,
};

/// Name of the configuration file.
pub const FILE_NAME: &str = "tidegate.toml";

/// Files that make a folder a project, first choice first; the Compose names
/// in the order of the Compose specification.
const PROJECT_FILES: [&str; 7] = [
    FILE_NAME,
    "pyproject.toml",
    "setup.py",
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// A configuration and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The project's folder.
    pub root: PathBuf,
    /// The file read; `None` when all is default.
    pub path: Option<PathBuf>,
    /// What it says.
    pub configuration: Configuration,
}

/// Reads the configuration: `explicit` if given, else `tidegate.toml` in
/// `root`, else `[tool.tidegate]` of its `pyproject.toml`, else the defaults.
///
/// # Errors
/// [`ConfigurationError::Unreadable`] and [`ConfigurationError::Mistake`].
pub fn load(root: &Path, explicit: Option<&Path>) -> Result<Loaded, ConfigurationError> {
    let loaded = |path: Option<PathBuf>, configuration| Loaded {
        root: root.to_owned(),
        path,
        configuration,
    };
    let (own, pyproject) = (root.join(FILE_NAME), root.join("pyproject.toml"));
    if let Some(path) = explicit.or(exists(&own)?.then_some(&*own)) {
        let configuration = parse_table(&read(path)?, &[], path.strip_prefix(root).unwrap_or(path))
            .map_err(|error| located(error, path))?;
        return Ok(loaded(Some(path.to_owned()), configuration));
    }
    if !exists(&pyproject)? {
        return Ok(loaded(None, Configuration::default()));
    }
    let configuration =
        parse_table(&read(&pyproject)?, &["tool", "tidegate"], Path::new("pyproject.toml"));
    let configuration = configuration.map_err(|error| located(error, &pyproject))?;
    Ok(loaded(Some(pyproject), configuration))
}

/// The folder of the project that `start` is in: the nearest one, here or
/// above, with a `tidegate.toml`, else with a `pyproject.toml`, `setup.py` or Compose file.
///
/// # Errors
/// [`ConfigurationError::NoFolder`], which must not be taken for a folder of the
/// project above it; [`ConfigurationError::NoProject`]; [`ConfigurationError::Unreadable`].
pub fn find_root(start: &Path) -> Result<PathBuf, ConfigurationError> {
    if !start.is_dir() {
        return Err(ConfigurationError::NoFolder(start.to_owned()));
    }
    let absolute = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    let by_own = nearest_with(&absolute, &[FILE_NAME])?;
    let by_any = match by_own {
        Some(folder) => Some(folder),
        None => nearest_with(&absolute, &PROJECT_FILES)?,
    };
    by_any.map(Path::to_owned).ok_or_else(|| ConfigurationError::NoProject(start.to_owned()))
}

fn nearest_with<'a>(
    start: &'a Path,
    names: &[&str],
) -> Result<Option<&'a Path>, ConfigurationError> {
    for folder in start.ancestors() {
        for name in names {
            if exists(&folder.join(name))? {
                return Ok(Some(folder));
            }
        }
    }
    Ok(None)
}

/// Whether there is anything of this name. What cannot be read as a file, such as a
/// folder or a dangling link, is there: reading it says what is wrong.
fn exists(path: &Path) -> Result<bool, ConfigurationError> {
    match std::fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(source) => Err(ConfigurationError::Unreadable { path: path.to_owned(), source }),
    }
}

/// Reads the text of a `tidegate.toml`.
///
/// # Errors
/// [`ConfigurationError::Mistake`] with line and suggestion.
pub fn parse(text: &str) -> Result<Configuration, ConfigurationError> {
    parse_table(text, &[], Path::new(FILE_NAME))
}

/// Reads the table at `path` of the TOML text of `file`; an absent table is the default.
fn parse_table(
    text: &str,
    path: &[&str],
    file: &Path,
) -> Result<Configuration, ConfigurationError> {
    let syntax = |error: toml_edit::TomlError| mistake(text, error.span(), error.message());
    let document = toml_edit::Document::parse(text).map_err(syntax)?;
    let table = path.iter().try_fold(document.as_item(), |item, key| item.get(key));
    let Some(table) = table else { return Ok(Configuration::default()) };
    if let Some(unknown) = first_unknown_key(table) {
        return Err(mistake(text, unknown.span.clone(), &unknown.to_string()));
    }
    if let Some(wrong) = first_wrong_form(table, &path.join(".")) {
        return Err(mistake(text, wrong.span.clone(), &wrong.to_string()));
    }
    let typed = |error: toml::de::Error| mistake(text, error.span(), error.message());
    let configuration: Configuration = if path.is_empty() {
        toml::from_str(text).map_err(typed)?
    } else {
        toml::from_str::<OuterFile>(text).map_err(typed)?.tool.tidegate
    };
    Ok(Configuration { lines: KeyLines::read(table, text, file), ..configuration })
}

#[derive(Deserialize)]
struct OuterFile {
    tool: OuterTool,
}

#[derive(Deserialize)]
struct OuterTool {
    tidegate: Configuration,
}

fn read(path: &Path) -> Result<String, ConfigurationError> {
    let unreadable = |source| ConfigurationError::Unreadable { path: path.to_owned(), source };
    std::fs::read_to_string(path).map_err(unreadable)
}

fn mistake(text: &str, span: Option<std::ops::Range<usize>>, message: &str) -> ConfigurationError {
    let line = line_at(text, span.map_or(0, |span| span.start));
    ConfigurationError::Mistake { path: None, line, message: message.trim().to_owned() }
}

fn located(error: ConfigurationError, file: &Path) -> ConfigurationError {
    match error {
        ConfigurationError::Mistake { line, message, .. } => {
            ConfigurationError::Mistake { path: Some(file.to_owned()), line, message }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_file_means_all_defaults() {
        assert_eq!(parse("").unwrap(), Configuration::default());
        assert_eq!(
            Configuration::default().git.commit_message.to_string(),
            "Bump version to {version}"
        );
    }

    #[test]
    fn mistakes_name_line_key_and_what_was_meant() {
        let unknown = "\n[[image]]\nrepository = \"a/b\"\nplatform = [\"linux/amd64\"]\n";
        assert_eq!(
            message(unknown),
            "line 4: unknown key `image.platform`; did you mean `platforms`?"
        );
        assert_eq!(message("[pakage]"), "line 1: unknown key `pakage`; did you mean `package`?");
        assert_eq!(
            message("[local-images]\nkeep = 0"),
            "line 2: `local-images.keep` must be an integer of at least 1, not 0"
        );
        assert!(message("x = ").starts_with("line 1: "), "{}", message("x = "));
        let value = message("[[image]]\nrepository = \"Upper/Case\"\n");
        assert!(value.starts_with("line 2: ") && value.contains("not a repository"), "{value}");
        let template = message("[git]\ntag = \"v{verison}\"\n");
        assert!(template.starts_with("line 2: ") && template.contains("{verison}"), "{template}");
    }

    #[test]
    fn commands_are_lists_or_lines_split_into_words_and_never_empty() {
        let checks = "[checks]\nbefore-release = [\"make 'unit tests'\", [\"make\", \"lint\"]]";
        let checks = parse(checks).unwrap().checks.before_release;
        assert_eq!(checks[0].argv(), ["make", "unit tests"]);
        assert_eq!(checks[1].line(), "make lint");
        assert!(
            message("[checks]\nbefore-release = [\"\"]").contains("a command must not be empty")
        );
    }

    #[test]
    fn the_table_of_pyproject_serves_when_there_is_no_own_file() {
        let folder = tempfile::tempdir().unwrap();
        let pyproject = folder.path().join("pyproject.toml");
        std::fs::write(
            &pyproject,
            "[project]\nname = \"x\"\n[tool.tidegate.git]\nremote = \"up\"\n",
        )
        .unwrap();
        assert_eq!(load(folder.path(), None).unwrap().configuration.git.remote, "up");

        std::fs::write(&pyproject, "[tool.tidegate.git]\nremotes = \"up\"\n").unwrap();
        let error = load(folder.path(), None).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "pyproject.toml, line 2: unknown key `git.remotes`; did you mean `remote`?"
            ),
            "{error}"
        );

        std::fs::write(folder.path().join(FILE_NAME), "").unwrap();
        assert_eq!(load(folder.path(), None).unwrap().configuration, Configuration::default());
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_absent() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pyproject.toml"), "").unwrap();
        let own = folder.path().join(FILE_NAME);
        let unreadable = |start: &Path| {
            let root = find_root(start).unwrap();
            let error = load(&root, None).unwrap_err();
            assert!(matches!(error, ConfigurationError::Unreadable { .. }), "{error}");
            error.to_string()
        };
        std::fs::create_dir(&own).unwrap();
        assert_eq!(unreadable(folder.path()), format!("cannot read {}", own.display()));
        std::fs::remove_dir(&own).unwrap();
        std::os::unix::fs::symlink("nowhere", &own).unwrap();
        assert_eq!(unreadable(folder.path()), format!("cannot read {}", own.display()));
        std::fs::remove_file(&own).unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir_all(inner.join("pyproject.toml")).unwrap();
        assert!(unreadable(&inner).ends_with("inner/pyproject.toml"));
    }

    #[test]
    fn the_root_is_found_upwards_and_its_own_file_wins() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert!(matches!(find_root(&deep), Err(ConfigurationError::NoProject(_))));
        assert!(matches!(find_root(&deep.join("typo")), Err(ConfigurationError::NoFolder(_))));
        std::fs::write(folder.path().join("a/pyproject.toml"), "").unwrap();
        assert_eq!(find_root(&deep).unwrap(), folder.path().join("a"));
        std::fs::write(folder.path().join(FILE_NAME), "").unwrap();
        assert_eq!(find_root(&deep).unwrap(), folder.path());
    }
}
