use configuration::{Configuration, FileLine, Image};
use image_ref::Platform;

use crate::{
    Finding, Observed, ObservedBuild, ObservedBuilder, ObservedImage, ObservedSecret, SecretSign,
};

/// Problems of building the images that can be seen before.
pub(super) fn findings(observed: &Observed, configuration: &Configuration) -> Vec<Finding> {
    let images = configuration.images.iter().zip(&observed.images).zip(0..);
    let found = images.flat_map(|((image, observed_image), number)| {
        let build = Build {
            configuration,
            image,
            number,
            subject: format!("image {}", observed_image.name),
            observed: observed_image,
            builder: observed.setup.builder.as_ref(),
        };
        build.findings()
    });
    found.collect()
}

/// The build of one image.
struct Build<'a> {
    configuration: &'a Configuration,
    image: &'a Image,
    number: usize,
    subject: String,
    observed: &'a ObservedImage,
    builder: Option<&'a ObservedBuilder>,
}

impl Build<'_> {
    fn findings(&self) -> Vec<Finding> {
        let ObservedBuild { secret_arguments, secrets, .. } = &self.observed.build;
        let mut findings: Vec<Finding> =
            secret_arguments.iter().map(|secret| self.secret_argument(secret)).collect();
        findings.extend(secrets.iter().map(|secret| self.secret_in_dockerfile(secret)));
        findings.extend(self.needs_buildkit());
        findings.extend(self.mixed_copy());
        findings.extend(self.foreign_runs());
        let is_optional = self.image.optional;
        let by_need = |finding: Finding| if is_optional { finding.into_warning() } else { finding };
        findings.into_iter().map(by_need).collect()
    }

    fn line(&self, line: usize) -> FileLine {
        FileLine { file: self.observed.build.dockerfile.clone(), line }
    }

    /// Docker keeps build arguments in the image's history.
    fn secret_argument(&self, secret: &ObservedSecret) -> Finding {
        let name = &secret.name;
        let problem =
            format!("the build argument `{name}` looks like a secret, and would stay in the image");
        let advice = "pass it with `RUN --mount=type=secret`, or rename it if it is none";
        let finding = match secret.sign {
            SecretSign::Value | SecretSign::Name => {
                Finding::mistake(&self.subject, problem, advice)
            }
            SecretSign::Random => Finding::warning(&self.subject, problem, advice),
        };
        let key = format!("image[{}].build-args.{name}", self.number);
        finding.at(self.configuration.lines.line_of(&key))
    }

    /// Placeholders are usual in Dockerfiles, so a name alone does not stop a release.
    fn secret_in_dockerfile(&self, secret: &ObservedSecret) -> Finding {
        let name = &secret.name;
        let problem = format!("the value of `{name}` looks like a secret, and stays in the image");
        let advice = "pass it with `RUN --mount=type=secret` instead";
        let finding = match secret.sign {
            SecretSign::Value => Finding::mistake(&self.subject, problem, advice),
            SecretSign::Name | SecretSign::Random => {
                Finding::warning(&self.subject, problem, advice)
            }
        };
        finding.at(Some(&self.line(secret.line)))
    }

    fn needs_buildkit(&self) -> Option<Finding> {
        let builder = self.builder.filter(|builder| !builder.is_buildkit)?;
        let (line, feature) = self.observed.build.buildkit_features.first()?;
        Some(self.without_buildkit(builder, feature, *line))
    }

    fn without_buildkit(&self, builder: &ObservedBuilder, feature: &str, line: usize) -> Finding {
        let problem = format!("{feature} needs BuildKit, and {} does not have it", builder.name);
        let advice = "install the Docker plugin buildx";
        Finding::precondition(&self.subject, problem, advice).at(Some(&self.line(line)))
    }

    /// The classic builder would take the engine's platform of the image that is copied from.
    fn mixed_copy(&self) -> Option<Finding> {
        let builder = self.builder.filter(|builder| !builder.is_buildkit)?;
        let mut copies = self.observed.build.mixed_copies.iter();
        let is_foreign = |platform: &Platform| !platform.matches(&builder.engine_platform);
        let (platform, line) = copies.find(|(platform, _)| is_foreign(platform))?;
        let feature =
            format!("COPY from an image for {platform}, beside stages for another platform,");
        Some(self.without_buildkit(builder, &feature, *line))
    }

    fn foreign_runs(&self) -> Vec<Finding> {
        let Some(builder) = self.builder else { return Vec::new() };
        let runs = self.observed.build.runs.iter();
        let foreign = runs.filter(|(platform, _)| !can_run(builder, platform));
        foreign.map(|(platform, line)| self.foreign_run(builder, platform, *line)).collect()
    }

    fn foreign_run(&self, builder: &ObservedBuilder, platform: &Platform, line: usize) -> Finding {
        let own: Vec<String> = builder.platforms.iter().map(ToString::to_string).collect();
        let problem = format!(
            "RUN needs programs of {platform}, and {} {} {}",
            builder.name,
            if builder.is_complete { "runs only" } else { "is only certain to run" },
            if own.is_empty() { "its own platform".to_owned() } else { own.join(", ") },
        );
        let advice = "install emulators (`docker run --privileged --rm tonistiigi/binfmt --install \
                      all`), select a builder that has the platform (`docker buildx use`), or \
                      remove it from platforms";
        let finding = if builder.is_complete {
            Finding::precondition(&self.subject, problem, advice)
        } else {
            Finding::warning(&self.subject, problem, advice)
        };
        finding.at(Some(&self.line(line)))
    }
}

/// A builder that lists an architecture without variants may run all of them.
fn can_run(builder: &ObservedBuilder, wanted: &Platform) -> bool {
    builder.platforms.iter().any(|own| {
        let is_same = own.os == wanted.os && own.architecture == wanted.architecture;
        own.matches(wanted) || (is_same && own.variant.is_none())
    })
}
