#include "store/tree/glob.h"

#include <algorithm>

namespace coppice::store {
namespace {

using ByteSet = std::bitset<256>;

/// Sets the bytes of a POSIX class, ASCII only. False for a name that does not exist.
bool AddClass(std::string_view name, ByteSet& set) {
  struct Range {
    std::string_view name;
    unsigned char first;
    unsigned char last;
  };
  static constexpr std::array kRanges = {
      Range{"alnum", '0', '9'}, Range{"alnum", 'A', 'Z'},  Range{"alnum", 'a', 'z'}, Range{"alpha", 'A', 'Z'},
      Range{"alpha", 'a', 'z'}, Range{"blank", ' ', ' '},  Range{"blank", '\t', '\t'}, Range{"cntrl", 0, 31},
      Range{"cntrl", 127, 127}, Range{"digit", '0', '9'},  Range{"graph", 33, 126},  Range{"lower", 'a', 'z'},
      Range{"print", 32, 126},  Range{"punct", '!', '/'},  Range{"punct", ':', '@'}, Range{"punct", '[', '`'},
      Range{"punct", '{', '~'}, Range{"space", '\t', '\r'}, Range{"space", ' ', ' '}, Range{"upper", 'A', 'Z'},
      Range{"xdigit", '0', '9'}, Range{"xdigit", 'A', 'F'}, Range{"xdigit", 'a', 'f'},
  };
  bool found = false;
  for (const Range& range : kRanges) {
    if (range.name != name) continue;
    found = true;
    for (unsigned byte = range.first; byte <= range.last; ++byte) set.set(byte);
  }
  return found;
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  std::size_t at = 0;
  while (at < pattern.size() && !malformed_) {
    const auto byte = static_cast<unsigned char>(pattern[at]);
    switch (byte) {
      case '?':
        tokens_.push_back({Kind::kAny});
        ++at;
        break;
      case '*':
        ReadStars(pattern, at);
        break;
      case '[':
        malformed_ = !ReadSet(pattern, ++at);
        break;
      case '\\':
        malformed_ = ++at >= pattern.size();
        if (!malformed_) tokens_.push_back({Kind::kByte, static_cast<unsigned char>(pattern[at++])});
        break;
      default:
        tokens_.push_back({Kind::kByte, byte});
        ++at;
    }
  }
}

void Glob::ReadStars(std::string_view pattern, std::size_t& at) {
  const std::size_t begin = at;
  while (at < pattern.size() && pattern[at] == '*') ++at;
  const bool opens = begin == 0 || pattern[begin - 1] == '/';
  const std::string_view rest = pattern.substr(at);
  const bool between = at - begin > 1 && opens;
  if (between && rest.empty()) {
    tokens_.push_back({Kind::kAnything});
  } else if (between && (rest.starts_with('/') || rest.starts_with("\\/"))) {
    at += rest.front() == '/' ? 1U : 2U;
    tokens_.push_back({Kind::kFolders});
  } else {
    tokens_.push_back({Kind::kStar});
  }
}

bool Glob::ReadSet(std::string_view pattern, std::size_t& at) {
  ByteSet set;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  int previous = -1;  // what a '-' would begin a range with
  for (bool first = true; first || at >= pattern.size() || pattern[at] != ']'; first = false) {
    if (at >= pattern.size()) return false;
    auto byte = static_cast<unsigned char>(pattern[at]);
    const bool class_opens = byte == '[' && at + 1 < pattern.size() && pattern[at + 1] == ':';
    const std::size_t close = class_opens ? pattern.find(']', at + 2) : std::string_view::npos;
    if (class_opens && close == std::string_view::npos) return false;
    if (class_opens && close > at + 2 && pattern[close - 1] == ':') {
      if (!AddClass(pattern.substr(at + 2, close - at - 3), set)) return false;
      previous = -1;
      at = close + 1;
    } else if (byte == '-' && previous >= 0 && at + 1 < pattern.size() && pattern[at + 1] != ']') {
      ++at;
      if (pattern[at] == '\\' && ++at >= pattern.size()) return false;
      const auto last = static_cast<unsigned char>(pattern[at++]);
      for (unsigned b = static_cast<unsigned>(previous); b <= last; ++b) set.set(b);
      previous = -1;
    } else {
      if (byte == '\\') {
        if (++at >= pattern.size()) return false;
        byte = static_cast<unsigned char>(pattern[at]);
      }
      set.set(byte);
      previous = byte;
      ++at;
    }
  }
  ++at;
  if (negated) set.flip();
  set.reset('/');
  tokens_.push_back({Kind::kSet, 0, static_cast<std::uint32_t>(sets_.size())});
  sets_.push_back(set);
  return true;
}

bool Glob::Accepts(const Token& token, unsigned char byte) const {
  switch (token.kind) {
    case Kind::kByte:
      return token.byte == byte;
    case Kind::kAny:
    case Kind::kStar:
      return byte != '/';
    case Kind::kSet:
      return sets_[token.set].test(byte);
    case Kind::kAnything:
    case Kind::kFolders:
      return true;
  }
  return false;
}

bool Glob::Matches(std::string_view text) const {
  if (malformed_) return false;
  // The set of places in the pattern where a match of the text so far can stand.
  std::vector<char> now(tokens_.size() + 1, 0);
  std::vector<char> next(tokens_.size() + 1, 0);
  const auto enter = [this](std::vector<char>& places, std::size_t place) {
    for (; places[place] == 0; ++place) {
      places[place] = 1;
      // What may match nothing can be passed over.
      if (place == tokens_.size() || tokens_[place].kind < Kind::kStar) return;
    }
  };
  enter(now, 0);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    std::fill(next.begin(), next.end(), 0);
    bool any = false;
    for (std::size_t place = 0; place < tokens_.size(); ++place) {
      if (now[place] == 0 || !Accepts(tokens_[place], byte)) continue;
      any = true;
      switch (tokens_[place].kind) {
        case Kind::kStar:
        case Kind::kAnything:
          enter(next, place);
          break;
        case Kind::kFolders:  // inside a folder's name: only its '/' leads on
          next[place] = 1;
          if (byte == '/') enter(next, place + 1);
          break;
        default:
          enter(next, place + 1);
      }
    }
    if (!any) return false;
    now.swap(next);
  }
  return now[tokens_.size()] != 0;
}

}  // namespace coppice::store
