#include "embed/catalogue/model_registry.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "embed/catalogue/gguf_check.h"
#include "embed/catalogue/source_file.h"
#include "embed/static/static_table.h"

namespace coppice::embed {
namespace {

constexpr std::string_view kBackend = "local/";  // of the models that have a file here

ModelState StateOf(const CatalogueModel& model) {
  if (model.file == nullptr) return ModelState::kDefault;
  if (!model.file->sha256.empty()) return ModelState::kAbsent;
  return model.entry->run_here ? ModelState::kUnverified : ModelState::kNotRunHere;
}

std::string Join(std::string a, const std::string& b) {
  if (!a.empty() && !b.empty()) a += "; ";
  return a + b;
}

/// Fills in what the file says where nobody else did. Errors: kInvalidArgument where it is another
/// model than the name says.
Result<void> Complete(ModelSpec& spec, const GgufSummary& file, const std::string& source) {
  if (spec.use == ModelUse::kEmbed && spec.dimensions != 0 && file.embedding_width != 0 &&
      spec.dimensions != file.embedding_width) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{} has {} dimensions, and {} has {}: it is another model", source,
                                 file.embedding_width, spec.name, spec.dimensions),
                     "give the model a name of its own with --name");
  }
  if (spec.use == ModelUse::kEmbed && spec.dimensions == 0) {
    spec.dimensions = static_cast<int>(file.embedding_width);
  }
  if (spec.context_tokens == 0) spec.context_tokens = static_cast<int>(file.context_tokens);
  if (spec.licence.empty()) spec.licence = file.licence.empty() ? "unknown" : file.licence;
  return {};
}

}  // namespace

std::string_view ToText(ModelState state) {
  switch (state) {
    case ModelState::kDefault:
      return "default";
    case ModelState::kPresent:
      return "present";
    case ModelState::kAbsent:
      return "absent";
    case ModelState::kUnverified:
      return "unverified";
    case ModelState::kNotRunHere:
      return "not_run_here";
  }
  return "";
}

bool ModelProperties::any() const {
  return use || dimensions != 0 || context_tokens != 0 || pooling || !query_prefix.empty() ||
         !document_prefix.empty() || normalise || !licence.empty();
}

ModelRegistry::ModelRegistry(const Catalogue& catalogue, ModelStore& store, UserOf user_of)
    : catalogue_(catalogue), store_(store), user_of_(std::move(user_of)) {}

ModelEntry ModelRegistry::EntryOf(const ModelRecord& record) const {
  ModelEntry entry;
  entry.spec = record.spec;
  entry.size_bytes = record.verified.size_bytes;
  entry.source = record.source;
  entry.trust = ToText(record.trust);
  entry.problem = ModelStore::ProblemOf(record);
  entry.state = entry.problem.empty() ? ModelState::kPresent : ModelState::kUnverified;
  if (const CatalogueModel* known = catalogue_.Find(record.spec.name); known && known->file) {
    entry.quantisation = known->file->quantisation;
  }
  return entry;
}

ModelEntry ModelRegistry::EntryOf(const CatalogueModel& model) {
  ModelEntry entry;
  entry.spec = model.Spec();
  entry.state = StateOf(model);
  if (model.file == nullptr) {
    const std::span<const std::byte> table = DefaultTableBytes();
    entry.spec.sha256 =
        ToHex(Sha256Of({reinterpret_cast<const char*>(table.data()), table.size()}));
    entry.size_bytes = table.size();
    return entry;
  }
  entry.spec.sha256 = model.file->sha256;
  entry.quantisation = model.file->quantisation;
  entry.size_bytes = model.file->size_bytes;
  entry.source = model.file->url;
  return entry;
}

