#include "daemon/app/parsers.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <unistd.h>

#include "base/format.h"

namespace coppice::app {
namespace {

Result<std::string> FindParser() {
  std::error_code status;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", status);
  const auto parser = self.parent_path() / "coppice-parser";
  if (!status && access(parser.c_str(), X_OK) == 0) return parser.string();
  return MakeError(ErrorCode::kUnsupported,
                   fmt::format("{} is missing or not executable", parser.string()),
                   "install coppice-parser beside coppiced");
}

indexer::SandboxPolicy PolicyOf(const std::string& setting) {
  if (setting == "require") return indexer::SandboxPolicy::kRequire;
  if (setting == "off") return indexer::SandboxPolicy::kOff;
  return indexer::SandboxPolicy::kPrefer;
}

}  // namespace

Result<indexer::ParserProcessOptions> ParserOptions(const config::Settings& settings) {
  indexer::ParserProcessOptions options;
  COPPICE_ASSIGN(options.program, FindParser());
  options.limits.cpu_limit = std::chrono::seconds(settings.index.parse_timeout_seconds);
  options.time_limit = options.limits.cpu_limit;
  options.sandbox = PolicyOf(settings.index.sandbox);
  return options;
}

}  // namespace coppice::app
