#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace coppice {

/// How many letters must be changed, added or left out to get from `a` to `b`.
std::size_t EditDistance(std::string_view a, std::string_view b);

/// The word that is nearest to `word` and at most `farthest` letters away; "" = none is. Of equally
/// near ones the first.
std::string NearestWord(std::string_view word, std::span<const std::string> words,
                        std::size_t farthest);

}  // namespace coppice
