use configuration::Image;
use local_docker::{
    BuildTools, DockerPrograms, DockerfileReview, Engine, EngineError, SecretSign as Sign,
    secret_sign,
};
use release_plan::{ObservedBuild, ObservedBuilder, ObservedSecret, SecretSign};

use super::paths::dockerfile_path;
use crate::Project;

/// Reads how an image is built. A Dockerfile that does not exist is a finding of its own.
pub(super) fn observe_build(project: &Project, image: &Image) -> ObservedBuild {
    let dockerfile = dockerfile_path(&image.context, &image.dockerfile);
    let bytes = std::fs::read(project.root.join(&dockerfile)).unwrap_or_default();
    let review = DockerfileReview::new(&String::from_utf8_lossy(&bytes));
    let platforms = image.platforms.iter();
    let runs = platforms.filter_map(|platform| {
        Some((platform.clone(), review.first_run_on(platform, image.target.as_deref())?))
    });
    let copies = image.platforms.iter();
    let copies =
        copies.filter_map(|platform| Some((platform.clone(), review.mixed_copy_on(platform)?)));
    ObservedBuild {
        runs: runs.collect(),
        mixed_copies: copies.collect(),
        dockerfile,
        secret_arguments: secret_arguments(image),
        secrets: review
            .secrets
            .iter()
            .map(|secret| observed_secret(&secret.name, secret.line, secret.sign))
            .collect(),
        buildkit_features: review
            .buildkit_features
            .iter()
            .map(|found| (found.line, found.feature.clone()))
            .collect(),
    }
}

fn secret_arguments(image: &Image) -> Vec<ObservedSecret> {
    let arguments = image.build_args.iter().filter_map(|(name, value)| {
        let sign = secret_sign(name, &value.to_string())?;
        Some(observed_secret(name, 0, sign))
    });
    arguments.collect()
}

fn observed_secret(name: &str, line: usize, sign: Sign) -> ObservedSecret {
    let sign = match sign {
        Sign::Value => SecretSign::Value,
        Sign::Name => SecretSign::Name,
        Sign::Random => SecretSign::Random,
    };
    ObservedSecret { name: name.to_owned(), line, sign }
}

/// Finds out what builds images, and for which platforms.
pub(super) async fn observe_builder(engine: &Engine) -> Result<ObservedBuilder, EngineError> {
    let tools = engine.build_tools(&DockerPrograms::default()).await?;
    let runnable = tools.runnable_platforms(engine.endpoint());
    Ok(ObservedBuilder {
        name: builder_name(&tools, engine),
        is_buildkit: tools.buildx.is_some(),
        engine_platform: tools.platform.clone(),
        platforms: runnable.platforms,
        is_complete: runnable.is_complete,
    })
}

fn builder_name(tools: &BuildTools, engine: &Engine) -> String {
    match &tools.buildx {
        None => "the engine's classic builder".to_owned(),
        Some(buildx) if buildx.builder.driver == "docker" => {
            format!("the builder `{}`", engine.endpoint().builder_name())
        }
        Some(buildx) => format!("the builder `{}`", buildx.builder.name),
    }
}
