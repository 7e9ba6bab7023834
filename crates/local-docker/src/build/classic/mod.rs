//! The engine's classic builder: `POST /build`, version 1, one platform.

mod progress;
mod seed;

use std::{collections::BTreeMap, fs};

use bollard::{
    body_try_stream,
    models::BuildInfo,
    query_parameters::{BuildImageOptions, BuildImageOptionsBuilder},
};
use futures_util::StreamExt as _;
use image_ref::{Digest, Platform, Reference};
use tokio::task::spawn_blocking;

use self::{progress::Progress, seed::Seed};
use super::{
    BuildEvents, BuildRequest,
    context::{Context, Replacement},
    dockerfile::{Adapted, Dockerfile, Foreign, platform_arguments},
    failure::meaning,
};
use crate::{
    EngineError,
    byte_channel::{ChannelWriter, from_blocking},
    client::Connection,
};

/// One platform's build.
pub(super) struct ClassicBuild<'a> {
    pub(super) connection: &'a Connection,
    pub(super) request: &'a BuildRequest,
    pub(super) platform: &'a Platform,
    /// The engine's own.
    pub(super) native: &'a Platform,
    pub(super) name: &'a Reference,
    pub(super) events: BuildEvents<'a>,
}

impl ClassicBuild<'_> {
    /// Builds the image and gives it its name.
    pub(super) async fn run(&self) -> Result<(), EngineError> {
        let seed = Seed::plant(self.connection, self.foreign()).await?;
        let built = self.build(seed.as_ref().map(Seed::name)).await;
        if let Some(seed) = seed {
            seed.pull_out().await;
        }
        built
    }

    async fn build(&self, seed: Option<&str>) -> Result<(), EngineError> {
        let file = self.request.dockerfile_path();
        let text = fs::read_to_string(&file)
            .map_err(|source| EngineError::BuildFileUnreadable { file, source })?;
        let plan = BuildPlan::new(self.request, self.native, self.platform, seed, &text)?;
        let context = Context::plan(self.request, plan.replacement.clone())?;
        let (writer, parts) = from_blocking();
        let sending = spawn_blocking(move || send(&context, writer));
        let client = self.connection.patient_client();
        let options = self.options(&plan);
        let answers = client.build_image(options, None, Some(body_try_stream(parts)));
        let built = self.follow(answers, Progress::new(seed)).await;
        let sent = sending
            .await
            .unwrap_or_else(|error| Err(EngineError::Archive { reason: error.to_string() }));
        // A context that cannot be read explains a build that broke off.
        sent.and(built)
    }

    async fn follow(
        &self,
        mut answers: impl futures_util::Stream<Item = Answer> + Unpin,
        mut progress: Progress,
    ) -> Result<(), EngineError> {
        while let Some(answer) = answers.next().await {
            let answer = answer.map_err(|error| self.explain(error, &progress))?;
            for event in answer.stream.iter().flat_map(|text| progress.read(text)) {
                (self.events)(event);
            }
        }
        Ok(())
    }

    fn explain(&self, error: bollard::errors::Error, progress: &Progress) -> EngineError {
        match self.connection.error_while("build an image")(error) {
            EngineError::Refused { message, .. } => {
                meaning(&message, &progress.tail(), std::slice::from_ref(self.platform))
            }
            other => other,
        }
    }

    /// The platform, when it is not the engine's own.
    fn foreign(&self) -> Option<&Platform> {
        (!self.platform.matches(self.native)).then_some(self.platform)
    }

    fn options(&self, plan: &BuildPlan) -> BuildImageOptions {
        let request = self.request;
        let labels = request.labels.clone().into_iter().collect();
        let options = BuildImageOptionsBuilder::new()
            .dockerfile(&plan.dockerfile)
            .t(&self.name.to_string())
            .nocache(!request.cache)
            .rm(true)
            .forcerm(true)
            .buildargs(&plan.arguments.clone().into_iter().collect())
            .labels(&labels)
            .target(request.target.as_deref().unwrap_or_default())
            // Left out for the engine's own, so that local images built
            // without a variant can be bases.
            .platform(&plan.platform);
        let network = request.network.as_deref();
        network.map_or(options.clone(), |network| options.networkmode(network)).build()
    }
}

