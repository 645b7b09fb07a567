#include "base/thread.h"

#include <pthread.h>

namespace coppice {

void NameThisThread(const std::string& name) {
  constexpr std::size_t kKernelLimit = 15;
  pthread_setname_np(pthread_self(), name.substr(0, kKernelLimit).c_str());
}

}  // namespace coppice
