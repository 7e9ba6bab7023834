//! What a container has from its image, which an engine adds to what was asked for.

use serde_json::{Map, Value};

/// Members of `Config` that are lists or maps, to which the image adds elements.
const COLLECTED: [&str; 4] = ["Env", "Labels", "ExposedPorts", "Volumes"];
/// Members that an image sets where nothing else was asked for.
const SINGLE: [&str; 5] = ["User", "WorkingDir", "StopSignal", "Healthcheck", "Shell"];

/// The `Config` of a container without what its image's `Config` gives it: another image
/// gives it something else.
pub(super) fn without_image(
    mut config: Map<String, Value>,
    image: &Map<String, Value>,
) -> Map<String, Value> {
    for member in COLLECTED {
        if let (Some(own), Some(given)) = (config.get_mut(member), image.get(member)) {
            remove_elements(own, given);
        }
    }
    let is_given = |config: &Map<String, Value>, member: &str| {
        image.get(member).is_some_and(|given| config.get(member) == Some(given))
    };
    for member in SINGLE {
        if is_given(&config, member) {
            config.remove(member);
        }
    }
    // With an entry point of its own, a container has nothing of the image's command.
    let has_entry_point = config.get("Entrypoint").is_some_and(|own| !own.is_null());
    if !has_entry_point || is_given(&config, "Entrypoint") {
        config.remove("Entrypoint");
        if is_given(&config, "Cmd") {
            config.remove("Cmd");
        }
    }
    config
}

fn remove_elements(own: &mut Value, given: &Value) {
    match (own, given) {
        (Value::Array(own), Value::Array(given)) => own.retain(|it| !given.contains(it)),
        (Value::Object(own), Value::Object(given)) => {
            own.retain(|name, value| given.get(name) != Some(value));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn own(config: &Value, image: &Value) -> Value {
        let (config, image) = (config.as_object().unwrap(), image.as_object().unwrap());
        Value::Object(without_image(config.clone(), image))
    }

    #[test]
    fn what_the_image_gives_is_left_out_and_the_rest_stays() {
        let image = json!({"Env": ["PATH=/bin", "MODE=plain"], "Labels": {"a": "1", "b": "2"},
            "ExposedPorts": {"80/tcp": {}}, "User": "app", "WorkingDir": "/app"});
        let config = json!({"Env": ["MODE=loud", "PATH=/bin"], "Labels": {"a": "1", "b": "3"},
            "ExposedPorts": {"80/tcp": {}, "81/tcp": {}}, "User": "root", "WorkingDir": "/app"});
        let expected = json!({"Env": ["MODE=loud"], "Labels": {"b": "3"},
            "ExposedPorts": {"81/tcp": {}}, "User": "root"});
        assert_eq!(own(&config, &image), expected);
    }

    #[test]
    fn a_command_is_of_the_image_unless_the_entry_point_is_not() {
        let image = json!({"Entrypoint": ["/run"], "Cmd": ["serve"]});
        for (config, expected) in [
            (json!({"Entrypoint": ["/run"], "Cmd": ["serve"]}), json!({})),
            (json!({"Entrypoint": ["/run"], "Cmd": ["work"]}), json!({"Cmd": ["work"]})),
            (
                json!({"Entrypoint": ["/own"], "Cmd": ["serve"]}),
                json!({"Entrypoint": ["/own"], "Cmd": ["serve"]}),
            ),
        ] {
            assert_eq!(own(&config, &image), expected);
        }
        let none = json!({"Cmd": ["serve"]});
        assert_eq!(own(&json!({"Entrypoint": null, "Cmd": ["serve"]}), &none), json!({}));
    }
}
