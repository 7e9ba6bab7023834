/// How far a release may depart from the usual rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReleasePolicy {
    /// The version may be lower than the newest one, as long as it is the
    /// highest of its `major.minor` line: a fix for users of an older line.
    pub backport: bool,
    /// The package may lack what the last release had.
    pub accept_missing_files: bool,
}
