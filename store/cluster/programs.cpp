#include "store/cluster/programs.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/format.h"
#include "base/process.h"

namespace coppice::store {
namespace {

namespace fs = std::filesystem;

constexpr int kOldestMajor = 15;

bool HasPrograms(const fs::path& folder) {
  return ::access((folder / "postgres").c_str(), X_OK) == 0 && ::access((folder / "initdb").c_str(), X_OK) == 0;
}

/// Folders that may hold the programs, in no order.
std::vector<std::string> Folders() {
  std::vector<std::string> result;
  // Debian keeps each major version in a folder of its own, Red Hat likewise.
  static constexpr std::array<std::array<std::string_view, 3>, 2> kParents = {
      {{"/usr/lib/postgresql", "", "bin"}, {"/usr", "pgsql-", "bin"}}};
  for (const auto& [parent, prefix, child] : kParents) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(parent, error)) {
      if (entry.path().filename().string().starts_with(prefix)) result.push_back(entry.path() / child);
    }
  }
  const char* path = ::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing here calls setenv
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const auto colon = std::min(rest.find(':'), rest.size());
    if (colon > 0) result.emplace_back(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  std::erase_if(result, [](const std::string& folder) { return !HasPrograms(folder); });
  return result;
}

/// "postgres (PostgreSQL) 15.20 (Debian …)" -> 15.
Result<int> MajorOf(const std::string& folder, const Deadline& deadline) {
  Command command;
  command.argv = {folder + "/postgres", "--version"};
  COPPICE_ASSIGN(const CommandOutput output, RunCommand(command, deadline));
  constexpr std::string_view kMark = "(PostgreSQL) ";
  const auto at = output.out.find(kMark);
  if (!output.status.ok() || at == std::string::npos) {
    return MakeError(ErrorCode::kUnsupported, fmt::format("{}/postgres does not tell its version", folder));
  }
  return std::atoi(output.out.c_str() + at + kMark.size());
}

}  // namespace

Result<PgPrograms> FindPgPrograms(const std::string& directory, std::optional<int> major, const Deadline& deadline) {
  const auto folders = directory.empty() ? Folders() : std::vector<std::string>{directory};
  PgPrograms best;
  std::vector<int> others;
  for (const std::string& folder : folders) {
    if (!HasPrograms(folder)) continue;
    const auto found = MajorOf(folder, deadline);
    if (!found && found.error().code != ErrorCode::kUnsupported) return found.error();
    if (!found || *found < kOldestMajor) continue;
    if (major && *found != *major) {
      others.push_back(*found);
    } else if (*found > best.major) {
      best = {folder, *found};
    }
  }
  if (best.major > 0) return best;
  if (!others.empty()) {
    return MakeError(ErrorCode::kConflict,
                     fmt::format("the data were made by PostgreSQL {}, only {} is installed", *major,
                                 fmt::join(others, ", ")),
                     fmt::format("Install postgresql-{}, or move the data away: everything in them can be indexed again.",
                                 *major));
  }
  return MakeError(ErrorCode::kUnsupported,
                   directory.empty() ? std::string("no PostgreSQL server programs (15 or newer) are installed")
                                     : fmt::format("{} does not hold postgres and initdb (15 or newer)", directory),
                   "Install the package postgresql, or set database.url.");
}

}  // namespace coppice::store
