#pragma once

#include <string_view>

namespace coppice::embed {

/// Tokens that `text` takes about in the vocabularies that are common, for servers whose own is not
/// at hand: by the kinds of its characters, rather more than fewer.
int EstimateTokens(std::string_view text);

}  // namespace coppice::embed
