#pragma once

#include <string>

namespace coppice::app {

/// Tells systemd how the daemon stands; does nothing where NOTIFY_SOCKET is not set.
class Notifier {
 public:
  void Ready(const std::string& status);
  /// One line for `systemctl status`; sent only when it changes.
  void Status(const std::string& status);
  /// While starting: asks for more time before systemd gives up.
  void ExtendStart(int seconds);
  void Reloading();
  void Stopping();

 private:
  std::string last_status_;
};

}  // namespace coppice::app
