#include "load/provider_book.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "load/json_text.hpp"
#include "load/names.hpp"

namespace glados::load {
namespace {

using workload::action;

constexpr std::size_t most = 1'000;  ///< of each kind

template <class List, class One>
void keep(List& in, One one) {
  in.push_back(std::move(one));
  if (in.size() > most)
    in.pop_front();
}

user_habits habits_of(workload::model& by) {
  user_habits out;
  out.loses_interest = by.loses_interest();
  out.mistypes = !by.types_right();
  out.tries_again = by.tries_again();
  return out;
}

std::string_view name_of(workload::choice what) {
  constexpr std::array<std::string_view, 3> names{"replace", "prefer", "keep"};
  return names[static_cast<std::size_t>(what)];
}

}  // namespace

purpose purpose_of(action what) {
  constexpr std::array<purpose, workload::action_count> purposes{
      purpose::lookup, purpose::verify,   purpose::guess,  purpose::decide,
      purpose::remove, purpose::restore,  purpose::report, purpose::register_row,
      purpose::verify, purpose::use_token};
  return purposes[static_cast<std::size_t>(what)];
}

std::optional<order> provider_book::next(action what, workload::model& by) {
  switch (what) {
    case action::lookup:
      return about(purpose::lookup, by);
    case action::opening: {
      auto out = about(purpose::verify, by);
      out.user = by.any_user();
      out.habits = habits_of(by);
      return out;
    }
    case action::guess:
      return guess(by);
    case action::decision:
      return decide(by);
    case action::removal:
      return remove(by);
    case action::restore:
    case action::report: {
      order out;
      out.what = purpose_of(what);
      out.subject = cursor_;
      out.key = fresh_key();
      out.habits = habits_of(by);
      return out;
    }
    case action::row: {
      auto out = about(purpose::register_row, by);
      out.user = by.any_user();
      out.how = by.skips_conflicts() ? "skip" : "contest";
      return out;
    }
    case action::repeat:
      return repeat(by);
    case action::token:
      return token(by);
  }
  return {};
}

order provider_book::about(purpose what, workload::model& by) const {
  order out;
  out.what = what;
  out.number = first_ + by.any_identifier() % count_;
  out.key = fresh_key();
  return out;
}

/// About one of the newest proofs that found others; once, whatever becomes of it.
std::optional<order> provider_book::decide(workload::model& by) {
  std::vector<claim*> open;
  for (auto& one : claims_)
    if (one.undecided)
      open.push_back(&one);
  if (open.empty())
    return {};
  auto& one = *open[by.newest_of(open.size(), workload::newest_claims)];
  one.undecided = false;
  order out;
  out.what = purpose::decide;
  out.subject = one.mapping;
  out.how = name_of(by.decision());
  out.key = fresh_key();
  return out;
}

std::optional<order> provider_book::remove(workload::model& by) {
  if (claims_.empty())
    return {};
  const auto at = claims_.begin() + static_cast<std::ptrdiff_t>(by.any_of(claims_.size()));
  order out;
  out.what = purpose::remove;
  out.subject = at->mapping;
  claims_.erase(at);
  return out;
}

/// Codes of somebody's verification, or of one that is opened for it.
std::optional<order> provider_book::guess(workload::model& by) {
  order out;
  if (sessions_.empty()) {
    out = about(purpose::guess, by);
  } else {
    const auto& one = sessions_[by.newest_of(sessions_.size(), workload::newest_sessions)];
    out.what = purpose::guess;
    out.number = one.number;
    out.user = one.user;
    out.subject = one.verification;
  }
  out.guesses = by.guesses();
  return out;
}

std::optional<order> provider_book::repeat(workload::model& by) {
  if (unknown_.empty())
    return {};
  const auto at = unknown_.begin() + static_cast<std::ptrdiff_t>(by.any_of(unknown_.size()));
  auto out = std::move(*at);
  unknown_.erase(at);
  return out;
}

std::optional<order> provider_book::token(workload::model& by) {
  const auto what = by.next_token_action(!tokens_.empty());
  order out;
  out.what = purpose::issue_token;
  if (what == workload::token_action::issue)
    return has_secret_ ? std::optional(std::move(out)) : std::nullopt;
  out.what = what == workload::token_action::use ? purpose::use_token : purpose::revoke_token;
  out.subject = tokens_[by.newest_of(tokens_.size(), workload::newest_tokens)];
  return out;
}

void provider_book::note(const errand& doing) {
  const auto& found = doing.found();
  const auto& about = doing.about();
  if (about.what == purpose::verify && found.asked == operation::open && found.unknown)
    keep(unknown_, about);
  if (found.id.empty())
    return;
  if (found.asked == operation::issue_token)
    keep(tokens_, found.id);
  if (found.asked == operation::open && about.what == purpose::verify)
    keep(sessions_, session{found.id, about.number, about.user});
  if (found.asked == operation::check)
    proven(found);
}

void provider_book::note_lost(const errand& doing) {
  if (doing.what() == purpose::verify && doing.now() == operation::open)
    keep(unknown_, doing.about());
}

/// A second proof of a mapping shows its conflict anew.
void provider_book::proven(const finding& what) {
  const auto same = [&](const claim& one) { return one.mapping == what.id; };
  if (const auto at = std::find_if(claims_.begin(), claims_.end(), same); at != claims_.end())
    claims_.erase(at);
  keep(claims_, claim{what.id, what.contested});
}

void provider_book::read(std::string_view page) {
  for (const auto& one : changes_in(page)) {
    const auto owner = owner_in(one.user);
    if (owner && owner->first >= first_ && owner->first - first_ < count_)
      keep(notices_, told{{one.change, owner->first, owner->second}, one.restorable, false});
  }
  cursor_ = json_member(page, "next");
}

/// Each change is reported once, and asked back once.
std::optional<notice> provider_book::choose(const errand& doing, std::string_view page,
                                            workload::model& by) {
  if (doing.subject() == cursor_)  // else another errand has read it meanwhile
    read(page);
  const bool restores = doing.what() == purpose::restore;
  std::vector<told*> open;
  for (auto& one : notices_)
    if (restores ? one.restorable : !one.reported)
      open.push_back(&one);
  if (open.empty())
    return {};
  auto& one = *open[restores ? by.newest_of(open.size(), workload::newest_notices)
                             : by.any_of(open.size())];
  (restores ? one.restorable : one.reported) = !restores;
  return one.what;
}

}  // namespace glados::load
