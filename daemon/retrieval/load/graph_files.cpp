#include "daemon/retrieval/load/graph_files.h"

#include <filesystem>
#include <system_error>

#include "base/format.h"

namespace coppice::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEnding = ".hnsw";

template <class Unwanted>
void RemoveFiles(const std::string& folder, const Unwanted& unwanted) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::error_code ignored;
    if (unwanted(entry.path())) fs::remove(entry.path(), ignored);
  }
}

}  // namespace

std::string GraphFile(const std::string& folder, store::SpaceNo space, store::ModelNo model) {
  return fmt::format("{}/space-{}-model-{}{}", folder, space.value, model.value, kEnding);
}

Result<void> PrepareGraphFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    return MakeError(ErrorCode::kUnavailable, fmt::format("{}: {}", folder, error.message()));
  RemoveFiles(folder, [](const fs::path& path) {
    return path.filename().string().find(".hnsw.new-") != std::string::npos;
  });
  return {};
}

void KeepGraphFilesOf(const std::string& folder, const std::set<store::SpaceNo>& spaces,
                      store::ModelNo model) {
  std::set<fs::path> kept;
  for (const store::SpaceNo space : spaces) kept.insert(GraphFile(folder, space, model));
  RemoveFiles(folder, [&](const fs::path& path) {
    return path.extension() == kEnding && !kept.contains(path);
  });
}

}  // namespace coppice::retrieval
