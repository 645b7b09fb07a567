#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "store/model.h"

namespace coppice::retrieval {

/// Spaces that found no room in memory, until something has changed that may help: what they are to
/// hold, or how much the others hold.
///
/// Place: owned by the follower thread.
class RefusedSpaces {
 public:
  /// `wanted` says what the space was to hold; `held_bytes` what the whole index holds after it.
  void Refuse(store::SpaceNo space, std::string wanted, std::uint64_t held_bytes, std::string why) {
    refused_[space] = {std::move(wanted), held_bytes, std::move(why)};
  }
  /// Whether it would be refused again. Forgets it if not.
  bool IsHopeless(store::SpaceNo space, const std::string& wanted, std::uint64_t held_bytes) {
    const auto found = refused_.find(space);
    if (found == refused_.end()) return false;
    if (found->second.wanted == wanted && held_bytes >= found->second.held_bytes) return true;
    refused_.erase(found);
    return false;
  }
  /// "" = it was not refused.
  [[nodiscard]] std::string Why(store::SpaceNo space) const {
    const auto found = refused_.find(space);
    return found == refused_.end() ? "" : found->second.why;
  }

 private:
  struct Refusal {
    std::string wanted;
    std::uint64_t held_bytes = 0;
    std::string why;
  };
  std::map<store::SpaceNo, Refusal> refused_;
};

}  // namespace coppice::retrieval
