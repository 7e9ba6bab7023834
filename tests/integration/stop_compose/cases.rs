//! What projects look like when they are taken down.

use super::stack::Stack;
use crate::harness::ServiceImage;

/// A project, and how it is taken down.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) files: &'static [(&'static str, &'static str)],
    /// Brings it to where it is taken down.
    pub(super) begin: fn(&Stack),
    /// Flags of all three, before and behind `down`.
    pub(super) before: &'static [&'static str],
    pub(super) behind: &'static [&'static str],
    pub(super) env: &'static [(&'static str, &'static str)],
    /// Compose does not load the files: it gets the name instead.
    pub(super) by_name: bool,
}

const USUAL: Case = Case {
    name: "",
    files: &[],
    begin: Stack::up,
    before: &[],
    behind: &[],
    env: &[],
    by_name: false,
};

pub(super) const CASES: &[Case] = &[
    Case { name: "plain", files: &[("compose.yaml", "services:\n  web: QUICK\n")], ..USUAL },
    Case {
        name: "another name of the file, an override, a stated name",
        files: &[
            ("docker-compose.yml", "services:\n  web: QUICK\n"),
            ("docker-compose.override.yml", "services:\n  db: QUICK\n"),
        ],
        ..USUAL
    },
    Case { name: "dependencies", files: &[("compose.yaml", DEPENDENCIES)], ..USUAL },
    Case {
        name: "dependencies through namespaces, links and volumes",
        files: &[("compose.yaml", NAMESPACES)],
        ..USUAL
    },
    Case { name: "several containers of a service", files: &[("compose.yaml", SCALED)], ..USUAL },
    Case {
        name: "a profile that runs and is not active",
        files: &[("compose.yaml", PROFILES)],
        begin: up_with_profile,
        ..USUAL
    },
    Case {
        name: "a profile that is active",
        files: &[("compose.yaml", PROFILES)],
        begin: up_with_profile,
        before: &["--profile", "debug"],
        ..USUAL
    },
    Case {
        name: "a profile that is active by its variable",
        files: &[("compose.yaml", PROFILES)],
        begin: up_with_profile,
        env: &[("COMPOSE_PROFILES", "debug")],
        ..USUAL
    },
    Case {
        name: "the volume of a profile that is not active",
        files: &[("compose.yaml", PROFILES)],
        begin: |stack| {
            up_with_profile(stack);
            stack.docker(&["rm", "--force", &stack.container("tool")]);
        },
        behind: &["--volumes"],
        ..USUAL
    },
    Case {
        name: "orphans",
        files: &[("compose.yaml", "services:\n  web: QUICK\n  gone: QUICK\n")],
        begin: up_and_forget,
        ..USUAL
    },
    Case {
        name: "orphans that are asked for by a variable",
        files: &[("compose.yaml", "services:\n  web: QUICK\n  gone: QUICK\n")],
        begin: up_and_forget,
        env: &[("COMPOSE_REMOVE_ORPHANS", "true")],
        ..USUAL
    },
    Case {
        name: "one-off containers",
        files: &[("compose.yaml", "services:\n  web: QUICK\n")],
        begin: run_one_offs,
        ..USUAL
    },
    Case {
        name: "one-off containers, with orphans",
        files: &[("compose.yaml", "services:\n  web: QUICK\n")],
        begin: run_one_offs,
        env: &[("COMPOSE_REMOVE_ORPHANS", "1")],
        ..USUAL
    },
    Case {
        name: "an external network",
        files: &[("compose.yaml", EXTERNAL_NETWORK)],
        begin: |stack| {
            stack.beside(&["network", "create", "NAME"], "outside", &["network", "rm"]);
            stack.up();
        },
        ..USUAL
    },
    Case {
        name: "a network that somebody else uses",
        files: &[("compose.yaml", "services:\n  web: QUICK\n")],
        begin: |stack| {
            stack.up();
            stack.neighbour("default");
        },
        ..USUAL
    },
    Case {
        name: "two networks, one of them with a name of its own",
        files: &[("compose.yaml", TWO_NETWORKS)],
        ..USUAL
    },
    Case { name: "services that take time", files: &[("compose.yaml", SLOW)], ..USUAL },
    Case { name: "a service that ignores the signal", files: &[("compose.yaml", DEAF)], ..USUAL },
    Case {
        name: "a service that ignores the signal, with a timeout",
        files: &[("compose.yaml", "services:\n  web: DEAF\n")],
        behind: &["--timeout", "1"],
        ..USUAL
    },
    Case { name: "volumes", files: &[("compose.yaml", VOLUMES)], begin: up_with_volume, ..USUAL },
    Case {
        name: "volumes that are asked for",
        files: &[("compose.yaml", VOLUMES)],
        begin: up_with_volume,
        behind: &["--volumes"],
        ..USUAL
    },
    Case {
        name: "a broken file",
        files: &[("compose.yaml", DEPENDENCIES)],
        begin: |stack| {
            stack.up();
            stack.write("compose.yaml", "services:\n  web: {image: x\n");
        },
        by_name: true,
        ..USUAL
    },
    Case {
        name: "a variable that is required and not set",
        files: &[("compose.yaml", PROFILES)],
        begin: |stack| {
            up_with_profile(stack);
            stack.write("compose.yaml", "services:\n  web:\n    image: app:${VERSION:?}\n");
        },
        by_name: true,
        ..USUAL
    },
    Case {
        name: "a deleted file",
        files: &[("compose.yaml", PROFILES)],
        begin: |stack| {
            up_with_profile(stack);
            let name = format!("{}-one-off", stack.name);
            stack.composes(&["run", "--detach", "--name", &name, "web"]);
            stack.delete("compose.yaml");
        },
        by_name: true,
        ..USUAL
    },
    Case {
        name: "a container stopped by hand",
        files: &[("compose.yaml", DEPENDENCIES)],
        begin: |stack| {
            stack.up();
            stack.docker(&["stop", &stack.container("api")]);
        },
        ..USUAL
    },
    Case {
        name: "a container removed by hand",
        files: &[("compose.yaml", DEPENDENCIES)],
        begin: |stack| {
            stack.up();
            stack.docker(&["rm", "--force", &stack.container("api")]);
        },
        ..USUAL
    },
    Case {
        name: "a container that was made and not started",
        files: &[("compose.yaml", DEPENDENCIES)],
        begin: |stack| drop(stack.composes(&["create"])),
        ..USUAL
    },
    Case {
        name: "a paused container",
        files: &[("compose.yaml", PAUSED)],
        begin: |stack| {
            stack.up();
            stack.docker(&["pause", &stack.container("web")]);
        },
        ..USUAL
    },
    Case { name: "containers that are restarted", files: &[("compose.yaml", RESTARTED)], ..USUAL },
    Case {
        name: "a container with the project's label that Compose did not make",
        files: &[("compose.yaml", "services:\n  web: QUICK\n")],
        begin: |stack| {
            stack.up();
            let label = format!("com.docker.compose.project={}", stack.name);
            let image = ServiceImage::reference();
            let make = ["create", "--name", "NAME", "--label", &label, image, "true"];
            stack.beside(&make, "foreign", &["rm"]);
        },
        ..USUAL
    },
    Case {
        name: "nothing there",
        files: &[("compose.yaml", "services:\n  web: QUICK\n")],
        begin: |_| (),
        ..USUAL
    },
    Case {
        name: "only a network",
        files: &[("compose.yaml", "services:\n  web: QUICK\n")],
        begin: |stack| {
            stack.up();
            stack.docker(&["rm", "--force", &stack.container("web")]);
        },
        ..USUAL
    },
];

