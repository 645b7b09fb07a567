#pragma once

#include <cstdint>

#include "base/deadline.h"
#include "base/result.h"
#include "store/vector/code_rows.h"
#include "store/vector/hnsw/hnsw_links.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

/// Lets FAISS build a graph over the rows [0, count) that are not zero: a zero vector is as near to
/// all as strangers are to each other, and would take the place of their links.
///
/// Limits: one thread, 0.7 ms a row; HnswBuildBytes while it works.
/// Errors: kCancelled, kDeadlineExceeded (looked at every thousand rows).
Result<HnswLinks> BuildHnswLinks(const CodeRows& rows, std::uint32_t count,
                                 const HnswOptions& options, const Deadline& deadline);

/// What building takes, the graph itself among it.
std::uint64_t HnswBuildBytes(std::uint64_t count, std::size_t dimensions,
                             const HnswOptions& options);

}  // namespace coppice::store
