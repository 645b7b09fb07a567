#pragma once

#include <string>

#include "base/memory_budget.h"

namespace coppice::retrieval {

/// What is read into memory, and how much may be.
struct LoadOptions {
  MemoryBudget* memory = nullptr;    // must outlive who gets this; none: nothing is counted
  bool vectors_in_database = false;  // they are searched there, and not read
  std::string graph_folder;          // where graphs over vectors are kept; "" = nowhere
};

}  // namespace coppice::retrieval
