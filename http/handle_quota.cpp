// GET /v1/quota (api.md section 7): what a provider may still do today, and why so much.
#include <algorithm>

#include "http/handlers.hpp"

namespace glados::http {
namespace {

void put_policy(json_output& out, std::string_view name, std::uint64_t quota,
                std::uint64_t remaining, std::chrono::microseconds reset) {
  out.begin_object().member("name", name).member("quota", quota);
  out.member("window_seconds", std::int64_t{lookup_window.count()});
  out.member("remaining", remaining);
  out.member("reset_seconds", std::int64_t{std::chrono::ceil<std::chrono::seconds>(reset).count()});
  out.end_object();
}

std::uint64_t less(std::uint64_t from, std::uint64_t taken) { return from - std::min(from, taken); }

std::uint64_t count(std::int64_t users) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, users));
}

/// Sessions are limited for each identifier, so there is no one number to tell of them.
std::string quota_json(const call& of, const actors::quota_answer& got) {
  const auto& lookups = of.session->lookups();
  const auto now = of.now();
  const auto& day = got.day;
  json_output out;
  out.begin_object().name("policies").begin_array();
  put_policy(out, "lookup", lookups.budget(), lookups.remaining(now), lookups.reset(now));
  put_policy(out, "sends", got.sends_limit, less(got.sends_limit, day.sends), day.left);
  put_policy(out, "guesses", got.guesses_limit, less(got.guesses_limit, day.wrong_codes), day.left);
  out.end_array().name("users").begin_object();
  out.member("sms", count(got.users.sms) + count(got.users.voice));
  out.member("email", count(got.users.email)).member("asserted", count(got.users.asserted));
  out.member("weighted", got.weighted);
  out.end_object().name("standing").begin_object();
  out.member("level", to_string(got.level));
  out.member("strikes", static_cast<double>(got.strikes) / 1000);
  out.end_object().end_object();
  return out.take();
}

}  // namespace

void handle_quota(const call_ptr& made) {
  made->ask<actors::quota_answer>(
      made->session_actor(), actors::read_quota{}, [made](const actors::quota_answer& got) {
        if (got.code == errc::none)
          return made->answer_json(quota_json(*made, got));
        made->refuse(got.code == errc::outcome_unknown ? errc::storage_unavailable : got.code);
      });
}

}  // namespace glados::http
