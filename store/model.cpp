#include "store/model.h"

#include <array>
#include <utility>

namespace coppice::store {
namespace {

constexpr std::array<std::string_view, 14> kReasonNames = {
    "none",
    "binary",
    "too_large",
    "minified",
    "generated",
    "binary_attribute",
    "generated_attribute",
    "submodule",
    "parser_crashed",
    "parser_timed_out",
    "unreadable",
    "symlink",
    "lfs_pointer",
    "missing",
};

constexpr std::array<std::string_view, 15> kSymbolKindNames = {
    "",          "function", "method",   "class",    "struct", "enum",    "interface", "namespace",
    "type",      "variable", "constant", "macro",    "section", "union",  "field",
};

template <std::size_t N>
std::string_view NameAt(const std::array<std::string_view, N>& names, int index) {
  return index >= 0 && std::cmp_less(index, N) ? names[static_cast<std::size_t>(index)] : "unknown";
}

}  // namespace

std::string_view ReasonName(Reason reason) {
  return NameAt(kReasonNames, static_cast<int>(reason));
}

std::string_view SymbolKindName(SymbolKind kind) {
  return NameAt(kSymbolKindNames, static_cast<int>(kind));
}

std::optional<SymbolKind> ParseSymbolKind(std::string_view name) {
  for (std::size_t i = 1; i < kSymbolKindNames.size(); ++i) {
    if (kSymbolKindNames[i] == name) return static_cast<SymbolKind>(i);
  }
  return std::nullopt;
}

}  // namespace coppice::store
