#include "daemon/retrieval/index/text_fields.h"

#include <gtest/gtest.h>

#include "base/format.h"

namespace coppice::retrieval {
namespace {

using store::BlobFacts;
using store::Chunk;
using store::Definition;

const char* NameOf(Field field) {
  constexpr std::array kNames = {"symbol", "signature", "doc first", "doc rest", "body"};
  return kNames[static_cast<std::size_t>(field)];
}

std::string Cut(const BlobFacts& facts, std::size_t chunk, std::string_view body) {
  std::vector<FieldPiece> pieces;
  CutFields(facts, chunk, body, pieces);
  std::string text;
  for (const FieldPiece& piece : pieces) {
    text += fmt::format("{}: {}\n", NameOf(piece.field), piece.text);
  }
  return text;
}

// 0         1         2         3
// 0123456789012345678901234567890123456789
// # Adds. Never fails.\nint add(a)|{...}
const std::string kBody = "# Adds. Never fails.\nint add(a){ return a; }tail";

BlobFacts OneFunction() {
  BlobFacts facts;
  facts.definitions = {Definition{
      store::SymbolKind::kFunction, "add", "math.add", {0, 44}, {1, 2}, {21, 31}, {0, 20}}};
  facts.chunks = {Chunk{{0, 44}, {1, 2}, store::SymbolKind::kFunction, 0}, Chunk{{44, 48}, {2, 2}}};
  return facts;
}

TEST(TextFieldsTest, CutsADefinitionIntoItsFields) {
  EXPECT_EQ(Cut(OneFunction(), 0, kBody),
            "symbol: math.add\ndoc first: # Adds.\ndoc rest:  Never fails.\nbody: \n\n"
            "signature: int add(a)\nbody: { return a; }\n");
}

TEST(TextFieldsTest, TextBetweenDefinitionsIsBody) {
  EXPECT_EQ(Cut(OneFunction(), 1, kBody), "body: tail\n");
}

TEST(TextFieldsTest, AChunkOfSeveralDefinitionsHasTheirNames) {
  BlobFacts facts = OneFunction();
  facts.chunks = {Chunk{{0, 48}, {1, 2}}};
  EXPECT_EQ(Cut(facts, 0, kBody).substr(0, 12), "symbol: add\n");
}

TEST(TextFieldsTest, TheSecondPieceOfAFunctionHasNoDocOfItsOwn) {
  BlobFacts facts = OneFunction();
  facts.chunks = {Chunk{{0, 31}, {1, 2}, store::SymbolKind::kFunction, 0},
                  Chunk{{31, 48}, {2, 2}, store::SymbolKind::kFunction, 0}};
  EXPECT_EQ(Cut(facts, 1, kBody), "symbol: math.add\nbody: { return a; }tail\n");
}

TEST(TextFieldsTest, RangesBeyondTheBodyAreCutOff) {
  EXPECT_EQ(Cut(OneFunction(), 1, kBody.substr(0, 40)), "");
  EXPECT_EQ(Cut(OneFunction(), 0, ""), "symbol: math.add\n");
}

TEST(TextFieldsTest, FirstSentenceEndsAtAStopOrAnEmptyLine) {
  EXPECT_EQ(FirstSentenceBytes("/// One. Two."), 8U);
  EXPECT_EQ(FirstSentenceBytes("/// v1.2 is one\n/// thing! Two"), 26U);
  EXPECT_EQ(FirstSentenceBytes("/**\n * One\n *\n * Two"), 13U);
  EXPECT_EQ(FirstSentenceBytes("no stop"), 7U);
  EXPECT_EQ(FirstSentenceBytes(""), 0U);
}

}  // namespace
}  // namespace coppice::retrieval
