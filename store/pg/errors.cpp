#include "store/pg/errors.h"

#include <array>
#include <cstdint>
#include <exception>
#include <new>
#include <pqxx/pqxx>

#include "base/format.h"

namespace coppice::store {
namespace {

struct StateCode {
  std::string_view prefix;
  ErrorCode code;
};

// The longest matching prefix stands first.
constexpr std::array kStates = {
    StateCode{"57014", ErrorCode::kDeadlineExceeded},    // query_canceled: statement_timeout
    StateCode{"55P03", ErrorCode::kUnavailable},         // lock_not_available
    StateCode{"25006", ErrorCode::kUnavailable},         // read-only: a standby
    StateCode{"25P03", ErrorCode::kUnavailable},         // idle_in_transaction_session_timeout
    StateCode{"42501", ErrorCode::kPermissionDenied},    // insufficient_privilege
    StateCode{"08", ErrorCode::kUnavailable},            // connection
    StateCode{"57P", ErrorCode::kUnavailable},           // shutdown, crash, starting up
    StateCode{"40", ErrorCode::kUnavailable},            // serialization, deadlock
    StateCode{"53", ErrorCode::kResourceExhausted},      // disk, memory, connections
    StateCode{"54", ErrorCode::kResourceExhausted},      // program limits
    StateCode{"28", ErrorCode::kUnauthenticated},        //
    StateCode{"0A", ErrorCode::kUnsupported},            // feature
    StateCode{"22", ErrorCode::kInvalidArgument},        // data
    StateCode{"23", ErrorCode::kConflict},               // constraint
    StateCode{"58", ErrorCode::kUnavailable},            // I/O of the server
    StateCode{"XX001", ErrorCode::kCorrupt},             // data_corrupted
    StateCode{"XX002", ErrorCode::kCorrupt},             // index_corrupted
};

std::string FirstLine(std::string_view message) {
  for (const std::string_view prefix : {"ERROR:", "FATAL:", "PANIC:"}) {
    if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
  }
  while (!message.empty() && message.front() == ' ') message.remove_prefix(1);
  return ToValidText(message.substr(0, message.find('\n')));
}

/// Length of the valid UTF-8 sequence at the front; 0 where there is none. A NUL is none.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first == 0) return 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF && follows(1)) return 2;
  if (first >= 0xE0 && first <= 0xEF && follows(1) && follows(2)) {
    if (first == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    if (first == 0xED && byte(1) > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4 && follows(1) && follows(2) && follows(3)) {
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

ErrorCode CodeOfSqlState(std::string_view sqlstate) {
  for (const StateCode& entry : kStates) {
    if (sqlstate.starts_with(entry.prefix)) return entry.code;
  }
  return ErrorCode::kInternal;
}

Error CurrentPgError() {
  try {
    throw;
  } catch (const pqxx::in_doubt_error&) {
    return MakeError(ErrorCode::kUnavailable, "database: the connection was lost during a commit");
  } catch (const pqxx::broken_connection& e) {
    return MakeError(ErrorCode::kUnavailable, "database: " + FirstLine(e.what()));
  } catch (const pqxx::sql_error& e) {
    const ErrorCode code = CodeOfSqlState(e.sqlstate());
    return MakeError(code, fmt::format("database: {} ({})", FirstLine(e.what()),
                                       e.sqlstate().empty() ? "no SQLSTATE" : e.sqlstate()));
  } catch (const std::bad_alloc&) {
    return MakeError(ErrorCode::kResourceExhausted, "database: out of memory");
  } catch (const std::exception& e) {
    return MakeError(ErrorCode::kInternal, "database: " + FirstLine(e.what()));
  } catch (...) {
    return MakeError(ErrorCode::kInternal, "database: unknown exception");
  }
}

std::string ToValidText(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    if (length > 0) {
      result += text.substr(0, length);
    } else if (text.front() != '\0') {
      result += "\xEF\xBF\xBD";
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  return result;
}

bool IsValidText(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace coppice::store
