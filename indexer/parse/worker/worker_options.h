#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace coppice::indexer {

/// What coppice-parser is told when it is started: its command line, both ways.
struct WorkerOptions {
  std::uint64_t memory_bytes = std::uint64_t{384} << 20U;  // address space
  std::chrono::seconds cpu_limit{10};                      // CPU time for one blob
  bool filter = true;                                      // of system calls, and Landlock

  bool operator==(const WorkerOptions&) const = default;
};

std::vector<std::string> ToArguments(const WorkerOptions& options);
/// Nothing where there is no argument, one is not known, or its number is none. Without argv[0].
std::optional<WorkerOptions> FromArguments(std::span<const char* const> arguments);

}  // namespace coppice::indexer
