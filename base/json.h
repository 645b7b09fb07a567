#pragma once

// The one way to the JSON library.
#include <nlohmann/json.hpp>

namespace coppice {

/// Keeps the order in which members were added, so that `schema` stands first.
using Json = nlohmann::ordered_json;

}  // namespace coppice
