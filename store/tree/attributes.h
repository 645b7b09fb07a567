#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/tree/glob.h"

namespace coppice::store {

inline constexpr std::string_view kAttributesFile = ".gitattributes";

/// What .gitattributes say of one attribute of one path.
enum class AttributeState : std::uint8_t {
  kUnspecified,  // no line, or !name
  kSet,          // name
  kUnset,        // -name
  kFalse,        // name=false
  kValue,        // name=anything else
};

/// The attributes that a view depends on.
struct PathAttributes {
  AttributeState generated = AttributeState::kUnspecified;  // linguist-generated
  AttributeState vendored = AttributeState::kUnspecified;   // linguist-vendored
  AttributeState text = AttributeState::kUnspecified;
  AttributeState diff = AttributeState::kUnspecified;
};

/// The .gitattributes in force while a tree is walked, by git's rules: the nearest file wins, in it the
/// last line; macros are defined in the top folder only; `binary` is built in.
///
/// Place:  one per walk: Enter each folder, Leave it; Lookup for the files in it.
/// Limits: one thread. A line from 2,048 bytes on is ignored, as in git. Beyond kMaxRules rules that
///         touch these attributes the rest is ignored, so that a hostile file cannot hold up a walk.
/// Errors: none; what git would ignore is ignored.
class Attributes {
 public:
  static constexpr std::size_t kMaxRules = 4096;

  Attributes();
  ~Attributes();
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  /// `prefix` is the folder's path with '/' at its end ("" for the top); `body` its .gitattributes.
  void Enter(std::string_view prefix, std::string_view body);
  void Leave();
  [[nodiscard]] PathAttributes Lookup(std::string_view path) const;

 private:
  struct Assignment;
  struct Rule;
  struct Folder;
  using States = std::vector<std::optional<AttributeState>>;  // by attribute number

  std::optional<Rule> ParseLine(std::string_view line, bool top);
  bool ParseAssignments(std::string_view text, std::vector<Assignment>& out);
  std::size_t NumberOf(std::string_view name);
  [[nodiscard]] bool Matters(const Rule& rule) const;
  void Fill(const std::vector<Assignment>& assignments, States& states) const;

  std::unordered_map<std::string, std::size_t> numbers_;
  std::unordered_map<std::size_t, std::vector<Assignment>> macros_;
  std::vector<Folder> folders_;
  std::size_t rule_count_ = 0;
};

}  // namespace coppice::store
