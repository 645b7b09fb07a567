#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/mutex.h"
#include "base/result.h"

namespace pqxx {
class connection;
}

namespace coppice::store {

/// Where pgvector's half-precision type lives in this database: the extension may stand in any schema.
struct VectorType {
  std::string schema;   // quoted, ready for SQL
  std::uint32_t oid = 0;
};

/// A bounded set of connections to one database.
///
/// Place:  owned by Store; outlives every lease. Any thread.
/// Limits: at most `max_connections` at a time; Acquire waits for one. Connections hold no session state
///         (a pooler in between may hand each transaction another backend).
/// Errors: kUnavailable when the server is away; the next Acquire tries again.
class PgPool {
 public:
  /// A connection on loan. A broken one is closed instead of going back.
  class Lease {
   public:
    Lease(PgPool& pool, std::unique_ptr<pqxx::connection> connection);
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    [[nodiscard]] pqxx::connection& connection() { return *connection_; }

   private:
    PgPool* pool_;
    std::unique_ptr<pqxx::connection> connection_;
  };

  PgPool(std::string url, int max_connections);
  ~PgPool();

  /// Errors: kUnavailable; kDeadlineExceeded and kCancelled while all are on loan.
  Result<Lease> Acquire(const Deadline& deadline);
  /// A connection beside the pool, for LISTEN.
  Result<std::unique_ptr<pqxx::connection>> Connect(const Deadline& deadline) const;

  [[nodiscard]] const VectorType& vector_type() const { return vector_type_; }
  /// Called once, by Store::Open, before the pool is shared.
  void set_vector_type(VectorType type) { vector_type_ = std::move(type); }

 private:
  void GiveBack(std::unique_ptr<pqxx::connection> connection);

  const std::string url_;
  const int max_connections_;
  VectorType vector_type_;
  Mutex mutex_;
  CondVar freed_;
  std::vector<std::unique_ptr<pqxx::connection>> idle_ COPPICE_GUARDED_BY(mutex_);
  int on_loan_ COPPICE_GUARDED_BY(mutex_) = 0;
};

}  // namespace coppice::store
