#include "embed/catalogue/model_store.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <sys/file.h>
#include <sys/statvfs.h>

#include "base/atomic_file.h"
#include "base/doorbell.h"
#include "base/format.h"
#include "base/log.h"
#include "embed/catalogue/catalogue.h"

namespace coppice::embed {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;
using std::chrono::milliseconds;

constexpr std::uint64_t kSpareBytes = 64ULL << 20U;  // left free beside a model
constexpr milliseconds kLockPatience{10'000};
constexpr milliseconds kLockPause{10};
constexpr std::size_t kMaxRecordBytes = 1 << 20;
constexpr std::string_view kRecordEnding = ".json";
const char* const kChanged = "its file has changed since it was verified";

Error FromErrno(const fs::path& path, int number) {
  const bool denied = number == EACCES || number == EPERM || number == EROFS;
  return MakeError(denied ? ErrorCode::kPermissionDenied : ErrorCode::kUnavailable,
                   fmt::format("{}: {}", path.string(), std::generic_category().message(number)));
}

Result<void> MakeFolder(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return FromErrno(path, errno);
}

Result<void> SyncFolder(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid() || ::fsync(fd.get()) != 0) return FromErrno(path, errno);
  return {};
}

/// The names in a folder. One that is not there has none.
Result<std::vector<std::string>> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code status;
  for (fs::directory_iterator it(folder, status), end; !status && it != end; it.increment(status)) {
    names.push_back(it->path().filename().string());
  }
  if (status && status != std::errc::no_such_file_or_directory) {
    return FromErrno(folder, status.value());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Nothing where the file is not there.
Result<std::optional<std::string>> ReadSmallFile(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid() && errno == ENOENT) return std::optional<std::string>();
  if (!fd.valid()) return FromErrno(path, errno);
  std::string text;
  COPPICE_TRY(ReadAll(fd.get(), path.string(), Deadline::Never(),
                      [&](std::string_view bytes) -> Result<void> {
                        text += bytes;
                        if (text.size() <= kMaxRecordBytes) return {};
                        return MakeError(ErrorCode::kCorrupt, "the record is damaged: too large");
                      }));
  return std::optional(std::move(text));
}

std::string ByteText(std::uint64_t bytes) {
  constexpr double kMebi = 1 << 20;
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / kMebi);
}

}  // namespace

ModelStore::ModelStore(fs::path folder) : folder_(std::move(folder)) {}

Result<std::unique_ptr<ModelStore>> ModelStore::Open(fs::path folder) {
  COPPICE_TRY(MakeFolder(folder));
  for (const char* inner : {"files", "records", "incoming", "parts"}) {
    COPPICE_TRY(MakeFolder(folder / inner));
  }
  std::unique_ptr<ModelStore> store(new ModelStore(std::move(folder)));
  COPPICE_ASSIGN(const UniqueFd lock, store->Lock());
  store->SweepIncoming();
  COPPICE_TRY(store->SweepFiles());
  return store;
}

Result<UniqueFd> ModelStore::Lock() const {
  const fs::path path = folder_ / "lock";
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.valid()) return FromErrno(path, errno);
  const Deadline deadline = Deadline::After(kLockPatience);
  Doorbell pause;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return FromErrno(path, errno);
    if (deadline.expired()) {
      return MakeError(ErrorCode::kUnavailable,
                       fmt::format("{} is held by another process", path.string()));
    }
    pause.Wait(Deadline::After(kLockPause));
  }
  return fd;
}

fs::path ModelStore::FilePath(const std::string& sha256) const {
  return folder_ / "files" / (sha256 + ".gguf");
}

fs::path ModelStore::RecordPath(const std::string& name) const {
  return folder_ / "records" / (name + ".json");
}

fs::path ModelStore::PartPath(const std::string& name) const {
  std::string file = name;
  std::replace(file.begin(), file.end(), '/', '=');  // which no name has
  return folder_ / "parts" / (file + ".part");
}

Result<std::vector<std::string>> ModelStore::Names() const {
  std::vector<std::string> names;
  COPPICE_ASSIGN(const auto backends, NamesIn(folder_ / "records"));
  for (const std::string& backend : backends) {
    COPPICE_ASSIGN(const auto files, NamesIn(folder_ / "records" / backend));
    for (const std::string& file : files) {
      if (!file.ends_with(kRecordEnding)) continue;  // a record that was being written
      std::string name = backend + "/" + file.substr(0, file.size() - kRecordEnding.size());
      if (CheckModelName(name)) names.push_back(std::move(name));
    }
  }
  return names;
}

Result<std::optional<ModelRecord>> ModelStore::Find(const std::string& name) const {
  COPPICE_TRY(CheckModelName(name));
  const fs::path path = RecordPath(name);
  const auto because = [&](const Error& error) {
    return error.WithContext(path.string())
        .WithRemedy(
            fmt::format("remove it with `coppice model remove {}`, and add it again", name));
  };
  const auto text = ReadSmallFile(path);
  if (!text) return text.error().code == ErrorCode::kCorrupt ? because(text.error()) : text.error();
  if (!*text) return std::optional<ModelRecord>();
  auto record = RecordFromText(**text);
  if (!record) return because(record.error());
  if (record->spec.name != name) {
    return because(MakeError(ErrorCode::kCorrupt, "it is the record of " + record->spec.name));
  }
  record->spec.path = FilePath(record->spec.sha256);
  return std::optional(std::move(*record));
}

