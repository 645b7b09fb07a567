#pragma once

#include <string_view>

namespace coppice {

/// Prints the condition, the place and `message` to stderr and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line,
                              std::string_view message);

}  // namespace coppice

/// States what only a bug can break. Never for input, network or database content.
#define COPPICE_CHECK(condition, message)                                \
  do {                                                                   \
    if (!(condition)) [[unlikely]]                                       \
      ::coppice::CheckFailed(#condition, __FILE__, __LINE__, (message)); \
  } while (false)

#ifdef NDEBUG
#define COPPICE_DCHECK(condition, message) \
  do {                                     \
  } while (false)
#else
#define COPPICE_DCHECK(condition, message) COPPICE_CHECK(condition, message)
#endif
