#pragma once

#include <string_view>

namespace coppice {

/// Of the programs; the same as in CMakeLists.txt, which a test compares.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace coppice
