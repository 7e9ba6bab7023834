//! The differences between real registries.

/// The real registry that an embedded [`Registry`](super::Registry) imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Profile {
    /// The OCI distribution specification 1.1, with every optional part.
    #[default]
    Spec,
    /// Docker's `distribution` 2.8.2, as Debian packages it under the name `docker-registry`.
    ///
    /// Verified against the original by the contract tests of this crate. The conversion to schema 1
    /// for clients from before 2016 is not implemented.
    Distribution28,
    /// Docker Hub: its registry and, on the same address, the parts of its HTTP API that list, show
    /// and delete tags.
    ///
    /// Based on its documentation and on the sources of clients, not on measurements.
    DockerHub,
}

/// The effect of `DELETE manifests/<tag>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagDeletion {
    /// Removes the tag, and nothing else.
    RemovesTag,
    /// 400 `DIGEST_INVALID`.
    InvalidDigest,
    /// 405 `UNSUPPORTED`.
    Unsupported,
}

impl Profile {
    /// Whether it is derived from `distribution`, as the registry of Docker Hub is.
    pub(super) fn is_distribution(self) -> bool {
        matches!(self, Self::Distribution28 | Self::DockerHub)
    }

    pub(super) fn tag_deletion(self) -> TagDeletion {
        match self {
            Self::Spec => TagDeletion::RemovesTag,
            Self::Distribution28 => TagDeletion::InvalidDigest,
            Self::DockerHub => TagDeletion::Unsupported,
        }
    }

    /// Whether it refuses to delete a manifest to which a tag or an index refers.
    pub(super) fn protects_referenced_manifests(self) -> bool {
        self == Self::DockerHub
    }

    /// Whether `tags/list` supports `n` and `last`, and sends `Link`.
    pub(super) fn pages_tags(self) -> bool {
        self != Self::Distribution28
    }

    /// Whether it hides a manifest whose type the request does not accept, even for `*/*`.
    pub(super) fn hides_unaccepted_types(self) -> bool {
        self.is_distribution()
    }

    /// Whether it accepts a whole blob with `POST …/blobs/uploads/?digest=`.
    pub(super) fn accepts_single_post(self) -> bool {
        self == Self::Spec
    }

    /// Whether it checks the `Content-Range` of a chunk.
    pub(super) fn checks_chunk_ranges(self) -> bool {
        self == Self::Spec
    }

    /// Whether it accepts only manifests of the four well-known types.
    pub(super) fn refuses_unknown_types(self) -> bool {
        self.is_distribution()
    }

    /// Whether it has the referrers API by default.
    pub(super) fn has_referrers(self) -> bool {
        self != Self::Distribution28
    }

    /// Whether cancelling an upload requires the delete action, because only the method counts.
    pub(super) fn requires_delete_to_cancel(self) -> bool {
        self.is_distribution()
    }

    /// Whether it responds to an unknown path with plain text.
    pub(super) fn sends_text_for_unknown_paths(self) -> bool {
        self.is_distribution()
    }

    /// Whether it serves `/v2/_catalog`.
    pub(super) fn has_catalog(self) -> bool {
        self != Self::DockerHub
    }
}
