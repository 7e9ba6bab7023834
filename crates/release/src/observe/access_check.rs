/// Whether services are asked if we may publish. A dry run needs no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessCheck {
    Skip,
    Perform,
}
