#include "client/render/paint.h"

namespace coppice::client {
namespace {

std::string_view CodeOf(Look look) {
  switch (look) {
    case Look::kPlain:
      return "";
    case Look::kBold:
      return "1";
    case Look::kDim:
      return "2";
    case Look::kPath:
      return "1;36";
    case Look::kSymbol:
      return "1;33";
    case Look::kGood:
    case Look::kString:
      return "32";
    case Look::kWarning:
      return "33";
    case Look::kBad:
      return "1;31";
    case Look::kKeyword:
      return "34";
    case Look::kComment:
      return "2;3";
    case Look::kNumber:
      return "35";
  }
  return "";
}

}  // namespace

std::string Paint::operator()(Look look, std::string_view text) const {
  const std::string begin = Begin(look, false);
  if (begin.empty()) return std::string(text);
  return begin + std::string(text) + std::string(End());
}

std::string Paint::Begin(Look look, bool marked) const {
  if (!colour_) return {};
  std::string code(CodeOf(look));
  if (marked) code = code.empty() ? "1;4" : code + ";1;4";
  if (code.empty()) return {};
  return "\x1b[" + code + "m";
}

}  // namespace coppice::client
