#include <algorithm>

#include "base/format.h"
#include "daemon/retrieval/answer/answerer.h"
#include "daemon/retrieval/answer/snippet.h"
#include "daemon/retrieval/answer/tokens.h"
#include "daemon/retrieval/nearest.h"

namespace coppice::retrieval {
namespace {

constexpr std::size_t kNearestPaths = 5;

std::string_view FileName(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// The paths whose file names are spelled most like that of `path`.
std::vector<std::string> NearestPaths(const View& view, std::string_view path) {
  std::vector<std::pair<std::size_t, std::string_view>> candidates;
  for (const ViewFile& file : view.files()) {
    const std::size_t by_name = EditDistance(FileName(path), FileName(file.path));
    if (by_name * 2 > FileName(path).size()) continue;
    candidates.emplace_back(by_name, file.path);
  }
  std::sort(candidates.begin(), candidates.end());
  if (candidates.size() > kNearestPaths) candidates.resize(kNearestPaths);
  std::vector<std::string> paths;
  for (const auto& [distance, candidate] : candidates) paths.emplace_back(candidate);
  return paths;
}

Error NoSuchPath(const std::string& path, const std::vector<const ServedRef*>& refs) {
  std::vector<std::string> near;
  for (const ServedRef* served : refs) {
    for (std::string& candidate : NearestPaths(*served->view, path)) {
      near.push_back(std::move(candidate));
    }
  }
  if (near.size() > kNearestPaths) near.resize(kNearestPaths);
  const std::string where = refs.size() == 1
                                ? fmt::format("{} at {}", refs.front()->repo.name,
                                              refs.front()->view->commit().ToHex().substr(0, 10))
                                : fmt::format("{} repositories", refs.size());
  return MakeError(ErrorCode::kNotFound, fmt::format("no file '{}' in {}", path, where),
                   near.empty() ? "`coppice files REPO` lists what is there"
                                : fmt::format("did you mean: {}", fmt::join(near, ", ")));
}

Error NotServed(const HitId& id) {
  return MakeError(ErrorCode::kNotFound,
                   fmt::format("commit {} is no longer served", ToHex(id.commit_prefix)),
                   "search again: the place may have moved");
}

/// The chunk of the view that is exactly this range, for its symbol.
void NameChunk(const View& view, std::uint32_t file, store::ByteRange range, Hit& hit) {
  const auto doc = view.DocOf(file);
  if (!doc) return;
  const Space::Place place = view.space()->LocateDoc(*doc);
  const SegmentFile& row = place.segment->files()[place.local];
  for (std::uint32_t c = row.first_chunk; c < row.first_chunk + row.chunk_count; ++c) {
    const SegmentChunk& chunk = place.segment->chunks()[c];
    if (!(chunk.range == range)) continue;
    hit.kind = chunk.kind;
    hit.lines = chunk.lines;
    if (chunk.definition >= 0) {
      const auto& definition =
          place.segment->definitions()[static_cast<std::size_t>(chunk.definition)];
      hit.symbol = std::string(place.segment->text(definition.symbol));
    }
  }
}

Hit HitOfFile(const ServedRef& served, std::uint32_t number, store::ByteRange range) {
  const ViewFile& file = served.view->files()[number];
  Hit hit;
  hit.repo = served.repo.name;
  hit.ref = served.ref.name;
  hit.commit = served.view->commit();
  hit.blob = file.id;
  hit.path = file.path;
  hit.language = file.language;
  hit.content = ContentOf(file.language);
  const auto same = served.view->table()->FindBlob(file.id.bytes);
  const auto ordinal = std::find(same.begin(), same.end(), number) - same.begin();
  hit.id = EncodeHitId({served.repo.repo, hit.commit.bytes.substr(0, HitId::kCommitPrefixBytes),
                        file.id.bytes.substr(0, HitId::kBlobPrefixBytes),
                        static_cast<std::uint32_t>(ordinal), range});
  return hit;
}

FileState StateOf(const View& view, std::uint32_t number) {
  const ViewFile& file = view.files()[number];
  return {file.path,   file.state,    view.IsPending(number),
          file.reason, file.language, file.size_bytes};
}

}  // namespace

Result<ShowResult> Answerer::Show(const Snapshot& snapshot, const ShowQuery& query,
                                  const Deadline& deadline) const {
  if (query.id.empty() == query.path.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, "show takes the id of a hit or a path",
                     "give one of the two");
  }
  return query.id.empty() ? ShowPath(snapshot, query, deadline) : ShowId(snapshot, query, deadline);
}

Result<ShowResult> Answerer::ShowId(const Snapshot& snapshot, const ShowQuery& query,
                                    const Deadline& deadline) const {
  COPPICE_ASSIGN(const HitId id, DecodeHitId(query.id));
  for (const ServedRef& served : snapshot.refs()) {
    if (served.repo.repo != id.repo || !served.view) continue;
    if (!served.view->commit().bytes.starts_with(id.commit_prefix)) continue;
    const auto files = served.view->table()->FindBlob(id.blob_prefix);
    if (id.path >= files.size()) continue;
    const std::uint32_t number = files[id.path];
    COPPICE_ASSIGN(const std::string body,
                   ReadBody(served, served.view->files()[number], deadline));
    if (id.range.end > body.size()) continue;
    ShowResult result{served.State(), HitOfFile(served, number, id.range), CountLines(body)};
    const std::string_view before = std::string_view(body).substr(0, id.range.begin);
    const auto line =
        static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    result.hit.lines = {line, line};
    NameChunk(*served.view, number, id.range, result.hit);
    const Snippet snippet = CutChunk(body, id.range, {line, result.hit.lines.last});
    result.hit.text = std::string(snippet.text);
    result.hit.lines = snippet.lines;
    return result;
  }
  return NotServed(id);
}

Result<ShowResult> Answerer::ShowPath(const Snapshot& snapshot, const ShowQuery& query,
                                      const Deadline& deadline) const {
  COPPICE_ASSIGN(const Selection selection, SelectRefs(snapshot, query.view));
  const std::vector<const ServedRef*>& refs = selection.served;
  std::vector<std::pair<const ServedRef*, std::uint32_t>> found;
  for (const ServedRef* served : refs) {
    const auto file = served->view->table()->FindPath(query.path);
    if (file) found.emplace_back(served, *file);
  }
  if (found.empty()) return NoSuchPath(query.path, refs);
  if (found.size() > 1) {
    std::vector<std::string> names;
    for (const auto& [served, file] : found) names.push_back(served->repo.name);
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("'{}' is in several repositories: {}", query.path, fmt::join(names, ", ")),
        "name one with --repo");
  }
  return ShowFile(*found.front().first, found.front().second, query, deadline);
}

