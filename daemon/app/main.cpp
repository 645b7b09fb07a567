#include <cstdio>
#include <exception>

#include "base/exit_code.h"
#include "base/format.h"
#include "base/log.h"
#include "config/loader.h"
#include "daemon/app/app.h"
#include "daemon/app/arguments.h"
#include "daemon/app/notifier.h"
#include "daemon/app/signals.h"
#include "store/store.h"

namespace coppice::app {
namespace {

void PrintError(const Error& error) {
  fmt::print(stderr, "coppiced: {}\n", error.message);
  if (!error.remedy.empty()) fmt::print(stderr, "  {}\n", error.remedy);
}

Result<config::Loaded> LoadSettings(const Arguments& arguments) {
  config::Sources sources;
  if (arguments.config_file) sources.file = *arguments.config_file;
  sources.environment = config::SettingsFromEnvironment();
  sources.flags = arguments.flags;
  COPPICE_ASSIGN(config::Loaded loaded, config::Load(sources));
  COPPICE_TRY(CheckSettings(loaded.settings));
  return loaded;
}

void Reload(App& app, Notifier& notifier, const Arguments& arguments) {
  notifier.Reloading();
  const auto loaded = LoadSettings(arguments);
  const Result<void> reloaded = loaded ? app.Reload(*loaded) : loaded.error();
  if (reloaded) return notifier.Ready("reloaded");
  LogError("config_refused", {{"why", reloaded.error().message}});
  notifier.Ready("reload refused, old configuration kept: " + reloaded.error().message);
}

int Serve(const config::Loaded& loaded, const Arguments& arguments, Signals& signals) {
  LogLevel level = LogLevel::kInfo;
  ParseLogLevel(loaded.settings.log.level, level);
  OpenLog(level);
  Notifier notifier;
  const auto app = App::Start(loaded, notifier, signals.stop());
  if (!app) {
    if (signals.stop().stop_requested()) return kExitOk;
    LogError("start_failed", {{"why", app.error().message}, {"remedy", app.error().remedy}});
    return ExitCodeOf(app.error().code);
  }
  while (true) {
    const auto event = signals.Wait(std::chrono::milliseconds(1000));
    if (event == SignalEvent::kStop) return kExitOk;
    if (event == SignalEvent::kReload) Reload(**app, notifier, arguments);
    (*app)->Tick();
  }
}

int Main(int argc, const char* const* argv) {
  Signals signals;
  const ParsedArguments parsed = ParseArguments(argc, argv);
  if (!parsed.arguments) return parsed.exit_code;
  const Arguments& arguments = *parsed.arguments;
  if (arguments.action == Arguments::Action::kPrintSchema) {
    fmt::print("{}", store::SchemaText());
    return kExitOk;
  }
  const auto loaded = LoadSettings(arguments);
  if (!loaded) {
    PrintError(loaded.error());
    return kExitConfig;
  }
  if (arguments.action == Arguments::Action::kPrintConfig) {
    fmt::print("{}", config::Print(*loaded));
    return kExitOk;
  }
  if (arguments.action == Arguments::Action::kCheckConfig) {
    fmt::print("configuration is good ({} files read)\n", loaded->files.size());
    return kExitOk;
  }
  return Serve(*loaded, arguments, signals);
}

}  // namespace
}  // namespace coppice::app

int main(int argc, char** argv) {
  try {
    return coppice::app::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "coppiced: bug: %s\n", error.what());
    return coppice::kExitBug;
  }
}
