#include "daemon/retrieval/load/doc_reader.h"

#include <span>
#include <utility>

#include "base/log.h"

namespace coppice::retrieval {

DocReader::DocReader(store::Store& store, store::SpaceNo space, Batches batches,
                     const Deadline& deadline)
    : store_(store), space_(space), batches_(std::move(batches)), deadline_(deadline) {
  if (batches_.size() < 2) return;
  reader_ = NamedThread("follow-read", [this](const std::stop_token&) {
    for (const auto& batch : batches_) {
      if (!ready_.Push(Read(batch), deadline_)) return;
    }
  });
}

DocReader::~DocReader() { ready_.Close(); }

Result<std::optional<LoadedDocs>> DocReader::Next() {
  if (given_ == batches_.size()) return std::optional<LoadedDocs>();
  const auto& batch = batches_[given_++];
  if (!reader_.joinable()) {
    COPPICE_ASSIGN(LoadedDocs docs, Read(batch));
    return std::optional(std::move(docs));
  }
  auto docs = ready_.Pop(deadline_);
  if (!docs && deadline_.cancelled())
    return MakeError(ErrorCode::kCancelled, "loading was given up");
  if (!docs) return MakeError(ErrorCode::kDeadlineExceeded, "loading did not end in time");
  if (!*docs) return docs->error();
  return std::optional(std::move(**docs));
}

Result<LoadedDocs> DocReader::Read(const std::vector<store::BlobNo>& batch) {
  LoadedDocs docs;
  COPPICE_ASSIGN(docs.facts, store_.reader().ReadFacts(space_, batch, deadline_));
  COPPICE_ASSIGN(docs.bodies, ReadBodies(batch));
  return docs;
}

// One damaged body must cost one file: after kCorrupt each body of the batch is read alone.
Result<std::unordered_map<store::BlobNo, std::string>> DocReader::ReadBodies(
    const std::vector<store::BlobNo>& batch) {
  auto bodies = store_.reader().ReadBodies(space_, batch, deadline_);
  if (bodies || bodies.error().code != ErrorCode::kCorrupt) return bodies;
  std::unordered_map<store::BlobNo, std::string> sound;
  for (const store::BlobNo blob : batch) {
    auto one = store_.reader().ReadBodies(space_, std::span(&blob, 1), deadline_);
    if (one) {
      sound.merge(*one);
    } else if (one.error().code == ErrorCode::kCorrupt) {
      LogWarning("body left out",
                 {{"space", space_.value}, {"blob", blob.value}, {"why", one.error().message}});
    } else {
      return one.error();
    }
  }
  return sound;
}

}  // namespace coppice::retrieval
