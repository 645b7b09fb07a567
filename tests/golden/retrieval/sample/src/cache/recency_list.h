#pragma once

#include <list>
#include <string>
#include <unordered_map>

namespace kiln {

/// Orders keys by when they were last touched; the oldest is at the back.
class RecencyList {
 public:
  void Touch(const std::string& key) {
    const auto place = places_.find(key);
    if (place != places_.end()) order_.erase(place->second);
    order_.push_front(key);
    places_[key] = order_.begin();
  }

  /// Takes the key that was touched longest ago.
  std::string PopOldest() {
    std::string key = order_.back();
    order_.pop_back();
    places_.erase(key);
    return key;
  }

 private:
  std::list<std::string> order_;
  std::unordered_map<std::string, std::list<std::string>::iterator> places_;
};

}  // namespace kiln
