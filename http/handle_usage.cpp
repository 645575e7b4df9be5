// GET /v1/usage (api.md section 7): what a provider used in a month, and the statement over it.
#include "domain/usage.hpp"
#include "http/handle_admin.hpp"
#include "http/handlers.hpp"
#include "http/json.hpp"

namespace glados::http {
namespace {

void put_country(json_output& out, channel way, const std::string& region) {
  out.member("channel", to_string(way)).name("country");
  if (way == channel::email)  // mail goes to no country
    out.null();
  else
    out.value(std::string_view(region));
}

void put_statement(json_output& out, const statement& due) {
  out.name("statement").begin_object().member("currency", std::string_view(due.currency));
  out.name("lines").begin_array();
  for (const auto& line : due.lines) {
    out.begin_object().member("item", std::string_view(line.item));
    if (line.way)
      put_country(out, *line.way, line.region);
    out.member("quantity", line.quantity).member("price_micros", line.price);
    out.member("amount_micros", line.amount).end_object();
  }
  out.end_array().member("total_micros", due.total).end_object();
}

std::string usage_json(const usage_month& month, const usage_counts& used,
                       const price_table& prices, const std::string& provider_id) {
  json_output out;
  out.begin_object().member("month", std::string_view(month.name));
  out.name("lookups").begin_object();
  out.member("hits", used.hits).member("misses", used.misses).end_object();
  out.name("sends").begin_array();
  for (const auto& [to, count] : used.sends) {
    out.begin_object();
    put_country(out, to.first, to.second);
    out.member("count", count).end_object();
  }
  out.end_array().member("bulk_rows", used.bulk_rows);
  put_statement(out, make_statement(prices, used));
  out.name("spend_cap_micros");
  if (const auto cap = spend_cap_of(prices, provider_id); cap > 0)
    out.value(cap);
  else
    out.null();
  out.end_object();
  return out.take();
}

}  // namespace

void handle_usage(const call_ptr& made) {
  const auto text = query_value(made->query, "month");
  const auto month = text ? parse_month(*text) : month_of(made->now());
  if (!month)
    return refuse_member(made, "/month", "a month as 2026-11");
  made->ask<actors::usage_answer>(
      made->session_actor(), actors::read_usage{*month},
      [made, month = *month](const actors::usage_answer& got) {
        if (got.code != errc::none)
          return made->refuse(got.code);
        made->answer_json(
            usage_json(month, got.used, made->service.ports().settings.prices, made->who->id));
      });
}

}  // namespace glados::http
