// Every typed actor interface, one comment line a signature. Who sends what is said in
// messages.hpp; how each actor lives and ends stands above its own header.
#pragma once

#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/type_ids.hpp"

namespace glados::actors {

using mapping_actor = caf::typed_actor<
    // The preferred mapping, from memory.
    caf::replies_to<lookup_mapping>::with<lookup_answer>,
    // A right code: commits mapping and ended verification in one step.
    caf::replies_to<proof_accepted>::with<proof_answer>,
    // Decides the conflict of a claim, once; commits it with its change record and its notices.
    caf::replies_to<decide_mapping>::with<mapping_answer>,
    // Reads a provider's own claim, by its salt or whichever there is.
    caf::replies_to<get_mapping>::with<mapping_answer>,
    caf::replies_to<find_mapping>::with<mapping_answer>,
    // Removes it; once this is answered no lookup finds it.
    caf::replies_to<remove_mapping>::with<mapping_answer>,
    // Does what the passing of time asks for.
    caf::replies_to<tend_mapping>::with<mapping_tended>,
    // Forgets its record: the shard wrote another one.
    caf::reacts_to<record_changed>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // End after what is under way.
    caf::reacts_to<stop>>;

using verification_actor = caf::typed_actor<
    // First message of a new one: commits it, has its code sent, answers when that is decided.
    caf::replies_to<open_verification>::with<verification_answer>,
    // Counts the attempt, commits the count, then compares.
    caf::replies_to<check_code>::with<verification_answer>,
    // Whether and whereto a resend would go.
    caf::replies_to<plan_resend>::with<verification_answer>,
    // Sends the same code again.
    caf::replies_to<resend_code>::with<verification_answer>,
    // Ends it.
    caf::replies_to<cancel_verification>::with<verification_answer>,
    // Reads it.
    caf::replies_to<get_verification>::with<verification_answer>,
    // What became of a message.
    caf::reacts_to<code_sent>,
    // An order left in the outbox: carry it out, unless that is under way.
    caf::reacts_to<resume_send>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // End after what is under way.
    caf::reacts_to<stop>>;

using shard_actor = caf::typed_actor<
    // Routed to the mapping of the key; unknown keys spawn nothing.
    caf::replies_to<lookup_mapping>::with<lookup_answer>,
    caf::replies_to<proof_accepted>::with<proof_answer>,
    caf::replies_to<decide_mapping>::with<mapping_answer>,
    caf::replies_to<get_mapping>::with<mapping_answer>,
    caf::replies_to<find_mapping>::with<mapping_answer>,
    caf::replies_to<remove_mapping>::with<mapping_answer>,
    // Spawns a verification and hands the message on.
    caf::replies_to<open_verification>::with<verification_answer>,
    // Routed to the verification of the id, loaded if need be.
    caf::replies_to<check_code>::with<verification_answer>,
    caf::replies_to<plan_resend>::with<verification_answer>,
    caf::replies_to<resend_code>::with<verification_answer>,
    caf::replies_to<cancel_verification>::with<verification_answer>,
    caf::replies_to<get_verification>::with<verification_answer>,
    // The stored answer of an idempotent call.
    caf::replies_to<find_answer>::with<found_answer>,
    // What a change took from a provider, and whether that may be put back.
    caf::replies_to<get_change>::with<change_answer>,
    // Keeps a report with its change, and has it carried to the abuse desk.
    caf::replies_to<file_report>::with<change_answer>,
    // Rows of bulk jobs, written by the shard itself.
    caf::replies_to<register_rows>::with<register_answer>,
    caf::replies_to<retract_rows>::with<retract_answer>,
    // Routed to the verification; if that is gone, the outbox entry is removed.
    caf::reacts_to<code_sent>,
    // An entity does not know whether its commit happened: raise the epoch, then answer.
    caf::replies_to<outcome_unsure>::with<epoch_raised>,
    // A verification needs its actor no longer.
    caf::reacts_to<verification_ended>,
    // Visits one more page of all its records.
    caf::replies_to<sweep_shard>::with<shard_swept>,
    // Routed to the mapping of the key.
    caf::replies_to<tend_mapping>::with<mapping_tended>,
    // Gives all its records other names; commands for them wait meanwhile.
    caf::replies_to<rename_records>::with<records_renamed>,
    // Passivates what is idle.
    caf::reacts_to<sweep>,
    // Sees to what is left in the outbox.
    caf::reacts_to<recover>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // Give the shard up: stop all entities, then end.
    caf::reacts_to<stop>>;

using gate_actor = caf::typed_actor<
    // Whatever is routed to a shard of this node, from other nodes.
    caf::replies_to<lookup_mapping>::with<lookup_answer>,
    caf::replies_to<decide_mapping>::with<mapping_answer>,
    caf::replies_to<get_mapping>::with<mapping_answer>,
    caf::replies_to<find_mapping>::with<mapping_answer>,
    caf::replies_to<remove_mapping>::with<mapping_answer>,
    caf::replies_to<open_verification>::with<verification_answer>,
    caf::replies_to<check_code>::with<verification_answer>,
    caf::replies_to<plan_resend>::with<verification_answer>,
    caf::replies_to<resend_code>::with<verification_answer>,
    caf::replies_to<cancel_verification>::with<verification_answer>,
    caf::replies_to<get_verification>::with<verification_answer>,
    caf::replies_to<find_answer>::with<found_answer>,
    caf::replies_to<get_change>::with<change_answer>,
    caf::replies_to<file_report>::with<change_answer>,
    caf::replies_to<register_rows>::with<register_answer>,
    caf::replies_to<retract_rows>::with<retract_answer>,
    // Many lookups at once; answered to the sender, by the desk (lookup_desk.hpp).
    caf::reacts_to<lookup_batch>,
    // From the agents of other nodes, for the agent of this one.
    caf::reacts_to<peer_hello>, caf::reacts_to<shard_moved>, caf::reacts_to<shard_released>,
    // For the notice desk of this node.
    caf::reacts_to<provider_rung>,
    // Sandbox only: this node's share of the outbox.
    caf::replies_to<find_sandbox_messages>::with<sandbox_notes>,
    // Whoever waits for a shard looks again.
    caf::reacts_to<table_changed>,
    // A while has passed.
    caf::reacts_to<continuation>,
    // End.
    caf::reacts_to<stop>>;

using notifier_actor = caf::typed_actor<
    // Sends one message through the gateways and tells the shard.
    caf::reacts_to<send_code>,
    // A gateway's answer.
    caf::reacts_to<continuation>,
    // End now; what is unsent stays in the outbox.
    caf::reacts_to<stop>>;

using pump_actor = caf::typed_actor<
    // Carries user counts and notices to their providers, at least once, in order per shard, then
    // trims.
    caf::reacts_to<outbox_grown>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // End now; what is uncounted stays in the outbox.
    caf::reacts_to<stop>>;

using sweeper_actor = caf::typed_actor<
    // Begins another pass soon: something concerns many records.
    caf::reacts_to<recover>,
    // Rested between two passes.
    caf::reacts_to<continuation>,
    // The next page.
    caf::reacts_to<sweep>,
    // End; the shards know how far they are.
    caf::reacts_to<stop>>;

using member_actor = caf::typed_actor<
    // Renews the lease, reads the member table, does what it asks for.
    caf::reacts_to<sweep>,
    // Another node is there; it gives a shard away; it has given one back.
    caf::reacts_to<peer_hello>, caf::reacts_to<shard_moved>, caf::reacts_to<shard_released>,
    // Read an owner record again.
    caf::reacts_to<shard_missed>,
    // Mark a member as draining, this one or another.
    caf::replies_to<drain_node>::with<drain_answer>,
    // Has all shards renamed by a further index key, if every member has it.
    caf::replies_to<activate_index_key>::with<index_key_answer>,
    // Give all shards to the others, and go on as a member without any.
    caf::reacts_to<hand_over>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // Stop serving: give every shard back, then end.
    caf::reacts_to<stop>>;

using session_actor = caf::typed_actor<
    // Tokens of this provider; the view that HTTP workers read is kept in step.
    caf::replies_to<issue_token>::with<token_answer>,
    caf::replies_to<find_token>::with<token_answer>,
    caf::replies_to<revoke_token>::with<token_answer>,
    caf::replies_to<revoke_all_tokens>::with<token_answer>,
    // Idempotent calls.
    caf::replies_to<begin_call>::with<call_answer>, caf::replies_to<end_call>::with<call_answer>,
    // Budgets.
    caf::replies_to<debit_send>::with<limit_answer>,
    caf::replies_to<return_send>::with<limit_answer>,
    caf::replies_to<reserve_guess>::with<limit_answer>,
    caf::replies_to<settle_guess>::with<limit_answer>,
    // Lookups: units for who waits; filling the lease up, or giving back.
    caf::replies_to<charge_lookup>::with<charge_answer>, caf::reacts_to<tend_lease>,
    // What is left of today.
    caf::replies_to<read_quota>::with<quota_answer>,
    // What a month's ledger says.
    caf::replies_to<read_usage>::with<usage_answer>,
    // Refreshes counts and budgets; drops expired tokens.
    caf::reacts_to<sweep>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // End after what is under way.
    caf::reacts_to<stop>>;

using feed_actor = caf::typed_actor<
    // A provider's events; may wait for the first.
    caf::replies_to<read_events>::with<events_answer>,
    // Read again for those who wait.
    caf::reacts_to<events_grown>,
    // Ends after a while without calls.
    caf::reacts_to<sweep>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // Answer all who wait, then end.
    caf::reacts_to<stop>>;

using courier_actor = caf::typed_actor<
    // The webhook's settings.
    caf::replies_to<get_webhook>::with<webhook_answer>,
    caf::replies_to<put_webhook>::with<webhook_answer>,
    caf::replies_to<delete_webhook>::with<webhook_answer>,
    // Notices beside the usual course.
    caf::replies_to<test_webhook>::with<webhook_answer>,
    caf::replies_to<redeliver_notice>::with<webhook_answer>,
    // What was posted.
    caf::replies_to<list_attempts>::with<attempts_answer>,
    // Look for new notices.
    caf::reacts_to<events_grown>,
    // Looks for what other nodes appended; ends where there is no webhook.
    caf::reacts_to<sweep>,
    // A store's or the receiver's answer.
    caf::reacts_to<continuation>,
    // End now; what is under way is posted again later.
    caf::reacts_to<stop>>;

using bulk_desk_actor = caf::typed_actor<
    // Jobs and parts, each step atomic in the store.
    caf::replies_to<bulk_call>::with<bulk_answer>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // End.
    caf::reacts_to<stop>>;

using registrar_actor = caf::typed_actor<
    // Everything of enrolment, each change with its audit record in one step.
    caf::replies_to<registry_call>::with<registry_answer>,
    // Reads the change feed.
    caf::reacts_to<sweep>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // End.
    caf::reacts_to<stop>>;

}  // namespace glados::actors
