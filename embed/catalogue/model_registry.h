#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/http/client.h"
#include "base/result.h"
#include "embed/catalogue/catalogue.h"
#include "embed/catalogue/download.h"
#include "embed/catalogue/model_store.h"

namespace coppice::embed {

enum class ModelState : std::uint8_t {
  kDefault,     // part of the program
  kPresent,     // here, and its content has the recorded SHA-256
  kAbsent,      // its SHA-256 is known; pull or add it
  kUnverified,  // no SHA-256 of it is known yet, or what is here has not got it
  kNotRunHere,  // likewise not known, and this project has never run it
};
std::string_view ToText(ModelState state);  // "default", "present", …

/// One model, of the catalogue or of the operator.
struct ModelEntry {
  ModelSpec spec;  // path and sha256 only of what is here, or sha256 where it is known
  ModelState state = ModelState::kAbsent;
  std::string quantisation;      // "Q4_K_M"; "" = not known
  std::uint64_t size_bytes = 0;  // 0 = not known
  std::string source;            // where it is from, or would be pulled from; "" = not known
  std::string trust;             // of what is here: why its SHA-256 is believed
  std::string problem;           // of what is here: why it cannot be used; "" = nothing
};

/// What an operator says of a model that the catalogue does not know.
struct ModelProperties {
  std::optional<ModelUse> use;
  int dimensions = 0;      // 0 = as the file says
  int context_tokens = 0;  // 0 = as the file says
  std::optional<Pooling> pooling;
  std::string query_prefix;
  std::string document_prefix;
  std::optional<bool> normalise;  // nothing: yes
  std::string licence;            // "" = as the file says

  /// Whether anything is said.
  [[nodiscard]] bool any() const;
};

struct AddModelRequest {
  std::string path;              // absolute; of a regular file
  std::string name;              // "" = the model of the catalogue whose file is called so
  std::string sha256;            // "" = that of the catalogue
  bool trust_first_use = false;  // where no SHA-256 is known: pin the file's own
  ModelProperties properties;
};

struct PullModelRequest {
  std::string name;
  std::string url;               // "" = that of the catalogue
  std::string sha256;            // "" = that of the catalogue
  bool trust_first_use = false;  // where no SHA-256 is known: pin the one of what comes
  bool allow_http = false;       // also to other machines
};

/// What became of an `Add` or a `Pull`.
struct TakenModel {
  ModelEntry entry;
  std::string
      note;  // what to know about it: what was pinned, what the licence limits; "" = nothing
};

/// The models that are known and those that are here: the rules of `coppice model`.
///
/// Place:  made by App; called by request threads, and by whoever opens a model.
/// Shape:  names as Catalogue has them, and an operator's own, all `local/NAME`.
/// Limits: thread-safe. What reads a whole file takes some seconds a GiB and looks at its deadline.
/// Errors: kInvalidArgument for a name that cannot be; kNotFound for one that is not known, with
///         the nearest; those of ModelStore.
class ModelRegistry {
 public:
  using OnBytes = ModelStore::OnBytes;
  /// What uses a model just now, for people ("embedding.model"); "" = nothing.
  using UserOf = std::function<std::string(const std::string& name)>;

  /// Both must outlive this.
  ModelRegistry(const Catalogue& catalogue, ModelStore& store, UserOf user_of);

  /// All of the catalogue in its order, then the operator's, by name.
  [[nodiscard]] Result<std::vector<ModelEntry>> List() const;
  [[nodiscard]] Result<ModelEntry> Find(const std::string& name) const;

  /// Copies a file into the store. Errors: kPermissionDenied, kNotFound, kInvalidArgument for what
  /// is no readable file, or where no SHA-256 is known and none may be pinned; kCorrupt: no sound
  /// GGUF file, or another SHA-256 than it must have (names both); kConflict: it changed while it
  /// was copied; kResourceExhausted: no space. Nothing that is here is then replaced.
  Result<TakenModel> Add(const AddModelRequest& request, const OnBytes& on_bytes,
                         const Deadline& deadline);
  /// Downloads a model of the catalogue, going on where an earlier call was cut short. One that is
  /// here and sound is left alone. Errors: kInvalidArgument: no address, http, or no SHA-256 and
  /// none may be pinned; kConflict: it is being pulled; kCorrupt: another SHA-256 than it must
  /// have, or no sound GGUF file (what came is thrown away); those of Download.
  Result<TakenModel> Pull(const PullModelRequest& request, http::HttpClient& client,
                          const DownloadOptions& options, const OnBytes& on_bytes,
                          const Deadline& deadline);
  /// Reads the whole file of a model that is here; what is wrong stands in `problem`.
  Result<ModelEntry> Verify(const std::string& name, const OnBytes& on_bytes,
                            const Deadline& deadline);
  /// Errors: kConflict where something uses it, naming that; kInvalidArgument for what is part of
  /// the program; kNotFound where it is not here.
  Result<void> Remove(const std::string& name);

  /// The model with its file, to be run. Errors: kNotFound with how to get it; kCorrupt, with both
  /// hashes.
  Result<ModelSpec> Use(const std::string& name, const Deadline& deadline);

 private:
  /// The SHA-256 that a file must have, and who says so.
  struct Expected {
    std::string sha256;  // "" = whatever comes is pinned
    Trust trust = Trust::kFirstUse;
  };

  /// The name as the catalogue writes it, or as it is.
  Result<std::string> Canonical(const std::string& name) const;
  Result<Expected> ExpectedHash(const std::string& name, const std::string& given,
                                bool trust_first_use) const;
  Result<ModelSpec> SpecFor(const std::string& name, const ModelProperties& properties) const;
  static ModelEntry EntryOf(const CatalogueModel& model);
  [[nodiscard]] ModelEntry EntryOf(const ModelRecord& record) const;
  Result<std::string> NameFor(const AddModelRequest& request) const;
  Error NotKnown(const std::string& name) const;
  [[nodiscard]] static Error NotHere(const ModelEntry& entry);
  /// Checks a finished file against what was expected, and puts it in its place.
  Result<TakenModel> Take(IncomingFile file, ModelSpec spec, std::string source,
                          const Expected& expected);

  const Catalogue& catalogue_;
  ModelStore& store_;
  const UserOf user_of_;
};

}  // namespace coppice::embed