Result<std::vector<ModelEntry>> ModelRegistry::List() const {
  COPPICE_ASSIGN(std::vector<std::string> here, store_.Names());
  const auto read = [&](const std::string& name) -> Result<std::optional<ModelEntry>> {
    const auto record = store_.Find(name);
    if (record && !*record) return std::optional<ModelEntry>();
    if (record) return std::optional(EntryOf(**record));
    ModelEntry broken;
    broken.spec.name = name;
    broken.state = ModelState::kUnverified;
    broken.problem = record.error().Sentence();
    return std::optional(std::move(broken));
  };
  std::vector<ModelEntry> entries;
  for (const CatalogueModel& model : catalogue_.models()) {
    COPPICE_ASSIGN(auto entry, read(model.name));
    entries.push_back(entry ? std::move(*entry) : EntryOf(model));
    std::erase(here, model.name);
  }
  for (const std::string& name : here) {
    COPPICE_ASSIGN(auto entry, read(name));
    if (entry) entries.push_back(std::move(*entry));
  }
  return entries;
}

Result<std::string> ModelRegistry::Canonical(const std::string& name) const {
  const CatalogueModel* model = catalogue_.Find(name);
  if (model != nullptr) return model->name;
  if (name.find('/') == std::string::npos) return NotKnown(name);
  COPPICE_TRY(CheckModelName(name));
  return name;
}

Error ModelRegistry::NotKnown(const std::string& name) const {
  return catalogue_.Unknown(name, store_.Names().value_or(std::vector<std::string>()));
}

Result<ModelEntry> ModelRegistry::Find(const std::string& name) const {
  COPPICE_ASSIGN(const std::string canonical, Canonical(name));
  COPPICE_ASSIGN(const auto record, store_.Find(canonical));
  if (record) return EntryOf(*record);
  const CatalogueModel* model = catalogue_.Find(canonical);
  if (model == nullptr) return NotKnown(name);
  return EntryOf(*model);
}

Result<std::string> ModelRegistry::NameFor(const AddModelRequest& request) const {
  if (request.name.empty()) {
    const std::string file = std::filesystem::path(request.path).filename();
    if (const CatalogueModel* model = catalogue_.FindByFileName(file)) return model->name;
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("no model of the catalogue has a file called {}", file),
                     "say which it is with --name, or call it --name local/NAME with --use");
  }
  if (const CatalogueModel* model = catalogue_.Find(request.name)) {
    if (model->file != nullptr) return model->name;
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{} is part of the program", model->name),
                     "give the model a name of its own with --name");
  }
  if (request.name.find('/') == std::string::npos) return NotKnown(request.name);
  COPPICE_TRY(CheckModelName(request.name));
  if (request.name.starts_with(kBackend)) return request.name;
  return MakeError(
      ErrorCode::kInvalidArgument,
      fmt::format("{}: models that have a file here are called local/NAME", request.name),
      fmt::format("give --name local/{}", request.name.substr(request.name.find('/') + 1)));
}

Result<ModelSpec> ModelRegistry::SpecFor(const std::string& name,
                                         const ModelProperties& properties) const {
  if (const CatalogueModel* known = catalogue_.Find(name)) {
    if (!properties.any()) return known->Spec();
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("what {} is stands in the catalogue", name),
                     "leave those flags out, or give the model a name of its own with --name");
  }
  if (!properties.use) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{} stands in no catalogue: what is it for?", name),
                     "give --use embed, rerank or generate");
  }
  ModelSpec spec;
  spec.name = name;
  spec.use = *properties.use;
  spec.dimensions = properties.dimensions;
  spec.context_tokens = properties.context_tokens;
  spec.pooling = properties.pooling.value_or(Pooling::kModel);
  spec.query_prefix = properties.query_prefix;
  spec.document_prefix = properties.document_prefix;
  spec.normalise = properties.normalise.value_or(true);
  spec.licence = properties.licence;
  return spec;
}

