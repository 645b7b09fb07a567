#include "indexer/parse/worker/parser_pool.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/format.h"
#include "base/mutex.h"

namespace coppice::indexer {

namespace {

/// How many of the first items make one run.
std::size_t RunAt(std::span<const ParserPool::Item> items) {
  std::size_t count = 1;
  std::size_t bytes = items[0].bytes.size();
  while (count < std::min(items.size(), ParserPool::kMaxRunBlobs)) {
    bytes += items[count].bytes.size();
    if (bytes > ParserPool::kMaxRunBytes) break;
    ++count;
  }
  return count;
}

}  // namespace

/// What one call of ParseAll waits for.
struct ParserPool::Batch {
  std::span<const Item> items;
  const Deadline* deadline = nullptr;
  std::vector<store::BlobFacts> facts;  // each written by the thread that has the item

  Mutex mutex;
  CondVar changed;
  std::size_t open COPPICE_GUARDED_BY(mutex) = 0;  // given to a thread and not back yet
  std::optional<Error> error COPPICE_GUARDED_BY(mutex);

  void Begin() {
    MutexLock lock(mutex);
    ++open;
  }
  void End(std::optional<Error> failure) {
    MutexLock lock(mutex);
    if (failure && !error) error = std::move(failure);
    --open;
    changed.NotifyAll();
  }
  bool Failed() {
    MutexLock lock(mutex);
    return error.has_value();
  }
  std::optional<Error> WaitForAll() {
    MutexLock lock(mutex);
    while (open > 0) changed.Wait(mutex);
    return error;
  }
};

ParserPool::ParserPool(const ParserProcessOptions& options, int workers)
    : tasks_(static_cast<std::size_t>(workers) * 2) {
  for (int i = 0; i < workers; ++i) {
    threads_.emplace_back(fmt::format("parse-{}", i),
                          [this, options](const std::stop_token&) { Work(options); });
  }
}

ParserPool::~ParserPool() {
  tasks_.Close();
  for (NamedThread& thread : threads_) thread.Join();
}

void ParserPool::Work(const ParserProcessOptions& options) {
  ParserProcess process(options);
  while (const auto task = tasks_.Pop(Deadline::Never())) {
    Batch& batch = *task->batch;
    if (batch.Failed()) {
      batch.End(std::nullopt);
      continue;
    }
    auto facts = process.Parse(batch.items.subspan(task->first, task->count), *batch.deadline);
    if (facts) {
      std::move(facts->begin(), facts->end(),
                batch.facts.begin() + static_cast<std::ptrdiff_t>(task->first));
      batch.End(std::nullopt);
    } else {
      batch.End(facts.error());
    }
  }
}

Result<std::vector<store::BlobFacts>> ParserPool::ParseAll(std::span<const Item> items,
                                                           const Deadline& deadline) {
  Batch batch;
  batch.items = items;
  batch.deadline = &deadline;
  batch.facts.resize(items.size());
  bool refused = false;
  for (std::size_t i = 0; i < items.size() && !refused && !batch.Failed();) {
    const std::size_t count = RunAt(items.subspan(i));
    batch.Begin();
    refused = !tasks_.Push({&batch, i, count}, deadline, Lane::kBatch);
    if (refused) batch.End(std::nullopt);
    i += count;
  }
  // The batch lives on this stack: nobody may leave before the threads are done with it.
  if (const auto error = batch.WaitForAll()) return *error;
  if (refused) {
    return MakeError(deadline.cancelled() ? ErrorCode::kCancelled : ErrorCode::kDeadlineExceeded,
                     "parsing was given up");
  }
  return std::move(batch.facts);
}

}  // namespace coppice::indexer
