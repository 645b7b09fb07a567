#include "base/digest.h"

#include <openssl/evp.h>
#include <sys/random.h>

#include "base/check.h"

namespace coppice {
namespace {

int NibbleOf(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Sha256 Sha256Of(std::string_view bytes) {
  Sha256 digest{};
  unsigned int size = 0;
  const int ok =
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  COPPICE_CHECK(ok == 1 && size == digest.size(), "SHA-256 is not available in OpenSSL");
  return digest;
}

Sha256Hasher::Sha256Hasher() : context_(EVP_MD_CTX_new()) {
  const int ok = context_ == nullptr ? 0 : EVP_DigestInit_ex(context_, EVP_sha256(), nullptr);
  COPPICE_CHECK(ok == 1, "SHA-256 is not available in OpenSSL");
}
Sha256Hasher::~Sha256Hasher() { EVP_MD_CTX_free(context_); }

void Sha256Hasher::Update(std::string_view bytes) {
  const int ok = EVP_DigestUpdate(context_, bytes.data(), bytes.size());
  COPPICE_CHECK(ok == 1, "SHA-256 takes bytes until it is finished");
}

Sha256 Sha256Hasher::Finish() {
  Sha256 digest{};
  unsigned int size = 0;
  const int ok = EVP_DigestFinal_ex(context_, digest.data(), &size);
  COPPICE_CHECK(ok == 1 && size == digest.size(), "SHA-256 finishes once");
  return digest;
}

std::string ToHex(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 0xf]);
  }
  return hex;
}

std::string ToHex(std::string_view bytes) {
  return ToHex(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

Result<std::string> FromHex(std::string_view hex) {
  const auto bad = [] {
    return MakeError(ErrorCode::kInvalidArgument, "not a hexadecimal text of whole bytes");
  };
  if (hex.size() % 2 != 0) return bad();
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = NibbleOf(hex[i]);
    const int low = NibbleOf(hex[i + 1]);
    if (high < 0 || low < 0) return bad();
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

std::string_view AsBytes(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string RandomBytes(std::size_t n) {
  std::string bytes(n, '\0');
  std::size_t have = 0;
  while (have < n) {
    const ssize_t got = getrandom(bytes.data() + have, n - have, 0);
    COPPICE_CHECK(got > 0, "the operating system gives no random bytes");
    have += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace coppice
