//! Infrastructure is replaced on its own request, alone, and with its data where it was.

use super::site::{CONFIGURATION, Site};

const SECURE: &str = r#"
[deploy.data]
secure = ["sh", "-c", "echo secure $TIDEGATE_PURPOSE $TIDEGATE_SERVICES >>order; echo backup-7"]
verify = ["sh", "-c", "echo verify $TIDEGATE_BACKUP >>order"]
"#;
const INFRASTRUCTURE: &str = "infrastructure = ['db']\n";

/// `api` in version 1, and `db` in version 1 with this part of its declaration.
fn with_database(declaration: &str, configuration: &str) -> Site {
    let site = Site::new();
    site.services(&format!(
        "  api: {{image: 'REG/demo/api:${{TAG}}'}}\n  db:\n    image: 'REG/demo/db:stable'\n{declaration}\n\
         volumes: {{data: {{}}}}\n"
    ));
    site.configure(&format!("{CONFIGURATION}{INFRASTRUCTURE}{configuration}"));
    site.publish("demo/db:stable", "1", "good");
    site.compose(&["up", "--detach"]);
    site
}

const NAMED: &str = "    volumes: ['data:/data']";

/// The volumes that are mounted into the container of `db`.
fn volumes(site: &Site) -> String {
    let id = site.containers()["db"][0].id.clone();
    let format = "{{range .Mounts}}{{.Name}} {{.Destination}} {{end}}";
    site.docker(&["inspect", "--format", format, &id])
}

#[test]
fn infrastructure_is_secured_verified_replaced_and_nothing_else() {
    let site = with_database(NAMED, SECURE);
    let (api, mounted) = (site.containers()["api"].clone(), volumes(&site));
    site.publish("demo/db:stable", "2", "good");
    let plan = site.deploy(&["--infrastructure", "db", "--dry-run"]).exits(0);
    let plan = plan.prints("of the infrastructure db only").prints("secure the data");
    plan.prints("the old version stops first");
    let ended = site.deploy(&["--infrastructure", "db", "--verbose"]).exits(0);
    ended.prints("backup-7, verified");
    assert_eq!(site.read("order"), "secure infrastructure db\nverify backup-7\n");
    site.assert_settled("api 1, db 2");
    assert_eq!(site.containers()["api"], api, "nothing else is replaced");
    assert_eq!(volumes(&site), mounted);
    site.deploy(&["--infrastructure", "db"]).exits(0).prints("Nothing to deploy");
}

#[test]
fn infrastructure_that_does_not_start_is_brought_back_with_its_container() {
    let site = with_database(NAMED, SECURE);
    let (before, mounted) = (site.containers(), volumes(&site));
    site.publish("demo/db:stable", "2", "exits");
    let ended = site.deploy(&["--infrastructure", "db"]).exits(1).prints("the old version serves");
    ended.prints("the backup backup-7 is kept");
    assert_eq!(site.containers(), before);
    assert_eq!(volumes(&site), mounted);
    site.assert_settled("api 1, db 1");
}

#[test]
fn volumes_without_a_name_stay_at_their_service() {
    for (behaviour, code, running) in [("good", 0, "api 1, db 2"), ("exits", 1, "api 1, db 1")] {
        let site = with_database("    volumes: ['/data']", SECURE);
        let (api, mounted) = (site.containers()["api"].clone(), volumes(&site));
        site.publish("demo/db:stable", "2", behaviour);
        site.deploy(&["--infrastructure", "db"]).exits(code);
        site.assert_settled(running);
        assert_eq!(volumes(&site), mounted);
        assert_eq!(site.containers()["api"], api);
    }
}

#[test]
fn data_that_nobody_secures_needs_a_decision() {
    let site = with_database(NAMED, "");
    site.publish("demo/db:stable", "2", "good");
    let before = site.state();
    let ended = site.deploy(&["--infrastructure", "db"]).exits(4);
    ended.prints("it has a volume at /data").prints("--without-backup");
    assert_eq!(site.state(), before);
    let arguments = ["--infrastructure", "db", "--without-backup"];
    site.deploy(&arguments).exits(0).prints("the data of db is not secured");
    site.assert_settled("api 1, db 2");
}

#[test]
fn data_that_cannot_be_secured_keeps_infrastructure_as_it_is() {
    let site = with_database(NAMED, &SECURE.replace("echo backup-7", "exit 3"));
    let before = site.containers();
    site.publish("demo/db:stable", "2", "good");
    site.deploy(&["--infrastructure", "db"]).exits(1);
    assert_eq!(site.containers(), before);
    site.assert_settled("api 1, db 1");
}

#[test]
fn a_rollback_brings_infrastructure_back_by_its_name_only() {
    let site = with_database(NAMED, SECURE);
    site.publish("demo/api:2", "2", "good");
    site.publish("demo/db:stable", "2", "good");
    site.deploy(&["2"]).exits(0);
    site.deploy(&["--infrastructure", "db"]).exits(0);
    site.program("deployment-status", &[]).exits(0);
    let list = site.program("rollback", &["--list", "--format", "json"]).exits(0);
    site.rollback(&[]).exits(0);
    site.assert_settled("api 1, db 2");
    let start = list.stdout.find("before-").map(|_| list.stdout.rfind("\"before-").unwrap() + 1);
    let id: String = list.stdout[start.unwrap()..].chars().take_while(|c| *c != '"').collect();
    site.rollback(&["--without-backup"]).exits(2).prints("is a deployment of the application");
    site.rollback(&[&id, "--restore-database"]).exits(4).prints("infrastructure db only");
    site.rollback(&[&id]).exits(0);
    assert_eq!(site.running(), "api 1, db 1");
}

#[test]
fn what_is_no_infrastructure_is_refused() {
    let site = with_database(NAMED, SECURE);
    let before = site.state();
    let ended = site.deploy(&["--infrastructure", "api"]).exits(4);
    ended.prints("deploy it with `--service api`");
    site.deploy(&["--infrastructure", "cache"]).exits(4).prints("there is no service cache");
    site.deploy(&["--infrastructure", "db", "2"]).exits(2);
    site.deploy(&["--without-backup"]).exits(2);
    assert_eq!(site.state(), before);
}

/// Killed after any record, it is taken back by whoever comes next.
#[test]
fn a_killed_replacement_of_infrastructure_is_taken_back() {
    let site = with_database(NAMED, SECURE);
    let mounted = volumes(&site);
    for (number, records) in (2..).zip([2, 6, 9, 11, 13]) {
        site.publish("demo/db:stable", &number.to_string(), "good");
        let old = site.running();
        let run = site.deploy(&["--infrastructure", "db"]).kill_after(records).run();
        assert_eq!(run.code, None, "{run}");
        site.program("deploy", &["--abort"]).exits(0);
        let running = site.running();
        assert!([&old, &format!("api 1, db {number}")].contains(&&running), "{running}");
        site.assert_settled(&running);
        assert_eq!(volumes(&site), mounted);
    }
}
