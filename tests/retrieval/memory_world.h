#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/retrieval/answer/answerer.h"
#include "daemon/retrieval/index/snapshot.h"
#include "embed/embedder.h"

namespace coppice::retrieval::testing {

/// Facts of a small text without a grammar: each paragraph is a chunk; one that begins, after
/// comment lines, with `def NAME`, `class NAME`, `struct NAME` or `void NAME` defines NAME, whose
/// parts are divided by `::` or `.`.
store::BlobFacts FactsOfParagraphs(const std::string& body, Language grammar);

/// Vectors from words: each stem has a direction of its own, synonyms share one.
class WordEmbedder : public embed::Embedder {
 public:
  explicit WordEmbedder(std::map<std::string, std::string> synonyms = {});
  const embed::ModelInfo& info() const override { return info_; }
  Result<void> Embed(std::span<const std::string_view> inputs, embed::Purpose purpose,
                     std::span<float> out, const Deadline& deadline) const override;

 private:
  embed::ModelInfo info_;
  std::map<std::string, std::string> synonyms_;
};

struct TestFile {
  std::string path;
  std::string content;
  store::PathClass path_class = {};
  store::Reason reason = store::Reason::kNone;  // of the path
  store::BlobState state = store::BlobState::kIndexed;
};

/// Repositories in memory, indexed by the builder that the daemon uses.
class MemoryWorld : public BodySource {
 public:
  using Extract = store::BlobFacts (*)(const std::string& body, Language grammar);
  explicit MemoryWorld(const embed::Embedder& embedder, Extract extract = FactsOfParagraphs)
      : embedder_(embedder), extract_(extract) {}

  /// Sets what a ref of a repository shows; repositories of equal `space` share content.
  void SetFiles(const std::string& repo, std::vector<TestFile> files, int space = 0,
                const std::string& ref = "HEAD");
  /// Content that is in the space but in no view.
  void AddGarbage(const std::string& repo, const std::string& content);
  /// How many blobs go into one segment; 0 = all.
  void set_blobs_per_segment(std::size_t count) { blobs_per_segment_ = count; }
  /// What the repository says its head is, where that is not what is served.
  void SetHead(const std::string& repo, const std::string& ref, store::ObjectId head);

  std::shared_ptr<const Snapshot> Serve();
  static store::ObjectId CommitOf(const std::vector<TestFile>& files);
  Result<std::unordered_map<store::BlobNo, std::string>> Read(store::SpaceNo space,
                                                              std::span<const store::BlobNo> blobs,
                                                              const Deadline& deadline) override;

 private:
  struct TestRef {
    std::string repo;
    std::string ref;
    store::SpaceNo space;
    std::vector<TestFile> files;
    store::ObjectId head;
  };
  struct TestSpace {
    std::map<std::string, store::BlobNo> blobs;  // by content
    std::map<std::string, store::TextNo> texts;  // by text
    std::vector<std::pair<store::BlobNo, Language>> docs;
  };
  store::BlobNo Intern(TestSpace& space, const std::string& content);
  void AddDoc(TestSpace& space, const std::string& content, Language language);
  std::shared_ptr<const Space> BuildSpace(store::SpaceNo number, TestSpace& space);
  std::shared_ptr<const FileTable> TableOf(const TestRef& ref, TestSpace& space);

  const embed::Embedder& embedder_;
  Extract extract_;
  std::size_t blobs_per_segment_ = 0;
  std::vector<TestRef> refs_;
  std::vector<std::pair<std::string, std::string>> garbage_;  // repo, content
  std::map<store::SpaceNo, TestSpace> spaces_;
  std::uint64_t served_ = 0;
};

/// "path:first-last symbol" of each hit, one a line.
std::string Describe(const SearchResult& result);
/// The paths of the hits, each once, in order.
std::vector<std::string> PathsOf(const SearchResult& result);

}  // namespace coppice::retrieval::testing
