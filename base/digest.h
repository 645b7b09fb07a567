#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_md_ctx_st;  // of OpenSSL

namespace coppice {

using Sha256 = std::array<std::uint8_t, 32>;

/// SHA-256 of bytes.
Sha256 Sha256Of(std::string_view bytes);

/// The same of bytes that come in pieces.
class Sha256Hasher {
 public:
  Sha256Hasher();
  ~Sha256Hasher();
  Sha256Hasher(const Sha256Hasher&) = delete;
  Sha256Hasher& operator=(const Sha256Hasher&) = delete;
  void Update(std::string_view bytes);
  /// Once, at the end.
  Sha256 Finish();

 private:
  evp_md_ctx_st* context_;
};

/// Lowercase hexadecimal, two characters a byte.
std::string ToHex(std::span<const std::uint8_t> bytes);
std::string ToHex(std::string_view bytes);
/// The bytes of a hexadecimal text of either case. Errors: kInvalidArgument for anything else.
Result<std::string> FromHex(std::string_view hex);

/// Bytes of a digest as a string_view, for maps and for the database.
std::string_view AsBytes(const Sha256& digest);

/// `n` bytes from the operating system's generator.
std::string RandomBytes(std::size_t n);

}  // namespace coppice
