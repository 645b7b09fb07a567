#include "store/pg/values.h"

#include <array>

#include "base/format.h"
#include "store/vector/half.h"

namespace coppice::store {
namespace {

constexpr std::uint32_t kByteaOid = 17;
constexpr std::uint32_t kInt2Oid = 21;
constexpr std::uint32_t kInt4Oid = 23;
constexpr std::uint32_t kInt8Oid = 20;

[[noreturn]] void Malformed(std::string_view what) {
  throw pqxx::conversion_error(fmt::format("malformed {} from the server", what));
}

constexpr std::array<std::int8_t, 256> MakeHexDigits() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (int i = 0; i < 10; ++i) table[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    table[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    table[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(10 + i);
  }
  return table;
}
constexpr std::array<std::int8_t, 256> kHexDigits = MakeHexDigits();

std::string FromHexText(std::string_view hex) {
  if (hex.size() % 2 != 0) Malformed("bytea");
  std::string result(hex.size() / 2, '\0');
  int bad = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const int high = kHexDigits[static_cast<unsigned char>(hex[2 * i])];
    const int low = kHexDigits[static_cast<unsigned char>(hex[2 * i + 1])];
    bad |= high | low;
    result[i] = static_cast<char>((static_cast<unsigned>(high) << 4U) | static_cast<unsigned>(low));
  }
  if (bad < 0) Malformed("bytea");
  return result;
}

std::string_view InsideBraces(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') Malformed("array");
  return text.substr(1, text.size() - 2);
}

}  // namespace

BinaryArray::BinaryArray(std::uint32_t oid, std::size_t count) {
  Append32(count > 0 ? 1 : 0);  // dimensions
  Append32(0);                  // no nulls
  Append32(oid);
  if (count == 0) return;
  Append32(static_cast<std::uint32_t>(count));
  Append32(1);  // lower bound
}

void BinaryArray::Append16(std::uint16_t value) {
  bytes_ += static_cast<char>(value >> 8U);
  bytes_ += static_cast<char>(value & 0xFFU);
}

void BinaryArray::Append32(std::uint32_t value) {
  Append16(static_cast<std::uint16_t>(value >> 16U));
  Append16(static_cast<std::uint16_t>(value & 0xFFFFU));
}

BinaryArray BinaryArray::OfBytes(std::span<const std::string_view> values) {
  BinaryArray array(kByteaOid, values.size());
  for (const std::string_view value : values) {
    array.Append32(static_cast<std::uint32_t>(value.size()));
    array.bytes_ += value;
  }
  return array;
}

BinaryArray BinaryArray::OfInts(std::span<const std::int32_t> values) {
  BinaryArray array(kInt4Oid, values.size());
  array.bytes_.reserve(array.bytes_.size() + values.size() * 8);
  for (const std::int32_t value : values) {
    array.Append32(4);
    array.Append32(static_cast<std::uint32_t>(value));
  }
  return array;
}

BinaryArray BinaryArray::OfBigInts(std::span<const std::int64_t> values) {
  BinaryArray array(kInt8Oid, values.size());
  for (const std::int64_t value : values) {
    array.Append32(8);
    array.Append32(static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32U));
    array.Append32(static_cast<std::uint32_t>(value));
  }
  return array;
}

BinaryArray BinaryArray::OfSmallInts(std::span<const std::int16_t> values) {
  BinaryArray array(kInt2Oid, values.size());
  for (const std::int16_t value : values) {
    array.Append32(2);
    array.Append16(static_cast<std::uint16_t>(value));
  }
  return array;
}

BinaryArray BinaryArray::OfHalfVectors(std::span<const std::span<const float>> values,
                                       std::uint32_t oid) {
  BinaryArray array(oid, values.size());
  for (const std::span<const float> vector : values) {
    array.Append32(static_cast<std::uint32_t>(4 + vector.size() * 2));
    array.Append16(static_cast<std::uint16_t>(vector.size()));
    array.Append16(0);
    for (const float value : vector) array.Append16(HalfOf(value));
  }
  return array;
}

std::string ReadBytes(const pqxx::field& field) {
  const std::string_view text = field.view();
  if (!text.starts_with("\\x")) Malformed("bytea");
  return FromHexText(text.substr(2));
}

template <class Int>
std::vector<Int> ReadInts(const pqxx::field& field) {
  const std::string_view text = InsideBraces(field.view());
  std::vector<Int> result;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    Int value{};
    const auto [next, error] = std::from_chars(at, end, value);
    if (error != std::errc{} || (next != end && *next != ',')) Malformed("array");
    result.push_back(value);
    at = next == end ? end : next + 1;
  }
  return result;
}
template std::vector<std::int16_t> ReadInts(const pqxx::field& field);
template std::vector<std::int32_t> ReadInts(const pqxx::field& field);

std::vector<std::string> ReadBytesArray(const pqxx::field& field) {
  std::string_view text = InsideBraces(field.view());
  std::vector<std::string> result;
  while (!text.empty()) {
    // Each element is quoted because of its backslash: "\\x0102".
    constexpr std::string_view kOpen = "\"\\\\x";
    if (!text.starts_with(kOpen)) Malformed("array");
    text.remove_prefix(kOpen.size());
    const auto close = text.find('"');
    if (close == std::string_view::npos) Malformed("array");
    result.push_back(FromHexText(text.substr(0, close)));
    text.remove_prefix(close + 1);
    if (!text.empty() && text.front() != ',') Malformed("array");
    if (!text.empty()) text.remove_prefix(1);
  }
  return result;
}

void ReadHalfVector(const pqxx::field& field, std::vector<float>& out) {
  const std::string bytes = ReadBytes(field);
  const auto word = [&](std::size_t i) {
    return static_cast<std::uint16_t>(
        static_cast<unsigned>(static_cast<unsigned char>(bytes[i]) << 8U) |
        static_cast<unsigned char>(bytes[i + 1]));
  };
  if (bytes.size() < 4 || bytes.size() != 4U + 2U * word(0)) Malformed("vector");
  for (std::size_t i = 4; i < bytes.size(); i += 2) out.push_back(FloatOf(word(i)));
}

std::string EpochMs(std::string_view column) {
  return fmt::format("(extract(epoch FROM {}) * 1000)::int8", column);
}

std::chrono::system_clock::time_point ReadTime(const pqxx::field& field) {
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(field.as<std::int64_t>()));
}

std::optional<std::chrono::system_clock::time_point> ReadOptionalTime(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return ReadTime(field);
}

}  // namespace coppice::store
