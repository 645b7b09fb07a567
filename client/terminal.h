#pragma once

#include <cstdio>
#include <string_view>

#include "client/environment.h"

namespace coppice::client {

/// What one output stream can show.
struct Display {
  bool is_terminal = false;
  bool colour = false;   // escape sequences that change the look
  bool unicode = false;  // the locale says UTF-8: box and bullet characters
  int width = 80;        // columns; 80 where it is not a terminal
};

/// The two streams of the program: data on `out`, messages and progress on `err`.
///
/// Place:  made once by main, or by a test over memory; must outlive every user.
/// Errors: a failed write is remembered by the stream and reported by Flush.
class Terminal {
 public:
  /// `plain`: no colour whatever the streams are.
  Terminal(std::FILE* out, std::FILE* err, const Environment& environment, bool plain);

  [[nodiscard]] const Display& out() const { return out_display_; }
  [[nodiscard]] const Display& err() const { return err_display_; }

  void WriteOut(std::string_view text);
  /// Writes and flushes, after all that was written to `out`.
  void WriteErr(std::string_view text);
  /// False when some data could not be written (a full disk, a closed pipe).
  [[nodiscard]] bool Flush();

 private:
  std::FILE* out_;
  std::FILE* err_;
  Display out_display_;
  Display err_display_;
};

/// How a stream is shown, from what the environment says. A terminal is coloured unless NO_COLOR is
/// set (to anything but nothing) or TERM is dumb or unset.
Display DescribeDisplay(bool is_terminal, int width, const Environment& environment, bool plain);

}  // namespace coppice::client