const DEPENDENCIES: &str = "services:
  web: QUICK
    depends_on: [api, cache]
  api: QUICK
    depends_on:
      db: {condition: service_started, restart: true}
  cache: QUICK
  db: QUICK
";

const NAMESPACES: &str = "services:
  db: QUICK
    volumes: [/data]
  side: QUICK
    network_mode: service:db
  reader: QUICK
    volumes_from: [db:ro]
    ipc: service:shared
    pid: service:shared
  shared: QUICK
    ipc: shareable
  web: QUICK
    links: [db:database]
";

const SCALED: &str = "services:
  web: QUICK
    scale: 3
  db: QUICK
    container_name: ${COMPOSE_PROJECT_NAME}-the-database
";

const PROFILES: &str = "services:
  web: QUICK
  tool: QUICK
    profiles: [debug, tools]
    depends_on: [web]
    networks: [default, tools]
    volumes: [tools:/data]
networks:
  tools: {}
volumes:
  tools: {}
";

const EXTERNAL_NETWORK: &str = "services:
  web: QUICK
    networks: [default, outside]
networks:
  outside:
    external: true
    name: ${COMPOSE_PROJECT_NAME}-outside
";

const TWO_NETWORKS: &str = "services:
  web: QUICK
    networks: [front, back]
  db: QUICK
    networks: [back]
networks:
  front:
    name: ${COMPOSE_PROJECT_NAME}-in-front
  back: {}
  unused: {}
";

const SLOW: &str = "services:
  web: SLOW
    depends_on: [db]
  db: SLOW
";

const DEAF: &str = "services:
  web: DEAF
    stop_grace_period: 1s
    depends_on: [db]
  db: QUICK
";

const VOLUMES: &str = "services:
  db: QUICK
    volumes: [data:/data, outside:/outside, /anonymous]
volumes:
  data: {}
  unused: {}
  outside:
    external: true
    name: ${COMPOSE_PROJECT_NAME}-outside
";

const PAUSED: &str = "services:
  web: QUICK
    stop_grace_period: 1s
";

const RESTARTED: &str = "services:
  web: QUICK
    restart: always
  broken:
    image: IMAGE
    command: [/bin/busybox, \"false\"]
    restart: always
";

fn up_with_profile(stack: &Stack) {
    stack.composes(&["--profile", "debug", "up", "--detach"]);
    stack.remember_anonymous_volumes();
}

fn up_and_forget(stack: &Stack) {
    stack.up();
    stack.write("compose.yaml", "services:\n  web: QUICK\n");
}

/// A running and an ended one-off container, of a declared service and of a forgotten one.
fn run_one_offs(stack: &Stack) {
    stack.write("compose.yaml", "services:\n  web: QUICK\n  gone: QUICK\n");
    stack.up();
    for service in ["web", "gone"] {
        let ended = format!("{}-{service}-ended", stack.name);
        stack.composes(&["run", "--name", &ended, service, "/bin/busybox", "true"]);
        let running = format!("{}-{service}-running", stack.name);
        stack.composes(&["run", "--detach", "--name", &running, service]);
    }
    stack.docker(&["rm", "--force", &stack.container("gone")]);
    stack.write("compose.yaml", "services:\n  web: QUICK\n");
}

fn up_with_volume(stack: &Stack) {
    stack.beside(&["volume", "create", "NAME"], "outside", &["volume", "rm"]);
    stack.up();
}
