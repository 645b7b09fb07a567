#include "indexer/embed_input.h"

#include <gtest/gtest.h>

namespace coppice::indexer {
namespace {

/// One documented function in one chunk.
store::BlobFacts OneFunction(const std::string& body) {
  store::BlobFacts facts;
  store::Definition definition;
  definition.kind = store::SymbolKind::kFunction;
  definition.name = "Weigh";
  definition.symbol = "depot::Weigh";
  definition.range = {0, static_cast<std::uint32_t>(body.size())};
  definition.doc = {0, static_cast<std::uint32_t>(body.find("int"))};
  definition.signature = {definition.doc.end, static_cast<std::uint32_t>(body.find(" {"))};
  facts.definitions.push_back(definition);
  facts.chunks.push_back({definition.range, {1, 3}, definition.kind, 0});
  return facts;
}

TEST(EmbedInput, SaysEachPartOnceButSymbolAndFirstSentenceTwice) {
  const std::string body = "// Gives the mass. In grams.\nint Weigh(Parcel p) { return p.mass; }\n";
  EXPECT_EQ(EmbedInput(OneFunction(body), 0, body),
            "depot::Weigh\ndepot::Weigh\nint Weigh(Parcel p)\n"
            "// Gives the mass.\n// Gives the mass.\n In grams.\n\n { return p.mass; }\n");
}

TEST(EmbedInput, WithoutADefinitionItIsTheTextAlone) {
  store::BlobFacts facts;
  facts.chunks.push_back({{2, 6}, {1, 1}, store::SymbolKind::kNone, -1});
  EXPECT_EQ(EmbedInput(facts, 0, "abcdefgh"), "cdef");
}

TEST(EmbedInput, RangesBeyondTheBodyAreCutOff) {
  store::BlobFacts facts;
  facts.chunks.push_back({{2, 600}, {1, 1}, store::SymbolKind::kNone, -1});
  EXPECT_EQ(EmbedInput(facts, 0, "abcd"), "cd");
}

TEST(EmbedInput, IsBounded) {
  const std::string body = "// D.\nint Weigh() { " + std::string(100000, 'x') + " }";
  EXPECT_EQ(EmbedInput(OneFunction(body), 0, body).size(), kMaxInputBytes);
}

}  // namespace
}  // namespace coppice::indexer
