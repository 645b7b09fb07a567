#include "daemon/app/roles.h"

namespace coppice::app {

Result<Roles> ParseRoles(const std::vector<std::string>& words) {
  Roles roles;
  for (const std::string& word : words) {
    if (word == "index") {
      roles.index = true;
    } else if (word == "embed") {
      roles.embed = true;
    } else if (word == "serve") {
      roles.serve = true;
    } else {
      return MakeError(ErrorCode::kInvalidArgument, "daemon.roles: '" + word + "' is no role",
                       "use some of: index embed serve");
    }
  }
  if (words.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "daemon.roles is empty: there is nothing to do",
                     "use some of: index embed serve");
  }
  return roles;
}

}  // namespace coppice::app
