/// How far preflight asks services. A dry run needs no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessCheck {
    /// What they serve, but not whether we may publish.
    Skip,
    /// Also whether we may publish.
    Perform,
}
