#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "store/vector/code_rows.h"
#include "store/vector/hnsw/hnsw_links.h"
#include "store/vector/vector_index.h"

namespace coppice::store {

/// A graph as a file: it takes minutes to build, and a second to read.
///
/// Shape:  little-endian. Magic, version, dimensions, HnswOptions, number of rows, layers, entry;
///         of each row its text and four bytes of the SHA-256 of its codes; the layers; SHA-256 of
///         all before. Written beside its name and renamed.
/// Errors: Save: kResourceExhausted (disk), kUnavailable; all name the path.
Result<void> SaveHnsw(const HnswLinks& links, const CodeRows& rows, const HnswOptions& options,
                      const std::string& path);

/// The graph of the file over the rows there are now, in whatever order. Texts that are gone are
/// taken out of it; those whose vector is another are gone; those that are new are not in it.
///
/// Errors: kNotFound (no file); kCorrupt (damaged, cut short, or not ours); kUnsupportedVersion;
///         kConflict (other dimensions or options, or more than kMostGone of the texts are gone);
///         kUnavailable. In all cases: build it.
inline constexpr double kMostGone = 0.1;
Result<HnswLinks> LoadHnsw(const CodeRows& rows, const HnswOptions& options,
                           const std::string& path);

/// Of the file; what LoadHnsw takes is some twice as much. 0 = there is none.
std::uint64_t HnswFileBytes(const std::string& path);

}  // namespace coppice::store
