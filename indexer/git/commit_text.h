#pragma once

#include <string_view>

#include "base/result.h"
#include "store/object_writer.h"

namespace coppice::indexer {

/// Decodes a raw commit object. Errors: kCorrupt.
Result<store::CommitRecord> DecodeCommit(const store::ObjectId& id, std::string_view raw);

/// The first parent of a raw commit object; empty of a first commit. Errors: kCorrupt.
Result<store::ObjectId> DecodeFirstParent(const store::ObjectId& id, std::string_view raw);

/// The object a raw tag object leads to. Errors: kCorrupt.
Result<store::ObjectId> DecodeTagTarget(const store::ObjectId& id, std::string_view raw);

}  // namespace coppice::indexer
