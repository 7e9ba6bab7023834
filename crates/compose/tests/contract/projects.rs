//! Small project folders and calls.

use crate::support::{Case, case};

const WEB: &str = "services:\n  web:\n    image: web:1\n";
const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// What Compose accepts: all that is known of each is known by us too.
pub(crate) fn accepted() -> Vec<Case> {
    [files(), variables(), names(), services(), spellings(), included()]
        .into_iter()
        .flatten()
        .collect()
}

fn files() -> Vec<Case> {
    let other = "services:\n  web:\n    image: web:2\n  more:\n    image: more:1\n";
    let both = |case: Case| case.file("compose.yaml", WEB).file("other.yaml", other);
    vec![
        case("one file").file("compose.yaml", WEB),
        case("the name of old").file("docker-compose.yml", WEB),
        case("two names: the newer wins")
            .file("docker-compose.yml", other)
            .file("compose.yml", WEB),
        case("an override file").file("compose.yaml", WEB).file("compose.override.yml", other),
        case("an override file of the other kind")
            .file("compose.yaml", WEB)
            .file("docker-compose.override.yaml", other),
        case("two override files: the first wins")
            .file("compose.yaml", WEB)
            .file("compose.override.yml", other)
            .file("compose.override.yaml", "services: {never: {image: never}}"),
        case("a file above")
            .file("compose.yaml", WEB)
            .file("compose.override.yml", other)
            .inside("a/b"),
        both(case("two files")).flag("-f", "compose.yaml").flag("-f", "other.yaml"),
        both(case("two files, the other way")).flag("-f", "other.yaml").flag("-f", "compose.yaml"),
        both(case("a file elsewhere")).inside("sub").flag("-f", "../other.yaml"),
        both(case("COMPOSE_FILE")).variable("COMPOSE_FILE", "compose.yaml:other.yaml"),
        both(case("COMPOSE_FILE with a separator"))
            .variable("COMPOSE_FILE", "compose.yaml;other.yaml")
            .variable("COMPOSE_PATH_SEPARATOR", ";"),
        both(case("COMPOSE_FILE from another folder"))
            .inside("sub")
            .variable("COMPOSE_FILE", "../other.yaml"),
        both(case("COMPOSE_FILE in .env"))
            .file(".env", "COMPOSE_FILE=compose.yaml,other.yaml\nCOMPOSE_PATH_SEPARATOR=,\n"),
        both(case("-f wins over COMPOSE_FILE"))
            .flag("-f", "other.yaml")
            .variable("COMPOSE_FILE", "compose.yaml"),
        both(case("another project folder"))
            .inside("sub")
            .flag("-f", "../other.yaml")
            .flag("--project-directory", "."),
        case("a project folder, searched from")
            .file("compose.yaml", WEB)
            .inside("x")
            .flag("--project-directory", "y/z"),
    ]
}

fn variables() -> Vec<Case> {
    let web = "services:\n  web:\n    image: web:${TAG:-none}${MORE-}\n";
    let here = |case: Case| case.file("compose.yaml", web);
    vec![
        here(case("a default")),
        here(case(".env")).file(".env", "TAG=env\n"),
        here(case("the process wins")).file(".env", "TAG=env\n").variable("TAG", "process"),
        here(case("an empty value of the process wins"))
            .file(".env", "TAG=env\n")
            .variable("TAG", ""),
        here(case(".env above")).file(".env", "TAG=env\n").inside("sub"),
        here(case("-f and .env beside it"))
            .file(".env", "TAG=env\n")
            .inside("sub")
            .flag("-f", "../compose.yaml"),
        here(case("--env-file"))
            .file(".env", "TAG=env\nMORE=m")
            .file("a.env", "TAG=a\n")
            .flag("--env-file", "a.env"),
        here(case("two of them"))
            .file("a.env", "TAG=a\nMORE=m\n")
            .file("b.env", "TAG=b$MORE\n")
            .flag("--env-file", "a.env")
            .flag("--env-file", "b.env"),
        here(case("COMPOSE_ENV_FILES"))
            .file("a.env", "TAG=a\n")
            .variable("COMPOSE_ENV_FILES", "a.env"),
        here(case("relative to the working folder"))
            .file("sub/a.env", "TAG=a\n")
            .inside("sub")
            .flag("--env-file", "a.env"),
        here(case("no .env")).file(".env", "TAG=env\n").variable("COMPOSE_DISABLE_ENV_FILE", "1"),
        here(case("an .env all the same"))
            .file(".env", "TAG=env\n")
            .variable("COMPOSE_DISABLE_ENV_FILE", "false"),
        here(case(".env is a folder")).file(".env/x", ""),
        case("PWD").file("compose.yaml", "services:\n  web:\n    image: web:1${PWD:+2}\n"),
        case("the project's name")
            .file("compose.yaml", "services:\n  web:\n    image: ${COMPOSE_PROJECT_NAME}/web:1\n")
            .flag("-p", "other"),
    ]
}

