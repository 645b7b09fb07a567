#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace coppice {

/// An integer id that does not mix with ids of other things: `using BlobNo = StrongId<struct
/// BlobTag>`.
template <class Tag, class Value = std::int32_t>
struct StrongId {
  using value_type = Value;
  Value value = 0;

  constexpr StrongId() = default;
  constexpr explicit StrongId(Value v) : value(v) {}
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

}  // namespace coppice

template <class Tag, class Value>
struct std::hash<coppice::StrongId<Tag, Value>> {
  std::size_t operator()(coppice::StrongId<Tag, Value> id) const noexcept {
    return std::hash<Value>{}(id.value);
  }
};
