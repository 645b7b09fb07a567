#pragma once

#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace coppice {

/// Gives the calling thread its name (15 characters are kept), as `docs/threads.md` lists it.
void NameThisThread(const std::string& name);

/// For a catch block at a thread's entry: logs what escaped and ends the process with kExitBug.
/// What the thread owned is lost; who supervises the process starts it again.
[[noreturn]] void EndForEscaped(const std::string& thread);

/// A named thread that is asked to stop and joined when it goes out of scope.
///
/// Errors: no exception may leave `body`; one that does ends the process, see EndForEscaped.
class NamedThread {
 public:
  NamedThread() = default;
  template <class Body>  // void(std::stop_token)
  NamedThread(std::string name, Body body)
      : thread_([name = std::move(name), body = std::move(body)](std::stop_token stop) mutable {
          NameThisThread(name);
          try {
            body(stop);
          } catch (...) {
            EndForEscaped(name);
          }
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
