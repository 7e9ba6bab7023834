//! Changelogs that a tool assembles from files, one for each change.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use toml_edit::{Item, TableLike};

use crate::{
    PythonError,
    toml_document::{item_at, parse_toml, string_at, strings_in},
};

/// A tool that makes a section out of fragments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FragmentTool {
    /// <https://towncrier.readthedocs.io>
    Towncrier,
    /// <https://scriv.readthedocs.io>
    Scriv,
}

impl FragmentTool {
    /// The name of its program.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Towncrier => "towncrier",
            Self::Scriv => "scriv",
        }
    }

    /// The arguments that make the section of a version and remove its fragments.
    #[must_use]
    pub fn arguments(self, version: &str, date: &str) -> Vec<String> {
        let arguments = match self {
            Self::Towncrier => vec!["build", "--yes", "--version", version, "--date", date],
            Self::Scriv => vec!["collect", "--no-edit", "--version", version],
        };
        arguments.into_iter().map(str::to_owned).collect()
    }
}

impl fmt::Display for FragmentTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program())
    }
}

/// How a project keeps its fragments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragments {
    /// The tool that assembles them.
    pub tool: FragmentTool,
    /// Their folders, relative to the project: one for each section of the changelog, of
    /// which there is usually one.
    pub folders: Vec<PathBuf>,
    /// The changelog, which may contain `{version}`.
    file: String,
    /// Types that names of towncrier's fragments contain.
    types: Vec<String>,
    /// Patterns for names of files in the folders that are none.
    ignored: Vec<String>,
}

impl Fragments {
    /// Reads the settings of towncrier or scriv in a project's folder, if it has any.
    ///
    /// # Errors
    /// [`PythonError::Io`], [`PythonError::Toml`], [`PythonError::Key`].
    pub fn find(project: &Path) -> Result<Option<Self>, PythonError> {
        let pyproject = read_optional(&project.join("pyproject.toml"))?;
        // towncrier reads the one file or the other.
        let own = read_optional(&project.join("towncrier.toml"))?;
        if let Some(text) = own.as_ref().or(pyproject.as_ref())
            && let Some(found) = Self::of_towncrier(text, pyproject.as_deref(), project)?
        {
            return Ok(Some(found));
        }
        Ok(ScrivSettings::read(project, pyproject.as_deref())?.map(ScrivSettings::into_fragments))
    }

    fn of_towncrier(
        text: &str,
        pyproject: Option<&str>,
        project: &Path,
    ) -> Result<Option<Self>, PythonError> {
        let document = parse_toml(text)?;
        let table = item_at(document.as_table(), &["tool", "towncrier"]);
        let Some(table) = table.and_then(Item::as_table_like) else { return Ok(None) };
        let text = |key: &str| string_at(table, &[key]);
        let project_name = match pyproject {
            Some(pyproject) => string_at(parse_toml(pyproject)?.as_table(), &["project", "name"]),
            None => None,
        };
        let mut ignored = strings_in(table, "ignore", "tool.towncrier.ignore")?.unwrap_or_default();
        ignored.extend([".*", "readme", "readme.*"].map(str::to_owned));
        let template = text("template").and_then(|path| path.rsplit('/').next().map(str::to_owned));
        ignored.extend(template);
        Ok(Some(Self {
            tool: FragmentTool::Towncrier,
            folders: folders_of(table, project_name, project),
            file: text("filename").unwrap_or_else(|| "NEWS.rst".to_owned()),
            types: types_of(table),
            ignored,
        }))
    }

    /// The changelog of a version, relative to the project.
    #[must_use]
    pub fn file(&self, version: &str) -> PathBuf {
        self.file.replace("{version}", version).into()
    }

    /// Whether a file of this name in one of the folders is a fragment.
    #[must_use]
    pub fn is_fragment(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        !self.ignored.iter().any(|pattern| is_match(&lower, &pattern.to_lowercase()))
            && match self.tool {
                FragmentTool::Towncrier => {
                    let mut parts = name.split('.').skip(1);
                    parts.any(|part| self.types.iter().any(|kind| kind == part))
                }
                FragmentTool::Scriv => lower.ends_with(".rst") || lower.ends_with(".md"),
            }
    }
}

/// As `fnmatch` does, with `*` as the only special character.
fn is_match(name: &str, pattern: &str) -> bool {
    let escaped = regex::escape(pattern).replace(r"\*", ".*");
    regex::Regex::new(&format!("^{escaped}$")).is_ok_and(|regex| regex.is_match(name))
}

