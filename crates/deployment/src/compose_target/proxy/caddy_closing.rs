//! Caddy with its own configuration, in which what forwards to the application answers
//! users instead.

use serde_json::{Value, json};

use super::{
    forwarding::is_host,
    found::{Proxy, ROOT, execute, last_line},
    program::option_values,
    responder::{PAGE, RETRY_AFTER},
};
use crate::{
    compose_target::{connect::ComposeTarget, engine_error::engine_error},
    target::TargetError,
};

/// The name of the changed configuration, at the top of the container's file system.
const FILE: &str = "tidegate-maintenance.json";

/// Loads the changed configuration, if Caddy accepts it.
pub(super) async fn close_caddy(
    target: &ComposeTarget,
    proxy: &Proxy,
    services: &[String],
) -> Result<(), TargetError> {
    let mut configuration = adapted_configuration(target, proxy).await?;
    if answer_instead(&mut configuration, services) == 0 {
        let problem =
            format!("{} forwards in a way that is not recognised", proxy.container.service);
        let advice = "write `reverse_proxy SERVICE:PORT`".to_owned();
        return Err(TargetError::Refused { problem, advice });
    }
    // It may have secrets.
    write(target, proxy, configuration.to_string().as_bytes()).await?;
    let file = format!("/{FILE}");
    let loaded = load(target, proxy, &file).await;
    write(target, proxy, b"").await?;
    loaded
}

async fn load(target: &ComposeTarget, proxy: &Proxy, file: &str) -> Result<(), TargetError> {
    let options = ["--config".to_owned(), file.to_owned()];
    caddy(target, proxy, "validate", &options).await?;
    let options = [&options[..], &["--force".to_owned()]].concat();
    caddy(target, proxy, "reload", &options).await.map(drop)
}

/// Loads the configuration that Caddy was started with.
pub(super) async fn open_caddy(target: &ComposeTarget, proxy: &Proxy) -> Result<(), TargetError> {
    let options = [own_options(proxy), vec!["--force".to_owned()]].concat();
    caddy(target, proxy, "reload", &options).await.map(drop)
}

async fn write(target: &ComposeTarget, proxy: &Proxy, content: &[u8]) -> Result<(), TargetError> {
    let written = target.engine.creation().write_file(proxy.id(), "/", FILE, content, 0o600).await;
    written.map_err(engine_error(&format!("write a file in {}", proxy.container.details.name)))
}

/// Where its configuration is, and what it is written in.
fn own_options(proxy: &Proxy) -> Vec<String> {
    let value = |long, short| {
        let found = option_values(proxy.command(), long);
        let found = found.first().copied();
        found.or_else(|| option_values(proxy.command(), short).first().copied()).map(str::to_owned)
    };
    let file = value("--config", "-c").unwrap_or_else(|| "/etc/caddy/Caddyfile".to_owned());
    let mut options = vec!["--config".to_owned(), file];
    if let Some(adapter) = value("--adapter", "-a") {
        options.extend(["--adapter".to_owned(), adapter]);
    }
    options
}

/// The configuration in Caddy's own form.
async fn adapted_configuration(
    target: &ComposeTarget,
    proxy: &Proxy,
) -> Result<Value, TargetError> {
    if let Ok(text) = &proxy.configuration
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    let text = caddy(target, proxy, "adapt", &own_options(proxy)).await?;
    let action = format!("read the configuration of {}", proxy.container.details.name);
    serde_json::from_str(&text).map_err(TargetError::unavailable(action))
}

/// Runs a command of Caddy; what it prints on standard output.
async fn caddy(
    target: &ComposeTarget,
    proxy: &Proxy,
    verb: &str,
    options: &[String],
) -> Result<String, TargetError> {
    let run = async |script: &str| {
        let shell = ["sh", "-c", script, "sh", verb].map(str::to_owned);
        let command = [&shell[..], options].concat();
        execute(target, proxy.id(), &command, Some(ROOT)).await
    };
    let output = run("exec caddy \"$@\" 2>/dev/null").await?;
    if output.code == 0 {
        return Ok(output.text);
    }
    let reason = last_line(&run("exec caddy \"$@\" 2>&1 >/dev/null").await?.text);
    let action = format!("run `caddy {verb}` in {}", proxy.container.details.name);
    Err(TargetError::unavailable(action)(reason))
}

/// Replaces every handler that forwards to one of these services; how many there were.
fn answer_instead(configuration: &mut Value, services: &[String]) -> usize {
    if forwards_to(configuration, services) {
        *configuration = json!({
            "handler": "static_response",
            "status_code": 503,
            "headers": {
                "Retry-After": [RETRY_AFTER.to_string()],
                "Content-Type": ["text/html; charset=utf-8"],
            },
            "body": PAGE,
        });
        return 1;
    }
    match configuration {
        Value::Array(values) => values.iter_mut().map(|it| answer_instead(it, services)).sum(),
        Value::Object(members) => members.values_mut().map(|it| answer_instead(it, services)).sum(),
        _ => 0,
    }
}

fn forwards_to(handler: &Value, services: &[String]) -> bool {
    let upstreams = handler["upstreams"].as_array().map_or(&[][..], Vec::as_slice);
    let addresses = upstreams.iter().filter_map(|upstream| upstream["dial"].as_str());
    let mut services_of =
        addresses.flat_map(|address| services.iter().map(move |service| is_host(address, service)));
    handler["handler"] == "reverse_proxy" && services_of.any(|is_one| is_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handlers_of_the_application_answer_and_others_stay() {
        let forward =
            |address: &str| json!({"handler": "reverse_proxy", "upstreams": [{"dial": address}]});
        let configuration = |first: Value| {
            let routes = json!([{"handle": [first]}, {"handle": [forward("docs:80")]}]);
            json!({"apps": {"http": {"servers": {"a": {"routes": routes}}}}})
        };
        let mut changed = configuration(forward("api:8000"));
        assert_eq!(answer_instead(&mut changed, &["api".to_owned()]), 1);
        let handler = &changed["apps"]["http"]["servers"]["a"]["routes"][0]["handle"][0];
        assert_eq!(
            (&handler["status_code"], &handler["headers"]["Retry-After"][0]),
            (&json!(503), &json!("60"))
        );
        assert_eq!(changed, configuration(handler.clone()), "the rest stays");
        assert_eq!(answer_instead(&mut configuration(forward("api2:1")), &["api".to_owned()]), 0);
    }
}
