#pragma once

#include <string>
#include <string_view>

namespace coppice::generation {

/// Turns bytes that come in pieces into whole characters.
///
/// Shape: what a piece leaves unfinished is kept for the next one; what can never become a
/// character is
///        U+FFFD, one for each wrong byte.
class Utf8Stream {
 public:
  /// The characters that are whole now.
  std::string Feed(std::string_view bytes);
  /// The end: what is unfinished is U+FFFD.
  std::string Finish();

 private:
  std::string pending_;  // at most three bytes that may begin a character
};

}  // namespace coppice::generation
