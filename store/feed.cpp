#include "store/feed.h"

#include <algorithm>
#include <pqxx/pqxx>
#include <utility>

#include "base/format.h"
#include "store/pg/channel.h"
#include "store/pg/transaction.h"

namespace coppice::store {
namespace {

constexpr std::chrono::milliseconds kLongestWait{1000};
constexpr std::chrono::milliseconds kWakeInterval{100};  // a stop token wakes no poll()

}  // namespace

struct Feed::Impl {
  explicit Impl(PgPool& p) : pool(p) {}
  PgPool& pool;
  std::unique_ptr<pqxx::connection> connection;

  Result<void> Listen(const Deadline& deadline) {
    if (connection != nullptr) return {};
    COPPICE_ASSIGN(connection, pool.Connect(deadline));
    try {
      pqxx::nontransaction(*connection).exec(fmt::format("LISTEN {}", kChannel));
    } catch (...) {
      connection.reset();
      return CurrentPgError();
    }
    return {};
  }

  void WaitForNotification(const Deadline& deadline) const {
    const auto end = std::min(deadline.at(), Deadline::Clock::now() + kLongestWait);
    const Deadline slice(end, deadline.stop());
    while (!slice.expired()) {
      const auto span = slice.remaining(kWakeInterval);
      if (connection->await_notification(0, static_cast<long>(span.count()) * 1000) > 0) return;
    }
  }
};

Feed::Feed(PgPool& pool) : impl_(std::make_unique<Impl>(pool)) {}

Feed::~Feed() = default;

Result<std::vector<RepoGen>> Feed::Read(const Deadline& deadline) {
  return RunTransaction(
      impl_->pool, PgAccess::kRead, deadline, [](PgTransaction& tx) -> Result<std::vector<RepoGen>> {
        std::vector<RepoGen> result;
        for (const auto& row : tx.Query(
                 "SELECT repo, space, gen FROM coppice.repo WHERE removed_at IS NULL ORDER BY repo")) {
          result.push_back({RepoNo(row[0].as<std::int32_t>()), SpaceNo(row[1].as<std::int32_t>()),
                            row[2].as<std::int64_t>()});
        }
        return result;
      });
}

Result<void> Feed::Wait(const Deadline& deadline) {
  COPPICE_TRY(impl_->Listen(deadline));
  try {
    impl_->WaitForNotification(deadline);
    return {};
  } catch (...) {
    Error error = CurrentPgError();
    impl_->connection.reset();
    return MakeError(ErrorCode::kUnavailable, std::move(error.message));
  }
}

}  // namespace coppice::store
