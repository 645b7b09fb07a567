#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "embed/embedder.h"

namespace coppice::embed {

/// The model used where none is configured; it is part of the binary.
inline constexpr std::string_view kDefaultModel = "static/default";

/// Names that OpenEmbedder takes as they are, sorted.
std::vector<std::string> KnownModels();

/// Opens a model by name: "static/default", the table in the binary, or "static/<path>", a table
/// file ("static//var/lib/coppice/models/mine.table", "static/mine.table").
///
/// Errors: kNotFound for any other name, with the known ones, and for a file that does not exist;
///         kCorrupt, kUnsupportedVersion as StaticTable says.
Result<std::unique_ptr<Embedder>> OpenEmbedder(std::string_view name);

}  // namespace coppice::embed
