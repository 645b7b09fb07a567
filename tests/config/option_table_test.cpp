#include "config/option_table.h"

#include <gtest/gtest.h>

#include <set>

namespace coppice::config {
namespace {

TEST(OptionTable, NamesAreUniqueAndHaveASection) {
  std::set<std::string_view> names;
  for (const Option& option : AllOptions()) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_NE(option.name.find('.'), std::string_view::npos) << option.name;
    EXPECT_FALSE(option.text.empty()) << option.name;
  }
}

TEST(OptionTable, DefaultsPassTheirOwnCheck) {
  for (const Option& option : AllOptions()) {
    Settings settings;
    std::string text = ToToml(settings, option);
    if (text.front() == '"') text = text.substr(1, text.size() - 2);
    const auto set = SetFromText(settings, option, text);
    EXPECT_TRUE(set) << option.name << ": " << (set ? "" : set.error().ToString());
  }
}

TEST(OptionTable, NumbersHaveARange) {
  Settings settings;
  const Option& workers = *FindOption("server.workers");
  EXPECT_TRUE(SetFromText(settings, workers, "4"));
  EXPECT_EQ(settings.server.workers, 4);
  for (const char* bad : {"0", "257", "-1", "4x", "", "99999999999999999999"}) {
    const auto set = SetFromText(settings, workers, bad);
    ASSERT_FALSE(set) << bad;
    EXPECT_EQ(set.error().remedy, "use a whole number from 1 to 256");
  }
}

TEST(OptionTable, ChoicesAndFlagsAreClosed) {
  Settings settings;
  EXPECT_FALSE(SetFromText(settings, *FindOption("log.level"), "loud"));
  EXPECT_FALSE(SetFromText(settings, *FindOption("database.migrate"), "yes"));
  EXPECT_TRUE(SetFromText(settings, *FindOption("database.migrate"), "false"));
  EXPECT_FALSE(settings.database.migrate);
}

TEST(OptionTable, NearestNameIsTheOneMeant) {
  EXPECT_EQ(NearestOption("server.worker"), "server.workers");
  EXPECT_EQ(NearestOption("databse.url"), "database.url");
}

TEST(OptionTable, ASecretIsMaskedWhenSet) {
  Settings settings;
  const Option& url = *FindOption("database.url");
  EXPECT_EQ(ToToml(settings, url), "\"\"");
  settings.database.url = "postgresql://u:hunter2@h/d";
  EXPECT_EQ(ToToml(settings, url), "\"***\"");
}

TEST(OptionTable, ValuesAreComparedAsTheyAreNotAsTheyArePrinted) {
  Settings a;
  Settings b;
  for (const Option& option : AllOptions()) EXPECT_TRUE(SameValue(a, b, option)) << option.name;
  a.database.url = "postgresql://one/d";
  b.database.url = "postgresql://two/d";
  b.server.workers = a.server.workers + 1;
  b.database.migrate = !a.database.migrate;
  for (const char* name : {"database.url", "server.workers", "database.migrate"}) {
    EXPECT_FALSE(SameValue(a, b, *FindOption(name))) << name;
  }
}

}  // namespace
}  // namespace coppice::config
