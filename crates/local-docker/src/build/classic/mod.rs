//! The engine's classic builder: `POST /build`, version 1, one platform.

mod plan;
mod progress;
mod scratch_base;

use std::{fs, io};

use bollard::{
    body_try_stream,
    errors::Error as ClientError,
    models::BuildInfo,
    query_parameters::{BuildImageOptions, BuildImageOptionsBuilder},
};
use futures_util::{Stream, StreamExt as _};
use image_ref::{Platform, Reference};
use tokio::task::spawn_blocking;

use self::{plan::BuildPlan, progress::ClassicProgress, scratch_base::ScratchBase};
use super::{
    context::ContextArchive,
    event::OnBuildEvent,
    failure::{BUILD_IMAGE, classify_failure},
    request::BuildRequest,
};
use crate::{
    byte_channel::{ChannelWriter, from_blocking},
    client::Connection,
    error::EngineError,
};

/// The build of one platform.
pub(super) struct ClassicBuild<'a> {
    pub(super) connection: &'a Connection,
    pub(super) request: &'a BuildRequest,
    pub(super) platform: &'a Platform,
    /// The engine's own.
    pub(super) native: &'a Platform,
    pub(super) name: &'a Reference,
    pub(super) on_event: OnBuildEvent<'a>,
}

impl ClassicBuild<'_> {
    /// Builds the image and gives it its name.
    pub(super) async fn run(&self) -> Result<(), EngineError> {
        if self.platform.matches(self.native) {
            return self.build(None).await;
        }
        let scratch_base = ScratchBase::create(self.connection, self.platform).await?;
        let result = self.build(Some(scratch_base.name())).await;
        scratch_base.remove().await;
        result
    }

    /// With the image that replaces `scratch`, for a foreign platform.
    async fn build(&self, scratch_base: Option<&str>) -> Result<(), EngineError> {
        let file = self.request.dockerfile_path();
        let text = fs::read_to_string(&file)
            .map_err(|source| EngineError::BuildFileUnreadable { file, source })?;
        let plan = BuildPlan::new(self.request, self.native, self.platform, scratch_base, &text)?;
        let context = ContextArchive::plan(self.request, plan.replacement.clone())?;
        let (writer, parts) = from_blocking();
        let sending = spawn_blocking(move || send_context(&context, writer));
        let client = self.connection.patient_client();
        let options = self.options(&plan);
        let messages = client.build_image(options, None, Some(body_try_stream(parts)));
        let built = self.report_messages(messages, ClassicProgress::new(scratch_base)).await;
        let sent = sending
            .await
            .unwrap_or_else(|error| Err(EngineError::Archive { reason: error.to_string() }));
        // A context that cannot be read explains a build that was aborted.
        sent.and(built)
    }

    async fn report_messages(
        &self,
        mut messages: impl Stream<Item = Result<BuildInfo, ClientError>> + Unpin,
        mut progress: ClassicProgress,
    ) -> Result<(), EngineError> {
        while let Some(message) = messages.next().await {
            let message = message.map_err(|error| self.failure(error, &progress))?;
            for event in message.stream.iter().flat_map(|text| progress.read_piece(text)) {
                (self.on_event)(event);
            }
        }
        Ok(())
    }

    fn failure(&self, error: ClientError, progress: &ClassicProgress) -> EngineError {
        match self.connection.error_while(BUILD_IMAGE)(error) {
            EngineError::Refused { message, .. } => {
                classify_failure(&message, &progress.tail(), std::slice::from_ref(self.platform))
            }
            error => error,
        }
    }

    fn options(&self, plan: &BuildPlan) -> BuildImageOptions {
        let request = self.request;
        let labels = request.labels.clone().into_iter().collect();
        let mut options = BuildImageOptionsBuilder::new()
            .dockerfile(&plan.dockerfile)
            .t(&self.name.to_string())
            .nocache(!request.cache)
            .rm(true)
            .forcerm(true)
            .buildargs(&plan.arguments.clone().into_iter().collect())
            .labels(&labels)
            .target(request.target.as_deref().unwrap_or_default())
            // Empty for the engine's own, so that local images built
            // without a variant can be bases.
            .platform(&plan.platform);
        if let Some(network) = &request.network {
            options = options.networkmode(network);
        }
        options.build()
    }
}

/// The blocking half: writes the context into the request's body.
fn send_context(context: &ContextArchive, mut writer: ChannelWriter) -> Result<(), EngineError> {
    match context.write(&mut writer) {
        Ok(()) => Ok(()),
        // The engine stopped reading; its response contains the reason.
        Err(EngineError::BuildFileUnreadable { source, .. })
            if source.kind() == io::ErrorKind::BrokenPipe =>
        {
            Ok(())
        }
        Err(error) => {
            writer.abort();
            Err(error)
        }
    }
}
