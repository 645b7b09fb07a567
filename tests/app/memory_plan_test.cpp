#include "daemon/app/memory_plan.h"

#include <numeric>

#include <gmock/gmock.h>

namespace coppice::app {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

std::uint64_t Fixed(const MemoryPlan& plan) {
  return std::accumulate(plan.fixed.begin(), plan.fixed.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& part) { return sum + part.bytes; });
}

TEST(MemoryPlan, TakesThreeQuartersOfWhatThereIs) {
  const auto plan = PlanMemory({}, 8192 * kMiB);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->limit_bytes, 6144 * kMiB);
  EXPECT_EQ(plan->batch_bytes, 256 * kMiB);
  EXPECT_GT(plan->limit_bytes - Fixed(*plan), 4096 * kMiB) << "left to the index";
  EXPECT_EQ(plan->warning, "");
}

TEST(MemoryPlan, ATightCeilingMakesSmallerBatches) {
  config::Settings settings;
  settings.memory.limit_mib = 1280;
  const auto plan = PlanMemory(settings, 65536 * kMiB);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->limit_bytes, 1280 * kMiB);
  EXPECT_LT(plan->batch_bytes, 192 * kMiB);
  EXPECT_GE(plan->batch_bytes, 64 * kMiB);
  EXPECT_LE(Fixed(*plan) + 64 * kMiB, plan->limit_bytes);
}

TEST(MemoryPlan, ACeilingBelowWhatMustRunIsRefusedWithTheLeast) {
  config::Settings settings;
  settings.memory.limit_mib = 300;
  const auto refused = PlanMemory(settings, 65536 * kMiB);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(refused.error().message,
              HasSubstr("memory.limit_mib = 300: with 2 parsers the least"));
  settings.memory.limit_mib = 1152;
  EXPECT_TRUE(PlanMemory(settings, 65536 * kMiB)) << "the least that the message names";
  EXPECT_THAT(refused.error().message, HasSubstr("1152"));
}

TEST(MemoryPlan, ASmallMachineStartsWithAWarning) {
  const auto plan = PlanMemory({}, 512 * kMiB);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->limit_bytes, 1152 * kMiB);
  EXPECT_THAT(plan->warning, HasSubstr("512 MiB of memory are little"));
}

TEST(MemoryPlan, ADatabaseElsewhereTakesNothingHere) {
  config::Settings settings;
  settings.database.url = "postgresql://db/coppice";
  settings.memory.limit_mib = 1152;
  const auto here = PlanMemory({}, 1536 * kMiB);
  const auto elsewhere = PlanMemory(settings, 0);
  ASSERT_TRUE(here);
  ASSERT_TRUE(elsewhere);
  EXPECT_LT(Fixed(*elsewhere), Fixed(*here));
}

TEST(MemoryPlan, GraphsOfTheOwnDatabaseHaveTheirPart) {
  config::Settings settings;
  settings.vector.index = "database";
  const auto with = PlanMemory(settings, 8192 * kMiB);
  const auto without = PlanMemory({}, 8192 * kMiB);
  ASSERT_TRUE(with);
  ASSERT_TRUE(without);
  EXPECT_EQ(Fixed(*with), Fixed(*without) + 512 * kMiB);
}

}  // namespace
}  // namespace coppice::app
