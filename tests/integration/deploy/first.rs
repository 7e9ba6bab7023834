//! The first deployment: nothing runs yet.

use super::site::Site;

#[test]
fn a_first_deployment_starts_the_service_and_needs_no_way_back() {
    let site = Site::new();
    site.deploy(&[]).exits(0);
    site.assert_settled("api 1");
    assert_eq!(site.ways_back("demo/api"), Vec::<String>::new());
    site.rollback(&[]).exits(4).prints("no earlier deployment");
    site.assert_settled("api 1");
}

#[test]
fn a_first_deployment_that_fails_removes_what_it_made() {
    let site = Site::new();
    site.publish("demo/api:2", "2", "exits");
    site.deploy(&["2"]).exits(1);
    assert_eq!(site.running(), "");
    assert!(site.containers().is_empty(), "{:?}", site.containers());
    assert_eq!(site.read(".env"), "TAG=1\n");
    site.assert_no_helper();
    site.deploy(&[]).exits(0);
    site.assert_settled("api 1");
}
