#pragma once

#include <string_view>

namespace coppice::client {

/// Of this program; CMake's project() states it.
inline constexpr std::string_view kVersion = COPPICE_VERSION;

}  // namespace coppice::client
