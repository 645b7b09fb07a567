#include "client/locator.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/format.h"

namespace coppice::client {
namespace {

std::optional<std::uint32_t> ParseNumber(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

}  // namespace

bool IsUrl(std::string_view location) {
  const std::size_t colon = location.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view before = location.substr(0, colon);
  if (location.substr(colon).starts_with("://")) {
    return std::all_of(before.begin(), before.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
    });
  }
  return before.find('/') == std::string_view::npos;
}

Result<std::string> AbsolutePath(const std::string& path) {
  std::error_code problem;
  const bool exists = std::filesystem::exists(path, problem);
  const std::filesystem::path absolute =
      exists ? std::filesystem::canonical(path, problem) : std::filesystem::absolute(path, problem);
  if (problem) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("{}: {}", path, problem.message()));
  }
  return absolute.lexically_normal().string();
}

Result<std::string> AbsoluteLocation(const std::string& location) {
  std::error_code problem;
  if (IsUrl(location) && !std::filesystem::exists(location, problem)) return location;
  return AbsolutePath(location);
}

Result<std::string> RepositoryArgument(const std::string& argument) {
  const bool path = argument == "." || argument == ".." || argument.starts_with('/') ||
                    argument.starts_with("./") || argument.starts_with("../");
  if (!path) return argument;
  return AbsoluteLocation(argument);
}

Result<FilePlace> ParseFilePlace(std::string_view text) {
  FilePlace place;
  place.path = text;
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view range = text.substr(colon + 1);
    const std::size_t dash = range.find('-');
    const auto first = ParseNumber(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : ParseNumber(range.substr(dash + 1));
    if (first && last) place = {std::string(text.substr(0, colon)), *first, *last};
    if (first && last && (*first == 0 || *last < *first)) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          fmt::format("'{}': lines count from 1, and the last is not before the first", text),
          "write PATH:FIRST-LAST, for example src/main.c:10-20");
    }
  }
  if (place.path.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("'{}' names no file", text),
                     "write PATH, PATH:LINE or PATH:FIRST-LAST");
  }
  return place;
}

}  // namespace coppice::client
