#include "daemon/retrieval/glob.h"

#include <vector>

namespace coppice::retrieval {
namespace {

/// What one element of a glob takes from the text.
enum class Element : unsigned char { kByte, kOne, kMany, kManyFolders, kFoldersSlash };

struct Step {
  Element element;
  char byte = 0;
};

std::vector<Step> Compile(std::string_view glob) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    if (glob.substr(i).starts_with("**")) {
      const bool slash = i + 2 < glob.size() && glob[i + 2] == '/';
      const bool at_start = i == 0 || glob[i - 1] == '/';
      steps.push_back({slash && at_start ? Element::kFoldersSlash : Element::kManyFolders});
      i += slash && at_start ? 2 : 1;
    } else if (glob[i] == '*') {
      steps.push_back({Element::kMany});
    } else if (glob[i] == '?') {
      steps.push_back({Element::kOne});
    } else {
      steps.push_back({Element::kByte, glob[i]});
    }
  }
  return steps;
}

// reach[i]: the steps read so far can end before text[i].
void Advance(const Step& step, std::string_view text, std::vector<char>& reach) {
  std::vector<char> next(reach.size(), 0);
  switch (step.element) {
    case Element::kByte:
    case Element::kOne:
      for (std::size_t i = 0; i < text.size(); ++i) {
        const bool takes = step.element == Element::kByte ? text[i] == step.byte : text[i] != '/';
        if (reach[i] != 0 && takes) next[i + 1] = 1;
      }
      break;
    case Element::kMany:
    case Element::kManyFolders:
      for (std::size_t i = 0; i <= text.size(); ++i) {
        const bool on = i > 0 && next[i - 1] != 0 &&
                        (step.element == Element::kManyFolders || text[i - 1] != '/');
        next[i] = reach[i] != 0 || on ? 1 : 0;
      }
      break;
    case Element::kFoldersSlash: {
      bool begun = false;
      for (std::size_t i = 0; i <= text.size(); ++i) {
        if (reach[i] != 0) next[i] = 1;
        if (begun && i > 0 && text[i - 1] == '/') next[i] = 1;
        begun = begun || reach[i] != 0;
      }
      break;
    }
  }
  reach.swap(next);
}

}  // namespace

bool MatchesGlob(std::string_view glob, std::string_view text) {
  std::vector<char> reach(text.size() + 1, 0);
  reach[0] = 1;
  for (const Step& step : Compile(glob)) Advance(step, text, reach);
  return reach[text.size()] != 0;
}

bool MatchesPathFilter(std::string_view glob, std::string_view path) {
  while (glob.ends_with('/')) glob.remove_suffix(1);
  if (glob.starts_with("./")) glob.remove_prefix(2);
  const bool anchored = glob.find('/') != std::string_view::npos;
  if (glob.starts_with('/')) glob.remove_prefix(1);
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t slash = path.find('/', begin);
    const std::size_t end = slash == std::string_view::npos ? path.size() : slash;
    const std::string_view part = anchored ? path.substr(0, end) : path.substr(begin, end - begin);
    if (MatchesGlob(glob, part)) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace coppice::retrieval
