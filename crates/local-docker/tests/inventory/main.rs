//! Looking at an engine's containers, networks, volumes and images, and
//! removing them one by one: on the machine's Docker Engine (a graph-driver
//! store) and on a second one with the containerd store. Nothing is pulled;
//! everything made has names and labels of its own and is removed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

mod accidents;
mod containers;
mod disk_usage;
mod images;
mod networks_and_volumes;
mod old_and_new_engines;
mod stopping;
mod swarm;

use support::{SecondEngine, World};

/// Each scenario is a test of its own on the machine's engine. On the second
/// engine one test runs all of them: it takes seconds to start.
macro_rules! scenarios {
    (
        beside_others { $($module:ident::$name:ident,)* }
        alone { $($alone:ident::$lonely:ident,)* }
        graph_driver_only { $($classic:ident::$old:ident,)* }
        containerd_only { $($other:ident::$only:ident,)* }
    ) => {
        mod machines_engine {
            use crate::support::{World, alone, beside_others};
            $(#[tokio::test] async fn $name() {
                let _together = beside_others().await;
                crate::$module::$name(&World::on_the_machine().await).await;
            })*
            $(#[tokio::test] async fn $lonely() {
                let _alone = alone().await;
                crate::$alone::$lonely(&World::on_the_machine().await).await;
            })*
            $(#[tokio::test] async fn $old() {
                let _together = beside_others().await;
                crate::$classic::$old(&World::on_the_machine().await).await;
            })*
        }

        #[tokio::test]
        async fn all_of_it_holds_with_the_containerd_store() {
            let second = SecondEngine::start();
            $($module::$name(&World::on(&second).await).await;)*
            $($alone::$lonely(&World::on(&second).await).await;)*
            $($other::$only(&World::on(&second).await).await;)*
        }
    };
}

scenarios! {
    beside_others {
        containers::containers_in_every_state_are_listed,
        containers::an_inspection_tells_what_was_asked_for,
        containers::health_is_told_with_the_last_probe,
        containers::those_that_are_gone_are_left_out,
        containers::a_stopped_container_is_started_again,
        containers::a_container_that_cannot_start_says_why,
        containers::a_running_container_is_removed_only_by_force,
        containers::anonymous_volumes_go_only_when_asked_for,
        containers::two_removals_at_once_both_succeed,
        stopping::a_container_ends_by_its_own_signal,
        stopping::its_own_grace_period_is_kept,
        stopping::another_grace_period_can_be_stated,
        stopping::a_frozen_container_is_stopped,
        stopping::one_that_does_not_run_and_one_that_is_gone_are_told,
        stopping::a_container_that_removes_itself_is_gone_after_its_stop,
        networks_and_volumes::a_network_stays_while_a_container_runs_in_it,
        networks_and_volumes::the_engines_own_networks_are_refused,
        networks_and_volumes::a_volume_stays_while_any_container_has_it,
        images::an_inspection_tells_layers_and_times,
        images::history_tells_the_bytes_of_each_layer,
        images::the_intermediate_images_of_a_build_are_listed,
        images::details_of_many_images_come_in_order_without_those_that_are_gone,
        images::a_dangling_image_is_removed_and_no_other_one,
        images::an_image_that_got_a_tag_meanwhile_stays,
        images::an_image_with_digests_of_two_repositories_is_removed,
        accidents::a_tag_of_a_running_containers_image_goes_without_a_word,
        accidents::the_last_tag_of_an_image_in_use_stays,
        accidents::an_image_of_a_stopped_container_keeps_its_layers,
        accidents::an_image_that_others_were_built_from_stays,
        accidents::a_dangling_image_with_children_harms_none_of_them,
        accidents::a_loaded_image_may_say_that_it_is_old,
        accidents::a_container_run_by_digest_keeps_its_image,
    }
    alone {
        disk_usage::what_the_engine_counts_less_is_what_history_told,
        disk_usage::two_callers_at_once_are_both_answered,
    }
    graph_driver_only {
        disk_usage::the_layers_of_a_built_image_stay_in_the_cache,
    }
    containerd_only {
        disk_usage::a_containers_own_layers_are_counted_with_the_images,
        disk_usage::the_built_image_and_the_cache_have_layers_of_their_own,
        swarm::services_are_told_with_the_image_to_go_back_to,
    }
}
