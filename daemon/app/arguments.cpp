#include "daemon/app/arguments.h"

#include <CLI/CLI.hpp>

#include "base/exit_code.h"
#include "base/version.h"

namespace coppice::app {

ParsedArguments ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  std::string config;
  std::string state;
  std::string listen;
  bool check = false;
  bool print_config = false;
  bool print_schema = false;
  bool foreground = false;

  CLI::App app("The Coppice daemon: indexes git repositories and answers questions about them.",
               "coppiced");
  app.footer(
      "It stays in the foreground; systemd or `scripts/run` put it behind.\n"
      "SIGTERM drains and stops, SIGHUP reads the configuration again.");
  app.set_version_flag("--version", std::string("coppiced ") + std::string(kVersion));
  app.add_option("--config", config, "Configuration file (default /etc/coppice/coppice.toml)");
  app.add_option("--state-dir", state, "Where state is kept");
  app.add_option("--listen", listen, "Socket to answer on, ipc:///path");
  app.add_flag("--foreground", foreground, "Accepted for clarity: the daemon never detaches");
  auto* checks = app.add_flag("--check-config", check, "Read the configuration, report, exit 0 or 78");
  auto* prints = app.add_flag("--print-config", print_config, "Print every setting and its origin");
  auto* schema = app.add_flag("--print-schema", print_schema, "Print the database schema for a DBA");
  checks->excludes(prints)->excludes(schema);
  prints->excludes(schema);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return {std::nullopt, code == 0 ? kExitOk : kExitUsage};
  }
  if (!config.empty()) arguments.config_file = config;
  if (!state.empty()) arguments.flags["state.directory"] = state;
  if (!listen.empty()) arguments.flags["server.listen"] = listen;
  if (check) arguments.action = Arguments::Action::kCheckConfig;
  if (print_config) arguments.action = Arguments::Action::kPrintConfig;
  if (print_schema) arguments.action = Arguments::Action::kPrintSchema;
  return {arguments, 0};
}

}  // namespace coppice::app
