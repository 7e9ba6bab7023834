use std::fmt;

/// What an incomplete backup lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IncompleteReason {
    /// A run writes it at this moment.
    BeingWritten,
    /// The run that wrote or removed it was interrupted; the next one cleans it.
    Interrupted,
    /// There is no manifest.
    NoManifest,
    /// There is no content.
    NoContent,
    /// The content has another size than its manifest has.
    Size {
        /// Bytes by the manifest.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
}

impl fmt::Display for IncompleteReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeingWritten => f.write_str("a run writes it at this moment"),
            Self::Interrupted => f.write_str("its run was interrupted; the next one cleans it"),
            Self::NoManifest => f.write_str("it has no manifest"),
            Self::NoContent => f.write_str("its content is missing"),
            Self::Size { expected, found } => {
                write!(f, "its content has {found} bytes where the manifest has {expected}")
            }
        }
    }
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnreadableReason {
    /// The name is no identifier of a backup.
    Name,
    /// It is no folder, or a part of it is no regular file.
    NotAFile(String),
    /// It is a symbolic link, or a part of it is one.
    Symlink(String),
    /// The manifest is of another format.
    Format(u32),
    /// The manifest is not what a manifest is.
    Manifest(String),
    /// The manifest belongs to another backup.
    Foreign(String),
    /// The manifest is of a backup without bytes, which is none.
    Empty,
    /// The operating system refuses.
    Io(String),
}

impl fmt::Display for UnreadableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("its name is no identifier of a backup"),
            Self::NotAFile(name) => write!(f, "{name} is neither a regular file nor a folder"),
            Self::Symlink(name) => write!(f, "{name} is a symbolic link, which is not followed"),
            Self::Format(found) => {
                write!(f, "its manifest has format {found}, and this version reads another one")
            }
            Self::Manifest(reason) => write!(f, "its manifest cannot be read: {reason}"),
            Self::Foreign(found) => write!(f, "its manifest is that of {found}"),
            Self::Empty => f.write_str("its manifest is that of a backup without bytes"),
            Self::Io(reason) => write!(f, "it cannot be read: {reason}"),
        }
    }
}
