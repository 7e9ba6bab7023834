//! Releases and their assets, and the rules for their fields.

use std::time::SystemTime;

use serde::Deserialize;

use super::error::{ASSET, ApiError, FieldError};

/// A release.
#[derive(Debug, Clone)]
pub(super) struct ForgeRelease {
    pub(super) id: u64,
    pub(super) tag_name: String,
    pub(super) target: String,
    pub(super) name: Option<String>,
    pub(super) body: Option<String>,
    pub(super) draft: bool,
    pub(super) prerelease: bool,
    pub(super) immutable: bool,
    pub(super) author: String,
    pub(super) created: SystemTime,
    pub(super) published: Option<SystemTime>,
    pub(super) assets: Vec<Asset>,
}

/// A file of a release.
#[derive(Debug, Clone)]
pub(super) struct Asset {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) label: Option<String>,
    pub(super) content_type: String,
    pub(super) size: u64,
    /// Absent until the upload is complete: such an asset stays in the state `starter`.
    pub(super) sha256: Option<String>,
    pub(super) created: SystemTime,
}

/// The fields that a client sends to create or change a release.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReleaseFields {
    pub(super) tag_name: Option<String>,
    pub(super) target_commitish: Option<String>,
    pub(super) name: Option<String>,
    pub(super) body: Option<String>,
    pub(super) draft: Option<bool>,
    pub(super) prerelease: Option<bool>,
    pub(super) make_latest: Option<String>,
}

impl ForgeRelease {
    /// A release before a client has set any field.
    pub(super) fn blank(author: &str, default_branch: &str, now: SystemTime) -> Self {
        Self {
            id: 0,
            tag_name: String::new(),
            target: default_branch.to_owned(),
            name: None,
            body: None,
            draft: false,
            prerelease: false,
            immutable: false,
            author: author.to_owned(),
            created: now,
            published: None,
            assets: Vec::new(),
        }
    }

    /// Sets the fields that a client sent.
    pub(super) fn apply(&mut self, fields: &ReleaseFields) {
        if let Some(tag) = &fields.tag_name {
            self.tag_name = tag.clone();
        }
        if let Some(target) = fields.target_commitish.as_ref().filter(|text| !text.is_empty()) {
            self.target = target.clone();
        }
        self.name = fields.name.clone().or_else(|| self.name.take());
        self.body = fields.body.clone().or_else(|| self.body.take());
        self.draft = fields.draft.unwrap_or(self.draft);
        self.prerelease = fields.prerelease.unwrap_or(self.prerelease);
    }

    /// Only title, notes and flags of an immutable release may change.
    pub(super) fn check_immutable_fields(&self, fields: &ReleaseFields) -> Result<(), ApiError> {
        let changes = differs(fields.tag_name.as_deref(), &self.tag_name)
            || differs(fields.target_commitish.as_deref(), &self.target)
            || fields.draft == Some(true);
        match self.immutable && changes {
            true => Err(ApiError::Unprocessable("Cannot change an immutable release.".into())),
            false => Ok(()),
        }
    }

    /// Adds an asset whose upload has started.
    pub(super) fn add_asset(&mut self, asset: Asset) -> Result<(), ApiError> {
        if self.immutable {
            let message = "Cannot upload assets to an immutable release.";
            return Err(ApiError::Unprocessable(message.into()));
        }
        if self.assets.iter().any(|existing| existing.name == asset.name) {
            return Err(asset_name_taken());
        }
        self.assets.push(asset);
        Ok(())
    }

    /// Changes name and label of an asset; `None` keeps the current value.
    pub(super) fn update_asset(
        &mut self,
        id: u64,
        name: Option<String>,
        label: Option<String>,
    ) -> Result<(), ApiError> {
        let taken =
            self.assets.iter().any(|other| other.id != id && name.as_ref() == Some(&other.name));
        if taken {
            return Err(asset_name_taken());
        }
        if let Some(asset) = self.assets.iter_mut().find(|asset| asset.id == id) {
            asset.name = name.unwrap_or_else(|| asset.name.clone());
            asset.label = label.or_else(|| asset.label.take());
        }
        Ok(())
    }

    pub(super) fn asset(&self, id: u64) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.id == id)
    }
}

fn differs(new: Option<&str>, current: &str) -> bool {
    new.is_some_and(|new| new != current)
}

fn asset_name_taken() -> ApiError {
    ApiError::invalid(FieldError::with_code(ASSET, "name", "already_exists"))
}

/// The name of an uploaded asset: characters outside a small set become dots.
pub(super) fn sanitized_asset_name(name: &str) -> String {
    let dotted = name.replace(|c: char| !(c.is_ascii_alphanumeric() || "._-+@~".contains(c)), ".");
    let parts: Vec<&str> = dotted.split('.').filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

/// The main rules of `git check-ref-format`.
pub(super) fn is_well_formed_tag(tag: &str) -> bool {
    !tag.contains(|c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c))
        && !tag.contains("..")
        && !tag.starts_with(['/', '.', '-'])
        && !tag.ends_with(['/', '.'])
        && !tag.ends_with(".lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asset_names_lose_special_characters() {
        assert_eq!(sanitized_asset_name("my file (1).tar.gz"), "my.file.1.tar.gz");
        assert_eq!(sanitized_asset_name(".hidden"), "hidden");
        assert_eq!(sanitized_asset_name("greeter-0.1.0+x.whl"), "greeter-0.1.0+x.whl");
    }
}
