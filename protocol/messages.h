#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

// Requests and replies of the wire, one struct each. A struct lists its fields once, in Visit: the
// integer key of the msgpack map, the JSON name, the member. The codec and the client's JSON both
// read that list. Keys are never renumbered or reused; docs/protocol.md carries the same table, and
// a test compares them.
namespace coppice::protocol {

/// One line per bump. 1: first.
inline constexpr std::uint8_t kWireMajor = 1;
/// The JSON schema that `--json` announces. 1: first.
inline constexpr int kJsonSchema = 1;

/// Bytes that need not be UTF-8 (paths, file content); msgpack bin on the wire.
struct Bytes {
  std::string value;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};

#define COPPICE_FIELDS(...)                       \
  template <class Self, class Visitor>            \
  static void Visit(Self& self, Visitor& visit) { \
    __VA_ARGS__                                   \
  }

struct Empty {
  template <class Self, class Visitor>
  static void Visit(Self&, Visitor&) {}
};

struct HelloReply {
  std::string version;                     // of the daemon
  std::vector<std::uint32_t> wire_majors;  // supported
  std::uint32_t max_message_bytes = 0;
  std::uint32_t max_inflight = 0;  // requests of one client at a time
  std::uint32_t max_credits = 0;   // parts a client may grant at once
  std::uint32_t max_limit = 0;     // hits or rows of one reply
  std::uint32_t schema = 0;        // of the database
  COPPICE_FIELDS(visit(1, "version", self.version); visit(2, "wire_majors", self.wire_majors);
                 visit(3, "max_message_bytes", self.max_message_bytes);
                 visit(4, "max_inflight", self.max_inflight);
                 visit(5, "max_credits", self.max_credits); visit(6, "max_limit", self.max_limit);
                 visit(7, "schema", self.schema);)
};

struct HealthReply {
  std::string state;  // "ready", "starting", "degraded", "stopping"
  std::string detail;
  COPPICE_FIELDS(visit(1, "state", self.state); visit(2, "detail", self.detail);)
};

struct CancelRequest {
  Bytes id;  // of the request to give up
  COPPICE_FIELDS(visit(1, "id", self.id);)
};

/// Grants more parts to a running stream.
struct CreditRequest {
  Bytes id;
  std::uint32_t credits = 0;
  COPPICE_FIELDS(visit(1, "id", self.id); visit(2, "credits", self.credits);)
};

/// Which commits a query reads; all empty = every repository, its HEAD.
struct ViewSelector {
  std::vector<std::string> repos;  // name, path or glob
  std::string ref;
  std::string at;
  std::string worktree;
  std::string wait_for;
  COPPICE_FIELDS(visit(1, "repos", self.repos); visit(2, "ref", self.ref); visit(3, "at", self.at);
                 visit(4, "worktree", self.worktree); visit(5, "wait_for", self.wait_for);)
};

struct Filter {
  std::vector<std::string> languages;
  std::vector<std::string> paths;  // globs
  std::vector<std::string> kinds;
  std::vector<std::string> contents;  // "code", "doc", "text"
  COPPICE_FIELDS(visit(1, "languages", self.languages); visit(2, "paths", self.paths);
                 visit(3, "kinds", self.kinds); visit(4, "contents", self.contents);)
};

struct SearchRequest {
  std::string query;
  ViewSelector view;
  Filter filter;
  std::uint32_t limit = 10;
  std::uint32_t budget_tokens = 0;  // 0 = none
  std::string cursor;
  bool explain = false;
  std::vector<std::string> searches;  // "lexical", "vector", "symbol"; empty = all, fused
  COPPICE_FIELDS(visit(1, "query", self.query); visit(2, "view", self.view);
                 visit(3, "filter", self.filter); visit(4, "limit", self.limit);
                 visit(5, "budget_tokens", self.budget_tokens); visit(6, "cursor", self.cursor);
                 visit(7, "explain", self.explain); visit(8, "searches", self.searches);)
};

struct CoverageInfo {
  std::int64_t indexed = 0;
  std::int64_t skipped = 0;
  std::int64_t quarantined = 0;
  std::int64_t pending = 0;
  COPPICE_FIELDS(visit(1, "indexed", self.indexed); visit(2, "skipped", self.skipped);
                 visit(3, "quarantined", self.quarantined); visit(4, "pending", self.pending);)
};

struct ViewInfo {
  std::string repo;
  std::string ref;
  std::string commit;
  std::string head_commit;
  bool stale = false;
  CoverageInfo coverage;
  COPPICE_FIELDS(visit(1, "repo", self.repo); visit(2, "ref", self.ref);
                 visit(3, "commit", self.commit); visit(4, "head_commit", self.head_commit);
                 visit(5, "stale", self.stale); visit(6, "coverage", self.coverage);)
};

struct FoundBy {
  std::string search;
  std::uint32_t rank = 0;       // 1-based
  std::optional<double> score;  // that search's own, with explain
  COPPICE_FIELDS(visit(1, "search", self.search); visit(2, "rank", self.rank);
                 visit(3, "score", self.score);)
};

struct Hit {
  std::string id;
  std::string repo;
  std::string ref;
  std::string commit;
  std::string blob;
  Bytes path;
  std::uint32_t start_line = 0;
  std::uint32_t end_line = 0;
  std::string symbol;
  std::string kind;
  std::string content;
  std::string language;
  double score = 0;
  std::vector<FoundBy> found_by;
  Bytes text;
  std::vector<std::string> reasons;  // "defines FlushJob", "file name matches flush", "test: x 0.3"
  COPPICE_FIELDS(visit(1, "id", self.id); visit(2, "repo", self.repo); visit(3, "ref", self.ref);
                 visit(4, "commit", self.commit); visit(5, "blob", self.blob);
                 visit(6, "path", self.path); visit(7, "start_line", self.start_line);
                 visit(8, "end_line", self.end_line); visit(9, "symbol", self.symbol);
                 visit(10, "kind", self.kind); visit(11, "content", self.content);
                 visit(12, "language", self.language); visit(13, "score", self.score);
                 visit(14, "found_by", self.found_by); visit(15, "text", self.text);
                 visit(16, "reasons", self.reasons);)
};

struct SearchReply {
  std::string query;
  std::vector<ViewInfo> views;
  std::vector<Hit> hits;
  bool partial = false;
  std::string cursor;  // "" = no more
  double took_ms = 0;
  std::optional<std::string> plan;  // how vectors were searched, with explain
  COPPICE_FIELDS(visit(1, "query", self.query); visit(2, "views", self.views);
                 visit(3, "hits", self.hits); visit(4, "partial", self.partial);
                 visit(5, "cursor", self.cursor); visit(6, "took_ms", self.took_ms);
                 visit(7, "plan", self.plan);)
};

struct ShowRequest {
  std::string id;  // of a hit, or empty and:
  Bytes path;
  std::uint32_t first_line = 0;  // 0 = from the start
  std::uint32_t last_line = 0;   // 0 = to the end
  ViewSelector view;
  COPPICE_FIELDS(visit(1, "id", self.id); visit(2, "path", self.path);
                 visit(3, "first_line", self.first_line); visit(4, "last_line", self.last_line);
                 visit(5, "view", self.view);)
};

struct ShowReply {
  ViewInfo view;
  Hit hit;                       // `text` is the text shown; score 0; found_by empty
  std::uint32_t line_count = 0;  // of the whole file
  COPPICE_FIELDS(visit(1, "view", self.view); visit(2, "hit", self.hit);
                 visit(3, "line_count", self.line_count);)
};

struct AddRequest {
  std::string location;  // absolute path or URL
  std::string name;      // "" = from the location
  std::vector<std::string> refs;
  std::string subtree;
  bool wait = false;  // stream Progress until its jobs have ended
  COPPICE_FIELDS(visit(1, "location", self.location); visit(2, "name", self.name);
                 visit(3, "refs", self.refs); visit(4, "subtree", self.subtree);
                 visit(5, "wait", self.wait);)
};

/// A part of the stream of a waiting `add` or `sync`.
struct Progress {
  std::string repo;
  std::string ref;
  std::string phase;  // "queued", "fetch", "scan", "parse", "write", "done", "failed"
  std::int64_t done = 0;
  std::int64_t total = 0;
  COPPICE_FIELDS(visit(1, "repo", self.repo); visit(2, "ref", self.ref);
                 visit(3, "phase", self.phase); visit(4, "done", self.done);
                 visit(5, "total", self.total);)
};

struct RepoInfo {
  std::string name;
  std::string location;
  std::string state;    // "ready", "indexing", "empty", "unreachable", "failed", "new"
  std::string problem;  // why, in words; "" = nothing
  std::vector<ViewInfo> views;
  std::int64_t chunks = 0;
  std::string indexed_at;  // ISO 8601, UTC; "" = never
  COPPICE_FIELDS(visit(1, "name", self.name); visit(2, "location", self.location);
                 visit(3, "state", self.state); visit(4, "problem", self.problem);
                 visit(5, "views", self.views); visit(6, "chunks", self.chunks);
                 visit(7, "indexed_at", self.indexed_at);)
};

struct AddReply {
  RepoInfo repo;
  std::vector<std::string> jobs;
  std::string note;  // "no commit yet on refs/heads/main: it is indexed with the first commit"
  COPPICE_FIELDS(visit(1, "repo", self.repo); visit(2, "jobs", self.jobs);
                 visit(3, "note", self.note);)
};

struct RemoveRequest {
  std::string repo;
  bool purge = false;
  COPPICE_FIELDS(visit(1, "repo", self.repo); visit(2, "purge", self.purge);)
};

struct SyncRequest {
  std::string repo;  // "" = all
  bool wait = false;
  COPPICE_FIELDS(visit(1, "repo", self.repo); visit(2, "wait", self.wait);)
};

struct SyncReply {
  std::vector<RepoInfo> repos;
  std::vector<std::string> jobs;
  COPPICE_FIELDS(visit(1, "repos", self.repos); visit(2, "jobs", self.jobs);)
};

struct ListReply {
  std::vector<RepoInfo> repos;
  COPPICE_FIELDS(visit(1, "repos", self.repos);)
};

struct StatusRequest {
  std::string repo;  // "" = all
  COPPICE_FIELDS(visit(1, "repo", self.repo);)
};

struct JobCounts {
  std::int64_t queued = 0;
  std::int64_t running = 0;
  std::int64_t failed = 0;
  COPPICE_FIELDS(visit(1, "queued", self.queued); visit(2, "running", self.running);
                 visit(3, "failed", self.failed);)
};

struct ModelStatus {
  std::string name;
  std::string use;               // "embed", "rerank", "generate"
  std::uint32_t dimensions = 0;  // 0 = it gives no vectors, or not known
  std::string state;             // "default", "present", "absent", "unverified", "not_run_here"
  std::string licence;
  bool serving = false;    // its vectors are searched
  std::uint64_t done = 0;  // of `total`, where its vectors are being made to take that place
  std::uint64_t total = 0;
  std::string problem;  // why that does not go on, or why what is here cannot be used; "" = nothing
  std::uint32_t context_tokens = 0;  // 0 = not known
  std::string quantisation;          // "Q4_K_M"; "" = not known
  std::uint64_t size_bytes = 0;      // 0 = not known
  std::string sha256;                // 64 hexadecimal digits; "" = not known
  std::string source;                // where it came from, or would be pulled from
  std::string trust;                 // "catalogue", "operator", "first_use"; "" = it is not here
  COPPICE_FIELDS(visit(1, "name", self.name); visit(2, "use", self.use);
                 visit(3, "dimensions", self.dimensions); visit(4, "state", self.state);
                 visit(5, "licence", self.licence); visit(6, "serving", self.serving);
                 visit(7, "done", self.done); visit(8, "total", self.total);
                 visit(9, "problem", self.problem);
                 visit(10, "context_tokens", self.context_tokens);
                 visit(11, "quantisation", self.quantisation);
                 visit(12, "size_bytes", self.size_bytes); visit(13, "sha256", self.sha256);
                 visit(14, "source", self.source); visit(15, "trust", self.trust);)
};

struct MemoryPart {
  std::string name;  // "parsers", "words"
  std::uint64_t bytes = 0;
  COPPICE_FIELDS(visit(1, "name", self.name); visit(2, "bytes", self.bytes);)
};

struct MemoryStatus {
  std::uint64_t limit_bytes = 0;
  std::vector<MemoryPart> parts;
  COPPICE_FIELDS(visit(1, "limit_bytes", self.limit_bytes); visit(2, "parts", self.parts);)
};

struct StatusReply {
  std::string version;
  std::vector<RepoInfo> repos;
  JobCounts jobs;
  std::vector<ModelStatus> models;
  std::string vector_index;  // "memory" | "database"
  std::string state_dir;
  std::string database;  // "private" or host/name without credentials
  MemoryStatus memory;
  COPPICE_FIELDS(visit(1, "version", self.version); visit(2, "repos", self.repos);
                 visit(3, "jobs", self.jobs); visit(4, "models", self.models);
                 visit(5, "vector_index", self.vector_index); visit(6, "state_dir", self.state_dir);
                 visit(7, "database", self.database); visit(8, "memory", self.memory);)
};

struct FilesRequest {
  std::string repo;
  std::string ref;
  std::string state;  // one of FileRow.state, "" = all
  COPPICE_FIELDS(visit(1, "repo", self.repo); visit(2, "ref", self.ref);
                 visit(3, "state", self.state);)
};

struct FileRow {
  Bytes path;
  std::string state;   // "indexed", "skipped", "quarantined", "failed", "pending"
  std::string reason;  // "too_large"; "" for indexed
  std::string language;
  std::uint64_t size_bytes = 0;
  COPPICE_FIELDS(visit(1, "path", self.path); visit(2, "state", self.state);
                 visit(3, "reason", self.reason); visit(4, "language", self.language);
                 visit(5, "size_bytes", self.size_bytes);)
};

/// A part of the stream of `files`.
struct FilesPart {
  std::vector<FileRow> files;
  COPPICE_FIELDS(visit(1, "files", self.files);)
};

struct FilesReply {
  ViewInfo view;
  std::uint64_t count = 0;
  COPPICE_FIELDS(visit(1, "view", self.view); visit(2, "count", self.count);)
};

struct JobsRequest {
  bool failed = false;
  std::uint32_t limit = 50;
  COPPICE_FIELDS(visit(1, "failed", self.failed); visit(2, "limit", self.limit);)
};

struct JobInfo {
  std::string id;
  std::string repo;
  std::string ref;
  std::string target;
  std::string state;
  std::string phase;
  std::int64_t done = 0;
  std::int64_t total = 0;
  std::uint32_t attempts = 0;
  std::string error_code;
  std::string error;
  std::string reason;
  std::string created_at;
  std::string started_at;
  std::string finished_at;
  COPPICE_FIELDS(visit(1, "id", self.id); visit(2, "repo", self.repo); visit(3, "ref", self.ref);
                 visit(4, "target", self.target); visit(5, "state", self.state);
                 visit(6, "phase", self.phase); visit(7, "done", self.done);
                 visit(8, "total", self.total); visit(9, "attempts", self.attempts);
                 visit(10, "error_code", self.error_code); visit(11, "error", self.error);
                 visit(12, "reason", self.reason); visit(13, "created_at", self.created_at);
                 visit(14, "started_at", self.started_at);
                 visit(15, "finished_at", self.finished_at);)
};

struct JobsReply {
  std::vector<JobInfo> jobs;
  COPPICE_FIELDS(visit(1, "jobs", self.jobs);)
};

struct JobRequest {
  std::string id;
  COPPICE_FIELDS(visit(1, "id", self.id);)
};

struct AskRequest {
  std::string question;
  ViewSelector view;
  std::string model;                    // BACKEND/MODEL; "" = as configured
  std::uint32_t max_output_tokens = 0;  // 0 = 512
  bool trace = false;                   // the reply says how long each part took
  COPPICE_FIELDS(visit(1, "question", self.question); visit(2, "view", self.view);
                 visit(3, "model", self.model);
                 visit(4, "max_output_tokens", self.max_output_tokens);
                 visit(5, "trace", self.trace);)
};

/// A source, with its number and one hit, or a piece of the text.
struct AskPart {
  std::uint32_t n = 0;  // 0 = text
  std::vector<Hit> hits;
  std::string text;  // whole characters
  COPPICE_FIELDS(visit(1, "n", self.n); visit(2, "hits", self.hits); visit(3, "text", self.text);)
};

struct CitationInfo {
  std::uint32_t n = 0;
  std::string lines;  // "12-20"; "" = the whole source
  bool verified = false;
  std::string why;  // it is not
  COPPICE_FIELDS(visit(1, "n", self.n); visit(2, "lines", self.lines);
                 visit(3, "verified", self.verified); visit(4, "why", self.why);)
};

struct TokenCounts {
  std::uint32_t prompt = 0;
  std::uint32_t output = 0;
  COPPICE_FIELDS(visit(1, "prompt", self.prompt); visit(2, "output", self.output);)
};

struct AskTrace {
  double retrieval_ms = 0;
  double prompt_ms = 0;       // the daemon's own work between sources and model
  double first_token_ms = 0;  // from handing the prompt over to the first text
  double total_ms = 0;
  COPPICE_FIELDS(visit(1, "retrieval_ms", self.retrieval_ms); visit(2, "prompt_ms", self.prompt_ms);
                 visit(3, "first_token_ms", self.first_token_ms);
                 visit(4, "total_ms", self.total_ms);)
};

struct AskReply {
  std::string answer_id;
  std::string model;   // "" = an extract
  std::string ending;  // "whole", "length", "loop", "extract", "nothing_found"
  std::vector<CitationInfo> citations;
  std::vector<std::string> unknown_identifiers;
  TokenCounts tokens;
  std::string note;
  std::vector<AskTrace> trace;  // one, where it was asked for
  COPPICE_FIELDS(visit(1, "answer_id", self.answer_id); visit(2, "model", self.model);
                 visit(3, "ending", self.ending); visit(4, "citations", self.citations);
                 visit(5, "unknown_identifiers", self.unknown_identifiers);
                 visit(6, "tokens", self.tokens); visit(7, "note", self.note);
                 visit(8, "trace", self.trace);)
};

struct ModelListReply {
  std::vector<ModelStatus> models;
  COPPICE_FIELDS(visit(1, "models", self.models);)
};

struct ModelRequest {
  std::string name;  // `model.verify`: "" = all that are here
  COPPICE_FIELDS(visit(1, "name", self.name);)
};

struct ModelPullRequest {
  std::string name;
  std::string url;  // "" = that of the catalogue
  std::string sha256;
  bool trust_first_use = false;  // pin what comes where no SHA-256 is known
  bool allow_http = false;       // not only https
  COPPICE_FIELDS(visit(1, "name", self.name); visit(2, "url", self.url);
                 visit(3, "sha256", self.sha256); visit(4, "trust_first_use", self.trust_first_use);
                 visit(5, "allow_http", self.allow_http);)
};

struct ModelAddRequest {
  Bytes path;        // absolute; the daemon reads it
  std::string name;  // "" = the model of the catalogue whose file is called so
  std::string sha256;
  bool trust_first_use = false;
  std::string use;                   // the rest: of a model that no catalogue knows
  std::uint32_t dimensions = 0;      // 0 = as the file says
  std::uint32_t context_tokens = 0;  // 0 = as the file says
  std::string pooling;               // "mean", "cls", "last"; "" = as the file says
  std::string query_prefix;
  std::string document_prefix;
  bool no_normalise = false;
  std::string licence;  // "" = as the file says
  COPPICE_FIELDS(visit(1, "path", self.path); visit(2, "name", self.name);
                 visit(3, "sha256", self.sha256); visit(4, "trust_first_use", self.trust_first_use);
                 visit(5, "use", self.use); visit(6, "dimensions", self.dimensions);
                 visit(7, "context_tokens", self.context_tokens); visit(8, "pooling", self.pooling);
                 visit(9, "query_prefix", self.query_prefix);
                 visit(10, "document_prefix", self.document_prefix);
                 visit(11, "no_normalise", self.no_normalise); visit(12, "licence", self.licence);)
};

/// A part of the stream of `model.pull`, `model.add`, `model.verify` and `model.bench`.
struct ModelProgress {
  std::string name;
  std::string phase;  // "download", "copy", "verify", "bench"
  std::int64_t done = 0;
  std::int64_t total = 0;       // 0 = not known
  double bytes_per_second = 0;  // since the phase began
  COPPICE_FIELDS(visit(1, "name", self.name); visit(2, "phase", self.phase);
                 visit(3, "done", self.done); visit(4, "total", self.total);
                 visit(5, "bytes_per_second", self.bytes_per_second);)
};

struct ModelReply {
  ModelStatus model;
  std::string note;  // what was pinned, what the licence limits
  COPPICE_FIELDS(visit(1, "model", self.model); visit(2, "note", self.note);)
};

struct ModelBenchReply {
  std::string name;
  std::uint32_t dimensions = 0;
  std::uint32_t batch = 0;  // texts in one call
  std::uint64_t texts = 0;
  std::uint64_t bytes = 0;
  double seconds = 0;
  double texts_per_second = 0;
  double bytes_per_second = 0;
  double query_p50_ms = 0;  // of one query alone
  double query_p99_ms = 0;
  COPPICE_FIELDS(visit(1, "name", self.name); visit(2, "dimensions", self.dimensions);
                 visit(3, "batch", self.batch); visit(4, "texts", self.texts);
                 visit(5, "bytes", self.bytes); visit(6, "seconds", self.seconds);
                 visit(7, "texts_per_second", self.texts_per_second);
                 visit(8, "bytes_per_second", self.bytes_per_second);
                 visit(9, "query_p50_ms", self.query_p50_ms);
                 visit(10, "query_p99_ms", self.query_p99_ms);)
};

}  // namespace coppice::protocol
