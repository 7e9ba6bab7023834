//! Whether a branch takes the push of a release. There are two kinds of protection (GitHub
//! documentation, "About protected branches" and "About rulesets"): settings of a branch,
//! which only administrators may read, and rules, which everyone may read.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{GitHubError, access::read_access, connection::Connection};

/// Whether the account of the token, or without a token that of git, may push commits to a
/// branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BranchProtection {
    /// Nothing is against it.
    Open,
    /// The push is refused: what the rules require instead.
    Refused(Vec<String>),
    /// The token may not read all that decides: why.
    Unclear(String),
}

/// `GET /repos/{owner}/{repo}/branches/{branch}`.
#[derive(Deserialize)]
struct BranchDocument {
    #[serde(default)]
    protected: bool,
}

/// An entry of `GET /repos/{owner}/{repo}/rules/branches/{branch}`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct BranchRule {
    #[serde(rename = "type", default)]
    kind: String,
    ruleset_id: Option<u64>,
}

/// `GET /repos/{owner}/{repo}/rulesets/{id}`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ruleset {
    name: String,
    /// `always`, `pull_requests_only`, `never` or `exempt`; absent for anonymous requests.
    current_user_can_bypass: Option<String>,
    /// Shown to those who may change the ruleset.
    bypass_actors: Vec<BypassActor>,
}

#[derive(Debug, Clone, Deserialize)]
struct BypassActor {
    #[serde(default)]
    actor_type: String,
}

/// `GET /repos/{owner}/{repo}/branches/{branch}/protection`, as far as it concerns pushes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BranchSettings {
    required_pull_request_reviews: Option<serde::de::IgnoredAny>,
    required_status_checks: Option<serde::de::IgnoredAny>,
    restrictions: Option<serde::de::IgnoredAny>,
    lock_branch: Switch,
    enforce_admins: Switch,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Switch {
    enabled: bool,
}

pub(crate) async fn read_protection(
    connection: &Connection,
    branch: &str,
) -> Result<BranchProtection, GitHubError> {
    let requests = &connection.requests;
    let purpose = format!("read how branch {branch} is protected");
    let found: Option<BranchDocument> =
        connection.fetch_json_optional(requests.branch(branch), &purpose).await?;
    if found.is_none() {
        // A branch that does not exist yet, unless nothing of the repository can be seen.
        read_access(connection).await?;
    }
    let rules: Vec<BranchRule> =
        connection.fetch_list(|page| requests.branch_rules(branch, page), &purpose).await.or_else(
            // An older server has no rules.
            |error| match error {
                GitHubError::NotFound { .. } => Ok(Vec::new()),
                error => Err(error),
            },
        )?;
    let by_rules = read_rulesets(connection, &rules, &purpose).await?;
    let is_protected = found.is_some_and(|branch| branch.protected);
    if !is_protected || matches!(by_rules, BranchProtection::Refused(_)) {
        return Ok(by_rules);
    }
    let settings = read_settings(connection, branch, &purpose).await;
    match settings {
        Ok(settings) => Ok(stricter(by_rules, evaluate_settings(&settings))),
        // Rules protect it, and there are no settings. Others get the same answer as for
        // what does not exist.
        Err(GitHubError::NotFound { .. } | GitHubError::NoToken { .. }) if !rules.is_empty() => {
            Ok(by_rules)
        }
        Err(
            GitHubError::NotFound { .. }
            | GitHubError::Forbidden { .. }
            | GitHubError::NoToken { .. },
        ) => {
            let reason = "only administrators may read its settings";
            Ok(stricter(by_rules, BranchProtection::Unclear(reason.to_owned())))
        }
        Err(error) => Err(error),
    }
}

/// For administrators, and so never without a token.
async fn read_settings(
    connection: &Connection,
    branch: &str,
    purpose: &str,
) -> Result<BranchSettings, GitHubError> {
    connection.require_token(purpose)?;
    connection.fetch_json(connection.requests.branch_settings(branch), purpose).await
}

async fn read_rulesets(
    connection: &Connection,
    rules: &[BranchRule],
    purpose: &str,
) -> Result<BranchProtection, GitHubError> {
    let mut rulesets = BTreeMap::new();
    for id in rules.iter().filter(|rule| rule.requirement().is_some()).filter_map(|r| r.ruleset_id)
    {
        if let std::collections::btree_map::Entry::Vacant(entry) = rulesets.entry(id) {
            let request = connection.requests.ruleset(id);
            let ruleset: Option<Ruleset> = connection.fetch_json_optional(request, purpose).await?;
            entry.insert(ruleset.unwrap_or_default());
        }
    }
    Ok(evaluate_rules(rules, &rulesets))
}

impl BranchRule {
    /// What the rule requires of a change, if it is against a push of commits.
    fn requirement(&self) -> Option<&'static str> {
        Some(match self.kind.as_str() {
            "pull_request" => "a pull request",
            "merge_queue" => "the merge queue",
            "required_status_checks" => "status checks that passed before",
            "workflows" => "workflows that passed before",
            "required_deployments" => "deployments that succeeded before",
            "code_scanning" => "results of code scanning",
            "update" => "an account that may bypass the rules",
            _ => return None,
        })
    }
}

