#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace coppice::store {

/// A path pattern as git matches it (wildmatch): `?`, `*`, `[...]`, `\`, and `**` between slashes.
///
/// Shape:  compiled once, matched often. `*` and `?` do not cross a '/'.
/// Limits: time is pattern times text, whatever the pattern: no backtracking. Thread-safe.
/// Errors: a malformed pattern matches nothing.
class Glob {
 public:
  explicit Glob(std::string_view pattern);
  [[nodiscard]] bool Matches(std::string_view text) const;

 private:
  enum class Kind : std::uint8_t { kByte, kAny, kSet, kStar, kAnything, kFolders };
  struct Token {
    Kind kind;
    unsigned char byte = 0;
    std::uint32_t set = 0;  // index into sets_
  };
  [[nodiscard]] bool Accepts(const Token& token, unsigned char byte) const;
  /// Reads a bracket expression that begins behind `at`. False when it is malformed.
  bool ReadSet(std::string_view pattern, std::size_t& at);
  void ReadStars(std::string_view pattern, std::size_t& at);

  bool malformed_ = false;
  std::vector<Token> tokens_;
  std::vector<std::bitset<256>> sets_;
};

}  // namespace coppice::store
