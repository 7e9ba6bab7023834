use image_ref::ImageTag;
use release_plan::floating_moves;
use release_version::FloatingDecision;
use report::StepState;
use serde_json::json;

use super::{parse_tag, tag_words};
use crate::full_release::{
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
        let there = there.iter().map(|tag| tag.as_str().to_owned());
        let moves = floating_moves(image, &there.collect::<Vec<_>>(), self.plan.version);
        let (moving, kept): (Vec<_>, Vec<_>) =
            moves.into_iter().partition(|one| one.decision == FloatingDecision::Move);
        let tags: Vec<ImageTag> =
            moving.iter().map(|one| parse_tag(&one.tag)).collect::<Result<_, _>>()?;
        let plan = registry.plan_retag(&image.repository, &evidence.digest, &tags).await?;
        let step = format!("image.{name}.floating");
        let old: Vec<_> = plan.moves.iter().map(old_place).collect();
        self.intend(&step, json!({ "do": "move-floating", "image": name, "old": old }))?;
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
