#pragma once

#include <functional>
#include <stop_token>

#include "base/deadline.h"

namespace coppice::indexer {

/// A deadline that ends with another one, or when Stop is called.
class LinkedStop {
 public:
  explicit LinkedStop(const Deadline& outer)
      : outer_(outer.stop(), [this] { source_.request_stop(); }),
        deadline_(outer.at(), source_.get_token()) {}

  void Stop() { source_.request_stop(); }
  [[nodiscard]] const Deadline& deadline() const { return deadline_; }

 private:
  std::stop_source source_;
  std::stop_callback<std::function<void()>> outer_;
  Deadline deadline_;
};

}  // namespace coppice::indexer
