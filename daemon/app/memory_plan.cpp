#include "daemon/app/memory_plan.h"

#include <algorithm>

#include "base/format.h"
#include "indexer/parse/worker/worker_options.h"

namespace coppice::app {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
// Measured where a Linux kernel was indexed (benchmarks/README.md), and rounded up.
constexpr std::uint64_t kProgramBytes = 96 * kMiB;
constexpr std::uint64_t kDatabaseBytes = 384 * kMiB;
constexpr std::uint64_t kDatabaseGraphBytes = 512 * kMiB;  // maintenance_work_mem of GraphKeeper
constexpr std::uint64_t kParserProgramBytes = 112 * kMiB;  // of its address space, shared by all
constexpr std::uint64_t kLeastBatchBytes = 64 * kMiB;
constexpr std::uint64_t kMostBatchBytes = 256 * kMiB;
constexpr std::uint64_t kLeastIndexBytes = 64 * kMiB;

std::uint64_t Sum(const std::vector<MemoryBudget::Part>& parts) {
  std::uint64_t sum = 0;
  for (const MemoryBudget::Part& part : parts) sum += part.bytes;
  return sum;
}

}  // namespace

Result<MemoryPlan> PlanMemory(const config::Settings& settings, std::uint64_t available_bytes) {
  const auto workers = static_cast<std::uint64_t>(settings.index.parser_workers);
  const std::uint64_t parser = indexer::WorkerOptions{}.memory_bytes - kParserProgramBytes;
  MemoryPlan plan;
  plan.fixed = {{"program", kProgramBytes}, {"parsers", workers * parser}};
  if (settings.database.url.empty()) {
    const bool graphs = settings.vector.index == "database";
    plan.fixed.push_back({"database", kDatabaseBytes + (graphs ? kDatabaseGraphBytes : 0)});
  }
  const std::uint64_t least = Sum(plan.fixed) + kLeastBatchBytes + kLeastIndexBytes;
  const bool is_set = settings.memory.limit_mib > 0;
  plan.limit_bytes = is_set ? static_cast<std::uint64_t>(settings.memory.limit_mib) * kMiB
                            : available_bytes / 4 * 3;
  if (plan.limit_bytes < least && is_set) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("memory.limit_mib = {}: with {} parsers the least is {}",
                                 settings.memory.limit_mib, workers, (least + kMiB - 1) / kMiB),
                     "raise it, or lower index.parser_workers");
  }
  if (plan.limit_bytes < least) {
    plan.limit_bytes = least;
    plan.warning = fmt::format("{} of memory are little: {} may be needed",
                               FormatBytes(available_bytes), FormatBytes(least));
  }
  plan.batch_bytes = std::clamp(plan.limit_bytes / 8, kLeastBatchBytes, kMostBatchBytes);
  plan.batch_bytes = std::min(plan.batch_bytes, plan.limit_bytes - (least - kLeastBatchBytes));
  plan.fixed.push_back({"batches", plan.batch_bytes});
  return plan;
}

}  // namespace coppice::app
