use bytes::{Bytes, BytesMut};
use object_store::{MultipartUpload, PutPayload};
use tokio::{fs::File, io::AsyncReadExt as _};

use super::bucket::Bucket;
use crate::{StoreError, content_file::ContentFile, digest::Tally};

/// Bytes of a part; an object has 10,000 parts at most, so that parts of files over 80 GB
/// are larger.
const PART: u64 = 8 << 20;
const PARTS: u64 = 9_000;

/// Sends the file of a backup. The object is in place when all of it was sent, and the
/// bytes that were sent are those that were written.
pub(crate) async fn send(
    bucket: &Bucket,
    key: &str,
    content: ContentFile,
) -> Result<(), StoreError> {
    let bytes = content.backup().manifest.stored.bytes;
    let part = PART.max(bytes.div_ceil(PARTS)) as usize;
    let mut source = Source { file: File::from_std(content.reopen()?), tally: Tally::default() };
    if bytes <= PART {
        let all = source.part(part, &content).await?;
        content.check_tally(source.tally)?;
        return Ok(bucket.put(key, all).await?);
    }
    let mut upload = bucket.begin(key).await?;
    let sent = send_parts(bucket, key, &mut *upload, &mut source, part, &content).await;
    if sent.is_err() {
        // Parts that stay cost money; the storage may be out of reach, and its rules
        // for unfinished uploads remove them in the end.
        let _ = upload.abort().await;
    }
    sent
}

async fn send_parts(
    bucket: &Bucket,
    key: &str,
    upload: &mut dyn MultipartUpload,
    source: &mut Source,
    bytes: usize,
    content: &ContentFile,
) -> Result<(), StoreError> {
    loop {
        let part = source.part(bytes, content).await?;
        if part.is_empty() {
            break;
        }
        let sent = upload.put_part(PutPayload::from_bytes(part)).await;
        sent.map_err(|error| bucket.failure("write", key, &error))?;
    }
    content.check_tally(std::mem::take(&mut source.tally))?;
    let completed = upload.complete().await;
    completed.map_err(|error| bucket.failure("write", key, &error))?;
    Ok(())
}

struct Source {
    file: File,
    tally: Tally,
}

impl Source {
    /// The next bytes of the file; fewer only at its end.
    async fn part(&mut self, bytes: usize, content: &ContentFile) -> Result<Bytes, StoreError> {
        let mut part = BytesMut::with_capacity(bytes);
        while part.len() < bytes {
            let mut rest = (&mut self.file).take((bytes - part.len()) as u64);
            let read = rest.read_buf(&mut part).await;
            if read.map_err(|error| content.unreadable(error))? == 0 {
                break;
            }
        }
        self.tally.add(&part);
        Ok(part.freeze())
    }
}
