// Type ids of everything that may travel in a message. Ids are part of the protocol between nodes:
// append, never reorder.
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/type_id.hpp>

#include "actors/local_messages.hpp"
#include "actors/messages.hpp"

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
CAF_END_TYPE_ID_BLOCK(glados)

// Local only: they hold pointers, functions or variants (local_messages.hpp).
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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::registry_answer)
