//! Protected branches: rules that refuse pushes, and settings that administrators read.

use serde_json::{Value, json};

/// The protection of a branch. The forge shows it; pushes do not go through the forge.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct BranchProtection {
    pub(super) branch: String,
    kind: ProtectionKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ProtectionKind {
    /// A ruleset with one rule.
    Rule { rule: String, bypass: String },
    /// Settings that require a pull request.
    Settings { enforce_admins: bool },
}

/// The number of every ruleset: there is one for each branch.
pub(super) const RULESET: u64 = 7;

impl BranchProtection {
    /// A ruleset with one rule, such as `pull_request`, which nobody may bypass.
    pub fn rule(branch: &str, rule: &str) -> Self {
        let kind = ProtectionKind::Rule { rule: rule.to_owned(), bypass: "never".to_owned() };
        Self { branch: branch.to_owned(), kind }
    }

    /// Settings that require a pull request, also of administrators or not.
    pub fn settings(branch: &str, enforce_admins: bool) -> Self {
        Self { branch: branch.to_owned(), kind: ProtectionKind::Settings { enforce_admins } }
    }

    /// Who may bypass the rule: `always`, `pull_requests_only`, `never`.
    pub fn bypass(mut self, bypass: &str) -> Self {
        if let ProtectionKind::Rule { bypass: current, .. } = &mut self.kind {
            bypass.clone_into(current);
        }
        self
    }

    /// The entries of `GET /repos/{owner}/{repo}/rules/branches/{branch}`.
    pub(super) fn rules_json(&self, source: &str) -> Vec<Value> {
        let ProtectionKind::Rule { rule, .. } = &self.kind else { return Vec::new() };
        vec![json!({
            "type": rule,
            "ruleset_source_type": "Repository",
            "ruleset_source": source,
            "ruleset_id": RULESET,
        })]
    }

    /// The document of `GET /repos/{owner}/{repo}/rulesets/{id}`; nobody may bypass anything
    /// without an account, so an anonymous caller does not see that.
    pub(super) fn ruleset_json(&self, source: &str, is_anonymous: bool) -> Option<Value> {
        let ProtectionKind::Rule { rule, bypass } = &self.kind else { return None };
        let mut document = json!({
            "id": RULESET,
            "name": format!("protect {}", self.branch),
            "target": "branch",
            "source_type": "Repository",
            "source": source,
            "enforcement": "active",
            "rules": [{ "type": rule }],
        });
        if !is_anonymous {
            document["current_user_can_bypass"] = json!(bypass);
        }
        Some(document)
    }

    /// The document of `GET /repos/{owner}/{repo}/branches/{branch}/protection`.
    pub(super) fn settings_json(&self) -> Option<Value> {
        let ProtectionKind::Settings { enforce_admins } = &self.kind else { return None };
        Some(json!({
            "required_pull_request_reviews": { "required_approving_review_count": 1 },
            "enforce_admins": { "enabled": enforce_admins },
            "lock_branch": { "enabled": false },
        }))
    }
}
