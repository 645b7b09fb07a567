#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace coppice {

/// Counts what the large parts of the daemon hold against one ceiling.
///
/// Place:  made by App, outlives what draws on it; any thread.
/// Shape:  a part opens a share under a name and says how many bytes it holds, before it takes
/// them. Limits: what is small or short-lived is not counted: some tens of MiB.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

  /// What one part holds. Movable; gives everything back when it dies.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept;
    Share& operator=(Share&& other) noexcept;
    ~Share() { Release(); }

    /// Says that the part holds so much from now on. Less than before is always granted.
    /// Errors: kResourceExhausted where the ceiling would be passed; the share is as it was.
    Result<void> Resize(std::uint64_t bytes);
    [[nodiscard]] std::uint64_t bytes() const;

   private:
    friend class MemoryBudget;
    Share(MemoryBudget& budget, std::uint64_t id) : budget_(&budget), id_(id) {}
    void Release();

    MemoryBudget* budget_ = nullptr;  // nullptr: nothing is counted, everything is granted
    std::uint64_t id_ = 0;
  };

  /// Shares of one name are counted together in Usage.
  [[nodiscard]] Share Open(std::string name);
  /// The same; without a budget nothing is counted.
  [[nodiscard]] static Share OpenIn(MemoryBudget* budget, std::string name) {
    return budget == nullptr ? Share() : budget->Open(std::move(name));
  }

  struct Part {
    std::string name;
    std::uint64_t bytes = 0;
  };
  /// What is held, by name.
  [[nodiscard]] std::vector<Part> Usage() const;
  [[nodiscard]] std::uint64_t limit_bytes() const { return limit_bytes_; }
  [[nodiscard]] std::uint64_t free_bytes() const;

 private:
  Result<void> Resize(std::uint64_t id, std::uint64_t bytes);

  const std::uint64_t limit_bytes_;
  mutable Mutex mutex_;
  std::map<std::uint64_t, Part> shares_ COPPICE_GUARDED_BY(mutex_);
  std::uint64_t held_bytes_ COPPICE_GUARDED_BY(mutex_) = 0;
  std::uint64_t next_id_ COPPICE_GUARDED_BY(mutex_) = 1;
};

/// What this process may use at most: of the machine's memory and that of the control groups it is
/// in, whichever is less.
std::uint64_t AvailableMemoryBytes();

/// "1.2 GiB", "300 MiB".
std::string FormatBytes(std::uint64_t bytes);

}  // namespace coppice
