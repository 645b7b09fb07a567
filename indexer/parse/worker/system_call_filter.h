#pragma once

#include <string>

namespace coppice::indexer {

// The sanitizers need more: address space beyond any limit, files of /proc, threads of their own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// From now on this process lives under a seccomp filter: what the list in the source does not name
/// kills it. Under a sanitizer only the calls that lead out of the process do.
/// Errors: why there is no filter; "" where there is.
std::string FilterSystemCalls();

}  // namespace coppice::indexer
