#include "embed/catalogue/gguf_check.h"

#include <cstdlib>
#include <string>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "tests/embed/catalogue/gguf_builder.h"

namespace coppice::embed {
namespace {

using ::testing::HasSubstr;

Result<GgufSummary> Check(const std::string& bytes) {
  std::string name = ::testing::TempDir() + "coppice-gguf-XXXXXX";
  const UniqueFd fd(::mkstemp(name.data()));
  ::unlink(name.c_str());
  EXPECT_EQ(::write(fd.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  return CheckGguf(fd.get(), bytes.size(), "model.gguf");
}

void ExpectCorrupt(const std::string& bytes, const std::string& what) {
  const auto result = Check(bytes);
  ASSERT_FALSE(result) << what;
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt) << result.error().ToString();
  EXPECT_THAT(result.error().message, HasSubstr("model.gguf"));
  EXPECT_THAT(result.error().message, HasSubstr(what));
  EXPECT_NE(result.error().remedy, "");
}

TEST(GgufCheck, ASoundFileTellsWhatItIs) {
  const auto summary = Check(SmallGguf());
  ASSERT_TRUE(summary) << summary.error().ToString();
  EXPECT_EQ(summary->architecture, "bert");
  EXPECT_EQ(summary->licence, "mit");
  EXPECT_EQ(summary->context_tokens, 512);
  EXPECT_EQ(summary->embedding_width, 8);
  EXPECT_EQ(summary->tensor_count, 2U);
}

TEST(GgufCheck, WhatIsNoGgufIsSaidToBeNone) {
  for (const std::string& bytes : {std::string(), std::string("GG"),
                                   std::string("PK\3\4 a zip file"), std::string(1000, '\0')}) {
    ExpectCorrupt(bytes, "is no GGUF file");
  }
}

TEST(GgufCheck, AFileThatIsCutShortAnywhereIsRefused) {
  const std::string whole = SmallGguf();
  for (std::size_t size = 4; size + 32 <= whole.size(); size += 7) {
    const auto result = Check(whole.substr(0, size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().code, ErrorCode::kCorrupt) << size;
  }
  ExpectCorrupt(whole.substr(0, whole.size() - 100), "cut short");
}

TEST(GgufCheck, OtherVersionsAreNamed) {
  for (const std::uint32_t version : {0U, 1U, 4U, 0x03000000U}) {
    const auto result = Check(GgufBuilder().Tensor("t", 8).Build(version));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kUnsupportedVersion);
    EXPECT_THAT(result.error().message, HasSubstr(std::to_string(version)));
  }
  EXPECT_TRUE(Check(GgufBuilder().Tensor("t", 8).Build(2)));
}

/// A head that declares what is not there.
std::string Head(std::uint64_t tensors, std::uint64_t keys) {
  std::string file = "GGUF";
  GgufBuilder::Put(file, std::uint32_t{3});
  GgufBuilder::Put(file, tensors);
  GgufBuilder::Put(file, keys);
  return file + std::string(64, 'x');
}

TEST(GgufCheck, CountsThatCannotBeAreRefusedBeforeAnythingIsRead) {
  ExpectCorrupt(Head(~0ULL, 0), "tensors are declared");
  ExpectCorrupt(Head(0, ~0ULL), "keys");
  ExpectCorrupt(Head(1000, 0), "1000 tensors");
}

TEST(GgufCheck, HostileValuesAreRefused) {
  const auto pair = [](std::uint32_t type, auto... values) {
    std::string bytes;
    GgufBuilder::String(bytes, "key");
    GgufBuilder::Put(bytes, type);
    (GgufBuilder::Put(bytes, values), ...);
    return GgufBuilder().RawPair(bytes).Tensor("t", 100).Build();
  };
  ExpectCorrupt(pair(8, ~0ULL), "ends after");             // a text without end
  ExpectCorrupt(pair(13), "a value of type 13");           // no such type
  ExpectCorrupt(pair(9, 4U, ~0ULL), "an array of");        // numbers without end
  ExpectCorrupt(pair(9, 8U, 1ULL << 62U), "an array of");  // texts without end
  ExpectCorrupt(pair(9, 99U, 1ULL), "an array of");        // of no such type
  std::string nested;
  GgufBuilder::String(nested, "key");
  GgufBuilder::Put(nested, 9U);
  for (int i = 0; i < 50; ++i) {
    GgufBuilder::Put(nested, 9U);
    GgufBuilder::Put(nested, std::uint64_t{1});
  }
  ExpectCorrupt(GgufBuilder().RawPair(nested).Tensor("t", 9).Build(), "an array of");
}

TEST(GgufCheck, ATensorLargerThanAnyFileIsRefused) {
  std::string file = "GGUF";
  GgufBuilder::Put(file, 3U);
  GgufBuilder::Put(file, std::uint64_t{1});
  GgufBuilder::Put(file, std::uint64_t{0});
  GgufBuilder::String(file, "t");
  GgufBuilder::Put(file, 4U);
  for (int i = 0; i < 4; ++i) GgufBuilder::Put(file, std::uint64_t{1} << 40U);
  GgufBuilder::Put(file, 0U);
  GgufBuilder::Put(file, std::uint64_t{0});
  ExpectCorrupt(file + std::string(64, 'x'), "larger than any file");
}

TEST(GgufCheck, AnAlignmentThatIsNoneIsRefused) {
  for (const std::uint32_t alignment : {0U, 3U, 0x80000000U}) {
    ExpectCorrupt(GgufBuilder().Number("general.alignment", alignment).Tensor("t", 8).Build(),
                  "alignment");
  }
}

TEST(GgufCheck, AKeyLongerThanKeysAreIsRefused) {
  ExpectCorrupt(GgufBuilder().Number(std::string(70000, 'k'), 1).Tensor("t", 8).Build(),
                "a key of");
}

}  // namespace
}  // namespace coppice::embed
