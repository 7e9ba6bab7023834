//! Attestations of the package's files (PEP 740): made where a trusted publisher's
//! identity is present, because PyPI accepts them from nobody else.

use operation::Environment;
use registry_pypi::{AttestationProgram, Credentials, UploadSet, has_signing_identity};
use release_plan::Attestations;

use crate::{
    ProjectPackage, clients::variables_of, context::ReleaseContext, step_error::ReleaseStepError,
    steps::package,
};

/// Whether attestations can be made, as far as that is clear before the release.
pub(crate) fn observed_attestations(
    package: &ProjectPackage,
    environment: &Environment,
) -> Attestations {
    let has_identity = has_signing_identity(&variables_of(environment));
    let is_installed = AttestationProgram::on_path().is_some();
    match (package.settings.attestations, has_identity, is_installed) {
        (Some(false), _, _) | (None, false, _) => Attestations::Unwanted,
        (_, true, true) => Attestations::Possible,
        (_, false, _) => Attestations::Impossible(NO_IDENTITY.to_owned()),
        (_, true, false) => Attestations::Impossible(NO_PROGRAM.to_owned()),
    }
}

const NO_IDENTITY: &str = "this is no CI job with the identity of a trusted publisher (GitHub \
                           Actions: `permissions: id-token: write`)";
const NO_PROGRAM: &str = "`pypi-attestations` is not installed";

/// What came of attesting the files of an upload.
#[derive(Debug, Default)]
pub(crate) struct Attested {
    /// How many attestations were made.
    pub(crate) made: usize,
    /// What the detail of the upload adds.
    pub(crate) detail: String,
}

/// Makes the attestations that are missing.
pub(crate) async fn attest(
    context: &ReleaseContext<'_>,
    index: &str,
    set: &UploadSet,
    credentials: &Credentials,
) -> Result<Attested, ReleaseStepError> {
    let wanted = package(context)?.settings.attestations;
    let variables = variables_of(context.environment);
    let has_identity = has_signing_identity(&variables);
    let has_publishers = context.clients.index(index)?.endpoints().web.is_some();
    if wanted == Some(false) || wanted.is_none() && !has_identity || !has_publishers {
        return Ok(Attested::default());
    }
    let reason = match (credentials.is_trusted_publisher(), AttestationProgram::on_path()) {
        (true, Some(program)) if has_identity => {
            let made = program.sign(set.distributions(), &variables).await?;
            return Ok(Attested { made, detail: ", with attestations".to_owned() });
        }
        (false, _) => format!("the credentials are those of {}", credentials.source),
        (true, None) => NO_PROGRAM.to_owned(),
        (true, Some(_)) => NO_IDENTITY.to_owned(),
    };
    if wanted == Some(true) {
        return Err(ReleaseStepError::Failed {
            problem: format!("attestations for {index} cannot be made: {reason}"),
            advice: Some(
                "they need a trusted publisher and `pypi-attestations`; without them, set \
                 `attestations = false` in [package]"
                    .to_owned(),
            ),
        });
    }
    Ok(Attested { made: 0, detail: format!(", without attestations: {reason}") })
}
