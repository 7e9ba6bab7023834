/// Whether something is in place already, judged by content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// It is not there; it can be made.
    Absent,
    /// It is there as wanted.
    Identical,
    /// Something else has its name.
    Diverged,
}
