use image_ref::{Digest, Platform};
use serde::{Deserialize, Serialize};

/// A tag as Docker Hub lists it. A value of another form than expected is no value: the
/// published description of this API is wrong about several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubTag {
    /// Its name.
    pub name: String,
    /// Digest of the manifest or index; older entries have none.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub digest: Option<Digest>,
    /// Type of the manifest or index.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub media_type: Option<String>,
    /// Bytes of the image for the first platform, compressed.
    #[serde(default, deserialize_with = "transport::lenient::number")]
    pub full_size: Option<u64>,
    /// `active`, `stale` or `inactive`.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub tag_status: Option<String>,
    /// When it was pushed (RFC 3339).
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub tag_last_pushed: Option<String>,
    /// When it was pulled last: the only cheap sign that somebody uses it.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub tag_last_pulled: Option<String>,
    /// When it was changed.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub last_updated: Option<String>,
    /// The images, one for each platform.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub images: Option<Vec<HubImage>>,
}

/// One platform of a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubImage {
    /// Digest of its manifest.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub digest: Option<Digest>,
    /// Architecture.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub architecture: Option<String>,
    /// Operating system.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub os: Option<String>,
    /// Variant of the architecture.
    #[serde(default, deserialize_with = "transport::lenient::optional")]
    pub variant: Option<String>,
    /// Bytes, compressed.
    #[serde(default, deserialize_with = "transport::lenient::number")]
    pub size: Option<u64>,
}

impl HubTag {
    /// The platforms; attestations, which Docker Hub lists as `unknown`, are left out.
    #[must_use]
    pub fn platforms(&self) -> Vec<Platform> {
        self.images.iter().flatten().filter_map(HubImage::platform).collect()
    }
}

impl HubImage {
    /// Its platform, if it names a machine.
    #[must_use]
    pub fn platform(&self) -> Option<Platform> {
        let (os, architecture) = (stated(&self.os)?, stated(&self.architecture)?);
        Some(Platform { os, architecture, variant: stated(&self.variant) })
    }
}

/// What names something: neither empty nor `unknown`.
fn stated(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty() && text != "unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_of_the_field_is_read() {
        let digest = Digest::of(b"index");
        let text = format!(
            r#"{{"creator":1,"id":2,"name":"0.9.1","full_size":1234,"v2":true,"tag_status":"active",
            "tag_last_pulled":null,"tag_last_pushed":"2026-01-02T03:04:05.6Z","media_type":"application/vnd.oci.image.index.v1+json",
            "content_type":"image","digest":"{digest}","images":[
            {{"architecture":"arm64","features":"","variant":"v8","digest":"{digest}","os":"linux","os_features":"","os_version":null,"size":9,"status":"active"}},
            {{"architecture":"unknown","os":"unknown","digest":"","size":1}}]}}"#
        );
        let tag: HubTag = serde_json::from_str(&text).unwrap();
        assert_eq!(tag.digest, Some(digest));
        assert_eq!(tag.platforms(), ["linux/arm64/v8".parse().unwrap()]);
    }

    #[test]
    fn what_the_description_says_wrongly_does_not_break_reading() {
        let tag: HubTag = serde_json::from_str(r#"{"name":"x","images":{},"digest":""}"#).unwrap();
        assert_eq!((tag.images, tag.digest), (None, None));
    }
}
