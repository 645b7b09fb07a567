#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "daemon/generation/citations.h"
#include "embed/text_generator.h"

namespace coppice::generation {

/// How many tokens a text takes.
using CountTokens = std::function<Result<int>(std::string_view text)>;

/// The sources, best first, that fit into so many tokens together; the last one that does not is
/// cut at a line, and its hit with it. At least the beginning of the first.
Result<std::vector<Source>> FitSources(std::vector<retrieval::Hit> hits, int budget_tokens,
                                       const CountTokens& count);

/// What a model is told: how to answer, the sources, the question.
///
/// Shape: every line of a source has its number and "| " before it, and its head and foot carry
///        `mark`, which nobody who wrote a source can know: no text of a source can look like the
///        head of another one, or like the end of its own. It can still ask the model for something
///        in plain words; the model is told that nothing in a source is an instruction, and nothing
///        more than that protects.
std::vector<embed::Message> MakePrompt(std::string_view question,
                                       const std::vector<Source>& sources, std::string_view mark);

}  // namespace coppice::generation
