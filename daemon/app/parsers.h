#pragma once

#include "base/result.h"
#include "config/settings.h"
#include "indexer/parse/worker/parser_process.h"

namespace coppice::app {

/// How parser processes are started: coppice-parser lies beside the running program.
/// Errors: kUnsupported (it does not, or cannot be executed).
Result<indexer::ParserProcessOptions> ParserOptions(const config::Settings& settings);

}  // namespace coppice::app