/// Without `directory`, towncrier searches below the package, whose default is the name
/// of the project; before version 23.11 below the project.
fn folders_of(table: &dyn TableLike, project_name: Option<String>, project: &Path) -> Vec<PathBuf> {
    let sections = table.get("section").and_then(Item::as_array_of_tables).into_iter().flatten();
    let mut sections: Vec<String> =
        sections.filter_map(|section| string_at(section, &["path"])).collect();
    if sections.is_empty() {
        sections.push(String::new());
    }
    let text = |key: &str| string_at(table, &[key]);
    let (base, below) = match text("directory") {
        Some(directory) => (PathBuf::from(directory), ""),
        None => {
            let folder = PathBuf::from(text("package_dir").unwrap_or_default());
            let package = text("package").or(project_name).unwrap_or_default();
            let is_package = project.join(&folder).join(&package).is_dir();
            (if is_package { folder.join(package) } else { folder }, "newsfragments")
        }
    };
    let join = |section: &String| {
        [Path::new(section), Path::new(below)].iter().fold(base.clone(), |path, part| {
            if part.as_os_str().is_empty() { path } else { path.join(part) }
        })
    };
    sections.iter().map(join).collect()
}

/// towncrier's own types, unless a project has others (towncrier documentation,
/// "Configuration Reference", "Custom fragment types").
fn types_of(table: &dyn TableLike) -> Vec<String> {
    let listed = table.get("type").and_then(Item::as_array_of_tables).into_iter().flatten();
    let listed = listed.filter_map(|table| {
        let directory = string_at(table, &["directory"]);
        directory.or_else(|| string_at(table, &["name"]).map(|name| name.to_lowercase()))
    });
    let named = table.get("fragment").and_then(Item::as_table_like);
    let named = named.into_iter().flat_map(|table| table.iter().map(|(key, _)| key.to_owned()));
    let types: Vec<String> = listed.chain(named).collect();
    if !types.is_empty() {
        return types;
    }
    ["feature", "bugfix", "doc", "removal", "misc"].map(str::to_owned).to_vec()
}

/// scriv's settings (scriv documentation, "Configuration"): later files win.
struct ScrivSettings {
    folder: String,
    format: String,
    file: Option<String>,
    ignored: String,
}

impl ScrivSettings {
    fn read(project: &Path, pyproject: Option<&str>) -> Result<Option<Self>, PythonError> {
        let mut settings = Self {
            folder: "changelog.d".to_owned(),
            format: "rst".to_owned(),
            file: None,
            ignored: "README.*".to_owned(),
        };
        let mut is_found = false;
        for name in ["setup.cfg", "tox.ini"] {
            is_found |= settings.read_ini(&project.join(name))?;
        }
        if let Some(text) = pyproject {
            is_found |= settings.read_toml(text)?;
        }
        is_found |= settings.read_ini(&project.join(&settings.folder).join("scriv.ini"))?;
        Ok(is_found.then_some(settings))
    }

    fn read_toml(&mut self, text: &str) -> Result<bool, PythonError> {
        let document = parse_toml(text)?;
        let table = item_at(document.as_table(), &["tool", "scriv"]).and_then(Item::as_table_like);
        let Some(table) = table else { return Ok(false) };
        for (key, item) in table.iter() {
            self.set(key, item.as_str().unwrap_or_default());
        }
        Ok(true)
    }

    fn read_ini(&mut self, path: &Path) -> Result<bool, PythonError> {
        let Some(text) = read_optional(path)? else { return Ok(false) };
        let (mut is_section, mut is_found) = (false, false);
        for line in text.lines() {
            if let Some(section) = line.strip_prefix('[') {
                is_section = section.starts_with("scriv]") || section.starts_with("tool.scriv]");
                is_found |= is_section;
            } else if let Some((key, value)) = line.split_once(['=', ':']).filter(|_| is_section) {
                self.set(key.trim(), value.trim());
            }
        }
        Ok(is_found)
    }

    fn set(&mut self, key: &str, value: &str) {
        match key {
            "fragment_directory" => self.folder = value.to_owned(),
            "format" => self.format = value.to_owned(),
            "changelog" | "output_file" => self.file = Some(value.to_owned()),
            "skip_fragments" => self.ignored = value.to_owned(),
            _ => {}
        }
    }

