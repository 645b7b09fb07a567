#include "embed/factory.h"

#include <utility>

#include "base/format.h"
#include "embed/static/static_embedder.h"
#include "embed/static/static_table.h"

namespace coppice::embed {
namespace {

constexpr std::string_view kStaticPrefix = "static/";

Result<StaticTable> OpenTable(std::string_view name) {
  if (name == kDefaultModel) {
    return StaticTable::FromBytes(DefaultTableBytes(), std::string(name));
  }
  return StaticTable::Load(std::string(name.substr(kStaticPrefix.size())));
}

}  // namespace

std::vector<std::string> KnownModels() { return {std::string(kDefaultModel)}; }

Result<std::unique_ptr<Embedder>> OpenEmbedder(std::string_view name) {
  if (!name.starts_with(kStaticPrefix) || name.size() == kStaticPrefix.size()) {
    return MakeError(
        ErrorCode::kNotFound, fmt::format("no embedding model is called \"{}\"", name),
        fmt::format("Use {}, or static/<path> for a table file.", fmt::join(KnownModels(), ", ")));
  }
  COPPICE_ASSIGN(StaticTable table, OpenTable(name));
  return std::unique_ptr<Embedder>(
      std::make_unique<StaticEmbedder>(std::string(name), std::move(table)));
}

}  // namespace coppice::embed
