use image_ref::ImageTag;
use journal::Entry;
use registry_dockerhub::RetagPlan;
use release_plan::floating_moves;
use release_version::FloatingDecision;
use report::StepState;
use serde_json::{Value, json};

use super::{parse_tag, tag_words};
use crate::publish::{
    release::Release,
    step::{Outcome, StepFailure},
};

impl Release<'_> {
    /// Moves the floating tags to the verified digest, never backwards. What
    /// each pointed to is journalled before it is moved.
    pub(crate) async fn move_floating(&self, name: &str) -> Result<Outcome, StepFailure> {
        let image = self.image(name)?;
        let evidence = self.image_evidence(name)?;
        let registry = &self.services.registry;
        // Somebody may have released a newer version since the plan was made.
        let there = registry.tags(&image.repository).await?;
        let there: Vec<String> = there.iter().map(|tag| tag.as_str().to_owned()).collect();
        let released = self.tagged_versions().await?;
        let moves = floating_moves(image, &there, &released, self.plan.version);
        let (moving, kept): (Vec<_>, Vec<_>) =
            moves.into_iter().partition(|one| one.decision == FloatingDecision::Move);
        let tags: Vec<ImageTag> =
            moving.iter().map(|one| parse_tag(&one.tag)).collect::<Result<_, _>>()?;
        let plan = registry.plan_retag(&image.repository, &evidence.digest, &tags).await?;
        let old = self.record_old_places(name, &plan)?;
        let unchanged = plan.is_empty();
        registry.apply_retag(&plan).await.complete()?;
        let kept: Vec<String> = kept.iter().map(|one| format!("{} stays", one.tag)).collect();
        let words = [vec![tag_words(&tags)], kept].concat().join("; ");
        let state = match (tags.is_empty(), unchanged) {
            (true, _) => StepState::Kept,
            (_, true) => StepState::AlreadyDone,
            _ => StepState::Done,
        };
        let evidence = json!({ "digest": evidence.digest, "tags": tags, "old": old });
        Ok(Outcome::new(state, &evidence, words.trim_start_matches("; ")))
    }
}

impl Release<'_> {
    /// What each tag pointed to before this release touched it: an earlier,
    /// broken-off run may have moved some already.
    fn record_old_places(&self, name: &str, plan: &RetagPlan) -> Result<Vec<Value>, StepFailure> {
        let step = format!("image.{name}.floating.old");
        let mut old: Vec<Value> = self.recorded(&step).unwrap_or_default();
        let known = |old: &[Value], place: &Value| old.iter().any(|one| one["tag"] == place["tag"]);
        for place in plan.moves.iter().map(old_place) {
            if !known(&old, &place) {
                old.push(place);
            }
        }
        self.record(&step, Entry::Done(json!(old)))?;
        Ok(old)
    }
}

/// All that is needed to put a tag back.
fn old_place(one: &registry_dockerhub::TagMove) -> serde_json::Value {
    let manifest = one.old.as_ref().map(|old| {
        json!({
            "digest": old.digest(),
            "media-type": old.media_type().as_str(),
            "manifest": String::from_utf8_lossy(old.bytes()),
        })
    });
    json!({ "tag": one.tag, "was": manifest })
}
