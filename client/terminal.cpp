#include "client/terminal.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <unistd.h>

#include <sys/ioctl.h>

namespace coppice::client {
namespace {

constexpr int kDefaultWidth = 80;
constexpr int kNarrowest = 40;

int WidthOf(int fd) {
  struct winsize size {};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kDefaultWidth;
  return size.ws_col;
}

bool SaysUtf8(const Environment& environment) {
  // The first that is set decides, as in setlocale(3).
  for (const std::string_view name :
       std::array<std::string_view, 3>{"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value(Get(environment, name));
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

Display Describe(std::FILE* stream, const Environment& environment, bool plain) {
  const int fd = ::fileno(stream);
  const bool is_terminal = fd >= 0 && ::isatty(fd) == 1;
  return DescribeDisplay(is_terminal, is_terminal ? WidthOf(fd) : kDefaultWidth, environment,
                         plain);
}

}  // namespace

Display DescribeDisplay(bool is_terminal, int width, const Environment& environment, bool plain) {
  const std::string_view term = Get(environment, "TERM");
  Display display;
  display.is_terminal = is_terminal && !term.empty() && term != "dumb";
  display.colour = display.is_terminal && !plain && Get(environment, "NO_COLOR").empty();
  display.unicode = SaysUtf8(environment);
  display.width = std::max(width, kNarrowest);
  return display;
}

Terminal::Terminal(std::FILE* out, std::FILE* err, const Environment& environment, bool plain)
    : out_(out),
      err_(err),
      out_display_(Describe(out, environment, plain)),
      err_display_(Describe(err, environment, plain)) {}

void Terminal::WriteOut(std::string_view text) { std::fwrite(text.data(), 1, text.size(), out_); }

void Terminal::WriteErr(std::string_view text) {
  // Both may be one file: what was said first stands first.
  std::fflush(out_);
  std::fwrite(text.data(), 1, text.size(), err_);
  std::fflush(err_);
}

bool Terminal::Flush() { return std::fflush(out_) == 0 && std::ferror(out_) == 0; }

}  // namespace coppice::client
