#pragma once

#include <string_view>

namespace coppice::retrieval {

/// Whether all of `text` matches: `?` is one byte but '/', `*` any number of them, `**` any number
/// of bytes with '/'. `**/` matches no folder too. Time is at most |glob| * |text|.
bool MatchesGlob(std::string_view glob, std::string_view text);

/// Whether a path is meant by a path filter: a glob without '/' matches a file name or the name of
/// any folder above it; one with '/' matches from the root the path or a folder above it.
bool MatchesPathFilter(std::string_view glob, std::string_view path);

}  // namespace coppice::retrieval
