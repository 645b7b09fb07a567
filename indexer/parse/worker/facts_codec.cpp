#include "indexer/parse/worker/facts_codec.h"

#include <array>
#include <type_traits>
#include <utility>

#include "base/format.h"

namespace coppice::indexer {
namespace {

constexpr std::string_view kMagic = "CPW1";

class Writer {
 public:
  explicit Writer(std::size_t expected_bytes = 0) { out_.reserve(expected_bytes); }

  void Number(std::uint32_t value) {
    std::array<char, 4> bytes{};
    for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<char>((value >> (8 * i)) & 0xFFU);
    out_.append(bytes.data(), bytes.size());
  }
  template <class Enum>
  void Value(Enum value) {
    Number(static_cast<std::uint32_t>(static_cast<std::int32_t>(value)));
  }
  void Text(std::string_view text) {
    Number(static_cast<std::uint32_t>(text.size()));
    out_ += text;
  }
  void Range(store::ByteRange range) {
    Number(range.begin);
    Number(range.end);
  }
  void Lines(store::LineRange lines) {
    Number(lines.first);
    Number(lines.last);
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads what Writer wrote. After a read beyond the end everything is zero and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::uint32_t Number() {
    if (rest_.size() < 4) {
      Fail();
      return 0;
    }
    std::uint32_t value = 0;
    for (unsigned i = 0; i < 4; ++i) {
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
    }
    rest_.remove_prefix(4);
    return value;
  }
  /// A value of an enumeration whose last enumerator is `last`.
  template <class Enum>
  Enum Value(Enum last) {
    const auto value = static_cast<std::int32_t>(Number());
    if (value < 0 || value > static_cast<std::int32_t>(last)) {
      Fail();
      return Enum{};
    }
    return static_cast<Enum>(value);
  }
  std::string_view Text() {
    const std::uint32_t length = Number();
    if (length > rest_.size()) {
      Fail();
      return {};
    }
    const std::string_view text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return text;
  }
  store::ByteRange Range() {
    const std::uint32_t begin = Number();
    return {begin, Number()};
  }
  store::LineRange Lines() {
    const std::uint32_t first = Number();
    return {first, Number()};
  }
  /// A count of items of at least `item_bytes` each: what cannot follow is refused before room is
  /// made for it.
  std::uint32_t Count(std::size_t item_bytes) {
    const std::uint32_t count = Number();
    if (count > rest_.size() / item_bytes) {
      Fail();
      return 0;
    }
    return count;
  }

  void Fail() {
    ok_ = false;
    rest_ = {};
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool AtEnd() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

Error Corrupt(std::string_view what) {
  return MakeError(ErrorCode::kCorrupt, fmt::format("parser process: {}", what));
}

constexpr std::size_t kAnswerBytes = 32;  // but for its items
constexpr std::size_t kUsualNameBytes = 12;
constexpr std::size_t kChunkBytes = 24;
constexpr std::size_t kDefinitionBytes = 44;
constexpr std::size_t kReferenceBytes = 16;

bool Inside(store::ByteRange range, std::size_t size) {
  return range.begin <= range.end && range.end <= size;
}

bool Inside(store::LineRange lines, std::size_t size) {
  return lines.first >= 1 && lines.first <= lines.last && lines.last <= size + 1;
}

/// Whether facts hold together for a blob of that size.
bool Plausible(const store::BlobFacts& facts, std::size_t size) {
  std::uint32_t end = 0;
  for (const store::Chunk& chunk : facts.chunks) {
    if (chunk.range.begin != end || chunk.range.empty() || !Inside(chunk.range, size)) return false;
    if (!Inside(chunk.lines, size) || chunk.definition < -1 ||
        std::cmp_greater_equal(chunk.definition, facts.definitions.size())) {
      return false;
    }
    end = chunk.range.end;
  }
  if (end != size) return false;
  for (const store::Definition& definition : facts.definitions) {
    if (!Inside(definition.range, size) || !Inside(definition.signature, size) ||
        !Inside(definition.doc, size) || !Inside(definition.lines, size)) {
      return false;
    }
  }
  for (const store::Reference& reference : facts.references) {
    if (reference.line < 1 || reference.line > size + 1 || reference.column < 1 ||
        reference.column > size + 1) {
      return false;
    }
  }
  return true;
}

store::Chunk ReadChunk(Reader& reader) {
  store::Chunk chunk;
  chunk.range = reader.Range();
  chunk.lines = reader.Lines();
  chunk.kind = reader.Value(store::SymbolKind::kField);
  chunk.definition = static_cast<std::int32_t>(reader.Number());
  return chunk;
}

store::Definition ReadDefinition(Reader& reader) {
  store::Definition definition;
  definition.kind = reader.Value(store::SymbolKind::kField);
  definition.name = reader.Text();
  definition.symbol = reader.Text();
  definition.range = reader.Range();
  definition.lines = reader.Lines();
  definition.signature = reader.Range();
  definition.doc = reader.Range();
  return definition;
}

store::Reference ReadReference(Reader& reader) {
  store::Reference reference;
  reference.kind = reader.Value(store::ReferenceKind::kImport);
  reference.name = reader.Text();
  reference.line = reader.Number();
  reference.column = reader.Number();
  return reference;
}

}  // namespace

std::string MakeFrame(std::string_view payload) {
  Writer length;
  length.Number(static_cast<std::uint32_t>(payload.size()));
  std::string frame(kMagic);
  frame += length.Take();
  frame += payload;
  return frame;
}

Result<std::size_t> PayloadLength(std::string_view header) {
  if (header.size() != kFrameHeaderBytes || !header.starts_with(kMagic)) {
    return Corrupt("not a frame");
  }
  const std::size_t length = Reader(header.substr(kMagic.size())).Number();
  if (length > kMaxFrameBytes) return Corrupt(fmt::format("a frame of {} bytes", length));
  return length;
}

std::string EncodeGreeting(const Greeting& greeting) {
  Writer writer;
  writer.Number(greeting.protocol);
  writer.Value(greeting.extractor);
  writer.Text(greeting.unconfined);
  return writer.Take();
}

Result<Greeting> DecodeGreeting(std::string_view payload) {
  Reader reader(payload);
  Greeting greeting;
  greeting.protocol = reader.Number();
  if (reader.ok() && greeting.protocol != kWorkerProtocol) return greeting;
  greeting.extractor = static_cast<std::int32_t>(reader.Number());
  greeting.unconfined = reader.Text();
  if (!reader.AtEnd()) return Corrupt("not a greeting");
  return greeting;
}

std::string EncodeRequest(const ParseRequest& request) {
  Writer writer(8 + request.bytes.size());
  writer.Number(request.number);
  writer.Value(request.language);
  std::string payload = writer.Take();
  payload += request.bytes;
  return payload;
}

Result<ParseRequest> DecodeRequest(std::string_view payload) {
  Reader reader(payload);
  ParseRequest request;
  request.number = reader.Number();
  request.language = reader.Value(AllLanguages().back().language);
  if (!reader.ok()) return Corrupt("not a request");
  request.bytes = reader.rest();
  return request;
}

std::string EncodeFacts(std::uint32_t number, const store::BlobFacts& facts) {
  Writer writer(kAnswerBytes + facts.chunks.size() * kChunkBytes +
                facts.definitions.size() * (kDefinitionBytes + kUsualNameBytes * 3) +
                facts.references.size() * (kReferenceBytes + kUsualNameBytes));
  writer.Number(number);
  writer.Value(facts.grammar);
  writer.Value(facts.extractor);
  writer.Value(facts.status);
  writer.Value(facts.reason);
  writer.Number(static_cast<std::uint32_t>(facts.chunks.size()));
  for (const store::Chunk& chunk : facts.chunks) {
    writer.Range(chunk.range);
    writer.Lines(chunk.lines);
    writer.Value(chunk.kind);
    writer.Value(chunk.definition);
  }
  writer.Number(static_cast<std::uint32_t>(facts.definitions.size()));
  for (const store::Definition& definition : facts.definitions) {
    writer.Value(definition.kind);
    writer.Text(definition.name);
    writer.Text(definition.symbol);
    writer.Range(definition.range);
    writer.Lines(definition.lines);
    writer.Range(definition.signature);
    writer.Range(definition.doc);
  }
  writer.Number(static_cast<std::uint32_t>(facts.references.size()));
  for (const store::Reference& reference : facts.references) {
    writer.Value(reference.kind);
    writer.Text(reference.name);
    writer.Number(reference.line);
    writer.Number(reference.column);
  }
  return writer.Take();
}

Result<store::BlobFacts> DecodeFacts(std::string_view payload, std::uint32_t number,
                                     std::size_t size_bytes) {
  Reader reader(payload);
  if (reader.Number() != number) return Corrupt("an answer to another request");
  store::BlobFacts facts;
  facts.grammar = reader.Value(AllLanguages().back().language);
  facts.extractor = static_cast<std::int32_t>(reader.Number());
  facts.status = reader.Value(store::ParseStatus::kFellBack);
  facts.reason = reader.Value(store::kLastReason);
  const std::uint32_t chunks = reader.Count(kChunkBytes);
  facts.chunks.reserve(chunks);
  for (std::uint32_t i = 0; i < chunks && reader.ok(); ++i) {
    facts.chunks.push_back(ReadChunk(reader));
  }
  const std::uint32_t definitions = reader.Count(kDefinitionBytes);
  facts.definitions.reserve(definitions);
  for (std::uint32_t i = 0; i < definitions && reader.ok(); ++i) {
    facts.definitions.push_back(ReadDefinition(reader));
  }
  const std::uint32_t references = reader.Count(kReferenceBytes);
  facts.references.reserve(references);
  for (std::uint32_t i = 0; i < references && reader.ok(); ++i) {
    facts.references.push_back(ReadReference(reader));
  }
  if (!reader.AtEnd()) return Corrupt("not the facts of a blob");
  if (!Plausible(facts, size_bytes)) return Corrupt("facts that do not fit the blob");
  return facts;
}

}  // namespace coppice::indexer
