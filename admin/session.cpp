#include "admin/session.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include "domain/text.hpp"

namespace glados::admin {
namespace {

constexpr std::size_t largest_file = std::size_t{1024} * 1024;
constexpr std::uint64_t no_limit = 1'000'000'000;

/// The name of a problem: what is behind the last colon of its type.
std::string problem_name(const value& problem) {
  const auto& type = problem.at("type").text();
  return type.substr(type.rfind(':') + 1);
}

bool looks_personal(const std::string& text) {
  const auto digits =
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  return text.starts_with("tel:") || text.starts_with("mailto:") || text.find('@') != text.npos ||
         (text.starts_with('+') && digits >= 5);
}

}  // namespace

std::string part(const std::string& text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  if (looks_personal(text))
    throw stop(outcome::bad_line,
               "that looks like a user's identifier: no call of operators takes one");
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_' ||
        c == '~')
      out += c;
    else
      ((out += '%') += digits[c >> 4 & 0xF]) += digits[c & 0xF];
  }
  if (out.empty() || out == "." || out == "..")
    throw stop(outcome::bad_line, "an empty name is none");
  return out;
}

std::uint64_t number_option(const session& of, std::string_view name, std::uint64_t otherwise,
                            std::uint64_t least, std::uint64_t most) {
  const auto text = of.line().option(name);
  if (!text)
    return otherwise;
  std::uint64_t out = 0;
  const auto* last = text->data() + text->size();
  const auto [end, fault] = std::from_chars(text->data(), last, out);
  if (fault != std::errc{} || end != last || out < least || out > most)
    throw stop(outcome::bad_line, "--" + std::string(name) + " needs a number from " +
                                      std::to_string(least) + " to " + std::to_string(most));
  return out;
}

std::string problem_text(const answer& got) {
  const auto problem = parse_json(got.body).value_or(value{});
  auto out = std::to_string(got.status) + " " + plain(problem_name(problem));
  if (const auto& detail = problem.at("detail").text(); !detail.empty())
    out += ": " + plain(detail);
  if (problem.has("pointer"))
    out += " (" + plain(problem.at("pointer").text()) + ")";
  if (problem.has("required_scope"))
    out += " (this needs the role " + plain(problem.at("required_scope").text()) + ")";
  if (got.status == 401)
    out += " (the certificate is registered for no role)";
  if (got.retry_after > 0)
    out += "; try again in " + std::to_string(got.retry_after) + " s";
  return out;
}

std::string session::operand(std::size_t at) const {
  return at < line_.operands.size() ? line_.operands[at] : std::string();
}

std::string session::text(std::string_view name, bool needed) const {
  auto given = line_.option(name);
  const auto file = line_.option(std::string(name) + "-file");
  if (given && file)
    throw stop(outcome::bad_line, "--" + std::string(name) + " or its file, not both");
  if (file)
    given = read_file(*file);
  if (needed && (!given || given->empty()))
    throw stop(outcome::bad_line,
               std::string(line_.command->words) + " needs --" + std::string(name));
  return given.value_or("");
}

std::string session::read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string out(std::istreambuf_iterator<char>(file), {});
  if (!file || out.size() > largest_file)
    throw stop(outcome::bad_line, path + " cannot be read");
  return out;
}

answer session::call(const request& what) {
  if (!service_)
    service_ = connect_();
  return service_->call(what);
}

value session::checked(const request& what) {
  const auto got = call(what);
  if (got.status >= 400 && got.content_type == "application/problem+json")
    throw stop(outcome::refused, problem_text(got), got.body);
  if (got.status == 204)
    return {};
  auto read = parse_json(got.body);
  if (got.status < 200 || got.status > 299 || !read)
    throw stop(outcome::unreachable, "an answer that is not GLADOS': status " +
                                         std::to_string(got.status) + " to " + what.path);
  return std::move(*read);
}

value session::get(const std::string& path) { return checked({"GET", path, {}}); }

value session::get_all(const std::string& path, const std::string& plural) {
  const auto most = number_option(*this, "limit", no_limit, 1, no_limit);
  auto all = value::list();
  std::string after;
  while (true) {
    const auto page = get(path + (path.find('?') == path.npos ? "?" : "&") + "after=" + after);
    const auto& found = page.at(plural).items();
    for (const auto& one : found)
      if (all.items().size() < most)
        all.add(one);
    const auto& next = page.at("next").text();
    if (found.empty() || next.empty() || next == after || all.items().size() >= most)
      break;
    after = next;
    progress(grouped(std::to_string(all.items().size())) + " " + plural);
  }
  progress("");
  return all;
}

value session::change(const std::string& method, const std::string& path, const value& body) {
  request what{method, path, body.is_null() ? std::string() : body.json()};
  if (line_.has("dry-run")) {
    auto told = value::object();
    told.put("dry_run", true).put("method", method).put("path", path).put("body", body);
    show(told, "would call " + method + " " + path + (body.is_null() ? "" : "\n" + body.pretty()) +
                   "\nnothing was done\n");
    throw stop(outcome::done, "");
  }
  auto got = checked(what);
  if (got.at("pending").truth()) {
    show(got, "");
    throw stop(outcome::waiting,
               "nothing has changed yet: another operator must repeat this within 24 hours");
  }
  return got;
}

void session::confirm(const std::string& name, const std::string& loss) {
  if (line_.has("yes") && !line_.has("dry-run"))
    return;
  io_.err << plain(loss) << "\n";
  if (line_.has("dry-run"))
    return;  // `change` shows the call and ends
  if (!io_.in_terminal || !io_.err_terminal)
    throw stop(outcome::unconfirmed, "nothing was done: add --yes if you mean " + plain(name));
  io_.err << "Type " << plain(name) << " to go on: " << std::flush;
  std::string typed;
  std::getline(io_.in, typed);
  if (typed != name)
    throw stop(outcome::unconfirmed, "nothing was done");
}

void session::show(const value& result, const std::string& text) {
  io_.out << (json() ? result.pretty() : text);
}

void session::progress(const std::string& text) {
  if (!io_.err_terminal || (text.empty() && progress_width_ == 0))
    return;
  const auto width = utf8_length(text);
  io_.err << '\r' << plain(text)
          << std::string(progress_width_ > width ? progress_width_ - width : 0, ' ')
          << (text.empty() ? "\r" : "") << std::flush;
  progress_width_ = width;
}

void session::remark(const std::string& text) { io_.err << plain(text) << "\n"; }

}  // namespace glados::admin