std::string ModelStore::ProblemOf(const ModelRecord& record) {
  struct stat info {};
  if (::lstat(record.spec.path.c_str(), &info) != 0) {
    return fmt::format("its file cannot be found: {}", std::generic_category().message(errno));
  }
  if (!S_ISREG(info.st_mode)) return "its file is no regular file";
  if (StampOf(info) != record.verified) return kChanged;
  if (record.damaged_sha256.empty()) return "";
  return fmt::format("its file has SHA-256 {}, and not {}", record.damaged_sha256,
                     record.spec.sha256);
}

Result<void> ModelStore::CheckSpace(std::uint64_t size_bytes) const {
  struct statvfs info {};
  if (::statvfs(folder_.c_str(), &info) != 0) return FromErrno(folder_, errno);
  const std::uint64_t free = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
  if (free >= kSpareBytes && free - kSpareBytes >= size_bytes) return {};
  Error error =
      MakeError(ErrorCode::kResourceExhausted,
                fmt::format("{} has {} free, and {} and {} to spare are needed", folder_.string(),
                            ByteText(free), ByteText(size_bytes), ByteText(kSpareBytes)),
                "make room there, or remove a model");
  error.retryable = false;
  return error;
}

Result<IncomingFile> ModelStore::Begin(std::uint64_t size_bytes) {
  COPPICE_TRY(CheckSpace(size_bytes));
  COPPICE_ASSIGN(const UniqueFd lock, Lock());
  constexpr std::size_t kNameBytes = 8;
  return IncomingFile::Create(
      (folder_ / "incoming" / (ToHex(RandomBytes(kNameBytes)) + ".new")).string());
}

Result<void> ModelStore::WriteRecord(const ModelRecord& record) const {
  const fs::path path = RecordPath(record.spec.name);
  COPPICE_TRY(MakeFolder(path.parent_path()));
  COPPICE_ASSIGN(AtomicFile file, AtomicFile::Create(path.string()));
  COPPICE_TRY(file.Write(RecordToText(record)));
  return file.Commit();
}

Result<ModelRecord> ModelStore::Commit(IncomingFile file, ModelRecord record) {
  COPPICE_ASSIGN(const UniqueFd lock, Lock());
  COPPICE_ASSIGN(const auto before, Find(record.spec.name));
  if (before && before->spec.sha256 != record.spec.sha256) {
    return MakeError(ErrorCode::kConflict,
                     fmt::format("{} has SHA-256 {} meanwhile, and not {}", record.spec.name,
                                 before->spec.sha256, record.spec.sha256));
  }
  record.spec.path = FilePath(record.spec.sha256);
  record.damaged_sha256.clear();
  COPPICE_ASSIGN(std::vector<ModelRecord> others, RecordsOf(record.spec.sha256));
  const auto sound = std::find_if(others.begin(), others.end(), [](const ModelRecord& other) {
    return ProblemOf(other).empty();
  });
  if (sound != others.end()) {  // it is here: a file that is used is not replaced
    record.verified = sound->verified;
    file.Discard();
    COPPICE_TRY(WriteRecord(record));
    return record;
  }
  COPPICE_ASSIGN(record.verified, Place(file, record.spec.path));
  COPPICE_TRY(WriteRecord(record));
  for (ModelRecord& other : others) {  // of a damaged or lost file, which is whole again
    other.verified = record.verified;
    other.damaged_sha256.clear();
    if (other.spec.name != record.spec.name) COPPICE_TRY(WriteRecord(other));
  }
  return record;
}

Result<FileStamp> ModelStore::Place(IncomingFile& file, const fs::path& path) const {
  if (::fchmod(file.fd(), 0400) != 0) return FromErrno(file.path(), errno);
  if (::rename(file.path().c_str(), path.c_str()) != 0) return FromErrno(path, errno);
  file.Release();
  COPPICE_TRY(SyncFolder(path.parent_path()));
  struct stat info {};
  if (::fstat(file.fd(), &info) != 0) return FromErrno(path, errno);
  return StampOf(info);
}

Result<std::vector<ModelRecord>> ModelStore::RecordsOf(const std::string& sha256) const {
  std::vector<ModelRecord> records;
  COPPICE_ASSIGN(const auto names, Names());
  for (const std::string& name : names) {
    auto record = Find(name);
    if (record && *record && (*record)->spec.sha256 == sha256) {
      records.push_back(std::move(**record));
    }
  }
  return records;
}

