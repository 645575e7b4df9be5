// Applications, providers and the audit as the admin listener shows them. Pure; secrets are not in
// what they are given, so they cannot leak from here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/enrolment.hpp"
#include "domain/provider.hpp"
#include "http/api.hpp"
#include "storage/registry_store.hpp"

namespace glados::http {

/// All five checks are shown, also those that are still to be made (with nulls).
std::string application_json(const application& form);
std::string applications_json(const std::vector<application>& forms, std::string_view next);

std::string provider_json(const provider& who);
/// A patched provider, and whether the patch still waits for a second operator.
std::string patched_json(const provider& who, bool pending);
std::string providers_json(const std::vector<provider>& all, std::string_view next);

/// The answer to a call that a second operator must repeat.
std::string waiting_json();

/// Each record with the links of its chain; `body` is the text that was hashed, `record` the same
/// as an object.
std::string audit_json(const std::vector<storage::audit_entry>& records, std::string_view next);

std::string messages_json(const std::vector<sandbox_message>& messages);

}  // namespace glados::http