fn names() -> Vec<Case> {
    let named = "name: from-file\nservices:\n  web:\n    image: web:1\n";
    let here = |case: Case| case.file("compose.yaml", named);
    let profiles = "services:\n  web: {image: 'web:1'}\n  a: {image: 'a:1', profiles: [one]}\n  \
                    b: {image: 'b:1', profiles: [two, three]}\n";
    let profiled = |case: Case| case.file("compose.yaml", profiles);
    vec![
        here(case("name:")),
        here(case("-p")).flag("-p", "flag").variable("COMPOSE_PROJECT_NAME", "variable"),
        here(case("COMPOSE_PROJECT_NAME")).variable("COMPOSE_PROJECT_NAME", "variable"),
        here(case("COMPOSE_PROJECT_NAME in .env")).file(".env", "COMPOSE_PROJECT_NAME=dotenv\n"),
        here(case("an empty COMPOSE_PROJECT_NAME")).variable("COMPOSE_PROJECT_NAME", ""),
        case("name: with a variable")
            .file("compose.yaml", "name: ${WHO:-me}-x\nservices: {web: {image: web}}\n"),
        case("name: with a variable of .env")
            .file("compose.yaml", "name: ${WHO:-me}-x\nservices: {web: {image: web}}\n")
            .file(".env", "WHO=you"),
        case("name: that is normalised")
            .file("compose.yaml", "name: My_Shop 1\nservices: {web: {image: web}}\n"),
        case("name: of the last file")
            .file("compose.yaml", named)
            .file("compose.override.yaml", "name: last\n"),
        case("an empty name:").file("compose.yaml", "name: ''\nservices: {web: {image: web}}\n"),
        case("a folder's name").file("My.Shop_2/compose.yaml", WEB).inside("My.Shop_2"),
        case("a folder's name through a link").file("compose.yaml", WEB).through_a_link("linked"),
        case("a folder's name that begins with a dot")
            .file(".-_x/compose.yaml", WEB)
            .inside(".-_x"),
        profiled(case("no profile")),
        profiled(case("a profile")).flag("--profile", "one"),
        profiled(case("two profiles")).flag("--profile", "one").flag("--profile", "three"),
        profiled(case("COMPOSE_PROFILES")).variable("COMPOSE_PROFILES", "one, two"),
        profiled(case("COMPOSE_PROFILES in .env")).file(".env", "COMPOSE_PROFILES=two\n"),
        profiled(case("--profile wins"))
            .flag("--profile", "one")
            .variable("COMPOSE_PROFILES", "two"),
    ]
}

