#include "indexer/parse/worker/worker_options.h"

#include <charconv>
#include <string_view>

#include "base/format.h"

namespace coppice::indexer {
namespace {

constexpr std::string_view kMemory = "--memory-limit=";
constexpr std::string_view kCpu = "--cpu-limit=";
constexpr std::string_view kNoFilter = "--no-filter";

template <class T>
std::optional<T> Number(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

}  // namespace

std::vector<std::string> ToArguments(const WorkerOptions& options) {
  std::vector<std::string> arguments = {fmt::format("{}{}", kMemory, options.memory_bytes),
                                        fmt::format("{}{}", kCpu, options.cpu_limit.count())};
  if (!options.filter) arguments.emplace_back(kNoFilter);
  return arguments;
}

std::optional<WorkerOptions> FromArguments(std::span<const char* const> arguments) {
  if (arguments.empty()) return std::nullopt;
  WorkerOptions options;
  for (const std::string_view argument : arguments) {
    if (argument.starts_with(kMemory)) {
      const auto bytes = Number<std::uint64_t>(argument.substr(kMemory.size()));
      if (!bytes) return std::nullopt;
      options.memory_bytes = *bytes;
    } else if (argument.starts_with(kCpu)) {
      const auto seconds = Number<std::int64_t>(argument.substr(kCpu.size()));
      if (!seconds) return std::nullopt;
      options.cpu_limit = std::chrono::seconds(*seconds);
    } else if (argument == kNoFilter) {
      options.filter = false;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace coppice::indexer
