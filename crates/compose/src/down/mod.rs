//! What a `down` of one project removes and what it leaves: decided from what the
//! engine has and from what the Compose files declare, without changing anything.
//!
//! The rules are those of `docker compose down` (docker/compose
//! `pkg/compose/down.go`, 2.26 to 5.5): it removes the containers that Compose created
//! for active services, dependents before their dependencies, then the networks of
//! the active model; volumes only on request; nothing external, and no images.
//! Without files it removes everything with the project's label, as `down -p NAME`
//! does.
//!
//! ```
//! use compose::down::{Container, DownOptions, ProjectResources, plan_down};
//!
//! fn container(service: &str, depends_on: &str) -> Container {
//!     let labels = [
//!         ("project", "shop"), ("service", service), ("depends_on", depends_on),
//!         ("config-hash", "1"), ("oneoff", "False"),
//!     ];
//!     let labels = labels.map(|(name, value)| (format!("com.docker.compose.{name}"), value.to_owned()));
//!     Container { name: format!("shop-{service}-1"), labels: labels.into(), ..Container::default() }
//! }
//!
//! let resources = ProjectResources {
//!     containers: vec![container("db", ""), container("web", "db:service_started:false")],
//!     ..ProjectResources::default()
//! };
//! let plan = plan_down(&resources, None, DownOptions::default());
//! let order: Vec<&str> = plan.services.iter().map(|down| down.service.as_str()).collect();
//! assert_eq!(order, ["web", "db"]);
//! ```

mod declared;
mod leftover;
mod order;
mod plan;
#[cfg(test)]
mod properties;
mod resources;
#[cfg(test)]
mod tests;

pub use declared::DeclaredServices;
pub use leftover::{Leftover, LeftoverReason, ResourceKind};
pub use plan::{DownOptions, DownPlan, NetworkDown, ServiceDown, plan_down};
pub use resources::{Container, Network, ProjectResources, Volume};
