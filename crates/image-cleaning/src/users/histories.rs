use std::{collections::BTreeMap, future::ready};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use image_ref::ImageId;
use image_retention::HistoryEntry;
use local_docker::{Engine, EngineError};

/// Requests to one engine at the same time: more are not answered sooner.
pub(super) const CONCURRENT_REQUESTS: usize = 8;

/// The histories of images, without those of images that disappeared meanwhile.
pub(crate) type Histories = BTreeMap<ImageId, Vec<HistoryEntry>>;

/// Reads the histories of these images.
pub(crate) async fn read_histories(
    engine: &Engine,
    ids: impl IntoIterator<Item = ImageId>,
) -> Result<Histories, EngineError> {
    stream::iter(ids)
        .map(|id| async move {
            let history = engine.images().history(&id).await?;
            Ok(history.map(|entries| (id, entries.into_iter().map(history_entry).collect())))
        })
        .buffer_unordered(CONCURRENT_REQUESTS)
        .try_filter_map(|found| ready(Ok(found)))
        .try_collect()
        .await
}

fn history_entry(entry: local_docker::HistoryStep) -> HistoryEntry {
    HistoryEntry { size: entry.size, created_by: entry.created_by, comment: entry.comment }
}
