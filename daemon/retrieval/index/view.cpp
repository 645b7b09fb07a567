#include "daemon/retrieval/index/view.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace coppice::retrieval {
namespace {
constexpr std::uint32_t kNoDoc = std::numeric_limits<std::uint32_t>::max();
}

View::View(store::RepoNo repo, store::ObjectId commit, std::string subtree,
           std::shared_ptr<const FileTable> files, std::shared_ptr<const Space> space)
    : repo_(repo),
      commit_(std::move(commit)),
      subtree_(std::move(subtree)),
      files_(std::move(files)),
      space_(std::move(space)),
      docs_(space_->doc_count()),
      chunks_(space_->chunk_count()) {
  BindFiles();
  MarkChunks();
  CountCoverage();
}

void View::BindFiles() {
  const auto table = files_->files();
  doc_of_file_.assign(table.size(), kNoDoc);
  file_offsets_.assign(space_->doc_count() + 1, 0);
  for (std::uint32_t f = 0; f < table.size(); ++f) {
    if (!table[f].searchable()) continue;
    const auto doc = space_->FindDoc(table[f].blob, table[f].language);
    if (!doc) continue;
    doc_of_file_[f] = *doc;
    docs_.Add(*doc);
    ++file_offsets_[*doc + 1];
  }
  for (std::size_t d = 1; d < file_offsets_.size(); ++d) file_offsets_[d] += file_offsets_[d - 1];
  doc_files_.resize(file_offsets_.back());
  std::vector<std::uint32_t> next(file_offsets_.begin(), file_offsets_.end() - 1);
  for (std::uint32_t f = 0; f < table.size(); ++f) {
    if (doc_of_file_[f] != kNoDoc) doc_files_[next[doc_of_file_[f]]++] = f;
  }
  const auto order = [&](std::uint32_t f) {
    const ViewFile& file = table[f];
    return std::tuple(file.path_class.test || file.path_class.vendored, file.path.size(), f);
  };
  for (std::size_t d = 0; d + 1 < file_offsets_.size(); ++d) {
    if (file_offsets_[d + 1] - file_offsets_[d] < 2) continue;
    std::sort(doc_files_.begin() + file_offsets_[d], doc_files_.begin() + file_offsets_[d + 1],
              [&](std::uint32_t a, std::uint32_t b) { return order(a) < order(b); });
  }
}

void View::MarkChunks() {
  const auto& segments = space_->segments();
  for (std::size_t s = 0; s < segments.size(); ++s) {
    const auto files = segments[s]->files();
    for (std::uint32_t f = 0; f < files.size(); ++f) {
      const std::uint32_t doc = space_->doc_base(s) + f;
      if (!docs_.Contains(doc)) continue;
      stats_.path_words += files_->path_length(FilesOf(doc).front());
      for (std::uint32_t c = files[f].first_chunk; c < files[f].first_chunk + files[f].chunk_count;
           ++c) {
        chunks_.Add(space_->chunk_base(s) + c);
        texts_.Add(segments[s]->chunks()[c].text);
      }
    }
  }
  const std::uint64_t path_words = stats_.path_words;
  stats_ = space_->SumLengths(docs_);
  stats_.path_words = path_words;
}

void View::CountCoverage() {
  const auto table = files_->files();
  for (std::uint32_t f = 0; f < table.size(); ++f) {
    if (IsPending(f)) {
      ++coverage_.pending;
    } else if (table[f].state == store::BlobState::kSkipped) {
      ++coverage_.skipped;
    } else if (table[f].state == store::BlobState::kQuarantined) {
      ++coverage_.quarantined;
    } else {
      ++coverage_.indexed;
    }
  }
}

std::optional<std::uint32_t> View::DocOf(std::uint32_t file) const {
  if (doc_of_file_[file] == kNoDoc) return std::nullopt;
  return doc_of_file_[file];
}

std::span<const std::uint32_t> View::FilesOf(std::uint32_t doc) const {
  return std::span(doc_files_)
      .subspan(file_offsets_[doc], file_offsets_[doc + 1] - file_offsets_[doc]);
}

bool View::IsPending(std::uint32_t file) const {
  const ViewFile& entry = files_->files()[file];
  if (entry.excluded_by_path || entry.state == store::BlobState::kSkipped) return false;
  return !entry.known || (entry.size_bytes > 0 && doc_of_file_[file] == kNoDoc);
}

std::uint64_t View::memory_bytes() const {
  return (doc_of_file_.capacity() + file_offsets_.capacity() + doc_files_.capacity()) *
             sizeof(std::uint32_t) +
         (space_->doc_count() + space_->chunk_count()) / 8 + texts_.words().size_bytes();
}

}  // namespace coppice::retrieval
