#include "store/model.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace coppice::store {
namespace {

TEST(ModelTest, EveryKindHasANameThatParsesBack) {
  std::set<std::string_view> seen;
  for (int i = 1; i <= static_cast<int>(SymbolKind::kField); ++i) {
    const auto kind = static_cast<SymbolKind>(i);
    EXPECT_EQ(ParseSymbolKind(SymbolKindName(kind)), kind) << i;
    EXPECT_TRUE(seen.insert(SymbolKindName(kind)).second);
  }
  EXPECT_EQ(SymbolKindName(SymbolKind::kNone), "");
  EXPECT_FALSE(ParseSymbolKind("").has_value());
  EXPECT_FALSE(ParseSymbolKind("no such kind").has_value());
}

TEST(ModelTest, EveryReasonHasAName) {
  std::set<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(kLastReason); ++i) {
    EXPECT_TRUE(seen.insert(ReasonName(static_cast<Reason>(i))).second);
  }
  EXPECT_FALSE(seen.contains("unknown"));
  EXPECT_EQ(ReasonName(Reason::kTooLarge), "too_large");
  EXPECT_EQ(ReasonName(static_cast<Reason>(99)), "unknown") << "a value from a newer program";
  EXPECT_EQ(ReasonName(static_cast<Reason>(-1)), "unknown");
}

}  // namespace
}  // namespace coppice::store
