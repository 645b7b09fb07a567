#include "store/store.h"

#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "store/pg/migrate.h"
#include "store/pg/pool.h"
#include "store/pg/transaction.h"
#include "store/vector/database/database_index.h"
#include "store/vector/database/graph_keeper.h"

namespace coppice::store {
namespace {

constexpr int kOldestServer = 150000;

Result<void> CheckServer(PgPool& pool, const Deadline& deadline) {
  return RunTransaction(pool, PgAccess::kRead, deadline, [](PgTransaction& tx) -> Result<void> {
    const auto row = tx.Query(
        "SELECT current_setting('server_version_num')::int4, current_setting('server_encoding')")[0];
    const int version = row[0].as<int>();
    if (version < kOldestServer) {
      return MakeError(ErrorCode::kUnsupportedVersion,
                       fmt::format("the server is PostgreSQL {}, 15 or newer is needed", version / 10000));
    }
    if (row[1].view() != "UTF8") {
      return MakeError(ErrorCode::kUnsupported,
                       fmt::format("the database's encoding is {}, UTF8 is needed", row[1].view()),
                       "Create the database with ENCODING 'UTF8'.");
    }
    return {};
  });
}

}  // namespace

Store::Store(std::unique_ptr<PgPool> pool)
    : pool_(std::move(pool)),
      catalog_(std::make_unique<Catalog>(*pool_)),
      jobs_(std::make_unique<JobQueue>(*pool_)),
      writer_(std::make_unique<ObjectWriter>(*pool_)),
      reader_(std::make_unique<ObjectReader>(*pool_)),
      generations_(std::make_unique<Generations>(*pool_)),
      vector_backlog_(std::make_unique<VectorBacklog>(*pool_)) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options, const Deadline& deadline) {
  auto pool = std::make_unique<PgPool>(options.url, options.max_connections);
  COPPICE_TRY(CheckServer(*pool, deadline));
  COPPICE_ASSIGN(VectorType vector_type, FindVectorType(*pool, options.migrate, deadline));
  pool->set_vector_type(std::move(vector_type));
  COPPICE_TRY(Migrate(*pool, options.migrate, deadline));
  return std::unique_ptr<Store>(new Store(std::move(pool)));
}

std::unique_ptr<Feed> Store::OpenFeed() { return std::make_unique<Feed>(*pool_); }

std::unique_ptr<VectorIndex> Store::OpenVectorIndex(SpaceNo space, ModelNo model, int dimensions,
                                                    const DatabaseSearchOptions& options) {
  return std::make_unique<DatabaseIndex>(*pool_, space, model, dimensions, options);
}

std::unique_ptr<GraphKeeper> Store::OpenGraphKeeper(ModelNo model,
                                                    const DatabaseGraphOptions& options) {
  return std::make_unique<GraphKeeper>(*pool_, model, options);
}

Result<void> Store::Ping(const Deadline& deadline) {
  return RunTransaction(*pool_, PgAccess::kRead, deadline, [](PgTransaction& tx) -> Result<void> {
    tx.Query("SELECT 1");
    return {};
  });
}

}  // namespace coppice::store
