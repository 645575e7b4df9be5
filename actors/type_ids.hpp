// Type ids of everything that may travel in a message. Ids are part of the protocol between nodes:
// append, never reorder.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>

#include "actors/bulk_messages.hpp"
#include "actors/local_messages.hpp"
#include "actors/messages.hpp"
#include "actors/notice_messages.hpp"

CAF_BEGIN_TYPE_ID_BLOCK(glados, caf::first_custom_type_id)
CAF_ADD_TYPE_ID(glados, (glados::actors::lookup_mapping))
CAF_ADD_TYPE_ID(glados, (glados::actors::lookup_answer))
CAF_ADD_TYPE_ID(glados, (glados::actors::open_verification))
CAF_ADD_TYPE_ID(glados, (glados::actors::check_code))
CAF_ADD_TYPE_ID(glados, (glados::actors::plan_resend))
CAF_ADD_TYPE_ID(glados, (glados::actors::resend_code))
CAF_ADD_TYPE_ID(glados, (glados::actors::cancel_verification))
CAF_ADD_TYPE_ID(glados, (glados::actors::get_verification))
CAF_ADD_TYPE_ID(glados, (glados::actors::verification_answer))
CAF_ADD_TYPE_ID(glados, (glados::actors::find_answer))
CAF_ADD_TYPE_ID(glados, (glados::actors::found_answer))
CAF_ADD_TYPE_ID(glados, (glados::actors::proof_accepted))
CAF_ADD_TYPE_ID(glados, (glados::actors::proof_answer))
CAF_ADD_TYPE_ID(glados, (glados::actors::send_code))
CAF_ADD_TYPE_ID(glados, (glados::actors::code_sent))
CAF_ADD_TYPE_ID(glados, (glados::actors::outbox_grown))
CAF_ADD_TYPE_ID(glados, (glados::actors::stop))
CAF_ADD_TYPE_ID(glados, (glados::actors::sweep))
CAF_ADD_TYPE_ID(glados, (glados::actors::outcome_unsure))
CAF_ADD_TYPE_ID(glados, (glados::actors::verification_ended))
CAF_ADD_TYPE_ID(glados, (glados::actors::epoch_raised))
CAF_ADD_TYPE_ID(glados, (glados::actors::recover))
CAF_ADD_TYPE_ID(glados, (glados::actors::resume_send))
CAF_ADD_TYPE_ID(glados, (glados::actors::decide_mapping))
CAF_ADD_TYPE_ID(glados, (glados::actors::get_mapping))
CAF_ADD_TYPE_ID(glados, (glados::actors::find_mapping))
CAF_ADD_TYPE_ID(glados, (glados::actors::remove_mapping))
CAF_ADD_TYPE_ID(glados, (glados::actors::mapping_answer))
CAF_ADD_TYPE_ID(glados, (glados::actors::register_rows))
CAF_ADD_TYPE_ID(glados, (glados::actors::register_answer))
CAF_ADD_TYPE_ID(glados, (glados::actors::retract_rows))
CAF_ADD_TYPE_ID(glados, (glados::actors::retract_answer))
CAF_ADD_TYPE_ID(glados, (glados::actors::record_changed))
CAF_END_TYPE_ID_BLOCK(glados)

// Local only: they hold pointers, functions or variants (local_messages.hpp), or belong to actors
// that only their own node asks (notice_messages.hpp).
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::continuation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::issue_token)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::find_token)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::revoke_token)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::revoke_all_tokens)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::token_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::begin_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::end_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::call_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::debit_send)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::return_send)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::reserve_guess)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::settle_guess)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::limit_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::registry_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::bulk_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::bulk_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::registry_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::events_grown)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::read_events)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::events_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::get_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::put_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::delete_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::test_webhook)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::redeliver_notice)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::webhook_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::list_attempts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::attempts_answer)
