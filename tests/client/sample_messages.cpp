#include "tests/client/sample_messages.h"

namespace coppice::client {

protocol::ViewInfo SampleView() {
  protocol::ViewInfo view;
  view.repo = "ferry";
  view.ref = "refs/heads/main";
  view.commit = "3f2a9c1b42d5e6f708192a3b4c5d6e7f80912a3b";
  view.head_commit = view.commit;
  view.coverage.indexed = 1203;
  view.coverage.skipped = 31;
  view.coverage.quarantined = 1;
  view.coverage.pending = 5;
  return view;
}

protocol::Hit SampleFunctionHit() {
  protocol::Hit hit;
  hit.id = "h1";
  hit.repo = "ferry";
  hit.ref = "refs/heads/main";
  hit.commit = SampleView().commit;
  hit.blob = "aa11";
  hit.path.value = "src/queue/worker.cpp";
  hit.start_line = 118;
  hit.end_line = 142;
  hit.symbol = "ferry::Worker::RetryJob";
  hit.kind = "method";
  hit.content = "code";
  hit.language = "cpp";
  hit.score = 0.83124;
  hit.found_by = {{"lexical", 1, 7.25}, {"vector", 3, 0.61}};
  hit.reasons = {"defines RetryJob", "file name matches worker"};
  hit.text.value =
      "// Puts a job that failed back into the queue.\n"
      "// Gives up after kMaxTries.\n"
      "Result<void> Worker::RetryJob(JobId id, const Deadline& deadline) {\n"
      "  Transaction transaction(*store_);\n"
      "  const auto row = transaction.Read(id);\n"
      "  if (!row) {\n"
      "    return NotFound(id);\n"
      "  }\n"
      "  if (row->state != State::kFailed) {\n"
      "    return Conflict(\"job \" + ToText(id) + \" has not failed\");\n"
      "  }\n"
      "\tlog_.Info(\"trying again\", id);  /* told once */\n"
      "  metrics_.tries += 1;\n"
      "  metrics_.last = clock_.Now();\n"
      "  if (row->tries >= kMaxTries) {\n"
      "    return GiveUp(*row);\n"
      "  }\n"
      "  row->tries += 1;\n"
      "  row->not_before = clock_.Now() + Backoff(row->tries);\n"
      "  row->state = State::kQueued;\n"
      "  transaction.Write(*row);\n"
      "  transaction.Commit();\n"
      "  return {};\n"
      "}\n"
      "\n";
  return hit;
}

protocol::Hit SampleMarkdownHit() {
  protocol::Hit hit;
  hit.id = "h2";
  hit.repo = "ferry";
  hit.ref = "refs/heads/main";
  hit.commit = SampleView().commit;
  hit.path.value = "docs/operations.md";
  hit.start_line = 40;
  hit.end_line = 44;
  hit.symbol = "Operations/Failed jobs";
  hit.kind = "section";
  hit.content = "doc";
  hit.language = "markdown";
  hit.score = 0.4;
  hit.found_by = {{"vector", 1, 0.7}};
  hit.text.value = "## Failed jobs\n\nA failed job is retried with `ferry retry ID`.\r\n";
  return hit;
}

protocol::Hit HostileHit() {
  protocol::Hit hit = SampleMarkdownHit();
  hit.id = "h3";
  hit.path.value = "evil\x1b[2J\n\xff.md";
  hit.symbol = "ab\u202Ecd\u200B";
  hit.reasons = {"defines \x1b]0;title\x07"};
  hit.text.value = "red \x1b[31m bell \x07 c1 \u009b8m\nover\u202Eride zero\u200Bwidth \xfe\xff\n";
  return hit;
}

protocol::SearchReply SampleSearch() {
  protocol::SearchReply reply;
  reply.query = "where is a failed job retried";
  reply.views = {SampleView()};
  reply.hits = {SampleFunctionHit(), SampleMarkdownHit()};
  reply.took_ms = 12.4;
  reply.plan = "flat: 8,412 of 9,020 texts";
  return reply;
}

protocol::RepoInfo SampleRepo() {
  protocol::RepoInfo repo;
  repo.name = "ferry";
  repo.location = "/srv/git/ferry.git";
  repo.state = "ready";
  repo.views = {SampleView()};
  protocol::ViewInfo release = SampleView();
  release.ref = "refs/heads/release/2.0";
  release.stale = true;
  release.head_commit = "9876543210abcdef9876543210abcdef98765432";
  repo.views.push_back(release);
  repo.chunks = 10482;
  repo.indexed_at = "2026-11-21T10:20:30Z";
  return repo;
}

protocol::RepoInfo EmptyRepo() {
  protocol::RepoInfo repo;
  repo.name = "gone";
  repo.location = "/srv/git/gone";
  repo.state = "unreachable";
  repo.problem = "/srv/git/gone: no such directory";
  return repo;
}

protocol::ModelListReply SampleModels() {
  protocol::ModelStatus table;
  table.name = "static/default";
  table.use = "embed";
  table.dimensions = 256;
  table.state = "default";
  table.licence = "Apache-2.0";
  protocol::ModelStatus here;
  here.name = "local/smollm2-135m-instruct";
  here.use = "generate";
  here.state = "present";
  here.licence = "Apache-2.0";
  here.context_tokens = 8192;
  here.quantisation = "Q4_1";
  here.size_bytes = 98362432;
  here.sha256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
  here.source = "/srv/models/SmolLM2-135M-Instruct.Q4_1.gguf";
  here.trust = "catalogue";
  protocol::ModelStatus known;
  known.name = "local/bge-m3";
  known.use = "embed";
  known.dimensions = 1024;
  known.state = "not_run_here";
  known.licence = "MIT";
  known.context_tokens = 8192;
  known.quantisation = "F16";
  known.source = "https://models.example.org/bge-m3-FP16.gguf";
  return {{table, known, here}};
}

protocol::ModelStatus DamagedModel() {
  protocol::ModelStatus model = SampleModels().models.back();
  model.state = "unverified";
  model.problem = "its file has changed since it was verified";
  return model;
}

protocol::StatusReply SampleStatus() {
  protocol::StatusReply reply;
  reply.version = "9.8.7";
  reply.repos = {SampleRepo(), EmptyRepo()};
  reply.jobs = {2, 1, 1};
  protocol::ModelStatus serving = SampleModels().models.front();
  serving.serving = true;
  protocol::ModelStatus building = SampleModels().models.at(1);
  building.state = "present";
  building.done = 4100;
  building.total = 10482;
  reply.models = {serving, building};
  reply.vector_index = "memory";
  reply.state_dir = "/var/lib/coppice";
  reply.database = "private";
  constexpr std::uint64_t kMiB = 1U << 20U;
  reply.memory.limit_bytes = 6144 * kMiB;
  reply.memory.parts = {{"batches", 256 * kMiB},
                        {"database", 384 * kMiB},
                        {"files", 3 * kMiB},
                        {"parsers", 544 * kMiB},
                        {"program", 96 * kMiB},
                        {"vectors", 9 * kMiB},
                        {"words", 0}};
  return reply;
}

protocol::JobsReply SampleJobs() {
  protocol::JobInfo running;
  running.id = "41";
  running.repo = "ferry";
  running.ref = "refs/heads/main";
  running.state = "running";
  running.phase = "parse";
  running.done = 312;
  running.total = 1203;
  running.attempts = 1;
  running.created_at = "2026-11-21T10:20:30Z";
  protocol::JobInfo failed = running;
  failed.id = "40";
  failed.repo = "gone";
  failed.state = "failed";
  failed.phase = "";
  failed.total = 0;
  failed.attempts = 5;
  failed.error_code = "not_found";
  failed.error = "/srv/git/gone: no such directory";
  return {{running, failed}};
}

protocol::FilesPart SampleFiles() {
  protocol::FilesPart part;
  part.files = {{{"src/queue/worker.cpp"}, "indexed", "", "cpp", 4211},
                {{"vendor/big.js"}, "skipped", "too_large", "javascript", 1887436},
                {{"bad\xff name\t.py"}, "quarantined", "timeout", "python", 12}};
  return part;
}

protocol::ShowReply SampleShow() {
  protocol::ShowReply reply;
  reply.view = SampleView();
  reply.hit = SampleMarkdownHit();
  reply.hit.score = 0;
  reply.hit.found_by.clear();
  reply.line_count = 120;
  return reply;
}

}  // namespace coppice::client
