#include "store/pg/pool.h"

#include <poll.h>

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <pqxx/pqxx>
#include <utility>

#include "base/check.h"
#include "base/format.h"
#include "store/pg/errors.h"

namespace coppice::store {
namespace {

constexpr std::chrono::milliseconds kWakeInterval{100};
constexpr int kMaxConnectSeconds = 10;

/// A connection that waits in the pool has nothing to read: what there is to read is its end.
bool IsAlive(const pqxx::connection& connection) {
  if (!connection.is_open()) return false;
  pollfd entry{connection.sock(), POLLIN, 0};
  return ::poll(&entry, 1, 0) == 0;
}

Error OutOfTime(const Deadline& deadline) {
  return deadline.cancelled()
             ? MakeError(ErrorCode::kCancelled, "database: given up")
             : MakeError(ErrorCode::kDeadlineExceeded, "database: the time for it has passed");
}

std::string Quoted(std::string_view value) {
  std::string result = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

/// The owner's connection string with our defaults for what it leaves open.
Result<std::string> ConnectionString(const std::string& url, int connect_seconds) {
  std::map<std::string, std::string> parameters = {
      {"application_name", "coppice"}, {"connect_timeout", std::to_string(connect_seconds)},
      {"client_encoding", "UTF8"},     {"keepalives_idle", "30"},
      {"keepalives_interval", "10"},   {"tcp_user_timeout", "30000"},
  };
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(url.c_str(), &message), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned_message(message, &PQfreemem);
  if (parsed == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument, "the database's connection string is malformed",
                     "Check database.url.");
  }
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters[option->keyword] = option->val;
  }
  parameters["client_encoding"] = "UTF8";
  std::string result;
  for (const auto& [key, value] : parameters) result += fmt::format("{}={} ", key, Quoted(value));
  return result;
}

void Quiet(pqxx::connection& connection) {
#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
  connection.set_notice_handler([](pqxx::zview) noexcept {});
#else
  connection.set_verbosity(pqxx::error_verbosity::normal);
#endif
}

}  // namespace

PgPool::Lease::Lease(PgPool& pool, std::unique_ptr<pqxx::connection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}

PgPool::Lease::Lease(Lease&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)), connection_(std::move(other.connection_)) {}

PgPool::Lease::~Lease() {
  if (pool_ != nullptr) pool_->GiveBack(std::move(connection_));
}

PgPool::PgPool(std::string url, int max_connections)
    : url_(std::move(url)), max_connections_(std::max(1, max_connections)) {}

PgPool::~PgPool() {
  MutexLock lock(mutex_);
  COPPICE_CHECK(on_loan_ == 0, "a connection is still on loan");
}

Result<PgPool::Lease> PgPool::Acquire(const Deadline& deadline) {
  std::unique_ptr<pqxx::connection> idle;
  {
    MutexLock lock(mutex_);
    if (deadline.expired()) return OutOfTime(deadline);
    while (on_loan_ >= max_connections_) {
      freed_.WaitFor(mutex_, deadline.remaining(kWakeInterval));
      if (deadline.expired()) return OutOfTime(deadline);
    }
    ++on_loan_;
    if (!idle_.empty()) {
      idle = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (idle != nullptr && IsAlive(*idle)) return Lease(*this, std::move(idle));
  auto fresh = Connect(deadline);
  if (!fresh) {
    GiveBack(nullptr);
    return fresh.error();
  }
  return Lease(*this, std::move(*fresh));
}

Result<std::unique_ptr<pqxx::connection>> PgPool::Connect(const Deadline& deadline) const {
  if (deadline.expired()) return OutOfTime(deadline);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(deadline.remaining()).count();
  const auto timeout = std::clamp<long>(seconds, 2, kMaxConnectSeconds);
  try {
    COPPICE_ASSIGN(const std::string parameters, ConnectionString(url_, static_cast<int>(timeout)));
    auto connection = std::make_unique<pqxx::connection>(parameters);
    Quiet(*connection);
    return connection;
  } catch (...) {
    return CurrentPgError().WithContext("cannot connect to the database");
  }
}

void PgPool::GiveBack(std::unique_ptr<pqxx::connection> connection) {
  if (connection != nullptr && !connection->is_open()) connection.reset();
  MutexLock lock(mutex_);
  --on_loan_;
  if (connection != nullptr) idle_.push_back(std::move(connection));
  freed_.NotifyOne();
}

}  // namespace coppice::store
