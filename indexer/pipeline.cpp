#include "indexer/pipeline.h"

#include <memory>
#include <optional>
#include <stop_token>

#include "base/bounded_queue.h"
#include "base/thread.h"
#include "indexer/embed_input.h"
#include "indexer/git/repository.h"
#include "indexer/linked_stop.h"
#include "indexer/parse/plain/extractor_version.h"
#include "indexer/stages/parse_stage.h"
#include "indexer/stages/scan_stage.h"
#include "indexer/stages/write_stage.h"

namespace coppice::indexer {

struct Pipeline::Work {
  const store::JobRecord& job;
  GitRepository& repository;
  const Scan& scan;
};

namespace {

constexpr std::size_t kBatchesBetween = 1;

}  // namespace

Result<void> Pipeline::ParseAndWrite(Work& work, const OnProgress& on_progress,
                                     const Deadline& deadline) {
  const auto total = static_cast<std::int64_t>(work.scan.work.size());
  BoundedQueue<ParsedBatch> queue(kBatchesBetween);
  LinkedStop stop(deadline);         // ends both sides when one fails
  std::optional<Error> write_error;  // the writer's until it is joined
  NamedThread writer("index-write", [&](const std::stop_token&) {
    std::int64_t done = 0;
    while (auto batch = queue.Pop(stop.deadline())) {
      auto written = WriteBatch(store_, embedder_, model_, work.job.repo, *batch, stop.deadline());
      done += static_cast<std::int64_t>(batch->item_count);
      if (written) written = on_progress({"parse", done, total});
      if (written) continue;
      write_error = written.error();
      stop.Stop();
      return;
    }
  });
  std::optional<Error> parse_error;
  for (std::size_t at = 0; at < work.scan.work.size();) {
    auto batch = ParseNextBatch(work.repository, pool_, work.scan, at, stop.deadline());
    if (!batch) {
      parse_error = batch.error();
      stop.Stop();
      break;
    }
    at += batch->item_count;
    if (!queue.Push(std::move(*batch), stop.deadline())) break;
  }
  queue.Close();
  writer.Join();
  // The side that failed stopped the other one: what that says of it is no reason.
  const bool writer_was_stopped = write_error && write_error->code == ErrorCode::kCancelled;
  if (write_error && !(parse_error && writer_was_stopped)) return *write_error;
  if (parse_error) return *parse_error;
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
  COPPICE_ASSIGN(const Scan scan,
                 ScanCommit(store_, *repository, job, repo.subtree, target, versions(), deadline));
  Work work{job, *repository, scan};
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
  move.versions = versions();
  move.subtree = repo.subtree;
  return store_.writer().MoveRef(job, move, deadline);
}

store::IndexVersions Pipeline::versions() const {
  return {kExtractorVersion, kTextTemplate, model_};
}

}  // namespace coppice::indexer
