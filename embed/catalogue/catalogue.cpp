#include "embed/catalogue/catalogue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/edit_distance.h"
#include "base/format.h"

namespace coppice::embed {
namespace {

constexpr std::size_t kMaxPart = 96;  // of a name; a file system takes 255

bool IsNameLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool IsNamePart(std::string_view part) {
  if (part.empty() || part.size() > kMaxPart) return false;
  if (part.front() == '.' || part.front() == '_' || part.front() == '-') return false;
  return std::all_of(part.begin(), part.end(), IsNameLetter);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string VariantName(const CatalogueEntry& entry, const CatalogueFile& file) {
  return fmt::format("{}:{}", entry.name, Lower(file.quantisation));
}

constexpr std::array<std::pair<ModelUse, std::string_view>, 3> kUses = {
    {{ModelUse::kEmbed, "embed"},
     {ModelUse::kRerank, "rerank"},
     {ModelUse::kGenerate, "generate"}}};
constexpr std::array<std::pair<Pooling, std::string_view>, 4> kPoolings = {
    {{Pooling::kModel, "model"},
     {Pooling::kMean, "mean"},
     {Pooling::kCls, "cls"},
     {Pooling::kLast, "last"}}};

template <class Table, class Key>
std::string_view TextOf(const Table& table, Key key) {
  return std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == key; })
      ->second;
}

template <class Key, class Table>
std::optional<Key> KeyOf(const Table& table, std::string_view text) {
  for (const auto& [key, name] : table) {
    if (name == text) return key;
  }
  return std::nullopt;
}

}  // namespace

ModelSpec CatalogueModel::Spec() const {
  ModelSpec spec;
  spec.name = name;
  spec.use = entry->use;
  spec.dimensions = entry->dimensions;
  spec.context_tokens = entry->context_tokens;
  spec.pooling = entry->pooling;
  spec.query_prefix = entry->query_prefix;
  spec.document_prefix = entry->document_prefix;
  spec.normalise = entry->normalise;
  spec.licence = entry->licence;
  return spec;
}

Catalogue::Catalogue() : Catalogue(BuiltInEntries()) {}

Catalogue::Catalogue(std::span<const CatalogueEntry> entries) {
  for (const CatalogueEntry& entry : entries) {
    if (entry.files.empty()) models_.push_back({std::string(entry.name), &entry, nullptr});
    for (const CatalogueFile& file : entry.files) {
      const bool first = &file == &entry.files.front();
      models_.push_back(
          {first ? std::string(entry.name) : VariantName(entry, file), &entry, &file});
    }
  }
}

const CatalogueModel* Catalogue::Find(std::string_view name) const {
  for (const CatalogueModel& model : models_) {
    if (model.name == name) return &model;
    if (model.file != nullptr && VariantName(*model.entry, *model.file) == name) return &model;
  }
  return nullptr;
}

const CatalogueModel* Catalogue::FindByFileName(std::string_view file_name) const {
  for (const CatalogueModel& model : models_) {
    if (model.file != nullptr && model.file->file_name == file_name) return &model;
  }
  return nullptr;
}

Error Catalogue::Unknown(std::string_view name, std::vector<std::string> others) const {
  for (const CatalogueModel& model : models_) others.push_back(model.name);
  std::string nearest;
  for (const std::string& other : others) {
    if (nearest.empty() && other.ends_with("/" + std::string(name))) nearest = other;
  }
  constexpr std::size_t kFarthest = 4;
  if (nearest.empty()) nearest = NearestWord(name, others, kFarthest);
  return MakeError(ErrorCode::kNotFound, fmt::format("no model is called '{}'", name),
                   nearest.empty()
                       ? "`coppice model list` shows those that are known"
                       : fmt::format("did you mean {}? `coppice model list` shows all", nearest));
}

Result<void> CheckModelName(std::string_view name) {
  const std::size_t slash = name.find('/');
  const std::size_t colon = name.find(':');
  const std::string_view backend = name.substr(0, slash);
  const std::string_view rest =
      slash == std::string_view::npos ? std::string_view() : name.substr(slash + 1);
  const std::string_view model = rest.substr(0, rest.find(':'));
  const bool variant_fits = colon == std::string_view::npos || IsNamePart(name.substr(colon + 1));
  if (IsNamePart(backend) && IsNamePart(model) && variant_fits) return {};
  return MakeError(
      ErrorCode::kInvalidArgument, fmt::format("'{}' cannot be the name of a model", name),
      "write BACKEND/NAME, such as local/bge-m3, of letters, digits, '.', '_' and '-'");
}

bool IsSha256(std::string_view text) {
  constexpr std::size_t kDigits = 64;
  return text.size() == kDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view ToText(ModelUse use) { return TextOf(kUses, use); }
std::string_view ToText(Pooling pooling) { return TextOf(kPoolings, pooling); }
std::optional<ModelUse> ParseModelUse(std::string_view text) {
  return KeyOf<ModelUse>(kUses, text);
}
std::optional<Pooling> ParsePooling(std::string_view text) {
  return KeyOf<Pooling>(kPoolings, text);
}

}  // namespace coppice::embed
