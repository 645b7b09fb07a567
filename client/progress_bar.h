#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "client/terminal.h"
#include "protocol/messages.h"

namespace coppice::client {

/// Shows how far `add --wait`, `sync --wait` and the long ones of `model` are, on stderr.
///
/// Place:  made for one stream; removes its line from the terminal when it is destroyed.
/// Shape:  on a terminal one line, drawn anew at most ten times a second: phase, bar, done of
///         total, rate, time left.
///         Elsewhere a line for each new phase, and one every five seconds while it lasts.
/// Limits: of several repositories the one heard of last is shown, with how many have ended.
class ProgressBar {
 public:
  using Clock = std::chrono::steady_clock;
  struct Seams {
    std::function<void(std::string_view)> write;
    std::function<Clock::time_point()> now = [] { return Clock::now(); };
  };

  /// What `done` and `total` count.
  enum class Unit : std::uint8_t { kPieces, kBytes };

  ProgressBar(const Display& display, Seams seams, Unit unit = Unit::kPieces);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Update(const protocol::Progress& progress);
  /// Removes the line; does nothing the second time.
  void Clear();

 private:
  struct Track {
    std::string phase;
    Clock::time_point rate_time;
    std::int64_t rate_done = 0;
    double rate = 0;         // units a second; 0 = not known yet
    Clock::time_point told;  // last plain line
  };

  void Measure(Track& track, const protocol::Progress& progress) const;
  [[nodiscard]] std::string Amount(std::int64_t count) const;
  [[nodiscard]] std::string Name(const protocol::Progress& progress) const;
  [[nodiscard]] std::string Pace(const Track& track, const protocol::Progress& progress) const;
  [[nodiscard]] std::string BarLine(const Track& track, const protocol::Progress& progress) const;
  [[nodiscard]] std::string PlainText(const Track& track, const protocol::Progress& progress) const;

  const Display display_;
  const Seams seams_;
  const Unit unit_;
  std::map<std::pair<std::string, std::string>, Track> tracks_;
  Clock::time_point drawn_;
  bool on_screen_ = false;
};

/// "8 s", "3 min 20 s", "2 h 5 min".
std::string SpanText(std::chrono::seconds span);

}  // namespace coppice::client
