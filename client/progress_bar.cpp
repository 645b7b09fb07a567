#include "client/progress_bar.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/format.h"
#include "client/render/escape.h"
#include "client/render/format.h"
#include "client/render/paint.h"

namespace coppice::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kRedraw{100};
constexpr seconds kTell{5};
constexpr milliseconds kRateStep{500};
constexpr double kRateWeight = 0.3;  // of the newest step
constexpr std::size_t kShortestBar = 10;
constexpr std::size_t kLongestBar = 30;

bool Ended(std::string_view phase) { return phase == "done" || phase == "failed"; }

}  // namespace

ProgressBar::ProgressBar(const Display& display, Seams seams, Unit unit)
    : display_(display), seams_(std::move(seams)), unit_(unit), drawn_(Clock::time_point::min()) {}

ProgressBar::~ProgressBar() { Clear(); }

void ProgressBar::Clear() {
  if (on_screen_) seams_.write("\r\x1b[K");
  on_screen_ = false;
}

void ProgressBar::Update(const protocol::Progress& progress) {
  const Clock::time_point now = seams_.now();
  Track& track = tracks_[{progress.repo, progress.ref}];
  const bool new_phase = track.phase != progress.phase;
  if (new_phase) {
    track = Track{progress.phase, now, progress.done, 0, now};
  } else {
    Measure(track, progress);
  }
  if (!display_.is_terminal) {
    if (!new_phase && now - track.told < kTell) return;
    track.told = now;
    seams_.write(PlainText(track, progress) + "\n");
    return;
  }
  if (!new_phase && on_screen_ && now - drawn_ < kRedraw) return;
  drawn_ = now;
  on_screen_ = true;
  seams_.write("\r" + BarLine(track, progress) + "\x1b[K");
}

void ProgressBar::Measure(Track& track, const protocol::Progress& progress) const {
  const Clock::time_point now = seams_.now();
  const auto passed = now - track.rate_time;
  if (passed < kRateStep || progress.done < track.rate_done) return;
  const double step_rate = static_cast<double>(progress.done - track.rate_done) /
                           std::chrono::duration<double>(passed).count();
  track.rate =
      track.rate == 0 ? step_rate : kRateWeight * step_rate + (1 - kRateWeight) * track.rate;
  track.rate_time = now;
  track.rate_done = progress.done;
}

std::string ProgressBar::Amount(std::int64_t count) const {
  return unit_ == Unit::kBytes ? ByteCount(static_cast<std::uint64_t>(count)) : Grouped(count);
}

std::string ProgressBar::Name(const protocol::Progress& progress) const {
  std::string name = EscapeText(progress.repo);
  if (!progress.ref.empty()) name += " " + ShortRef(progress.ref);
  if (tracks_.size() > 1) {
    const auto ended = std::count_if(tracks_.begin(), tracks_.end(),
                                     [](const auto& entry) { return Ended(entry.second.phase); });
    name = fmt::format("[{}/{}] {}", ended, tracks_.size(), name);
  }
  return name;
}

std::string ProgressBar::Pace(const Track& track, const protocol::Progress& progress) const {
  if (track.rate <= 0) return {};
  std::string pace;
  if (unit_ == Unit::kBytes) {
    pace = ByteCount(static_cast<std::uint64_t>(track.rate)) + "/s";
  } else {
    pace = fmt::format("{:.{}f}/s", track.rate, track.rate >= 10 ? 0 : 1);
  }
  if (progress.total > progress.done) {
    const double left = static_cast<double>(progress.total - progress.done) / track.rate;
    constexpr double kLongest = 100 * 3600;
    pace += ", " + SpanText(seconds(std::lround(std::min(left, kLongest)))) + " left";
  }
  return pace;
}

std::string ProgressBar::BarLine(const Track& track, const protocol::Progress& progress) const {
  const Paint paint(display_);
  // The last column stays free: a terminal may wrap when it is written.
  const auto width = static_cast<std::size_t>(display_.width) - 1;
  std::string name = fmt::format("{}  {}", Name(progress), EscapeText(progress.phase));
  const std::string pace = Pace(track, progress);
  if (progress.total <= 0) {
    if (progress.done > 0) name += " " + Amount(progress.done);
    return CutToWidth(pace.empty() ? name : name + "  " + pace, width, paint.ellipsis());
  }
  const double part = std::clamp(
      static_cast<double>(progress.done) / static_cast<double>(progress.total), 0.0, 1.0);
  std::string counts = fmt::format("{:3.0f} %  {}/{}", std::floor(part * 100),
                                   Amount(progress.done), Amount(progress.total));
  if (!pace.empty()) counts += "  " + pace;
  constexpr std::size_t kBetween = 4;
  const std::size_t taken = DisplayWidth(name) + DisplayWidth(counts) + kBetween;
  if (taken + kShortestBar > width)
    return CutToWidth(name + "  " + counts, width, paint.ellipsis());
  const std::size_t length = std::min(width - taken, kLongestBar);
  const auto full = static_cast<std::size_t>(part * static_cast<double>(length));
  std::string done;
  std::string left;
  for (std::size_t i = 0; i < length; ++i) {
    if (i < full) done += display_.unicode ? "█" : "#";
    if (i >= full) left += display_.unicode ? "░" : ".";
  }
  return name + "  " + paint(Look::kGood, done) + paint(Look::kDim, left) + "  " + counts;
}

std::string ProgressBar::PlainText(const Track& track, const protocol::Progress& progress) const {
  std::string text = fmt::format("{}: {}", Name(progress), EscapeText(progress.phase));
  if (progress.total > 0) {
    text += fmt::format(" {} of {}", Amount(progress.done), Amount(progress.total));
  } else if (progress.done > 0) {
    text += " " + Amount(progress.done);
  }
  const std::string pace = Pace(track, progress);
  return pace.empty() ? text : text + " (" + pace + ")";
}

std::string SpanText(std::chrono::seconds span) {
  const auto count = span.count();
  if (count < 60) return fmt::format("{} s", count);
  if (count < 3600) return fmt::format("{} min {} s", count / 60, count % 60);
  return fmt::format("{} h {} min", count / 3600, count % 3600 / 60);
}

}  // namespace coppice::client