    fn into_fragments(self) -> Fragments {
        let file = self.file.unwrap_or_else(|| "CHANGELOG.${config:format}".to_owned());
        Fragments {
            tool: FragmentTool::Scriv,
            folders: vec![self.folder.into()],
            file: file.replace("${config:format}", &self.format),
            types: Vec::new(),
            ignored: vec![self.ignored],
        }
    }
}

fn read_optional(path: &Path) -> Result<Option<String>, PythonError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(PythonError::io("read", path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Folders and changelog of a project with this file.
    fn found(name: &str, text: &str) -> Option<(Fragments, String)> {
        let project = tempfile::tempdir().unwrap();
        let path = project.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::create_dir_all(project.path().join("src/app")).unwrap();
        std::fs::write(path, text).unwrap();
        let fragments = Fragments::find(project.path()).unwrap()?;
        let folders: Vec<_> = fragments.folders.iter().map(|f| f.display().to_string()).collect();
        let places = format!("{} {}", folders.join(","), fragments.file("1.0").display());
        Some((fragments, places))
    }

    #[test]
    fn settings_are_read_from_where_the_tools_read_them() {
        let sections = "[tool.towncrier]\npackage = 'app'\npackage_dir = 'src'\n[[tool.towncrier.section]]\npath = ''\n[[tool.towncrier.section]]\npath = 'web'\n";
        for (name, text, expected) in [
            ("pyproject.toml", "[tool.towncrier]\n", "newsfragments NEWS.rst"),
            (
                "pyproject.toml",
                "[project]\nname = 'src'\n[tool.towncrier]\n",
                "src/newsfragments NEWS.rst",
            ),
            (
                "pyproject.toml",
                "[project]\nname = 'other'\n[tool.towncrier]\n",
                "newsfragments NEWS.rst",
            ),
            (
                "pyproject.toml",
                sections,
                "src/app/newsfragments,src/app/web/newsfragments NEWS.rst",
            ),
            (
                "towncrier.toml",
                "[tool.towncrier]\ndirectory = 'changelog.d'\nfilename = 'CHANGELOG.md'\n",
                "changelog.d CHANGELOG.md",
            ),
            (
                "pyproject.toml",
                "[tool.towncrier]\nsingle_file = false\nfilename = 'docs/{version}.rst'\n",
                "newsfragments docs/1.0.rst",
            ),
            ("pyproject.toml", "[tool.scriv]\nformat = 'md'\n", "changelog.d CHANGELOG.md"),
            (
                "setup.cfg",
                "[metadata]\nformat = x\n[tool.scriv]\nchangelog = CHANGES.rst\nfragment_directory=news\n",
                "news CHANGES.rst",
            ),
            ("changelog.d/scriv.ini", "[scriv]\nformat: md\n", "changelog.d CHANGELOG.md"),
        ] {
            assert_eq!(
                found(name, text).map(|(_, places)| places).as_deref(),
                Some(expected),
                "{text}"
            );
        }
        assert_eq!(found("pyproject.toml", "[project]\n"), None);
    }

    #[test]
    fn fragments_differ_from_other_files_in_their_folder_by_name() {
        let settings =
            "[tool.towncrier]\ntemplate = 'changelog.d/t.doc.rst'\nignore = ['*.misc.old']\n";
        let (towncrier, _) = found("pyproject.toml", settings).unwrap();
        for name in ["1.feature", "+x.bugfix.rst", "12.misc.1.md", "fix-1.2.doc"] {
            assert!(towncrier.is_fragment(name), "{name}");
        }
        for name in ["README.rst", ".gitignore", "t.doc.rst", "1.change", "feature", "1.misc.old"] {
            assert!(!towncrier.is_fragment(name), "{name}");
        }
        let custom = "[[tool.towncrier.type]]\nname = 'Change'\n[tool.towncrier.fragment.fix]\n";
        let (custom, _) = found("pyproject.toml", custom).unwrap();
        assert!(custom.is_fragment("1.change") && custom.is_fragment("1.fix.rst"));
        assert!(!custom.is_fragment("1.feature"));
        let (scriv, _) = found("pyproject.toml", "[tool.scriv]\n").unwrap();
        assert!(scriv.is_fragment("20240101_x.rst") && !scriv.is_fragment("README.rst"));
        assert!(!scriv.is_fragment("scriv.ini"));
    }
}
