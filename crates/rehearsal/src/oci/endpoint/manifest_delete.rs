//! `DELETE /v2/<name>/manifests/<reference>`

use http::StatusCode;

use super::super::call::{Answer, bare};
use super::super::digest::Digest;
use super::super::profile::TagDeletion;
use super::super::refusal::{Code, Refusal};
use super::super::route::Reference;
use super::super::service::{RegistryService, page_not_found};

impl RegistryService {
    pub(super) fn delete_manifest(&self, name: &str, reference: &Reference) -> Answer {
        let distribution = self.profile().is_distribution();
        match reference {
            Reference::Invalid if distribution => Err(page_not_found()),
            _ if !self.options.deletion => Err(Refusal::new(Code::Unsupported)),
            Reference::Digest(digest) => self.delete_by_digest(name, digest),
            Reference::Tag(tag) => self.delete_by_tag(name, tag),
            Reference::BrokenDigest(_) | Reference::Invalid => {
                Err(Refusal::new(Code::DigestInvalid))
            }
        }
    }

    fn delete_by_tag(&self, name: &str, tag: &str) -> Answer {
        match self.profile().tag_deletion() {
            TagDeletion::InvalidDigest => return Err(Refusal::new(Code::DigestInvalid)),
            TagDeletion::Unsupported => return Err(Refusal::new(Code::Unsupported)),
            TagDeletion::Untags => {}
        }
        let mut state = self.state();
        let repository = state.repositories.get_mut(name);
        deleted(repository.is_some_and(|repository| repository.untag(tag)))
    }

    fn delete_by_digest(&self, name: &str, digest: &Digest) -> Answer {
        let mut state = self.state();
        let Some(repository) = state.repositories.get_mut(name) else {
            return deleted(false);
        };
        if self.profile().protects_referred_manifests() && repository.refers_to(digest) {
            let message = "a tag or an index refers to this manifest";
            return Err(Refusal::message(Code::Denied, message));
        }
        deleted(repository.delete(digest))
    }
}

fn deleted(was_there: bool) -> Answer {
    if was_there {
        Ok(bare(StatusCode::ACCEPTED, []))
    } else {
        Err(Refusal::new(Code::ManifestUnknown))
    }
}
