// Commands that need no service: the configuration, profiles, completion.
#include <chrono>
#include <cstdlib>

#include "admin/commands.hpp"
#include "admin/completion.hpp"
#include "admin/pki.hpp"
#include "admin/profile.hpp"
#include "admin/program.hpp"
#include "config/load.hpp"
#include "config/prices.hpp"
#include "config/templates.hpp"

extern char** environ;

namespace glados::admin {

void check_config(session& s) {
  auto loaded = config::load({s.operand(0), environ, {}});
  auto& faults = loaded.faults;
  if (faults.empty()) {
    const auto& values = loaded.values;
    config::message_templates::load(values.templates.directory, values.delivery.domain, faults);
    config::load_prices(values.usage.prices, faults);
  }
  auto told = value::list();
  std::string text;
  for (const auto& fault : faults) {
    told.add(config::to_string(fault));
    text += config::to_string(fault) + "\n";
  }
  s.show(value::object().put("good", faults.empty()).put("faults", told),
         faults.empty() ? config::render_effective(loaded.values) : text);
  if (!faults.empty())
    throw stop(outcome::untrue, std::to_string(faults.size()) + " fault(s)");
}

void list_profiles(session& s) {
  std::vector<std::string> faults;
  const auto path = profile_path(s.line());
  const auto file = read_profiles(path, faults);
  auto told = value::list();
  table out({{"PROFILE"}, {"DEFAULT"}, {"URL"}, {"CERTIFICATE"}});
  const std::chrono::seconds now{std::time(nullptr)};
  for (const auto& one : file.profiles) {
    check_files(one, now, faults);
    told.add(value::object()
                 .put("name", one.name)
                 .put("url", one.url)
                 .put("certificate", one.certificate)
                 .put("default", one.name == file.preferred));
    out.add({one.name, one.name == file.preferred ? "*" : "", one.url, one.certificate});
  }
  s.show(value::object().put("file", path).put("profiles", told), out.text());
  for (const auto& fault : faults) s.remark(fault);
  if (!faults.empty())
    throw stop(outcome::bad_line, std::to_string(faults.size()) + " fault(s) in " + path);
}

void print_completion(session& s) {
  const program_row* both[] = {&admin_program(), &pki_program()};
  const auto script = completion_script(s.operand(0), both);
  s.show(value::object().put("script", script), script);
}

}  // namespace glados::admin
