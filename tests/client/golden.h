#pragma once

#include <string>
#include <string_view>

#include <gmock/gmock.h>

namespace coppice::client {

/// Compares with tests/golden/client/NAME. COPPICE_REWRITE_GOLDEN=1 in the environment writes the
/// file instead: review it as a diff. Escape sequences stand in the file as `\e[1m`.
testing::AssertionResult MatchesGolden(std::string_view text, const std::string& name);

}  // namespace coppice::client
