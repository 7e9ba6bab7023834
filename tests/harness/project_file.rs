use std::path::Path;

/// A file of the project: path, content, and whether it is a program.
#[derive(Debug, Clone)]
pub struct ProjectFile {
    /// Path below the project's folder.
    pub path: String,
    /// All of it.
    pub content: Vec<u8>,
    /// Whether it is a program.
    pub executable: bool,
}

impl ProjectFile {
    /// A file that is no program.
    pub fn new(path: &str, content: impl Into<Vec<u8>>) -> Self {
        Self { path: path.to_owned(), content: content.into(), executable: false }
    }

    /// Writes it, and makes the folders that it is in.
    pub fn write_to(&self, folder: &Path) {
        let path = folder.join(&self.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &self.content).unwrap();
        if self.executable {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
}
