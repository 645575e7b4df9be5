// Which questions to a shard may be asked again when nobody knows what became of them.
#pragma once

#include "actors/change_messages.hpp"
#include "actors/messages.hpp"

namespace glados::actors {

/// Whether a question may be asked twice although the first answer was lost.
template <class Message>
inline constexpr bool changes_nothing = false;
template <>
inline constexpr bool changes_nothing<lookup_mapping> = true;
template <>
inline constexpr bool changes_nothing<get_mapping> = true;
template <>
inline constexpr bool changes_nothing<find_mapping> = true;
template <>
inline constexpr bool changes_nothing<plan_resend> = true;
template <>
inline constexpr bool changes_nothing<get_verification> = true;
template <>
inline constexpr bool changes_nothing<find_answer> = true;
template <>
inline constexpr bool changes_nothing<get_change> = true;

}  // namespace glados::actors
