// Steps that the handlers of bulk jobs share. They run on the call's worker.
#pragma once

#include <functional>
#include <optional>

#include "http/bulk_json.hpp"
#include "http/handlers.hpp"

namespace glados::http {

/// The job that this call's path names, if it can be one of its provider; else the call is answered
/// with 404.
std::optional<job_name> job_in_path(call& of);

/// Asks the desk. A step that may have happened, but was not answered in time, is
/// `outcome_unknown`.
void ask_desk(const call_ptr& of, actors::bulk_operation what,
              std::function<void(const actors::bulk_answer&)> then);

/// The same; a failure is answered here.
void ask_desk_or_refuse(const call_ptr& of, actors::bulk_operation what,
                        std::function<void(const actors::bulk_answer&)> then);

/// Runs `next` on the worker after other work had its turn.
void later(const call_ptr& of, std::function<void()> next);

}  // namespace glados::http