Result<ModelRegistry::Expected> ModelRegistry::ExpectedHash(const std::string& name,
                                                            const std::string& given,
                                                            bool trust_first_use) const {
  if (!given.empty() && !IsSha256(given)) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("'{}' is no SHA-256", given),
                     "give 64 hexadecimal digits in small letters, as sha256sum prints them");
  }
  Expected expected;
  COPPICE_ASSIGN(const auto record, store_.Find(name));
  const CatalogueModel* known = catalogue_.Find(name);
  if (record) {
    expected = {record->spec.sha256, record->trust};
  } else if (known != nullptr && !known->file->sha256.empty()) {
    expected = {std::string(known->file->sha256), Trust::kCatalogue};
  }
  if (!given.empty() && !expected.sha256.empty() && given != expected.sha256) {
    return MakeError(
        ErrorCode::kConflict,
        fmt::format("{} is pinned to SHA-256 {}, and not {}", name, expected.sha256, given),
        record ? fmt::format("take the pin away with `coppice model remove {}` first", name)
               : "give the model a name of its own with --name");
  }
  if (!expected.sha256.empty()) return expected;
  if (!given.empty()) return Expected{given, Trust::kOperator};
  if (trust_first_use) return expected;
  return MakeError(ErrorCode::kInvalidArgument, fmt::format("no SHA-256 of {} is known", name),
                   "give the one of its publisher with --sha256, or --trust-first-use to pin what "
                   "comes");
}

Result<TakenModel> ModelRegistry::Take(IncomingFile file, ModelSpec spec, std::string source,
                                       const Expected& expected) {
  COPPICE_ASSIGN(spec.sha256, file.Finish());
  if (!expected.sha256.empty() && spec.sha256 != expected.sha256) {
    file.Discard();
    const std::string remedy =
        expected.trust == Trust::kCatalogue
            ? "get the file again from its publisher; nothing was changed"
            : fmt::format(
                  "if the new content is wanted, take the pin away with `coppice model "
                  "remove {}` first; nothing was changed",
                  spec.name);
    return MakeError(ErrorCode::kCorrupt,
                     fmt::format("{} has SHA-256 {}, and {} must have {}", source, spec.sha256,
                                 spec.name, expected.sha256),
                     remedy);
  }
  auto checked = CheckGguf(file.fd(), file.size_bytes(), source);
  const auto completed = checked ? Complete(spec, *checked, source) : checked.error();
  if (!completed) {
    file.Discard();
    return completed.error();
  }
  ModelRecord record;
  record.spec = std::move(spec);
  record.source = std::move(source);
  record.trust = expected.trust;
  COPPICE_ASSIGN(const ModelRecord taken, store_.Commit(std::move(file), std::move(record)));
  LogInfo(
      "model_taken",
      {{"model", taken.spec.name}, {"sha256", taken.spec.sha256}, {"trust", ToText(taken.trust)}});
  std::string note;
  if (expected.sha256.empty()) {
    note = fmt::format("pinned to SHA-256 {}, which nobody else has confirmed", taken.spec.sha256);
  }
  const CatalogueModel* known = catalogue_.Find(taken.spec.name);
  if (known != nullptr && known->entry->restricted) {
    note = Join(note, fmt::format("its licence, {}, limits who may use it and for what",
                                  taken.spec.licence));
  }
  return TakenModel{EntryOf(taken), std::move(note)};
}

Result<TakenModel> ModelRegistry::Add(const AddModelRequest& request, const OnBytes& on_bytes,
                                      const Deadline& deadline) {
  COPPICE_ASSIGN(const std::string name, NameFor(request));
  COPPICE_ASSIGN(ModelSpec spec, SpecFor(name, request.properties));
  COPPICE_ASSIGN(const SourceFile source, OpenSourceFile(request.path));
  // Before anything else is said of the file: what is no model is none of the daemon's business.
  COPPICE_ASSIGN(const GgufSummary gguf,
                 CheckGguf(source.fd.get(), source.stamp.size_bytes, source.path));
  COPPICE_TRY(Complete(spec, gguf, source.path));
  COPPICE_ASSIGN(const Expected expected,
                 ExpectedHash(name, request.sha256, request.trust_first_use));
  COPPICE_ASSIGN(IncomingFile file, store_.Begin(source.stamp.size_bytes));
  const auto copy = [&](std::string_view bytes) -> Result<void> {
    const auto written = file.Write(bytes);
    if (written && on_bytes) on_bytes(file.size_bytes(), source.stamp.size_bytes);
    return written;
  };
  COPPICE_TRY(ReadAll(source.fd.get(), source.path, deadline, copy));
  COPPICE_TRY(source.CheckUnchanged());
  return Take(std::move(file), std::move(spec), source.path, expected);
}

