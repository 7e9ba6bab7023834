//! How branches are protected, as the forge shows it.

mod forge_support;

use forge_support::{WRITER, options, request, request_as};
use rehearsal::forge::{BranchProtection, Forge, ForgeToken, Permission};
use serde_json::json;

#[test]
fn rules_are_listed_with_their_ruleset() {
    let protection = BranchProtection::rule("main", "pull_request").bypass("pull_requests_only");
    let forge = Forge::start(options().protect(protection)).unwrap();
    let rules = request(&forge, "GET", "/rules/branches/main").send().json();
    assert_eq!(rules[0]["type"], json!("pull_request"));
    let id = &rules[0]["ruleset_id"];
    let ruleset = request(&forge, "GET", &format!("/rulesets/{id}")).send().json();
    assert_eq!(ruleset["current_user_can_bypass"], json!("pull_requests_only"));
    let path = format!("/repos/octo/greeter/rulesets/{id}");
    let anonymous = request_as(&forge, "GET", &path, None).send().json();
    assert_eq!(anonymous.get("current_user_can_bypass"), None);
    assert_eq!(request(&forge, "GET", "/rules/branches/feature/x").send().json(), json!([]));
    assert_eq!(request(&forge, "GET", "/rulesets/1").send().status, 404);
}

#[test]
fn only_administrators_read_settings() {
    let administrator = ForgeToken::new("test-admin", "root", Permission::Admin);
    let protection = BranchProtection::settings("main", true);
    let forge = Forge::start(options().token(administrator).protect(protection)).unwrap();
    let path = "/repos/octo/greeter/branches/main/protection";
    assert_eq!(request_as(&forge, "GET", path, Some(WRITER)).send().status, 404);
    let settings = request_as(&forge, "GET", path, Some("test-admin")).send().json();
    assert_eq!(settings["enforce_admins"]["enabled"], json!(true));
    let other = "/repos/octo/greeter/branches/other/protection";
    assert_eq!(request_as(&forge, "GET", other, Some("test-admin")).send().status, 404);
}
