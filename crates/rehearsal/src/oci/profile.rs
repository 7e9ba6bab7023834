//! Where real registries differ, and how each of them behaves.

/// Which registry an embedded [`super::Registry`] behaves like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Profile {
    /// The OCI distribution specification 1.1, with every optional part.
    #[default]
    Spec,
    /// Docker's `distribution` 2.8.2, as Debian packages it under the name `docker-registry`.
    ///
    /// Verified against the original by the contract tests of this crate. Schema 1
    /// conversion for clients from before 2016 is left out.
    Distribution28,
    /// Docker Hub: its registry, and on the same address the parts of its own HTTP API that
    /// list, show and delete tags.
    ///
    /// Built from its documentation and from the sources of clients, not measured.
    DockerHub,
}

/// What `DELETE manifests/<tag>` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagDeletion {
    /// Removes the tag, and nothing else.
    Untags,
    /// 400 `DIGEST_INVALID`.
    InvalidDigest,
    /// 405 `UNSUPPORTED`.
    Unsupported,
}

impl Profile {
    /// Descends from the code of `distribution`, as the registry of Docker Hub does.
    pub(super) fn is_distribution(self) -> bool {
        matches!(self, Self::Distribution28 | Self::DockerHub)
    }

    pub(super) fn tag_deletion(self) -> TagDeletion {
        match self {
            Self::Spec => TagDeletion::Untags,
            Self::Distribution28 => TagDeletion::InvalidDigest,
            Self::DockerHub => TagDeletion::Unsupported,
        }
    }

    /// Refuses to delete a manifest that a tag or an index refers to.
    pub(super) fn protects_referred_manifests(self) -> bool {
        self == Self::DockerHub
    }

    /// `tags/list` knows `n` and `last`, and sends `Link`.
    pub(super) fn pages_tags(self) -> bool {
        self != Self::Distribution28
    }

    /// Hides a manifest whose type the request does not accept, even behind `*/*`.
    pub(super) fn hides_unaccepted_types(self) -> bool {
        self.is_distribution()
    }

    /// Takes a whole blob with `POST …/blobs/uploads/?digest=`.
    pub(super) fn takes_single_post(self) -> bool {
        self == Self::Spec
    }

    /// Heeds `Content-Range` of a chunk.
    pub(super) fn checks_chunk_ranges(self) -> bool {
        self == Self::Spec
    }

    /// Accepts only manifests of the four well-known types.
    pub(super) fn refuses_unknown_types(self) -> bool {
        self.is_distribution()
    }

    /// Has the referrers API, unless an option says otherwise.
    pub(super) fn has_referrers(self) -> bool {
        self != Self::Distribution28
    }

    /// Wants the right to delete even for giving up an upload, because it goes by method.
    pub(super) fn cancels_with_delete_right(self) -> bool {
        self.is_distribution()
    }

    /// Answers a path that it does not know with plain text.
    pub(super) fn answers_unknown_paths_in_text(self) -> bool {
        self.is_distribution()
    }

    /// Serves `/v2/_catalog`.
    pub(super) fn has_catalog(self) -> bool {
        self != Self::DockerHub
    }
}
