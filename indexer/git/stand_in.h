#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/process.h"
#include "base/result.h"
#include "indexer/git/layout.h"

namespace coppice::indexer {

/// A git folder of ours with links to a repository's objects and refs: the git program reads those
/// and never the repository's own configuration. It goes with this object.
///
/// Place:  made for one child; may go as soon as the child has read it.
/// Errors: kUnavailable where the folder for temporary files cannot be written.
class StandIn {
 public:
  static Result<StandIn> Make(const GitLayout& layout);

  StandIn(StandIn&& other) noexcept;
  StandIn& operator=(StandIn&&) = delete;
  ~StandIn();

  /// The git program looking at the repository through this folder.
  [[nodiscard]] Command GitCommand(const std::vector<std::string>& arguments) const;

 private:
  StandIn(std::filesystem::path folder, std::string objects)
      : folder_(std::move(folder)), objects_(std::move(objects)) {}

  std::filesystem::path folder_;
  std::string objects_;
};

}  // namespace coppice::indexer
