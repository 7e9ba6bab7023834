//! Proxies of the project before a service that is switched.
//!
//! A proxy that looks a service's name up only when it reads its configuration goes on
//! sending requests to the address of a container that is gone. So it is steered: the
//! addresses that it is to use are written to `/etc/hosts` of its container, and it is
//! reloaded; when the old container has stopped, the lines are removed and it is
//! reloaded again. Removing the old container's alias instead would take its network
//! away for a moment, with the requests that it is answering.

mod caddy;
mod caddy_closing;
mod closing;
mod forwarding;
mod found;
mod haproxy;
mod hosts;
mod nginx;
mod program;
mod responder;
mod steering;

pub(super) use closing::{close_proxies, closing_problems, open_proxies};
pub(super) use found::{proxy_problems, running_proxies};
pub(super) use responder::RESPONDER;
pub(super) use steering::{release_proxies, run_before_stop, steer_proxies, steer_proxies_back};