Result<ModelRecord> ModelStore::Verify(const std::string& name, const OnBytes& on_bytes,
                                       const Deadline& deadline) {
  COPPICE_ASSIGN(const auto found, Find(name));
  if (!found) return MakeError(ErrorCode::kNotFound, fmt::format("{} is not here", name));
  const std::string path = found->spec.path.string();
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid() && errno == ENOENT) {
    return MakeError(ErrorCode::kNotFound, fmt::format("{}: {} is gone", name, path),
                     fmt::format("pull or add {} again", name));
  }
  struct stat before {};
  if (!fd.valid() || ::fstat(fd.get(), &before) != 0) return FromErrno(path, errno);
  Sha256Hasher hasher;
  std::uint64_t done = 0;
  COPPICE_TRY(ReadAll(fd.get(), path, deadline, [&](std::string_view bytes) -> Result<void> {
    hasher.Update(bytes);
    done += bytes.size();
    if (on_bytes) on_bytes(done, static_cast<std::uint64_t>(before.st_size));
    return {};
  }));
  const std::string actual = ToHex(hasher.Finish());

  COPPICE_ASSIGN(const UniqueFd lock, Lock());
  struct stat after {};
  if (::fstat(fd.get(), &after) != 0) return FromErrno(path, errno);
  COPPICE_ASSIGN(auto record, Find(name));
  const bool same = record && record->spec.sha256 == found->spec.sha256;
  if (!same || StampOf(after) != StampOf(before)) {
    return MakeError(ErrorCode::kConflict,
                     fmt::format("{} was changed while it was verified", name),
                     "verify it once more");
  }
  record->verified = StampOf(after);
  record->damaged_sha256 = actual == record->spec.sha256 ? "" : actual;
  COPPICE_TRY(WriteRecord(*record));
  return std::move(*record);
}

Result<ModelSpec> ModelStore::Use(const std::string& name, const Deadline& deadline) {
  COPPICE_ASSIGN(auto record, Find(name));
  if (!record) return MakeError(ErrorCode::kNotFound, fmt::format("{} is not here", name));
  std::string problem = ProblemOf(*record);
  if (problem == kChanged) {
    COPPICE_ASSIGN(record, Verify(name, nullptr, deadline));
    problem = ProblemOf(*record);
  }
  if (problem.empty()) return std::move(record->spec);
  return MakeError(ErrorCode::kCorrupt, fmt::format("{}: {}", name, problem),
                   fmt::format("pull or add {} again", name));
}

Result<void> ModelStore::Remove(const std::string& name) {
  COPPICE_TRY(CheckModelName(name));
  COPPICE_ASSIGN(const UniqueFd lock, Lock());
  const fs::path path = RecordPath(name);
  COPPICE_ASSIGN(const bool had_part, RemovePart(name));
  if (::unlink(path.c_str()) != 0) {
    if (errno != ENOENT) return FromErrno(path, errno);
    if (had_part) return {};
    return MakeError(ErrorCode::kNotFound, fmt::format("{} is not here", name));
  }
  COPPICE_TRY(SyncFolder(path.parent_path()));
  return SweepFiles();
}

void ModelStore::ForgetPart(const std::string& name) const {
  ::unlink((PartPath(name).string() + ".json").c_str());
}

Result<bool> ModelStore::RemovePart(const std::string& name) const {
  const std::string path = PartPath(name);
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return MakeError(ErrorCode::kConflict, fmt::format("{} is being pulled", name),
                     "stop that first");
  }
  ::unlink((path + ".json").c_str());
  return ::unlink(path.c_str()) == 0;
}

Result<void> ModelStore::SweepFiles() const {
  std::set<std::string> wanted;
  COPPICE_ASSIGN(const auto names, Names());
  for (const std::string& name : names) {
    const auto record = Find(name);
    if (!record) {
      LogWarning("model_record_unreadable", {{"why", record.error().ToString()}});
      return {};  // it may name any of them
    }
    if (*record) wanted.insert((*record)->spec.path.filename().string());
  }
  COPPICE_ASSIGN(const auto files, NamesIn(folder_ / "files"));
  for (const std::string& file : files) {
    if (wanted.contains(file)) continue;
    const fs::path path = folder_ / "files" / file;
    if (::unlink(path.c_str()) != 0) return FromErrno(path, errno);
    LogInfo("model_file_removed", {{"file", file}});
  }
  return {};
}

void ModelStore::SweepIncoming() const {
  const auto remove = [](const fs::path& path) {
    if (::unlink(path.c_str()) == 0) LogInfo("model_remains_removed", {{"file", path.string()}});
  };
  for (const std::string& file : NamesIn(folder_ / "incoming").value_or(Strings())) {
    const fs::path path = folder_ / "incoming" / file;
    const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;  // being written
    remove(path);
  }
  for (const std::string& file : NamesIn(folder_ / "parts").value_or(Strings())) {
    if (!file.ends_with(".part") && !file.ends_with(".part.json")) remove(folder_ / "parts" / file);
  }
  const fs::path records = folder_ / "records";
  for (const std::string& backend : NamesIn(records).value_or(Strings())) {
    for (const std::string& file : NamesIn(records / backend).value_or(Strings())) {
      if (!file.ends_with(kRecordEnding)) remove(records / backend / file);
    }
  }
}

}  // namespace coppice::embed
