use super::history::LayerEffect;

/// The least and the most bytes that a layer and all below it can have.
pub(super) type ByteRange = (u64, u64);

/// Finds the steps that made the layers: for each layer, bottom first, how many bytes
/// it has together with all below it. `steps` are oldest first; `is_empty` states for
/// each layer whether it is known to be empty.
///
/// `None`: the steps do not account for the layers, for example because the builder
/// wrote no history.
pub(super) fn align(steps: &[LayerEffect], is_empty: &[bool]) -> Option<Vec<ByteRange>> {
    let by_size: Vec<LayerEffect> = steps.iter().map(|step| ignore_instruction(*step)).collect();
    let none_empty = vec![false; is_empty.len()];
    // What builders write is trusted as long as it adds up.
    Alignment { steps, is_empty }
        .ranges()
        .or_else(|| Alignment { steps: &by_size, is_empty }.ranges())
        .or_else(|| Alignment { steps: &by_size, is_empty: &none_empty }.ranges())
}

fn ignore_instruction(step: LayerEffect) -> LayerEffect {
    if step == LayerEffect::NoLayer { LayerEffect::MaybeEmptyLayer } else { step }
}

struct Alignment<'s> {
    steps: &'s [LayerEffect],
    is_empty: &'s [bool],
}

impl Alignment<'_> {
    /// `None` when the layers cannot be assigned to steps.
    fn ranges(&self) -> Option<Vec<ByteRange>> {
        self.only_assignment().or_else(|| self.all_assignments())
    }

    /// When as many steps can have made a layer as there are layers, each did.
    fn only_assignment(&self) -> Option<Vec<ByteRange>> {
        let sizes: Vec<u64> = self
            .steps
            .iter()
            .filter(|step| **step != LayerEffect::NoLayer)
            .map(|step| step.bytes())
            .collect();
        let is_consistent = sizes.len() == self.is_empty.len()
            && sizes.iter().zip(self.is_empty).all(|(size, is_empty)| !is_empty || *size == 0);
        is_consistent.then(|| {
            let mut total: u64 = 0;
            sizes
                .into_iter()
                .map(|size| {
                    total = total.saturating_add(size);
                    (total, total)
                })
                .collect()
        })
    }

    fn all_assignments(&self) -> Option<Vec<ByteRange>> {
        let (steps, layers) = (self.steps.len(), self.is_empty.len());
        let (before, after) = (self.reachable(), self.completable());
        if !after[0][0] {
            return None;
        }
        let mut ranges = vec![(u64::MAX, 0); layers];
        let mut total: u64 = 0;
        for step in 0..steps {
            total = total.saturating_add(self.steps[step].bytes());
            for layer in 0..layers {
                if before[step][layer] && after[step + 1][layer + 1] && self.can_make(step, layer) {
                    let (least, most) = &mut ranges[layer];
                    (*least, *most) = ((*least).min(total), (*most).max(total));
                }
            }
        }
        Some(ranges)
    }

    /// Whether the first `steps` steps can have made the `layers` lowest layers.
    fn reachable(&self) -> Vec<Vec<bool>> {
        let mut can = vec![vec![false; self.is_empty.len() + 1]; self.steps.len() + 1];
        can[0][0] = true;
        for step in 0..self.steps.len() {
            for layer in 0..=self.is_empty.len() {
                let made = layer > 0 && can[step][layer - 1] && self.can_make(step, layer - 1);
                can[step + 1][layer] = made || can[step][layer] && self.can_make_none(step);
            }
        }
        can
    }

    /// Whether the steps from `step` on can make the layers from `layer` on.
    fn completable(&self) -> Vec<Vec<bool>> {
        let (steps, layers) = (self.steps.len(), self.is_empty.len());
        let mut can = vec![vec![false; layers + 1]; steps + 1];
        can[steps][layers] = true;
        for step in (0..steps).rev() {
            for layer in (0..=layers).rev() {
                let made = layer < layers && can[step + 1][layer + 1] && self.can_make(step, layer);
                can[step][layer] = made || can[step + 1][layer] && self.can_make_none(step);
            }
        }
        can
    }

    fn can_make(&self, step: usize, layer: usize) -> bool {
        match self.steps[step] {
            LayerEffect::Layer(_) => !self.is_empty[layer],
            LayerEffect::MaybeEmptyLayer => true,
            LayerEffect::NoLayer => false,
        }
    }

    fn can_make_none(&self, step: usize) -> bool {
        !matches!(self.steps[step], LayerEffect::Layer(_))
    }
}

#[cfg(test)]
mod tests {
    use super::{LayerEffect::*, *};

    fn align_nonempty(steps: &[LayerEffect], layers: usize) -> Option<Vec<ByteRange>> {
        align(steps, &vec![false; layers])
    }

    #[test]
    fn steps_with_bytes_are_layers_when_there_are_as_many() {
        let steps = [Layer(5), MaybeEmptyLayer, NoLayer, Layer(7)];
        assert_eq!(align_nonempty(&steps, 2), Some(vec![(5, 5), (12, 12)]));
    }

    #[test]
    fn an_empty_layer_is_one_that_metadata_cannot_have_made() {
        let steps = [Layer(5), MaybeEmptyLayer, NoLayer, Layer(7)];
        assert_eq!(align_nonempty(&steps, 3), Some(vec![(5, 5), (5, 5), (12, 12)]));
    }

    #[test]
    fn what_is_left_open_is_a_range() {
        let steps = [Layer(5), MaybeEmptyLayer, Layer(7), MaybeEmptyLayer, Layer(9)];
        let ranges = align_nonempty(&steps, 4);
        assert_eq!(ranges, Some(vec![(5, 5), (5, 12), (12, 12), (21, 21)]));
    }

    #[test]
    fn a_layer_known_to_be_empty_closes_the_range() {
        let steps = [Layer(5), MaybeEmptyLayer, Layer(7), MaybeEmptyLayer, Layer(9)];
        let ranges = align(&steps, &[false, true, false, false]);
        assert_eq!(ranges, Some(vec![(5, 5), (5, 5), (12, 12), (21, 21)]));
    }

    #[test]
    fn instructions_are_not_trusted_when_they_do_not_add_up() {
        let steps = [Layer(5), NoLayer, Layer(7)];
        assert_eq!(align_nonempty(&steps, 3), Some(vec![(5, 5), (5, 5), (12, 12)]));
    }

    #[test]
    fn a_history_that_is_missing_or_of_other_layers_is_none() {
        assert_eq!(align_nonempty(&[], 2), None);
        assert_eq!(align_nonempty(&[Layer(5)], 2), None);
        assert_eq!(align_nonempty(&[Layer(5), Layer(6)], 1), None);
        assert_eq!(align_nonempty(&[NoLayer], 0), Some(vec![]));
    }

    #[test]
    fn sizes_that_add_up_to_more_than_a_number_holds_are_no_panic() {
        let steps = [Layer(u64::MAX), MaybeEmptyLayer, Layer(u64::MAX)];
        let largest = (u64::MAX, u64::MAX);
        assert_eq!(align_nonempty(&steps, 2), Some(vec![largest, largest]));
        assert_eq!(align_nonempty(&steps, 3), Some(vec![largest; 3]));
    }
}
