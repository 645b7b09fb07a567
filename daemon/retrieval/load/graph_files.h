#pragma once

#include <set>
#include <string>

#include "base/result.h"
#include "store/model.h"

namespace coppice::retrieval {

/// Where the graph over the vectors of a space is kept: `<folder>/space-3-model-1.hnsw`.
std::string GraphFile(const std::string& folder, store::SpaceNo space, store::ModelNo model);

/// Makes the folder and removes what a process that is gone left half written. Before anything
/// writes there. Errors: kUnavailable.
Result<void> PrepareGraphFolder(const std::string& folder);

/// Removes the graphs of other spaces and models. What cannot be removed is left.
void KeepGraphFilesOf(const std::string& folder, const std::set<store::SpaceNo>& spaces,
                      store::ModelNo model);

}  // namespace coppice::retrieval
