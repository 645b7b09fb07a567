#include "config/option_table.h"

#include <set>

#include <gtest/gtest.h>

namespace coppice::config {
namespace {

TEST(OptionTable, NamesAreUniqueAndHaveASection) {
  std::set<std::string> names;
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
    std::erase_if(text, [](char c) { return c == '"' || c == '[' || c == ']'; });
    const auto set = SetFromText(settings, option, text);
    EXPECT_TRUE(set) << option.name << ": " << (set ? "" : set.error().ToString());
  }
}

TEST(OptionTable, NumbersHaveARange) {
  Settings settings;
  const Option workers = *FindOption("server.workers");
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

TEST(OptionTable, ListsAreTextsWithCommas) {
  Settings settings;
  EXPECT_TRUE(SetFromText(settings, *FindOption("models.embedding"), "local/bge-m3, vllm/bge-m3"));
  EXPECT_EQ(settings.models.embedding, Texts({"local/bge-m3", "vllm/bge-m3"}));
  EXPECT_EQ(ToToml(settings, *FindOption("models.embedding")),
            "[\"local/bge-m3\", \"vllm/bge-m3\"]");
  EXPECT_TRUE(SetFromText(settings, *FindOption("models.embedding"), ""));
  EXPECT_TRUE(settings.models.embedding.empty());
  const auto wrong = SetFromText(settings, *FindOption("daemon.roles"), "embed,bake");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "daemon.roles = bake: not allowed");
}

TEST(OptionTable, EachBackEndHasItsOwnOptions) {
  Settings settings;
  EXPECT_TRUE(SetFromText(settings, *FindOption("backend.vllm.url"), "http://127.0.0.1:8000/v1"));
  EXPECT_TRUE(SetFromText(settings, *FindOption("backend.gpu-2.kind"), "llama"));
  EXPECT_EQ(settings.backends.at("vllm").url, "http://127.0.0.1:8000/v1");
  EXPECT_EQ(settings.backends.at("gpu-2").kind, "llama");
  for (const char* wrong : {"backend.vllm", "backend.vllm.uri", "backend..url", "backend.A.url",
                            "backend.static.url", "backend.a.b.url"}) {
    EXPECT_FALSE(FindOption(wrong)) << wrong;
  }
}

TEST(OptionTable, NearestNameIsTheOneMeant) {
  EXPECT_EQ(NearestOption("server.worker"), "server.workers");
  EXPECT_EQ(NearestOption("databse.url"), "database.url");
}

TEST(OptionTable, ASecretIsMaskedWhenSet) {
  Settings settings;
  const Option url = *FindOption("database.url");
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
