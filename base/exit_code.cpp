#include "base/exit_code.h"

#include <array>

namespace coppice {
namespace {

constexpr std::array<ExitCodeRow, 13> kTable = {{
    {ErrorCode::kCancelled, kExitRetry},
    {ErrorCode::kInvalidArgument, kExitUsage},
    {ErrorCode::kNotFound, kExitData},
    {ErrorCode::kConflict, kExitData},
    {ErrorCode::kUnauthenticated, kExitDenied},
    {ErrorCode::kPermissionDenied, kExitDenied},
    {ErrorCode::kResourceExhausted, kExitRetry},
    {ErrorCode::kUnavailable, kExitRetry},
    {ErrorCode::kDeadlineExceeded, kExitRetry},
    {ErrorCode::kCorrupt, kExitData},
    {ErrorCode::kUnsupported, kExitUsage},
    {ErrorCode::kUnsupportedVersion, kExitConfig},
    {ErrorCode::kInternal, kExitBug},
}};

}  // namespace

std::span<const ExitCodeRow> ExitCodeTable() { return kTable; }

ExitCode ExitCodeOf(ErrorCode code) {
  for (const ExitCodeRow& row : kTable) {
    if (row.code == code) return row.exit_code;
  }
  return kExitBug;
}

}  // namespace coppice
