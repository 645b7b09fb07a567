#pragma once

#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <pqxx/pqxx>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"

// How values cross between C++ and PostgreSQL. Bytes travel as bytea, never as text: a NUL or
// invalid UTF-8 would abort the statement.
namespace coppice::store {

/// Bytes as a binary parameter or a COPY field; `bytes` must outlive its use.
inline auto Bytes(std::string_view bytes) { return pqxx::binary_cast(bytes); }
inline auto Bytes(const Sha256& digest) { return pqxx::binary_cast(AsBytes(digest)); }

/// A parameter in PostgreSQL's binary array format; cast it in the SQL: `$1::bytea[]`.
class BinaryArray {
 public:
  static BinaryArray OfBytes(std::span<const std::string_view> values);
  static BinaryArray OfInts(std::span<const std::int32_t> values);
  static BinaryArray OfBigInts(std::span<const std::int64_t> values);
  static BinaryArray OfSmallInts(std::span<const std::int16_t> values);
  /// Vectors of `dimensions` floats each, as halfvec[] of the type `oid`. Values beyond what half
  /// precision holds become its largest.
  static BinaryArray OfHalfVectors(std::span<const std::span<const float>> values, std::uint32_t oid);

  [[nodiscard]] auto parameter() const { return Bytes(bytes_); }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  BinaryArray(std::uint32_t oid, std::size_t count);
  void Append16(std::uint16_t value);
  void Append32(std::uint32_t value);

  std::string bytes_;
};

/// The bytes of a bytea field.
std::string ReadBytes(const pqxx::field& field);
/// Integers of a one-dimensional array. Throws pqxx::conversion_error for anything else.
template <class Int>
std::vector<Int> ReadInts(const pqxx::field& field);
extern template std::vector<std::int16_t> ReadInts(const pqxx::field& field);
extern template std::vector<std::int32_t> ReadInts(const pqxx::field& field);
std::vector<std::string> ReadBytesArray(const pqxx::field& field);
/// Floats of the bytes that halfvec_send gives, appended to `out`. Throws pqxx::conversion_error.
void ReadHalfVector(const pqxx::field& field, std::vector<float>& out);

/// Milliseconds since 1970, as `EpochMs("column")` selects them.
std::string EpochMs(std::string_view column);
std::chrono::system_clock::time_point ReadTime(const pqxx::field& field);
std::optional<std::chrono::system_clock::time_point> ReadOptionalTime(const pqxx::field& field);

}  // namespace coppice::store
