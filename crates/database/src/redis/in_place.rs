use async_trait::async_trait;

use super::{Redis, persistence};
use crate::{
    archive::{ArchiveSource, Dump, Manifest},
    error::DatabaseError,
    facts::Facts,
    in_place::InPlaceDatabase,
};

#[async_trait(?Send)]
impl InPlaceDatabase for Redis {
    fn engine_name(&self) -> &'static str {
        "redis"
    }

    async fn identify(&self) -> Result<(), DatabaseError> {
        Redis::identify(self).await.map(drop)
    }

    async fn facts(&self) -> Result<Facts, DatabaseError> {
        persistence::facts(&self.server).await
    }

    async fn dump(&self) -> Result<Dump, DatabaseError> {
        Redis::dump(self).await
    }

    async fn verify_by_restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        Redis::verify_by_restore(self, archive, manifest).await
    }

    async fn restore(
        &self,
        archive: ArchiveSource,
        manifest: &Manifest,
    ) -> Result<Option<String>, DatabaseError> {
        Redis::restore(self, archive, manifest).await.map(|_| None)
    }

    async fn restore_into(
        &self,
        _: &str,
        _: ArchiveSource,
        _: &Manifest,
    ) -> Result<Facts, DatabaseError> {
        let doing = format!("restore a copy of the server in {}", self.server.container.name());
        let reason = "a Redis server is restored as a whole".to_owned();
        Err(DatabaseError::Unsupported { doing, reason })
    }

    /// A server whose restore was interrupted refuses writes until it is left.
    async fn leave_restore(&self) -> Result<(), DatabaseError> {
        if self.identify().await?.is_replica {
            Redis::leave_restore(self).await?;
        }
        Ok(())
    }
}
