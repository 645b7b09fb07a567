#include "base/url.h"

namespace coppice {

std::string WithoutCredentials(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const std::size_t begin = scheme + 3;
  const std::size_t end = url.find('/', begin);
  const std::string_view authority = url.substr(begin, end - begin);
  const std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  const bool web = url.starts_with("http");
  const std::string_view account = authority.substr(0, at);
  const std::string_view kept = web ? "" : account.substr(0, account.find(':'));
  std::string shown(url.substr(0, begin));
  if (!kept.empty()) shown.append(kept).append("@");
  return shown.append(url.substr(begin + at + 1));
}

}  // namespace coppice
