#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/format.h"

namespace coppice {

enum class LogLevel : unsigned char { kDebug, kInfo, kWarning, kError };

/// One key and its value in a log line. Values with spaces, quotes or control characters are
/// quoted.
struct LogField {
  std::string_view key;
  std::string value;

  template <class T>
  LogField(std::string_view k, const T& v) : key(k) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
      value = std::string(std::string_view(v));
    } else {
      value = fmt::format("{}", v);
    }
  }
};

/// Opens the log on stderr. Lines: `time level event key=value …`; under systemd (JOURNAL_STREAM
/// set) a `<N>` priority instead of time and level. Call once, before threads start.
void OpenLog(LogLevel level);
/// May be called at any time (SIGHUP).
void SetLogLevel(LogLevel level);
/// `debug`, `info`, `warning`, `error`; false when `name` is none of them.
bool ParseLogLevel(std::string_view name, LogLevel& level);

/// Writes one line. At info level and above never code, never the text of a query.
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

inline void LogDebug(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kDebug, event, fields);
}
inline void LogInfo(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, event, fields);
}
inline void LogWarning(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, event, fields);
}
inline void LogError(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, event, fields);
}

/// The text of one line without time and level; exposed for its test.
std::string FormatLogLine(std::string_view event, std::initializer_list<LogField> fields);

}  // namespace coppice
