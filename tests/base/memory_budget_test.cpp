#include "base/memory_budget.h"

#include <gmock/gmock.h>

namespace coppice {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1U << 20U;

TEST(MemoryBudget, GrantsUpToItsCeiling) {
  MemoryBudget budget(10 * kMiB);
  MemoryBudget::Share index = budget.Open("index");
  MemoryBudget::Share batches = budget.Open("batches");
  EXPECT_TRUE(index.Resize(6 * kMiB));
  EXPECT_TRUE(batches.Resize(4 * kMiB));
  const auto refused = batches.Resize(4 * kMiB + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(refused.error().message,
              HasSubstr("no memory for batches: 4 MiB are needed and 4 MiB of the"));
  EXPECT_EQ(batches.bytes(), 4 * kMiB) << "as it was";
  EXPECT_EQ(budget.free_bytes(), 0U);
}

TEST(MemoryBudget, GivesBackWhatAShareHeld) {
  MemoryBudget budget(10 * kMiB);
  {
    MemoryBudget::Share first = budget.Open("index");
    EXPECT_TRUE(first.Resize(9 * kMiB));
    MemoryBudget::Share moved = std::move(first);
    EXPECT_EQ(budget.free_bytes(), kMiB);
    EXPECT_TRUE(moved.Resize(2 * kMiB));
    EXPECT_EQ(budget.free_bytes(), 8 * kMiB);
    moved = budget.Open("other");
    EXPECT_EQ(budget.free_bytes(), 10 * kMiB);
  }
  EXPECT_THAT(budget.Usage(), ElementsAre());
}

TEST(MemoryBudget, ShrinksEvenAboveTheCeiling) {
  MemoryBudget budget(0);
  MemoryBudget::Share share = budget.Open("index");
  EXPECT_FALSE(share.Resize(1));
  EXPECT_TRUE(share.Resize(0));
}

TEST(MemoryBudget, CountsSharesOfOneNameTogether) {
  MemoryBudget budget(10);
  MemoryBudget::Share a = budget.Open("index");
  MemoryBudget::Share b = budget.Open("index");
  ASSERT_TRUE(a.Resize(3));
  ASSERT_TRUE(b.Resize(4));
  EXPECT_THAT(budget.Usage(), ElementsAre(Field(&MemoryBudget::Part::bytes, 7U)));
}

TEST(MemoryBudget, AShareOfNoBudgetIsNeverRefused) {
  MemoryBudget::Share share;
  EXPECT_TRUE(share.Resize(~std::uint64_t{0}));
}

TEST(MemoryBudget, KnowsTheMachine) {
  EXPECT_GT(AvailableMemoryBytes(), 64 * kMiB);
  EXPECT_EQ(FormatBytes(300 * kMiB), "300 MiB");
  EXPECT_EQ(FormatBytes(1229 * kMiB), "1.2 GiB");
}

}  // namespace
}  // namespace coppice
