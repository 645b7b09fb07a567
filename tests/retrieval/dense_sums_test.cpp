#include "daemon/retrieval/search/dense_sums.h"

#include <utility>
#include <vector>

#include <gmock/gmock.h>

namespace coppice::retrieval {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::vector<std::pair<std::uint32_t, double>> Drained(DenseSums& sums) {
  std::vector<std::pair<std::uint32_t, double>> all;
  sums.Drain([&](std::uint32_t number, double sum) { all.emplace_back(number, sum); });
  return all;
}

TEST(DenseSums, AddUpByNumberAndComeAscending) {
  DenseSums sums(200);
  sums.Add(130, 1);
  sums.Add(5, 2);
  sums.Add(130, 0.5);
  sums.Add(63, 0);
  EXPECT_EQ(sums.Count(), 3U);
  EXPECT_THAT(Drained(sums), ElementsAre(Pair(5U, 2.0), Pair(63U, 0.0), Pair(130U, 1.5)));
}

TEST(DenseSums, DrainingForgets) {
  DenseSums sums(10);
  sums.Add(9, 4);
  Drained(sums);
  EXPECT_EQ(sums.Count(), 0U);
  sums.Add(9, 1);
  EXPECT_THAT(Drained(sums), ElementsAre(Pair(9U, 1.0)));
}

}  // namespace
}  // namespace coppice::retrieval
