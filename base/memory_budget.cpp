#include "base/memory_budget.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <unistd.h>
#include <utility>

#include "base/format.h"

namespace coppice {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

std::string FirstLine(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// "max" and what cannot be read are no limit.
std::uint64_t ReadLimit(const std::filesystem::path& file) {
  const std::string line = FirstLine(file);
  std::uint64_t bytes = 0;
  const auto [end, status] = std::from_chars(line.data(), line.data() + line.size(), bytes);
  return status == std::errc() ? bytes : kUnlimited;
}

/// The smallest of the group's own limit and those of the groups around it (version 2 only).
std::uint64_t GroupLimit() {
  constexpr std::string_view kPrefix = "0::/";
  const std::string own = FirstLine("/proc/self/cgroup");
  if (!own.starts_with(kPrefix)) return kUnlimited;
  const std::filesystem::path root = "/sys/fs/cgroup";
  std::uint64_t least = kUnlimited;
  for (auto group = root / own.substr(kPrefix.size()); group != root && group.has_relative_path();
       group = group.parent_path()) {
    least = std::min({least, ReadLimit(group / "memory.max"), ReadLimit(group / "memory.high")});
  }
  return least;
}

}  // namespace

MemoryBudget::Share::Share(Share&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)), id_(other.id_) {}

MemoryBudget::Share& MemoryBudget::Share::operator=(Share&& other) noexcept {
  if (this == &other) return *this;
  Release();
  budget_ = std::exchange(other.budget_, nullptr);
  id_ = other.id_;
  return *this;
}

Result<void> MemoryBudget::Share::Resize(std::uint64_t bytes) {
  if (budget_ == nullptr) return {};
  return budget_->Resize(id_, bytes);
}

std::uint64_t MemoryBudget::Share::bytes() const {
  if (budget_ == nullptr) return 0;
  MutexLock lock(budget_->mutex_);
  return budget_->shares_.at(id_).bytes;
}

void MemoryBudget::Share::Release() {
  if (budget_ == nullptr) return;
  MutexLock lock(budget_->mutex_);
  const auto share = budget_->shares_.find(id_);
  budget_->held_bytes_ -= share->second.bytes;
  budget_->shares_.erase(share);
  budget_ = nullptr;
}

MemoryBudget::Share MemoryBudget::Open(std::string name) {
  MutexLock lock(mutex_);
  const std::uint64_t id = next_id_++;
  shares_.emplace(id, Part{std::move(name), 0});
  return Share(*this, id);
}

Result<void> MemoryBudget::Resize(std::uint64_t id, std::uint64_t bytes) {
  MutexLock lock(mutex_);
  Part& part = shares_.at(id);
  const std::uint64_t others = held_bytes_ - part.bytes;
  const std::uint64_t room = limit_bytes_ - std::min(limit_bytes_, others);
  if (bytes > part.bytes && bytes > room) {
    Error error = MakeError(
        ErrorCode::kResourceExhausted,
        fmt::format("no memory for {}: {} are needed and {} of the ceiling of {} are free",
                    part.name, FormatBytes(bytes), FormatBytes(room), FormatBytes(limit_bytes_)),
        "raise memory.limit_mib, or remove repositories");
    error.retryable = false;
    return error;
  }
  part.bytes = bytes;
  held_bytes_ = others + bytes;
  return {};
}

std::vector<MemoryBudget::Part> MemoryBudget::Usage() const {
  std::map<std::string, std::uint64_t> by_name;
  MutexLock lock(mutex_);
  for (const auto& [id, part] : shares_) by_name[part.name] += part.bytes;
  std::vector<Part> parts;
  for (const auto& [name, bytes] : by_name) parts.push_back({name, bytes});
  return parts;
}

std::uint64_t MemoryBudget::free_bytes() const {
  MutexLock lock(mutex_);
  return limit_bytes_ - std::min(limit_bytes_, held_bytes_);
}

std::uint64_t AvailableMemoryBytes() {
  const auto pages = static_cast<std::uint64_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
  const auto page = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PAGESIZE)));
  return std::min(pages * page, GroupLimit());
}

std::string FormatBytes(std::uint64_t bytes) {
  constexpr double kMiB = 1U << 20U;
  const double mib = static_cast<double>(bytes) / kMiB;
  if (mib >= 1024) return fmt::format("{:.1f} GiB", mib / 1024);
  return fmt::format("{:.0f} MiB", mib);
}

}  // namespace coppice
