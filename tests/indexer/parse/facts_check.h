#pragma once

#include <string>
#include <string_view>

#include "store/model.h"

namespace coppice::test {

/// What is wrong with the facts of a text whatever the text is: chunks that do not tile it, ranges
/// outside it, wrong lines. Empty when all is well.
std::string FaultIn(std::string_view text, const store::BlobFacts& facts);

}  // namespace coppice::test
