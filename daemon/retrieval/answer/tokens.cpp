#include "daemon/retrieval/answer/tokens.h"

#include <array>
#include <optional>

#include "base/digest.h"

namespace coppice::retrieval {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";  // base64url, RFC 4648
constexpr std::size_t kCheckBytes = 2;

std::string Base64(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      text += kDigits[(bits >> count) & 63U];
    }
  }
  if (count > 0) text += kDigits[(bits << (6 - count)) & 63U];
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>((bits >> count) & 255U);
    }
  }
  return bytes;
}

void PutNumber(std::uint64_t value, std::string& bytes) {
  for (; value >= 0x80; value >>= 7U) bytes += static_cast<char>((value & 0x7FU) | 0x80U);
  bytes += static_cast<char>(value);
}

/// Takes what was put; once something is missing `failed` stays true.
class Taker {
 public:
  explicit Taker(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t Number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    return 0;
  }
  std::uint32_t Number32() {
    const std::uint64_t value = Number();
    if (value > 0xFFFFFFFFU) failed_ = true;
    return static_cast<std::uint32_t>(value);
  }
  std::string Bytes(std::size_t count) {
    if (rest_.size() < count) failed_ = true;
    std::string bytes(rest_.substr(0, count));
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  [[nodiscard]] bool done() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

std::string Seal(char mark, const std::string& bytes) {
  const Sha256 digest = Sha256Of(std::string(1, mark) + bytes);
  return mark + Base64(bytes + std::string(AsBytes(digest).substr(0, kCheckBytes)));
}

std::optional<std::string> Open(char mark, std::string_view text) {
  if (text.empty() || text.front() != mark) return std::nullopt;
  auto bytes = FromBase64(text.substr(1));
  if (!bytes || bytes->size() < kCheckBytes) return std::nullopt;
  bytes->resize(bytes->size() - kCheckBytes);
  if (Seal(mark, *bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace

std::string EncodeHitId(const HitId& id) {
  std::string bytes;
  PutNumber(static_cast<std::uint32_t>(id.repo.value), bytes);
  bytes += id.commit_prefix.substr(0, HitId::kCommitPrefixBytes);
  bytes += id.blob_prefix.substr(0, HitId::kBlobPrefixBytes);
  PutNumber(id.path, bytes);
  PutNumber(id.range.begin, bytes);
  PutNumber(id.range.end - id.range.begin, bytes);
  return Seal('h', bytes);
}

Result<HitId> DecodeHitId(std::string_view text) {
  const Error bad =
      MakeError(ErrorCode::kInvalidArgument, "'" + std::string(text) + "' is not the id of a hit",
                "give an id as a search shows it, or a path");
  const auto bytes = Open('h', text);
  if (!bytes) return bad;
  Taker taker(*bytes);
  HitId id;
  id.repo = store::RepoNo(static_cast<std::int32_t>(taker.Number32()));
  id.commit_prefix = taker.Bytes(HitId::kCommitPrefixBytes);
  id.blob_prefix = taker.Bytes(HitId::kBlobPrefixBytes);
  id.path = taker.Number32();
  id.range.begin = taker.Number32();
  id.range.end = id.range.begin + taker.Number32();
  if (!taker.done() || id.range.end < id.range.begin) return bad;
  return id;
}

std::string EncodeCursor(const Cursor& cursor) {
  std::string bytes;
  PutNumber(cursor.question, bytes);
  PutNumber(cursor.offset, bytes);
  return Seal('p', bytes);
}

Result<Cursor> DecodeCursor(std::string_view text) {
  const Error bad = MakeError(ErrorCode::kInvalidArgument, "not a cursor of a search",
                              "leave the cursor out to begin with the first page");
  const auto bytes = Open('p', text);
  if (!bytes) return bad;
  Taker taker(*bytes);
  const Cursor cursor{taker.Number(), taker.Number32()};
  if (!taker.done()) return bad;
  return cursor;
}

}  // namespace coppice::retrieval
