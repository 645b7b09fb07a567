#include "embed/catalogue/model_record.h"

#include <exception>
#include <optional>

#include "base/format.h"
#include "base/json.h"
#include "embed/catalogue/catalogue.h"

namespace coppice::embed {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::optional<Trust> ParseTrust(std::string_view text) {
  for (const Trust trust : {Trust::kCatalogue, Trust::kOperator, Trust::kFirstUse}) {
    if (ToText(trust) == text) return trust;
  }
  return std::nullopt;
}

Error Damaged(std::string_view what) {
  return MakeError(ErrorCode::kCorrupt, fmt::format("the record is damaged: {}", what));
}

/// Throws what the JSON library throws for a field that is not there or is something else.
Result<ModelRecord> FromJson(const Json& json) {
  const int format = json.at("format").get<int>();
  if (format > kModelRecordFormat) {
    return MakeError(ErrorCode::kUnsupportedVersion,
                     fmt::format("the record has format {}, made by a newer coppiced", format));
  }
  ModelRecord record;
  ModelSpec& spec = record.spec;
  spec.name = json.at("name").get<std::string>();
  const auto use = ParseModelUse(json.at("use").get<std::string>());
  const auto pooling = ParsePooling(json.at("pooling").get<std::string>());
  const auto trust = ParseTrust(json.at("trust").get<std::string>());
  if (!use || !pooling || !trust) return Damaged("an unknown use, pooling or trust");
  spec.use = *use;
  spec.dimensions = json.at("dimensions").get<int>();
  spec.context_tokens = json.at("context_tokens").get<int>();
  spec.pooling = *pooling;
  spec.query_prefix = json.at("query_prefix").get<std::string>();
  spec.document_prefix = json.at("document_prefix").get<std::string>();
  spec.normalise = json.at("normalise").get<bool>();
  spec.licence = json.at("licence").get<std::string>();
  spec.sha256 = json.at("sha256").get<std::string>();
  record.source = json.at("source").get<std::string>();
  record.trust = *trust;
  const Json& verified = json.at("verified");
  record.verified.size_bytes = verified.at("size_bytes").get<std::uint64_t>();
  record.verified.mtime_ns = verified.at("mtime_ns").get<std::int64_t>();
  record.verified.ctime_ns = verified.at("ctime_ns").get<std::int64_t>();
  record.verified.inode = verified.at("inode").get<std::uint64_t>();
  record.damaged_sha256 = json.at("damaged_sha256").get<std::string>();
  if (!IsSha256(spec.sha256)) return Damaged("its SHA-256 is none");
  COPPICE_TRY(CheckModelName(spec.name));
  return record;
}

}  // namespace

FileStamp StampOf(const struct stat& info) {
  return {static_cast<std::uint64_t>(info.st_size),
          info.st_mtim.tv_sec * kSecond + info.st_mtim.tv_nsec,
          info.st_ctim.tv_sec * kSecond + info.st_ctim.tv_nsec, info.st_ino};
}

std::string_view ToText(Trust trust) {
  switch (trust) {
    case Trust::kCatalogue:
      return "catalogue";
    case Trust::kOperator:
      return "operator";
    case Trust::kFirstUse:
      return "first_use";
  }
  return "";
}

std::string RecordToText(const ModelRecord& record) {
  const ModelSpec& spec = record.spec;
  const Json json = {{"format", kModelRecordFormat},
                     {"name", spec.name},
                     {"use", std::string(ToText(spec.use))},
                     {"dimensions", spec.dimensions},
                     {"context_tokens", spec.context_tokens},
                     {"pooling", std::string(ToText(spec.pooling))},
                     {"query_prefix", spec.query_prefix},
                     {"document_prefix", spec.document_prefix},
                     {"normalise", spec.normalise},
                     {"licence", spec.licence},
                     {"sha256", spec.sha256},
                     {"source", record.source},
                     {"trust", std::string(ToText(record.trust))},
                     {"verified",
                      {{"size_bytes", record.verified.size_bytes},
                       {"mtime_ns", record.verified.mtime_ns},
                       {"ctime_ns", record.verified.ctime_ns},
                       {"inode", record.verified.inode}}},
                     {"damaged_sha256", record.damaged_sha256}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ModelRecord> RecordFromText(std::string_view text) {
  try {
    return FromJson(Json::parse(text));
  } catch (const std::exception& problem) {
    return Damaged(problem.what());
  }
}

}  // namespace coppice::embed
