//! The output as JSON and as Markdown.

use super::place::Place;

#[test]
fn json_has_the_plan_the_report_and_the_error() {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    let digest = place.registry.publish("demo/web:latest", "web");
    let ended = place.up().args(&["--format", "json"]).run().exits(0);
    let events: Vec<serde_json::Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let event = |name: &str| events.iter().find(|event| event["event"] == name).unwrap();
    let planned = &event("plan")["projects"][0]["services"][0];
    assert_eq!(planned["served"], digest);
    assert_eq!(planned["pull"], "missing");
    let row = &event("report")["projects"][0]["rows"][0];
    assert_eq!(row["runs"], digest);
    assert_eq!([&row["verdict"], &row["change"], &row["state"]], ["served", "created", "running"]);
    assert!(events.iter().all(|event| event["v"] == 1));

    let ended = place.up().args(&["--format", "json", "wbe"]).run().exits(2);
    let error: serde_json::Value = serde_json::from_str(ended.stdout.trim()).unwrap();
    assert_eq!((&error["kind"], &error["exit"]), (&"usage".into(), &2.into()));
}

#[test]
fn markdown_has_the_plan_and_the_report() {
    let place = Place::new().services("  web:\n    image: REG/demo/web\n");
    place.registry.publish("demo/web:latest", "web");
    let ended = place.up().args(&["--format", "markdown"]).run().exits(0);
    insta::assert_snapshot!(ended.whole(), @"
    exit 0
    --- stdout
    ### Plan for shop

    | service | image | will run |
    | --- | --- | --- |
    | web | REG/demo/web | sha256:DIGEST, to be pulled: not present |

    ### Containers of shop

    | service | state | runs |
    | --- | --- | --- |
    | web | created, running | sha256:DIGEST, as served |

    --- stderr
    ");
}
