#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/model.h"

namespace coppice::retrieval {

/// What the id of a hit says: a range of a blob in a commit of a repository. It holds no more than
/// beginnings of both object ids, which are enough inside one commit.
struct HitId {
  store::RepoNo repo;
  std::string commit_prefix;  // kCommitPrefixBytes
  std::string blob_prefix;    // kBlobPrefixBytes
  std::uint32_t path = 0;     // which of the paths of that blob in the commit, by name
  store::ByteRange range;

  static constexpr std::size_t kCommitPrefixBytes = 5;
  static constexpr std::size_t kBlobPrefixBytes = 6;
};

/// Some 25 letters, digits, '-' and '_', the first a letter.
std::string EncodeHitId(const HitId& id);
/// Errors: kInvalidArgument for anything EncodeHitId does not give.
Result<HitId> DecodeHitId(std::string_view text);

/// Where the next page begins, and of which question over which commits.
struct Cursor {
  std::uint64_t question = 0;
  std::uint32_t offset = 0;
};

std::string EncodeCursor(const Cursor& cursor);
/// Errors: kInvalidArgument for anything EncodeCursor does not give.
Result<Cursor> DecodeCursor(std::string_view text);

}  // namespace coppice::retrieval
