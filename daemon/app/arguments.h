#pragma once

#include <map>
#include <optional>
#include <string>

namespace coppice::app {

/// What the command line of coppiced asked for.
struct Arguments {
  enum class Action : unsigned char { kServe, kCheckConfig, kPrintConfig, kPrintSchema };
  Action action = Action::kServe;
  std::optional<std::string> config_file;
  std::map<std::string, std::string> flags;  // option name -> value
};

/// Either arguments, or the exit code after help, version or a usage error was printed.
struct ParsedArguments {
  std::optional<Arguments> arguments;
  int exit_code = 0;
};
ParsedArguments ParseArguments(int argc, const char* const* argv);

}  // namespace coppice::app
