//! What a `down` of one project does, and what it leaves: decided from what the
//! engine has and from what the Compose files say, without touching anything.
//!
//! The rules are those of `docker compose down` (docker/compose
//! `pkg/compose/down.go`, 2.26 to 5.5): containers that Compose made for active
//! services, dependents before what they need; then the networks of the active
//! model; volumes only when asked; nothing external, never images. Without files
//! everything that carries the project's labels falls, as with `down -p NAME`.
//!
//! ```
//! use compose::down::{Container, DownOptions, Observed, plan};
//!
//! let labels = |service: &str, needs: &str| {
//!     let own = [("project", "shop"), ("service", service), ("depends_on", needs)];
//!     let usual = [("config-hash", "1"), ("oneoff", "False")];
//!     let all = own.into_iter().chain(usual);
//!     all.map(|(name, value)| (format!("com.docker.compose.{name}"), value.to_owned())).collect()
//! };
//! let container = |service: &str, needs: &str| Container {
//!     name: format!("shop-{service}-1"),
//!     labels: labels(service, needs),
//!     ..Container::default()
//! };
//! let observed = Observed {
//!     containers: vec![container("db", ""), container("web", "db:service_started:false")],
//!     ..Observed::default()
//! };
//! let plan = plan(&observed, None, DownOptions::default());
//! let order: Vec<&str> = plan.services.iter().map(|one| one.service.as_str()).collect();
//! assert_eq!(order, ["web", "db"]);
//! ```

mod declared;
mod left;
mod observed;
mod order;
mod plan;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use declared::Declared;
pub use left::{Kind, Left, Reason};
pub use observed::{Container, Network, Observed, Volume};
pub use plan::{DownOptions, DownPlan, NetworkDown, ServiceDown, plan};
