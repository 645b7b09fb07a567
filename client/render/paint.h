#pragma once

#include <string>
#include <string_view>

#include "client/terminal.h"

namespace coppice::client {

/// How a piece of text looks. Sixteen-colour codes only: they follow the reader's own scheme.
enum class Look : unsigned char {
  kPlain,
  kBold,
  kDim,
  kPath,
  kSymbol,
  kGood,
  kWarning,
  kBad,
  kKeyword,
  kString,
  kComment,
  kNumber,
};

/// Puts text into looks where the display has colours, and leaves it as it is where not.
class Paint {
 public:
  explicit Paint(const Display& display) : colour_(display.colour), unicode_(display.unicode) {}

  [[nodiscard]] std::string operator()(Look look, std::string_view text) const;
  /// The sequence that begins a look (`marked`: bold and underlined on top); "" without colours.
  [[nodiscard]] std::string Begin(Look look, bool marked) const;
  [[nodiscard]] std::string_view End() const { return colour_ ? "\x1b[0m" : ""; }

  [[nodiscard]] bool colour() const { return colour_; }
  // Characters with a substitute for a terminal that is not UTF-8.
  [[nodiscard]] std::string_view dot() const { return unicode_ ? "·" : "-"; }
  [[nodiscard]] std::string_view ellipsis() const { return unicode_ ? "…" : "..."; }
  [[nodiscard]] std::string_view gap() const { return unicode_ ? "⋮" : ":"; }
  [[nodiscard]] std::string_view bar() const { return unicode_ ? "│" : "|"; }

 private:
  bool colour_;
  bool unicode_;
};

}  // namespace coppice::client