/// Those that differ in their services.
pub(crate) fn services() -> Vec<Case> {
    let written = |name, text: &str| case(name).file("compose.yaml", text);
    vec![
        written(
            "anchors and merge keys",
            "x-base: &base\n  image: base:1\n  restart: always\nservices:\n  \
            a:\n    <<: *base\n  b:\n    <<: [*base]\n    image: b:1\n  c: &c\n    image: &i c:1\n  d:\n    \
            image: *i\n",
        ),
        written(
            "merged services",
            "x-more: &more\n  a: {image: 'a:1'}\nservices:\n  <<: *more\n  b: {image: 'b:1'}\n",
        ),
        written(
            "digests",
            &format!(
                "services:\n  a: {{image: 'ghcr.io/x/a@{DIGEST}'}}\n  \
            b: {{image: 'localhost:5000/b:1@{DIGEST}'}}\n"
            ),
        ),
        written(
            "registries",
            "services:\n  a: {image: 'ghcr.io/x/a'}\n  b: {image: 'localhost:5000/b'}\n  \
            c: {image: 'docker.io/library/c:1'}\n",
        ),
        written(
            "built",
            "services:\n  a: {build: .}\n  b: {build: {context: .}}\n  c: {build: ., image: 'c:1'}\n",
        ),
        written("built, with an empty name", "services:\n  a: {build: ., image: '${NONE-}'}\n"),
        written(
            "!reset and !override",
            "services:\n  a: {image: 'a:1', build: ., ports: ['80']}\n  b: {image: 'b:1'}\n",
        )
        .file(
            "compose.override.yaml",
            "services:\n  a:\n    image: !reset null\n    ports: !override ['81']\n  \
                b: !override\n    image: b:2\n  c: {image: 'c:1', ports: !reset []}\n",
        ),
        written("built in one file, named in another", "services:\n  a: {build: .}\n")
            .file("compose.override.yaml", "services:\n  a: {image: 'a:1'}\n"),
        written(
            "extends in the file",
            "services:\n  base: {build: ., profiles: [never]}\n  a:\n    extends: base\n  \
            b:\n    extends: {service: base}\n  c:\n    extends: {service: base}\n    image: c:1\n",
        ),
        written(
            "extends from another file",
            "services:\n  a:\n    extends: {file: base/base.yaml, service: base}\n",
        )
        .file(
            "base/base.yaml",
            "services:\n  base:\n    extends: {file: deep.yaml, service: deep}\n  \
                other: {image: 'other:1'}\n",
        )
        .file("base/deep.yaml", "services:\n  deep: {image: 'deep:${TAG:-1}'}\n")
        .file(".env", "TAG=5\n")
        .file("base/.env", "TAG=never\n"),
        written(
            "extends what is built",
            "services:\n  a:\n    extends: {file: base.yaml, service: base}\n",
        )
        .file("base.yaml", "services:\n  base: {build: .}\n"),
        written(
            "several documents",
            "services: {a: {image: 'a:1'}}\n---\nservices: {b: {image: 'b:1'}}\n",
        ),
        written(
            "odd spellings",
            "services:\n  a:\n    image: !!str a:1\n  b:\n    image: >-\n      b:1\n  c: \
            {\"image\": \"c:1\"}\n  d:\n    image: \"${X:-d}:${Y:-1}${Z}\"\n",
        )
        .file(".env", "Z=\n"),
        written(
            "what is not needed may be anything",
            "version: '3'\nx-y: [!foo 1, {a: !bar b}]\nservices:\n  a:\n    \
            image: a:1\n    environment: {A: 1, B: true, C: }\n    ports: [80, '1:2']\n    \
            volumes: ['.:/x', {type: bind, source: ., target: /y}]\nnetworks: {default: {}}\nvolumes: {v: }\n",
        ),
    ]
}

/// YAML as people write it.
fn spellings() -> Vec<Case> {
    let texts = [
        "\u{feff}services:\n  a: {image: 'a:1'}\n",
        "services:\r\n  a:\r\n    image: a:1\r\n",
        "services:\n  a:\n    image:\ta:1\t# c\n",
        "%YAML 1.1\n---\nservices:\n  a:\n    image: a:1\n...\n",
        "x-a: &a {image: 'a:1'}\nx-b: &a {image: 'b:1'}\nservices:\n  w: *a\n",
        "services: {\n  a: {\n    image: a:1,\n  },\n}\n",
        "services:\n  ? a\n  : image: a:1\n",
        "\"services\":\n  'a':\n    \"image\": \"\\x61:1\"\n",
        "services:\n  a:\n    image: |-\n      a:1\n  b:\n    image:\n      b:1\n",
        "x-x: &x {image: 'a:1', profiles: [p]}\nx-y: &y {image: 'b:1'}\nservices:\n  a:\n    \
            <<: [*x, *y]\n  b:\n    image: c:1\n    <<: *x\n",
        "x-1: &l1 {image: 'a:1'}\nx-2: &l2\n  <<: *l1\n  restart: always\nservices:\n  a:\n    <<: *l2\n",
        "x-n: &n image\nservices:\n  a:\n    *n : a:1\n",
        "services:\n  a:\n    image: a:1\n    ports: !override\n      - 80\n    environment: !reset\n",
        "services:\n  a:\n    image: a:1\n    labels: {x: !!binary aGk=, d: 2020-01-01, n: 0o17, t: 12:30}\n",
        "services:\n  a:\n    image: a:1\n    command:\n    - sh\n    - \"x\n      y\"\n    tty: yes\n",
    ];
    texts.map(|text| case("odd YAML").file("compose.yaml", text)).into()
}

