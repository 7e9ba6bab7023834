use journal::Records;
use release_plan::{ReleaseTags, StepId};
use release_version::ReleaseVersion;
use report::Reporter;
use serde::de::DeserializeOwned;

use crate::{Project, ReleaseError, clients::Clients};

/// What to verify.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyRequest {
    /// The version; the newest one tagged when none is given.
    pub version: Option<ReleaseVersion>,
    /// Only this index, and nothing else.
    pub index: Option<String>,
    /// Leave out the installation into a clean environment.
    pub without_install: bool,
    /// Leave out running images.
    pub without_run: bool,
}

/// What all checks share.
pub(super) struct Verification<'a> {
    pub(super) project: &'a Project,
    pub(super) reporter: &'a Reporter,
    pub(super) clients: &'a Clients,
    pub(super) request: &'a VerifyRequest,
    pub(super) version: ReleaseVersion,
    /// Every version that has a tag, local or at the remote.
    pub(super) tags: ReleaseTags,
    /// The journal of that release, if it was made on this machine.
    pub(super) journal: Option<Records>,
}

impl Verification<'_> {
    /// Evidence that a release on this machine recorded.
    pub(super) fn recorded<T: DeserializeOwned>(
        &self,
        step: &StepId,
    ) -> Result<Option<T>, ReleaseError> {
        match &self.journal {
            Some(records) => Ok(records.evidence(&step.to_string())?),
            None => Ok(None),
        }
    }
}
