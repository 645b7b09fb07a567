#include "base/thread.h"

#include <cstdlib>
#include <exception>
#include <pthread.h>

#include "base/exit_code.h"
#include "base/log.h"

namespace coppice {

void NameThisThread(const std::string& name) {
  constexpr std::size_t kKernelLimit = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kKernelLimit).c_str());
}

void EndForEscaped(const std::string& thread) {
  try {
    throw;
  } catch (const std::exception& error) {
    LogError("thread_failed", {{"thread", thread}, {"error", error.what()}});
  } catch (...) {
    LogError("thread_failed", {{"thread", thread}, {"error", "not a std::exception"}});
  }
  // No destructors: other threads still use what they would take away.
  std::_Exit(kExitBug);
}

}  // namespace coppice