fn included() -> Vec<Case> {
    let part = "services:\n  part: {image: 'part:${TAG:-none}'}\n";
    let written =
        |name, text: &str| case(name).file("compose.yaml", text).file("part/part.yaml", part);
    vec![
        written("include", "include: [part/part.yaml]\nservices: {web: {image: web}}\n"),
        written(
            "include with an .env of its own",
            "include: [part/part.yaml]\nservices: {web: {image: 'web:${TAG}'}}\n",
        )
        .file(".env", "TAG=1")
        .file("part/.env", "TAG=2"),
        written(
            "include with an .env of its own alone",
            "include: [part/part.yaml]\nservices: {web: {image: web}}\n",
        )
        .file("part/.env", "TAG=2"),
        written(
            "include, long form",
            "include:\n  - path: part/part.yaml\n    env_file: other.env\n    \
            project_directory: .\nservices: {web: {image: web}}\n",
        )
        .file("other.env", "TAG=3")
        .file("part/.env", "TAG=2"),
        written(
            "include of several files",
            "include:\n  - path: [part/part.yaml, part/more.yaml]\n    \
            env_file: [a.env, b.env]\n",
        )
        .file("part/more.yaml", "services: {part: {image: 'part:more${TAG}'}, more: {build: .}}")
        .file("a.env", "TAG=a")
        .file("b.env", "TAG=b"),
        written("include in an include", "include: [part/outer.yaml]\n")
            .file(
                "part/outer.yaml",
                "include: [../inner/inner.yaml]\nservices: {outer: {image: 'o:1'}}\n",
            )
            .file("inner/inner.yaml", "services: {inner: {image: 'i:${TAG}'}}\n")
            .file("inner/.env", "TAG=inner"),
        written("include from below", "include: [part/part.yaml]\n").inside("below"),
        written("include with a variable", "include: ['${WHERE}/part.yaml']\n")
            .file(".env", "WHERE=part\n"),
    ]
}

/// What Compose refuses because variables are not set, and accepts with values.
pub(crate) fn incomplete() -> Vec<(Case, Case)> {
    let cases = [
        ("a tag", "image: 'ghcr.io/x/a:${TAG:?say which}'"),
        ("registry and tag", "image: '${REG:-ghcr.io}/x:${TAG:?}'"),
        ("a digest", "image: 'a@${DIGEST?}'"),
        ("a part of the tag", "image: 'a:1.${TAG?}'"),
        ("all of it", "image: '${IMAGE?}'"),
        ("the repository", "image: 'x/${NAME:?}:1'"),
        ("what has a default that has none", "image: 'a:${TAG:-${OTHER:?}}'"),
    ];
    let values = [
        ("TAG", "7"),
        ("DIGEST", DIGEST),
        ("IMAGE", "some/thing:1"),
        ("NAME", "y"),
        ("OTHER", "8"),
    ];
    let made = |name, service: &str| {
        case(name).file("compose.yaml", &format!("services:\n  web:\n    {service}\n"))
    };
    let completed =
        |case: Case| values.iter().fold(case, |case, (name, value)| case.variable(name, value));
    cases.map(|(name, service)| (made(name, service), completed(made(name, service)))).into()
}

/// What neither Compose nor we accept.
pub(crate) fn refused() -> Vec<Case> {
    let here = |name| case(name).file("compose.yaml", WEB);
    vec![
        case("no file"),
        here("a file that is not there").flag("-f", "nope.yaml"),
        here("COMPOSE_FILE that is not there").variable("COMPOSE_FILE", "nope.yaml"),
        here("--env-file that is not there").flag("--env-file", "nope.env"),
        here("-p with capitals").flag("-p", "Shop"),
        here("COMPOSE_PROJECT_NAME with capitals").variable("COMPOSE_PROJECT_NAME", "Shop"),
        here("COMPOSE_DISABLE_ENV_FILE").variable("COMPOSE_DISABLE_ENV_FILE", "perhaps"),
        here(".env with a space in a name").file(".env", "A B=hush"),
        here(".env with a quote that does not end").file(".env", "A=\"hush\nB=1"),
        here(".env with a strange name").file(".env", "A+=hush"),
        here(".env that demands a variable").file(".env", "A=${B:?}"),
        here(".env with a brace").file(".env", "A=hush${B"),
        case("a folder without a name").file("___/compose.yaml", WEB).inside("___"),
        case("name: that is empty")
            .file("compose.yaml", "name: ${NOPE}\nservices: {web: {image: web}}"),
        case("name: that demands a variable")
            .file("compose.yaml", "name: ${NOPE:?}\nservices: {web: {image: web}}"),
        case("name: of no letter")
            .file("compose.yaml", "name: '-_'\nservices: {web: {image: web}}"),
    ]
}
