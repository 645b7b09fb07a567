#pragma once

#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace coppice {

/// Gives the calling thread its name (15 characters are kept), as `docs/threads.md` lists it.
void NameThisThread(const std::string& name);

/// A named thread that is asked to stop and joined when it goes out of scope.
class NamedThread {
 public:
  NamedThread() = default;
  template <class Body>  // void(std::stop_token)
  NamedThread(std::string name, Body body)
      : thread_([name = std::move(name), body = std::move(body)](std::stop_token stop) mutable {
          NameThisThread(name);
          body(stop);
        }) {}

  void RequestStop() { thread_.request_stop(); }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] bool joinable() const { return thread_.joinable(); }

 private:
  std::jthread thread_;
};

}  // namespace coppice
