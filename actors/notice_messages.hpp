// Messages of feeds and couriers. They never leave their node and hold what others need not be able
// to serialise.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "domain/errc.hpp"
#include "domain/webhook.hpp"

namespace glados::actors {

/// A provider has, or may have, a new notice. Desk -> feed, courier.
struct events_grown {
  bool elsewhere = false;  ///< another node said so; it may have changed the settings
};

// --- feed (feed.cpp) ---------------------------------------------------------------------------

struct read_events {
  std::string after;  ///< a cursor, "" for the start
  std::size_t limit = 100;
  std::chrono::seconds wait{0};  ///< for the first event, if there is none
};
struct events_answer {
  errc code = errc::none;
  std::vector<event> events;
  std::string next;
};

// --- courier (courier.cpp) ---------------------------------------------------------------------

struct get_webhook {};
/// `fresh` is taken as the signing key if there is none in use.
struct put_webhook {
  std::string url;
  std::vector<event_type> types;
  webhook_key fresh;
};
struct delete_webhook {};
/// `conflict` while the webhook is disabled.
struct test_webhook {};
/// Posts a notice once more. `not_found` when the attempt or its event is gone, `conflict` while
/// the webhook is disabled.
struct redeliver_notice {
  std::string attempt_id;
};
/// Answer to all of these. `not_found`: there is no webhook.
struct webhook_answer {
  errc code = errc::none;
  webhook settings;
  std::string event_id;  ///< with test_webhook, redeliver_notice
};

struct list_attempts {
  std::string after;
  std::size_t limit = 100;
};
struct attempts_answer {
  errc code = errc::none;
  std::vector<delivery_attempt> attempts;
  std::string next;
};

}  // namespace glados::actors
