#pragma once

#include <map>
#include <string>
#include <string_view>

namespace coppice::client {

/// The process's environment as a value, so that what depends on it can be tested.
using Environment = std::map<std::string, std::string, std::less<>>;

Environment ProcessEnvironment();

/// The value; empty for a variable that is unset.
std::string_view Get(const Environment& environment, std::string_view name);

}  // namespace coppice::client
