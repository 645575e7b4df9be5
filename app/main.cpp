// glados: one program, its parts as subcommands.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string_view>
#include <vector>

#include "admin/program.hpp"
#include "app/load.hpp"
#include "app/serve.hpp"
#include "app/sim.hpp"
#include "config/load.hpp"
#include "config/prices.hpp"
#include "config/templates.hpp"
#include "crypto/key_ring.hpp"

extern char** environ;

namespace {

using namespace glados;

int print_faults(const std::vector<config::fault>& faults) {
  for (const auto& fault : faults) std::cerr << "glados: " << config::to_string(fault) << "\n";
  return faults.empty() ? 0 : 1;
}

config::loaded load_settings(const std::string& file, const std::vector<std::string>& overrides) {
  return config::load({file, environ, overrides});
}

int check_config(const std::string& file, const std::vector<std::string>& overrides) {
  auto loaded = load_settings(file, overrides);
  if (!loaded)
    return print_faults(loaded.faults);
  std::vector<config::fault> faults;
  config::message_templates::load(loaded.values.templates.directory, loaded.values.delivery.domain,
                                  faults);
  config::load_prices(loaded.values.usage.prices, faults);
  if (!faults.empty())
    return print_faults(faults);
  std::cout << config::render_effective(loaded.values);
  return 0;
}

int create_keys(const std::string& folder) {
  std::vector<std::string> errors;
  crypto::key_ring::create_in(folder, crypto::system_random(), errors);
  for (const auto& error : errors) std::cerr << "glados: " << error << "\n";
  return errors.empty() ? 0 : 1;
}

int serve(const std::string& file, const std::vector<std::string>& overrides) {
  auto loaded = load_settings(file, overrides);
  if (!loaded)
    return print_faults(loaded.faults);
  return app::serve(std::move(loaded.values), [&] { return load_settings(file, overrides); });
}

/// `glados admin`, `glados pki` and `glados probe` have command lines of their own.
std::optional<int> run_operators_program(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "";
  if (name != "admin" && name != "pki" && name != "probe")
    return {};
  const std::vector<std::string_view> words(argv + 2, argv + argc);
  admin::console io{std::cin,
                    std::cout,
                    std::cerr,
                    isatty(STDIN_FILENO) == 1,
                    isatty(STDOUT_FILENO) == 1,
                    isatty(STDERR_FILENO) == 1};
  if (name == "probe")
    return admin::run_probe(words, io);
  return name == "admin" ? admin::run_admin(words, io) : admin::run_pki(words, io);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "load")
    return app::run_load(argc - 1, argv + 1);  // has a command line of its own
  if (argc > 1 && std::string_view(argv[1]) == "sim")
    return app::run_sim(argc - 1, argv + 1);  // the same
  if (const auto ended = run_operators_program(argc, argv))
    return *ended;
  CLI::App top{"GLADOS: which messaging provider does this number or address prefer?"};
  top.require_subcommand(1);
  top.set_version_flag("--version", "glados " GLADOS_VERSION);
  std::string file, folder;
  std::vector<std::string> overrides;
  int status = 0;

  const auto add_settings = [&](CLI::App* to) {
    to->add_option("--config", file, "TOML file; see config/reference.toml");
    to->add_option("--set", overrides, "key=value, wins over file and environment; no secrets");
  };
  auto* serving = top.add_subcommand("serve", "run one node in the foreground");
  add_settings(serving);
  serving->callback([&] { status = serve(file, overrides); });

  auto* settings = top.add_subcommand("config", "look at the configuration")->require_subcommand(1);
  auto* check = settings->add_subcommand("check", "all faults at once, or the effective settings");
  add_settings(check);
  check->callback([&] { status = check_config(file, overrides); });
  settings->add_subcommand("reference", "every setting with its meaning and default")->callback([] {
    std::cout << config::render_reference();
  });

  top.add_subcommand("load", "put load on a service and measure its answers; see load --help");
  top.add_subcommand("sim", "simulate a deployment with faults; see sim --help");

  top.add_subcommand("admin", "operate a service over its admin listener; see admin --help");
  top.add_subcommand("pki", "certificate authorities of an installation; see pki --help");

  top.add_subcommand("probe", "prove and look up a canary, again and again; see probe --help");

  auto* keys = top.add_subcommand("keys", "the service's own keys")->require_subcommand(1);
  auto* create = keys->add_subcommand("create", "write fresh keys into a new folder");
  create->add_option("folder", folder)->required();
  create->callback([&] { status = create_keys(folder); });

  try {
    top.parse(argc, argv);
  } catch (const CLI::ParseError& why) {
    return top.exit(why) == 0 ? 0 : 2;
  } catch (const std::exception& why) {
    std::fprintf(stderr, "glados: %s\n", why.what());
    return 1;
  }
  return status;
}
