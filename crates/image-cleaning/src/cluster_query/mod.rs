//! Which clusters are queried for their images.

#[cfg(feature = "kubernetes")]
mod kubernetes;
#[cfg(not(feature = "kubernetes"))]
mod unsupported;

#[cfg(feature = "kubernetes")]
pub(super) use self::kubernetes::query_clusters;
#[cfg(not(feature = "kubernetes"))]
pub(super) use self::unsupported::query_clusters;