/// Rules that the account may not bypass.
fn evaluate_rules(rules: &[BranchRule], rulesets: &BTreeMap<u64, Ruleset>) -> BranchProtection {
    let mut required = Vec::new();
    let mut unclear = None;
    for (rule, requirement) in rules.iter().filter_map(|rule| Some((rule, rule.requirement()?))) {
        let ruleset = rule.ruleset_id.and_then(|id| rulesets.get(&id)).cloned().unwrap_or_default();
        let requirement = format!("{requirement} (ruleset `{}`)", ruleset.name);
        match ruleset.current_user_can_bypass.as_deref() {
            Some("always" | "exempt") => {}
            // git may push with a deploy key instead of the account.
            Some(_) if !ruleset.lets_deploy_keys_pass() => required.push(requirement),
            _ => unclear = Some(format!("it requires {requirement}")),
        }
    }
    match (required.is_empty(), unclear) {
        (false, _) => BranchProtection::Refused(required),
        (true, Some(reason)) => BranchProtection::Unclear(reason),
        (true, None) => BranchProtection::Open,
    }
}

impl Ruleset {
    fn lets_deploy_keys_pass(&self) -> bool {
        self.bypass_actors.iter().any(|actor| actor.actor_type == "DeployKey")
    }
}

/// Whoever may read the settings is an administrator, to whom they apply only if they
/// are enforced. A locked branch is read-only for everyone.
fn evaluate_settings(settings: &BranchSettings) -> BranchProtection {
    if settings.lock_branch.enabled {
        return BranchProtection::Refused(vec!["that the branch is unlocked".to_owned()]);
    }
    if !settings.enforce_admins.enabled {
        return BranchProtection::Open;
    }
    let mut required = Vec::new();
    if settings.required_pull_request_reviews.is_some() {
        required.push("a pull request".to_owned());
    }
    if settings.required_status_checks.is_some() {
        required.push("status checks that passed before".to_owned());
    }
    if !required.is_empty() {
        return BranchProtection::Refused(required);
    }
    match settings.restrictions {
        Some(_) => BranchProtection::Unclear("only some accounts may push to it".to_owned()),
        None => BranchProtection::Open,
    }
}

fn stricter(one: BranchProtection, other: BranchProtection) -> BranchProtection {
    match (&one, &other) {
        (BranchProtection::Refused(_), _) | (_, BranchProtection::Open) => one,
        _ => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn by_rules(rules: Value, ruleset: Value) -> BranchProtection {
        let rules: Vec<BranchRule> = serde_json::from_value(rules).unwrap();
        let ruleset: Ruleset = serde_json::from_value(ruleset).unwrap();
        evaluate_rules(&rules, &BTreeMap::from([(7, ruleset)]))
    }

    #[test]
    fn rules_refuse_a_push_unless_the_account_may_bypass_them() {
        let rule = json!([{ "type": "pull_request", "ruleset_id": 7, "parameters": {} }]);
        let refused = BranchProtection::Refused(vec!["a pull request (ruleset `main`)".to_owned()]);
        let unclear =
            BranchProtection::Unclear("it requires a pull request (ruleset `main`)".to_owned());
        for (bypass, expected) in [
            (json!("never"), &refused),
            (json!("pull_requests_only"), &refused),
            (json!("always"), &BranchProtection::Open),
            (json!("exempt"), &BranchProtection::Open),
            (Value::Null, &unclear),
        ] {
            let ruleset = json!({ "name": "main", "current_user_can_bypass": bypass });
            assert_eq!(&by_rules(rule.clone(), ruleset), expected, "{bypass}");
        }
        let keys = json!({ "name": "main", "current_user_can_bypass": "never",
            "bypass_actors": [{ "actor_type": "DeployKey" }] });
        assert_eq!(by_rules(rule, keys), unclear);
    }

    #[test]
    fn rules_that_are_not_against_a_push_do_not_count() {
        let rules = json!([{ "type": "deletion", "ruleset_id": 7 }, { "type": "non_fast_forward" },
            { "type": "required_linear_history", "ruleset_id": 7 }, { "type": "a_future_rule" }]);
        let ruleset = json!({ "name": "main", "current_user_can_bypass": "never" });
        assert_eq!(by_rules(rules, ruleset), BranchProtection::Open);
    }

    #[test]
    fn settings_apply_to_administrators_only_if_they_are_enforced() {
        let by_settings = |settings: Value| {
            evaluate_settings(&serde_json::from_value::<BranchSettings>(settings).unwrap())
        };
        let reviews = json!({ "required_approving_review_count": 1 });
        assert_eq!(
            by_settings(json!({ "required_pull_request_reviews": reviews,
                "enforce_admins": { "enabled": false } })),
            BranchProtection::Open
        );
        assert_eq!(
            by_settings(json!({ "required_pull_request_reviews": reviews,
                "enforce_admins": { "enabled": true } })),
            BranchProtection::Refused(vec!["a pull request".to_owned()])
        );
        assert!(matches!(
            by_settings(json!({ "lock_branch": { "enabled": true } })),
            BranchProtection::Refused(_)
        ));
        assert!(matches!(
            by_settings(json!({ "restrictions": { "users": [] },
                "enforce_admins": { "enabled": true } })),
            BranchProtection::Unclear(_)
        ));
    }
}
