#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "base/deadline.h"
#include "base/result.h"
#include "store/pg/pool.h"
#include "store/tree/walk.h"

namespace coppice::store {

/// Trees and .gitattributes of one repository out of the database.
///
/// Place:  made by ObjectReader::Source and by the check before a ref moves; one thread.
/// Limits: the first tree asked for is read with all that hang below it, one statement for each level
///         of folders; kept until the source goes.
/// Errors: kNotFound for a tree that is not stored; kUnavailable.
class StoredSource : public ObjectSource {
 public:
  StoredSource(PgPool& pool, RepoNo repo, Deadline deadline)
      : pool_(pool), repo_(repo), deadline_(std::move(deadline)) {}

  Result<std::string> ReadTree(const ObjectId& id) override;
  Result<std::string> ReadAttributes(const ObjectId& id) override;

 private:
  Result<void> ReadAhead(const ObjectId& root);
  /// Puts what is stored of these into the cache.
  Result<void> Load(const std::vector<std::string>& ids);

  PgPool& pool_;
  RepoNo repo_;
  Deadline deadline_;
  bool read_ahead_ = false;
  std::unordered_map<std::string, std::string> raw_;
};

}  // namespace coppice::store
