//! Inspecting and removing containers, networks, volumes and images: on the
//! machine's Docker Engine (a graph-driver store) and on a second one with the
//! containerd store. Everything that is created has unique names and labels and is
//! removed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

mod accidents;
mod containers;
mod disk_usage;
mod images;
mod logs;
mod networks_and_volumes;
mod old_and_new_engines;
mod programs;
mod stopping;
mod swarm;

use support::{SecondEngine, World};

/// Each scenario is a test of its own on the machine's engine. On the second
/// engine one test runs all of them: it takes seconds to start.
macro_rules! scenarios {
    (
        concurrent { $($module:ident::$name:ident,)* }
        exclusive { $($exclusive_module:ident::$exclusive_name:ident,)* }
        graph_driver_only { $($graph_module:ident::$graph_name:ident,)* }
        containerd_only { $($containerd_module:ident::$containerd_name:ident,)* }
    ) => {
        mod machines_engine {
            use crate::support::{World, concurrent, exclusive};
            $(#[tokio::test] async fn $name() {
                let _guard = concurrent().await;
                crate::$module::$name(&World::on_the_machine().await).await;
            })*
            $(#[tokio::test] async fn $exclusive_name() {
                let _guard = exclusive().await;
                crate::$exclusive_module::$exclusive_name(&World::on_the_machine().await).await;
            })*
            $(#[tokio::test] async fn $graph_name() {
                let _guard = concurrent().await;
                crate::$graph_module::$graph_name(&World::on_the_machine().await).await;
            })*
        }

        #[tokio::test]
        async fn all_scenarios_succeed_with_the_containerd_store() {
            let second = SecondEngine::start();
            $($module::$name(&World::on(&second).await).await;)*
            $($exclusive_module::$exclusive_name(&World::on(&second).await).await;)*
            $($containerd_module::$containerd_name(&World::on(&second).await).await;)*
        }
    };
}

scenarios! {
    concurrent {
        containers::containers_in_every_state_are_listed,
        containers::an_inspection_has_what_was_requested,
        containers::health_has_the_output_of_the_last_probe,
        containers::missing_containers_are_left_out,
        containers::a_stopped_container_is_started_again,
        containers::a_container_that_cannot_start_is_an_error_with_the_reason,
        containers::a_running_container_is_removed_only_by_force,
        containers::anonymous_volumes_are_removed_only_on_request,
        containers::two_removals_at_once_both_succeed,
        logs::lines_have_their_time_and_stream_and_can_be_followed_to_the_end,
        logs::only_the_last_lines_or_those_since_a_time_are_read,
        logs::secrets_among_the_variables_of_a_container_are_found,
        programs::input_output_and_end_of_a_program_come_apart,
        programs::a_program_whose_container_ends_has_no_end_of_its_own,
        stopping::a_container_ends_by_its_own_signal,
        stopping::the_containers_grace_period_is_respected,
        stopping::the_grace_period_can_be_replaced,
        stopping::a_paused_container_is_stopped,
        stopping::stopped_and_missing_containers_are_distinguished,
        stopping::a_container_that_removes_itself_is_gone_after_its_stop,
        networks_and_volumes::a_network_stays_while_a_container_runs_in_it,
        networks_and_volumes::the_engines_own_networks_are_refused,
        networks_and_volumes::a_volume_stays_while_any_container_has_it,
        images::an_inspection_has_layers_and_times,
        images::the_history_has_the_bytes_of_each_layer,
        images::the_intermediate_images_of_a_build_are_listed,
        images::details_of_many_images_are_in_order_without_missing_ones,
        images::only_the_requested_dangling_image_is_removed,
        images::an_image_that_got_a_tag_meanwhile_stays,
        images::an_image_with_digests_of_two_repositories_is_removed,
        accidents::a_tag_of_a_running_containers_image_is_removed_silently,
        accidents::the_last_tag_of_an_image_in_use_stays,
        accidents::an_image_of_a_stopped_container_keeps_its_layers,
        accidents::an_image_that_others_were_built_from_stays,
        accidents::removing_a_dangling_image_does_not_damage_its_children,
        accidents::a_loaded_image_may_claim_to_be_old,
        accidents::a_container_run_by_digest_keeps_its_image,
    }
    exclusive {
        disk_usage::the_engine_frees_what_the_history_predicts,
        disk_usage::concurrent_requests_for_disk_usage_are_all_answered,
    }
    graph_driver_only {
        disk_usage::the_layers_of_a_built_image_stay_in_the_cache,
    }
    containerd_only {
        disk_usage::a_containers_own_layers_are_counted_with_the_images,
        disk_usage::the_built_image_and_the_cache_have_separate_layers,
        swarm::services_have_the_image_of_a_rollback,
    }
}
