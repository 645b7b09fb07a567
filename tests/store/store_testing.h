#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/format.h"
#include "store/store.h"
#include "tests/support/pg_fixture.h"

// The small language of the store's tests.
namespace coppice::store {

using test::Soon;

/// An object id made out of a word.
inline ObjectId Id(const std::string& word) {
  return ObjectId{std::string(AsBytes(Sha256Of(word))).substr(0, 20)};
}

inline NewRepo Repo(const std::string& name, const std::string& root = "") {
  NewRepo repo;
  repo.name = name;
  repo.location = "/srv/" + name;
  repo.git_dir = "/srv/" + name + "/.git";
  repo.ref_patterns = {"HEAD"};
  if (!root.empty()) repo.root_commit = Id(root);
  return repo;
}

/// A text file's blob; its id follows from its body.
inline NewBlob Blob(const std::string& body) {
  NewBlob blob;
  blob.id = Id("blob " + body);
  blob.sha256 = Sha256Of(body);
  blob.size_bytes = body.size();
  blob.body = body;
  return blob;
}

/// A raw tree out of (name, id) of files; names in git's order.
inline std::string RawTree(const std::vector<std::pair<std::string, ObjectId>>& files,
                           const std::string& mode = "100644") {
  std::string raw;
  for (const auto& [name, id] : files) raw += mode + " " + name + std::string(1, '\0') + id.bytes;
  return raw;
}

/// Facts with two chunks, two definitions and some references.
inline NewFacts Facts(const ObjectId& blob, const std::string& word, std::int32_t extractor = 1) {
  NewFacts entry;
  entry.blob = blob;
  entry.facts.grammar = Language::kCpp;
  entry.facts.extractor = extractor;
  entry.facts.status = ParseStatus::kParsed;
  entry.facts.definitions = {
      {SymbolKind::kClass, word, "ns::" + word, {0, 90}, {1, 9}, {3, 20}, {0, 3}},
      {SymbolKind::kMethod, "run", "ns::" + word + "::run", {20, 80}, {3, 8}, {20, 30}, {}},
  };
  entry.facts.chunks = {{{0, 20}, {1, 2}, SymbolKind::kClass, 0}, {{20, 100}, {3, 10}, SymbolKind::kMethod, 1}};
  entry.facts.references = {{ReferenceKind::kCall, "helper", 4, 7}, {ReferenceKind::kType, word, 5, 1}};
  entry.text_inputs = {Sha256Of(word + " chunk 0"), Sha256Of(word + " chunk 1")};
  return entry;
}

template <class T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().ToString());
  return std::move(result).value();
}
inline void Must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().ToString());
}
template <class T>
ErrorCode CodeOf(const Result<T>& result) {
  return result ? static_cast<ErrorCode>(0) : result.error().code;
}

class StoreTest : public test::PgTest {
 protected:
  RepoRecord AddRepo(const std::string& name, const std::string& root = "") {
    RepoRecord repo = Must(store().catalog().AddRepo(Repo(name, root), Soon()));
    Must(store().catalog().SetHeads(repo.repo, {{"HEAD", "refs/heads/main", Id("head")}}, Soon()));
    return repo;
  }
  JobRecord Claim() { return ClaimFrom(store()); }
  static JobRecord ClaimFrom(Store& from) {
    auto job = Must(from.jobs().Claim(std::chrono::seconds(60), Soon()));
    if (!job) throw std::runtime_error("nothing to claim");
    return *job;
  }
  std::string Enqueue(RepoNo repo, const std::string& ref = "HEAD", const std::string& target = "") {
    return Must(store().jobs().Enqueue(repo, ref, target.empty() ? ObjectId{} : Id(target), "test", Soon()));
  }
  std::int64_t Count(const std::string& table, const std::string& where = "true") {
    return std::stoll(Sql(fmt::format("SELECT count(*) FROM coppice.{} WHERE {}", table, where)));
  }
};

}  // namespace coppice::store
