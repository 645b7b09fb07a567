#pragma once

#include <cstdint>

namespace coppice::indexer {

/// Version of everything that turns bytes into facts: grammars, rules, chunker, content check of
/// lines. A bump parses every blob again.
///   1  first rules
///   2  code in Markdown fences is read for what it uses
inline constexpr std::int32_t kExtractorVersion = 2;

}  // namespace coppice::indexer
