#pragma once

#include <cstddef>
#include <string_view>

namespace coppice::retrieval {

/// How many bytes to insert, drop or replace to make `b` of `a`.
std::size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace coppice::retrieval
