#pragma once

#include <span>

#include "base/error.h"

namespace coppice {

/// What `coppice` and `coppiced` end with: sysexits.h where it has a word for it.
enum ExitCode : int {
  kExitOk = 0,
  kExitUsage = 64,
  kExitData = 65,
  kExitNoDaemon = 69,
  kExitBug = 70,
  kExitRetry = 75,
  kExitDenied = 77,
  kExitConfig = 78,
  kExitInterrupted = 130,  // 128 + SIGINT
  kExitTerminated = 143,   // 128 + SIGTERM
};

/// One line of the table that docs/cli.md prints.
struct ExitCodeRow {
  ErrorCode code;
  ExitCode exit_code;
};

/// Every error code once.
std::span<const ExitCodeRow> ExitCodeTable();

/// The code for an error that a request, or the daemon's start, ended with.
ExitCode ExitCodeOf(ErrorCode code);

}  // namespace coppice
