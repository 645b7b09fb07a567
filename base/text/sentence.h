#pragma once

#include <cstddef>
#include <string_view>

namespace coppice::text {

/// The length in bytes of the first sentence of a doc comment, comment marks included: up to a full
/// stop, question or exclamation mark before white space, or to an empty line.
std::size_t FirstSentenceBytes(std::string_view doc);

}  // namespace coppice::text