type Answer = Result<BuildInfo, bollard::errors::Error>;

/// The blocking half: writes the context into the request's body.
fn send(context: &Context, mut writer: ChannelWriter) -> Result<(), EngineError> {
    match context.write(&mut writer) {
        Ok(()) => Ok(()),
        // The engine stopped reading, and says why in its answer.
        Err(EngineError::BuildFileUnreadable { source, .. })
            if source.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            Ok(())
        }
        Err(error) => {
            writer.abort();
            Err(error)
        }
    }
}

/// What is sent for one platform; pure.
#[derive(Debug)]
struct BuildPlan {
    /// Path within the context that is sent.
    dockerfile: String,
    replacement: Option<Replacement>,
    arguments: BTreeMap<String, String>,
    /// For the build as a whole; empty for the engine's own.
    platform: String,
}

impl BuildPlan {
    fn new(
        request: &BuildRequest,
        native: &Platform,
        platform: &Platform,
        seed: Option<&str>,
        text: &str,
    ) -> Result<Self, EngineError> {
        let dockerfile = Dockerfile::parse(text);
        let target = platform.to_string();
        let known = known_arguments(request, native, platform);
        let foreign = seed.map(|seed| Foreign { target: &target, seed });
        let adapted = dockerfile.adapted(foreign, &known);
        let Adapted { text: adapted, platform_option } =
            adapted.map_err(|reason| EngineError::BuildKitNeeded { message: reason.to_owned() })?;
        let mut arguments = dockerfile.only_declared(known);
        arguments.extend(request.build_args.clone());
        let (dockerfile, replacement) = name_and_replacement(request, adapted, text);
        let platform = if platform_option { target } else { String::new() };
        Ok(Self { dockerfile, replacement, arguments, platform })
    }
}

/// The project's own Dockerfile, or another text under another name.
fn name_and_replacement(
    request: &BuildRequest,
    adapted: Option<String>,
    text: &str,
) -> (String, Option<Replacement>) {
    match (adapted, request.dockerfile_in_context()) {
        (None, Some(inside)) => (inside.to_string_lossy().into_owned(), None),
        (adapted, _) => {
            let text = adapted.unwrap_or_else(|| text.to_owned());
            let replacement = Replacement { name: hidden_name(&text), text };
            (replacement.name.clone(), Some(replacement))
        }
    }
}

/// What BuildKit would know by itself.
fn known_arguments(
    request: &BuildRequest,
    native: &Platform,
    platform: &Platform,
) -> BTreeMap<String, String> {
    let mut known = platform_arguments(native, platform);
    let epoch = request.source_date_epoch;
    known.extend(epoch.map(|time| ("SOURCE_DATE_EPOCH".to_owned(), time.to_string())));
    known
}

/// From the content, so that the same Dockerfile hits the same cache.
fn hidden_name(text: &str) -> String {
    format!(".dockerfile.{}", &Digest::of(text.as_bytes()).hex()[..20])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str, platform: &str, seed: Option<&str>) -> BuildPlan {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("Dockerfile"), text).unwrap();
        let mut request = BuildRequest::new(folder.path(), "x".parse().unwrap(), vec![]);
        request.build_args.insert("VERSION".into(), "2".into());
        let native = Platform::new("linux", "amd64");
        BuildPlan::new(&request, &native, &platform.parse().unwrap(), seed, text).unwrap()
    }

    #[test]
    fn the_projects_own_dockerfile_is_used_when_nothing_must_change() {
        let plan = plan("FROM scratch\nARG TARGETARCH\nARG VERSION", "linux/amd64", None);
        assert_eq!(plan.dockerfile, "Dockerfile");
        assert_eq!(plan.replacement, None);
        let arguments: Vec<_> = plan.arguments.into_iter().collect();
        let expected = [("TARGETARCH", "amd64"), ("VERSION", "2")];
        assert_eq!(arguments, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn a_foreign_platform_starts_from_the_seed() {
        let plan = plan("FROM scratch\n", "linux/arm64", Some("seed:x"));
        let replacement = plan.replacement.unwrap();
        assert_eq!(replacement.text, "FROM --platform=linux/arm64 seed:x\n");
        assert_eq!(plan.platform, "linux/arm64");
        assert_eq!(replacement.name, plan.dockerfile);
    }
}
