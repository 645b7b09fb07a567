#pragma once

#include <string>
#include <string_view>

namespace coppice::indexer {

/// A copy of the same length without what the SCSS grammar does not know: maps, `!default`, what
/// follows the name of a module, `%` after `@extend`, and a character by its number outside quotes:
/// `\f26e`.
std::string MaskScss(std::string_view text);

}  // namespace coppice::indexer