Result<ShowResult> Answerer::ShowFile(const ServedRef& served, std::uint32_t file,
                                      const ShowQuery& query, const Deadline& deadline) const {
  COPPICE_ASSIGN(const std::string body, ReadBody(served, served.view->files()[file], deadline));
  const std::uint32_t count = CountLines(body);
  const std::uint32_t first = std::max(query.first_line, 1U);
  const std::uint32_t last = query.last_line == 0 ? count : std::min(query.last_line, count);
  if (first > std::max(count, 1U) || (query.last_line != 0 && query.last_line < first)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("'{}' has lines 1 to {}, not {} to {}", query.path, count, first,
                                 query.last_line == 0 ? count : query.last_line));
  }
  const Snippet snippet = CutLines(body, first, last);
  const auto begin = static_cast<std::uint32_t>(snippet.text.data() - body.data());
  const auto end = begin + static_cast<std::uint32_t>(snippet.text.size());
  ShowResult result{served.State(), HitOfFile(served, file, {begin, end}), count};
  result.hit.text = std::string(snippet.text);
  result.hit.lines = snippet.lines;
  return result;
}

Result<std::string> Answerer::ReadBody(const ServedRef& served, const ViewFile& file,
                                       const Deadline& deadline) const {
  if (file.state == store::BlobState::kSkipped) {
    return MakeError(ErrorCode::kNotFound,
                     fmt::format("the content of '{}' is not kept: {}", file.path,
                                 store::ReasonName(file.reason)),
                     "read it in the repository");
  }
  if (!file.known) {
    return MakeError(ErrorCode::kUnavailable, fmt::format("'{}' is not indexed yet", file.path),
                     "try again; `coppice status` shows the progress");
  }
  const store::SpaceNo space = served.view->space()->number();
  COPPICE_ASSIGN(auto bodies, bodies_.Read(space, std::span(&file.blob, 1), deadline));
  const auto body = bodies.find(file.blob);
  if (body == bodies.end()) {
    if (file.size_bytes == 0) return std::string();
    return MakeError(ErrorCode::kNotFound,
                     fmt::format("the content of '{}' is no longer kept", file.path),
                     "search again: the commit may have moved");
  }
  return std::move(body->second);
}

Result<Retriever::FilesResult> Answerer::Files(const Snapshot& snapshot,
                                               const ViewSelector& view) const {
  COPPICE_ASSIGN(const Selection selection, SelectRefs(snapshot, view));
  if (selection.served.size() + selection.unserved.size() > 1) {
    return MakeError(ErrorCode::kInvalidArgument, "files are listed of one repository at a time",
                     "name one with --repo");
  }
  const ServedRef& served = *selection.served.front();
  Retriever::FilesResult result{served.State(), {}};
  for (std::uint32_t f = 0; f < served.view->files().size(); ++f) {
    result.files.push_back(StateOf(*served.view, f));
  }
  return result;
}

}  // namespace coppice::retrieval
