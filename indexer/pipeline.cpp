#include "indexer/pipeline.h"

#include <algorithm>
#include <memory>
#include <stop_token>
#include <utility>

#include "base/bounded_queue.h"
#include "base/byte_gate.h"
#include "base/thread.h"
#include "indexer/embed_input.h"
#include "indexer/git/repository.h"
#include "indexer/linked_stop.h"
#include "indexer/parse/plain/extractor_version.h"
#include "indexer/serving_model.h"
#include "indexer/stages/parse_stage.h"
#include "indexer/stages/scan_stage.h"
#include "indexer/stages/write_stage.h"

namespace coppice::indexer {

namespace {

constexpr std::size_t kBatchesBetween = 1;

}  // namespace

/// One commit being indexed.
struct Pipeline::Work {
  const store::JobRecord& job;
  GitRepository& repository;
  const Scan& scan;
  const ServingModel& model;
  BoundedQueue<ParsedBatch> parsed{kBatchesBetween};
  ByteGate memory;  // of what is parsed and not yet written
};

Result<void> Pipeline::ParseAll(Work& work, const Deadline& deadline) {
  const std::uint64_t memory = options_.batch_memory_bytes;
  const BatchLimits limits = LimitsWithin(memory);
  const std::uint64_t most = memory - std::min(memory, limits.bytes * kMemoryPerSourceByte);
  for (std::size_t at = 0; at < work.scan.work.size();) {
    if (!work.memory.WaitForAtMost(most, deadline)) break;
    COPPICE_ASSIGN(ParsedBatch batch,
                   ParseNextBatch(work.repository, pool_, work.scan, at, limits, deadline));
    at += batch.item_count;
    work.memory.Add(batch.memory_bytes);
    if (!work.parsed.Push(std::move(batch), deadline)) break;
  }
  return {};
}

Result<void> Pipeline::WriteAll(Work& work, const OnProgress& on_progress,
                                const Deadline& deadline) {
  const auto total = static_cast<std::int64_t>(work.scan.work.size());
  std::int64_t done = 0;
  while (const auto batch = work.parsed.Pop(deadline)) {
    COPPICE_TRY(WriteBatch(store_, work.model, work.job.repo, *batch, deadline));
    done += static_cast<std::int64_t>(batch->item_count);
    work.memory.Remove(batch->memory_bytes);
    COPPICE_TRY(on_progress({"parse", done, total}));
  }
  return {};
}

Result<void> Pipeline::ParseAndWrite(Work& work, const OnProgress& on_progress,
                                     const Deadline& deadline) {
  LinkedStop stop(deadline);  // ends both sides when one fails
  Result<void> written;       // the writer's until it is joined
  NamedThread writer("index-write", [&](const std::stop_token&) {
    written = WriteAll(work, on_progress, stop.deadline());
    if (!written) stop.Stop();
  });
  const Result<void> parsed = ParseAll(work, stop.deadline());
  if (!parsed) stop.Stop();
  work.parsed.Close();
  writer.Join();
  // The side that failed stopped the other one: what that says of it is no reason.
  const bool writer_was_stopped = !written && written.error().code == ErrorCode::kCancelled;
  if (!written && !(!parsed && writer_was_stopped)) return written;
  if (!parsed) return parsed;
  if (deadline.expired()) return MakeError(ErrorCode::kCancelled, "indexing was stopped");
  return {};
}

Result<void> Pipeline::Run(const store::JobRecord& job, const store::RepoRecord& repo,
                           const store::RefRecord& ref, const store::ObjectId& target,
                           const OnProgress& on_progress, const Deadline& deadline) {
  COPPICE_TRY(on_progress({"scan", 0, 0}));
  auto opened = OpenRepository(repo.git_dir);
  if (!opened) {
    Error error = opened.error();
    error.retryable = true;  // what cannot be opened now may be back soon
    return error;
  }
  const std::unique_ptr<GitRepository> repository = std::move(*opened);
  ServingModel model;  // none: vectors are left to others
  if (options_.embed) {
    COPPICE_ASSIGN(model, OpenServingModel(store_, models_, deadline));
  }
  const store::IndexVersions versions{kExtractorVersion, kTextTemplate, model.number};
  COPPICE_ASSIGN(const Scan scan,
                 ScanCommit(store_, *repository, job, repo.subtree, target, versions, deadline));
  MemoryBudget::Share scan_memory = MemoryBudget::OpenIn(options_.memory, "scan");
  COPPICE_TRY(scan_memory.Resize(MemoryBytes(scan)));
  Work work{.job = job, .repository = *repository, .scan = scan, .model = model, .memory = {}};
  COPPICE_TRY(on_progress({"parse", 0, static_cast<std::int64_t>(scan.work.size())}));
  COPPICE_TRY(ParseAndWrite(work, on_progress, deadline));
  COPPICE_TRY(on_progress({"write", 0, 0}));
  COPPICE_ASSIGN(const ViewCount count, CountView(store_, job.repo, scan, deadline));
  store::RefMove move;
  move.repo = job.repo;
  move.ref = ref.name;
  move.old_commit = ref.commit;
  move.new_commit = target;
  move.coverage = count.coverage;
  move.chunk_count = count.chunk_count;
  move.versions = versions;
  move.subtree = repo.subtree;
  return store_.writer().MoveRef(job, move, deadline);
}

}  // namespace coppice::indexer
