#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/model.h"

namespace coppice::indexer {

/// An object that lies in a file of its own.
struct LooseObject {
  std::string type;  // "blob"
  std::uint64_t size_bytes = 0;
  std::string body;  // empty where only the head was asked for
};

/// Reads a loose object from the first of these objects folders that has it; nothing where none
/// has. libgit2 1.5 is not asked for them: it never comes back from one whose end is missing.
///
/// Errors: kCorrupt (no zlib stream, cut short, another size than it says), kUnavailable.
std::optional<Result<LooseObject>> ReadLoose(const std::vector<std::string>& folders,
                                             const store::ObjectId& id, bool with_body);

}  // namespace coppice::indexer
