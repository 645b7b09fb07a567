#pragma once

#include <string>
#include <string_view>

namespace coppice {

/// `url` as people may see it: without what it says of an account. An http or https URL loses all
/// before '@' (a token may stand as the name), another one the password alone; a text that is no
/// URL stays as it is.
std::string WithoutCredentials(std::string_view url);

}  // namespace coppice
