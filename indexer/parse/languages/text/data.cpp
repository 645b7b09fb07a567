#include "indexer/parse/rules.h"

// JSON, YAML, TOML: nothing is defined; the tree only tells where to cut.
namespace coppice::indexer {

const LanguageRules& DataRules() {
  static constexpr std::string_view kComments[] = {"comment"};
  static constexpr LanguageRules kData = {.separator = ".", .comments = kComments};
  return kData;
}

}  // namespace coppice::indexer