Result<TakenModel> ModelRegistry::Pull(const PullModelRequest& request, http::HttpClient& client,
                                       const DownloadOptions& options, const OnBytes& on_bytes,
                                       const Deadline& deadline) {
  const CatalogueModel* model = catalogue_.Find(request.name);
  if (model == nullptr) return NotKnown(request.name);
  const std::string& name = model->name;
  COPPICE_ASSIGN(const ModelEntry entry, Find(name));
  if (entry.state == ModelState::kDefault || entry.state == ModelState::kPresent) {
    return TakenModel{entry, "it was here already"};
  }
  const std::string url = request.url.empty() ? std::string(model->file->url) : request.url;
  if (url.empty()) {
    return MakeError(ErrorCode::kInvalidArgument, fmt::format("no address of {} is known", name),
                     fmt::format("give one with --url, or get its file and `coppice model add FILE "
                                 "--name {}`",
                                 name));
  }
  COPPICE_TRY(CheckDownloadUrl(url, request.allow_http));
  COPPICE_ASSIGN(const Expected expected,
                 ExpectedHash(name, request.sha256, request.trust_first_use));
  COPPICE_ASSIGN(IncomingFile part, IncomingFile::Resume(store_.PartPath(name), deadline));
  DownloadOptions download = options;
  download.expected_bytes = model->file->size_bytes;
  download.hash_known = !expected.sha256.empty();
  const auto check_space = [this](std::uint64_t bytes) { return store_.CheckSpace(bytes); };
  if (const auto got = Download(client, url, download, part, check_space, on_bytes, deadline);
      !got) {
    if (!got.error().remedy.empty()) return got.error().WithContext(name);
    return got.error().WithContext(name).WithRemedy(fmt::format(
        "pull it again to go on with what came; where the daemon has no network, get the "
        "file elsewhere and `coppice model add FILE --name {}`",
        name));
  }
  auto taken = Take(std::move(part), model->Spec(), url, expected);
  store_.ForgetPart(name);
  return taken;
}

Result<ModelEntry> ModelRegistry::Verify(const std::string& name, const OnBytes& on_bytes,
                                         const Deadline& deadline) {
  COPPICE_ASSIGN(const ModelEntry entry, Find(name));
  if (entry.state == ModelState::kDefault) return entry;
  if (entry.trust.empty()) return NotHere(entry);
  COPPICE_ASSIGN(const ModelRecord record, store_.Verify(entry.spec.name, on_bytes, deadline));
  return EntryOf(record);
}

Result<void> ModelRegistry::Remove(const std::string& name) {
  COPPICE_ASSIGN(const std::string canonical, Canonical(name));
  const CatalogueModel* known = catalogue_.Find(canonical);
  if (known != nullptr && known->file == nullptr) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{} is part of the program: it cannot be removed", canonical));
  }
  if (const std::string user = user_of_(canonical); !user.empty()) {
    return MakeError(ErrorCode::kConflict, fmt::format("{} is in use: {}", canonical, user),
                     "let that use another model first");
  }
  const auto removed = store_.Remove(canonical);
  if (removed || removed.error().code != ErrorCode::kNotFound) return removed;
  return known == nullptr ? NotKnown(name) : removed.error();
}

Result<ModelSpec> ModelRegistry::Use(const std::string& name, const Deadline& deadline) {
  COPPICE_ASSIGN(const ModelEntry entry, Find(name));
  if (entry.state == ModelState::kDefault) return entry.spec;
  if (entry.trust.empty()) return NotHere(entry);
  return store_.Use(entry.spec.name, deadline);
}

Error ModelRegistry::NotHere(const ModelEntry& entry) {
  const std::string& name = entry.spec.name;
  return MakeError(
      ErrorCode::kNotFound, fmt::format("{} is not on this machine", name),
      entry.source.empty()
          ? fmt::format("get its file and `coppice model add FILE --name {}`", name)
          : fmt::format("`coppice model pull {}`, or `coppice model add FILE --name {}` "
                        "where there is no network",
                        name, name));
}

}  // namespace coppice::embed
