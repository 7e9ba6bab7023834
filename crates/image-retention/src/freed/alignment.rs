use super::history::Step;

/// The least and the most bytes that a layer and all below it can have.
pub(super) type Range = (u64, u64);

/// Finds which steps made the layers: for each layer, bottom first, how many bytes
/// it has together with all below it. `steps` are oldest first; `empty` says of
/// each layer whether it is known to be empty.
///
/// `None`: the steps do not account for the layers, as when a builder writes no
/// history.
pub(super) fn align(steps: &[Step], empty: &[bool]) -> Option<Vec<Range>> {
    let sized: Vec<Step> = steps.iter().map(|step| without_words(*step)).collect();
    let nothing_known = vec![false; empty.len()];
    // What builders write is believed as long as it adds up.
    Alignment { steps, empty }
        .ranges()
        .or_else(|| Alignment { steps: &sized, empty }.ranges())
        .or_else(|| Alignment { steps: &sized, empty: &nothing_known }.ranges())
}

fn without_words(step: Step) -> Step {
    if step == Step::Metadata { Step::Perhaps } else { step }
}

struct Alignment<'s> {
    steps: &'s [Step],
    empty: &'s [bool],
}

impl Alignment<'_> {
    /// `None` when there is no way to put every layer to a step.
    fn ranges(&self) -> Option<Vec<Range>> {
        self.only_way().or_else(|| self.all_ways())
    }

    /// When as many steps can have made a layer as there are layers, each did.
    fn only_way(&self) -> Option<Vec<Range>> {
        let can = |step: &&Step| **step != Step::Metadata;
        let mut bytes = 0;
        let mut after = |step: &Step| {
            bytes += size(*step);
            (bytes, bytes)
        };
        let makers = || self.steps.iter().filter(can);
        let is_empty_as_known =
            || makers().zip(self.empty).all(|(step, empty)| !empty || size(*step) == 0);
        let only = makers().count() == self.empty.len() && is_empty_as_known();
        only.then(|| makers().map(&mut after).collect())
    }

    fn all_ways(&self) -> Option<Vec<Range>> {
        let (steps, layers) = (self.steps.len(), self.empty.len());
        let (before, after) = (self.reachable(), self.completable());
        if !after[0][0] {
            return None;
        }
        let mut ranges = vec![(u64::MAX, 0); layers];
        let mut bytes = 0;
        for step in 0..steps {
            bytes += size(self.steps[step]);
            for layer in 0..layers {
                if before[step][layer] && after[step + 1][layer + 1] && self.makes(step, layer) {
                    let (least, most) = &mut ranges[layer];
                    (*least, *most) = ((*least).min(bytes), (*most).max(bytes));
                }
            }
        }
        Some(ranges)
    }

    /// Whether `steps` first steps can have made the `layers` lowest layers.
    fn reachable(&self) -> Vec<Vec<bool>> {
        let mut can = vec![vec![false; self.empty.len() + 1]; self.steps.len() + 1];
        can[0][0] = true;
        for step in 0..self.steps.len() {
            for layer in 0..=self.empty.len() {
                let made = layer > 0 && can[step][layer - 1] && self.makes(step, layer - 1);
                can[step + 1][layer] = made || can[step][layer] && self.passes(step);
            }
        }
        can
    }

    /// Whether the steps from `step` on can make the layers from `layer` on.
    fn completable(&self) -> Vec<Vec<bool>> {
        let (steps, layers) = (self.steps.len(), self.empty.len());
        let mut can = vec![vec![false; layers + 1]; steps + 1];
        can[steps][layers] = true;
        for step in (0..steps).rev() {
            for layer in (0..=layers).rev() {
                let makes = layer < layers && can[step + 1][layer + 1] && self.makes(step, layer);
                can[step][layer] = makes || can[step + 1][layer] && self.passes(step);
            }
        }
        can
    }

    fn makes(&self, step: usize, layer: usize) -> bool {
        match self.steps[step] {
            Step::Layer(_) => !self.empty[layer],
            Step::Perhaps => true,
            Step::Metadata => false,
        }
    }

    fn passes(&self, step: usize) -> bool {
        !matches!(self.steps[step], Step::Layer(_))
    }
}

fn size(step: Step) -> u64 {
    if let Step::Layer(size) = step { size } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::{Step::*, *};

    fn aligned(steps: &[Step], layers: usize) -> Option<Vec<Range>> {
        align(steps, &vec![false; layers])
    }

    #[test]
    fn steps_with_bytes_are_layers_when_there_are_as_many() {
        let steps = [Layer(5), Perhaps, Metadata, Layer(7)];
        assert_eq!(aligned(&steps, 2), Some(vec![(5, 5), (12, 12)]));
    }

    #[test]
    fn an_empty_layer_is_one_that_metadata_cannot_have_made() {
        let steps = [Layer(5), Perhaps, Metadata, Layer(7)];
        assert_eq!(aligned(&steps, 3), Some(vec![(5, 5), (5, 5), (12, 12)]));
    }

    #[test]
    fn what_is_left_open_is_a_range() {
        let steps = [Layer(5), Perhaps, Layer(7), Perhaps, Layer(9)];
        assert_eq!(aligned(&steps, 4), Some(vec![(5, 5), (5, 12), (12, 12), (21, 21)]));
    }

    #[test]
    fn a_layer_known_to_be_empty_closes_the_range() {
        let steps = [Layer(5), Perhaps, Layer(7), Perhaps, Layer(9)];
        let ranges = align(&steps, &[false, true, false, false]);
        assert_eq!(ranges, Some(vec![(5, 5), (5, 5), (12, 12), (21, 21)]));
    }

    #[test]
    fn words_are_not_believed_when_they_do_not_add_up() {
        let steps = [Layer(5), Metadata, Layer(7)];
        assert_eq!(aligned(&steps, 3), Some(vec![(5, 5), (5, 5), (12, 12)]));
    }

    #[test]
    fn a_history_that_is_missing_or_of_other_layers_is_none() {
        assert_eq!(aligned(&[], 2), None);
        assert_eq!(aligned(&[Layer(5)], 2), None);
        assert_eq!(aligned(&[Layer(5), Layer(6)], 1), None);
        assert_eq!(aligned(&[Metadata], 0), Some(vec![]));
    }
}
