#pragma once

#include <string>
#include <string_view>

namespace coppice::protocol {

/// Whether `bytes` are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
bool IsUtf8(std::string_view bytes);
/// The same text with U+FFFD for each byte that belongs to no valid character.
std::string ReplaceInvalidUtf8(std::string_view bytes);

}  // namespace coppice::protocol
