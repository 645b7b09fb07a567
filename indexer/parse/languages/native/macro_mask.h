#pragma once

#include <string>
#include <string_view>

namespace coppice::indexer {

/// A copy of C or C++ text of the same length, with macros blanked out that no grammar can make
/// sense of without the preprocessor: `class EXPORT Name {`, `API int f(void)`, `int CALL f(`,
/// annotations behind a declarator. Newlines stay, so that lines and columns are those of the file.
///
/// Limits: a guess from tokens; what is blanked wrongly costs a reference, never text.
std::string MaskMacros(std::string_view text);

}  // namespace coppice::indexer
