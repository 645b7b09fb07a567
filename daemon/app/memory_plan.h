#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "config/settings.h"

namespace coppice::app {

/// How the ceiling is divided: what always runs has its part from the start, the index has the
/// rest.
struct MemoryPlan {
  std::uint64_t limit_bytes = 0;
  std::vector<MemoryBudget::Part> fixed;  // program, parsers, database, batches
  std::uint64_t batch_bytes = 0;          // "batches" of these: what is parsed and not yet written
  std::string warning;                    // for the log; "" = none
};

/// Limits: an eighth of the ceiling for batches, 64 MiB to 256 MiB: with less of it they are
/// smaller
///         and indexing is slower. Without memory.limit_mib the ceiling is never below what must
///         run.
/// Errors: kInvalidArgument (memory.limit_mib is less than that; the message says how much it is).
Result<MemoryPlan> PlanMemory(const config::Settings& settings, std::uint64_t available_bytes);

}  // namespace coppice::app
