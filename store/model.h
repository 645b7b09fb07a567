#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/language.h"
#include "base/strong_id.h"

// The words of the domain, shared by the write path (indexer) and the read path (daemon/retrieval).
namespace coppice::store {

/// A space holds one repository with its forks and clones; content is shared inside it only.
using SpaceNo = StrongId<struct SpaceTag>;
/// A repository, unique in the database.
using RepoNo = StrongId<struct RepoTag>;
/// Dense numbers inside a space, handed out in ranges, never reused.
using BlobNo = StrongId<struct BlobTag>;
using TextNo = StrongId<struct TextTag>;
/// An embedding model at one revision.
using ModelNo = StrongId<struct ModelTag>;

/// A git object id: 20 bytes (SHA-1) or 32 (SHA-256).
struct ObjectId {
  std::string bytes;
  [[nodiscard]] std::string ToHex() const { return coppice::ToHex(bytes); }
  [[nodiscard]] bool empty() const { return bytes.empty(); }
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

/// Half-open range of bytes in a blob.
struct ByteRange {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  [[nodiscard]] bool empty() const { return begin >= end; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// 1-based, inclusive.
struct LineRange {
  std::uint32_t first = 1;
  std::uint32_t last = 1;
  friend bool operator==(const LineRange&, const LineRange&) = default;
};

/// Whether a file could be indexed. Values are stored; of a blob never kQuarantined, which a file is whose
/// grammar failed on the blob: another grammar, or the next extractor, may cope with it.
enum class BlobState : std::int16_t { kIndexed = 0, kSkipped = 1, kQuarantined = 2 };

/// Why a file is not in the index, or only as lines. Values are stored.
/// kBinaryAttribute, kGeneratedAttribute, kSubmodule and kSymlink depend on the tree, so they are the view's;
/// kParserCrashed and kParserTimedOut stand with the facts of one grammar; the others follow from
/// the bytes, so they are the blob's.
enum class Reason : std::int16_t {
  kNone = 0,
  kBinary = 1,               // a NUL in the first 8,000 bytes, or most bytes not text
  kTooLarge = 2,             // over 1 MiB
  kMinified = 3,             // lines too long to have been written by a person
  kGenerated = 4,            // says so in its first lines
  kBinaryAttribute = 5,      // .gitattributes
  kGeneratedAttribute = 6,   // .gitattributes: linguist-generated
  kSubmodule = 7,            // a commit of another repository
  kParserCrashed = 8,        // quarantined, indexed as lines
  kParserTimedOut = 9,       // quarantined, indexed as lines
  kUnreadable = 10,          // the object is damaged in the repository
  kSymlink = 11,             // a link to another path, never followed
  kLfsPointer = 12,          // stands for a file that git-lfs keeps elsewhere
  kMissing = 13,             // the object is not in the repository: a partial clone, or lost
};
inline constexpr Reason kLastReason = Reason::kMissing;
/// Whether an object may be readable one day although it could not be read.
constexpr bool MayHeal(Reason reason) { return reason == Reason::kUnreadable || reason == Reason::kMissing; }
std::string_view ReasonName(Reason reason);  // "too_large"

/// What a definition or a chunk is. Values are stored.
enum class SymbolKind : std::int16_t {
  kNone = 0,
  kFunction = 1,
  kMethod = 2,
  kClass = 3,
  kStruct = 4,
  kEnum = 5,
  kInterface = 6,  // also trait, protocol
  kNamespace = 7,  // also module, package
  kType = 8,       // alias, typedef
  kVariable = 9,
  kConstant = 10,
  kMacro = 11,
  kSection = 12,   // a heading with its text
  kUnion = 13,
  kField = 14,
};
std::string_view SymbolKindName(SymbolKind kind);  // "function"; "" for kNone
std::optional<SymbolKind> ParseSymbolKind(std::string_view name);

/// One definition in a blob.
struct Definition {
  SymbolKind kind = SymbolKind::kNone;
  std::string name;    // "Write"
  std::string symbol;  // path with the language's separator: "leveldb::DBImpl::Write"
  ByteRange range;     // with its doc comment, decorators and body
  LineRange lines;     // of `range`
  ByteRange signature; // from its first token to before the body; trailing blanks left out
  ByteRange doc;       // comment or docstring that belongs to it; empty where there is none
  friend bool operator==(const Definition&, const Definition&) = default;
};

/// How a name is used. Values are stored.
enum class ReferenceKind : std::int16_t { kCall = 1, kType = 2, kImport = 3 };

/// One use of a name in a blob; for kImport `name` is what was imported, as written.
struct Reference {
  ReferenceKind kind = ReferenceKind::kCall;
  std::string name;
  std::uint32_t line = 1;    // 1-based
  std::uint32_t column = 1;  // 1-based, bytes
  friend bool operator==(const Reference&, const Reference&) = default;
};

/// A piece of a blob that is searched and shown as one. Chunks of a blob tile it.
struct Chunk {
  ByteRange range;
  LineRange lines;
  SymbolKind kind = SymbolKind::kNone;  // of `definition`; kNone for text between definitions
  std::int32_t definition = -1;         // the innermost one that covers the chunk, index into definitions
  friend bool operator==(const Chunk&, const Chunk&) = default;
};

/// How the parse of a blob ended. Values are stored.
enum class ParseStatus : std::int16_t {
  kParsed = 0,      // by the grammar, no error nodes
  kWithErrors = 1,  // by the grammar, some error nodes
  kLines = 2,       // no grammar for it: line chunks
  kFellBack = 3,    // the grammar failed: line chunks, with the reason
};

/// What one extractor version says about one blob under one grammar: a function of bytes and
/// language alone, never of the path.
struct BlobFacts {
  Language grammar = Language::kUnknown;
  std::int32_t extractor = 0;  // kExtractorVersion that made it
  ParseStatus status = ParseStatus::kLines;
  Reason reason = Reason::kNone;  // why it fell back
  std::vector<Chunk> chunks;
  std::vector<Definition> definitions;  // in order of range.begin, outer first
  std::vector<Reference> references;    // in order of (line, column)
  friend bool operator==(const BlobFacts&, const BlobFacts&) = default;
};

/// The versions of what decides how content is stored. Where they differ from the program's, what
/// they made is made again.
struct IndexVersions {
  std::int32_t extractor = 0;
  std::int16_t text_template = 0;
  ModelNo model;
  friend bool operator==(const IndexVersions&, const IndexVersions&) = default;
};

}  // namespace coppice::store
