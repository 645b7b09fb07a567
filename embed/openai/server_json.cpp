#include "embed/openai/server_json.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/format.h"

namespace coppice::embed {
namespace {

constexpr int kMaxDepth = 32;

/// Whether brackets nest deeper than kMaxDepth; those in strings do not count.
bool TooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

Error Corrupt(std::string_view server, std::string_view what) {
  return MakeError(ErrorCode::kCorrupt, fmt::format("{}: {}", server, what));
}

std::string Text(const Json& value) { return value.is_string() ? value.get<std::string>() : ""; }

/// {"error": {"message"}}, {"error": "…"}, {"message"}, {"detail": "…"}, {"detail": [{"msg"}]}.
std::string MessageIn(const Json& body) {
  const Json& error = Member(body, "error");
  for (const Json* const value :
       {&Member(error, "message"), &error, &Member(body, "message"), &Member(body, "detail")}) {
    if (value->is_string()) return Text(*value);
  }
  const Json& detail = Member(body, "detail");
  return detail.is_array() && !detail.empty() ? Text(Member(detail.front(), "msg")) : "";
}

/// Ends the text where it begins to repeat what was sent, and makes one short line of it.
std::string ShortLine(std::string text) {
  constexpr std::size_t kMost = 300;
  for (const std::string_view mark : {"input_value", "'input':", "\"input\":"}) {
    text.resize(std::min(text.find(mark), text.size()));
  }
  text.resize(std::min(text.size(), kMost));
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) text.pop_back();
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

Error ErrorOfStatus(int status, std::string_view server, const std::string& said) {
  const std::string message = said.empty() ? fmt::format("{}: HTTP {}", server, status)
                                           : fmt::format("{}: HTTP {}: {}", server, status, said);
  switch (status) {
    case 401:
      return MakeError(ErrorCode::kUnauthenticated, fmt::format("{}: HTTP 401", server),
                       "Check the key in key_file.");
    case 403:
      return MakeError(ErrorCode::kPermissionDenied, fmt::format("{}: HTTP 403", server),
                       "Check what the key in key_file may do.");
    case 404:
      return MakeError(ErrorCode::kNotFound, message,
                       "Check base_url, which usually ends in /v1, and the model's name.");
    case 402:
    case 429:
      return MakeError(ErrorCode::kResourceExhausted, message);
    case 408:
      return MakeError(ErrorCode::kUnavailable, message);
    case 501:
      return MakeError(ErrorCode::kUnsupported, message);
    default:
      break;
  }
  if (status >= 500) return MakeError(ErrorCode::kUnavailable, message);
  if (status >= 300 && status < 400) {
    return MakeError(ErrorCode::kInvalidArgument, message,
                     "Redirects are not followed: name the place itself in base_url.");
  }
  return MakeError(ErrorCode::kInvalidArgument, message);
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

/// Nothing for what is not base64.
Result<std::string> FromBase64(std::string_view text, std::string_view server) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = Base64Value(c);
    if (value < 0) return Corrupt(server, "a vector is neither numbers nor base64");
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>((bits >> static_cast<unsigned>(held)) & 0xFFU);
  }
  return bytes;
}

Result<std::vector<float>> VectorOf(const Json& value, std::string_view server) {
  std::vector<float> vector;
  if (value.is_string()) {
    COPPICE_ASSIGN(const std::string bytes,
                   FromBase64(value.get_ref<const std::string&>(), server));
    if (bytes.size() % sizeof(float) != 0) {
      return Corrupt(server,
                     fmt::format("a vector has {} bytes, not a multiple of 4", bytes.size()));
    }
    static_assert(std::endian::native == std::endian::little);
    vector.resize(bytes.size() / sizeof(float));
    std::memcpy(vector.data(), bytes.data(), bytes.size());
  } else if (value.is_array()) {
    vector.reserve(value.size());
    for (const Json& number : value) {
      if (!number.is_number()) {
        return Corrupt(server, fmt::format("value {} of a vector is {}, not a number",
                                           vector.size(), number.type_name()));
      }
      vector.push_back(static_cast<float>(number.get<double>()));
    }
  } else {
    return Corrupt(server, "an embedding is neither numbers nor base64");
  }
  const auto bad = std::find_if_not(vector.begin(), vector.end(),
                                    [](float number) { return std::isfinite(number); });
  if (bad != vector.end()) {
    return Corrupt(server, fmt::format("value {} of a vector is not finite", bad - vector.begin()));
  }
  return vector;
}

/// The position an entry of a list is for: its "index", or its own place.
Result<std::size_t> PositionOf(const Json& entry, std::size_t place, std::vector<bool>& taken,
                               std::string_view server) {
  const Json& index = Member(entry, "index");
  std::size_t position = place;
  if (!index.is_null()) {
    if (!index.is_number_integer() || index.get<std::int64_t>() < 0) {
      return Corrupt(server, "an index in the answer is no number from 0");
    }
    position = index.get<std::size_t>();
  }
  if (position >= taken.size() || taken[position]) {
    return Corrupt(server, fmt::format("the answer has index {} {}", position,
                                       position >= taken.size() ? "out of range" : "twice"));
  }
  taken[position] = true;
  return position;
}

Result<const Json*> ListOf(const Json& answer, const char* name, std::string_view server) {
  const Json& list = answer.is_array() ? answer : Member(answer, name);
  if (!list.is_array()) return Corrupt(server, fmt::format("the answer has no list \"{}\"", name));
  return &list;
}

}  // namespace

const Json& Member(const Json& object, const char* name) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

Result<Json> ReadJson(std::string_view text, std::string_view server) {
  if (TooDeep(text)) {
    return Corrupt(server, fmt::format("the answer nests deeper than {} levels", kMaxDepth));
  }
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) {
    const bool nan = text.find("NaN") != std::string_view::npos;
    return Corrupt(server, nan ? "the answer is not JSON: it holds NaN" : "the answer is not JSON");
  }
  return value;
}

std::string ServerMessage(std::string_view body, const ApiKey& key) {
  const auto json = ReadJson(body, "");
  return json ? ShortLine(key.Hidden(MessageIn(*json))) : "";
}

Error ErrorOfAnswer(const http::HttpResponse& response, std::string_view server,
                    const ApiKey& key) {
  Error error = ErrorOfStatus(response.head.status, server, ServerMessage(response.body, key));
  if (const auto wait = http::RetryAfter(response.head)) error.retry_after_ms = wait->count();
  // An account without money is not helped by trying again.
  if (response.body.find("insufficient_quota") != std::string::npos) error.retryable = false;
  return error;
}

Error ErrorOfObject(const Json& object, std::string_view server, const ApiKey& key) {
  const std::string said = ShortLine(key.Hidden(MessageIn(object)));
  const Json& code = Member(Member(object, "error"), "code");
  const int status = code.is_number_integer() ? code.get<int>() : 500;
  return ErrorOfStatus(status < 400 || status > 599 ? 500 : status, server, said);
}

bool SaysTooLong(int status, std::string_view message) {
  if (status == 413) return true;
  if (status != 400 && status != 422 && status != 500) return false;
  std::string lower(message);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  constexpr std::array<std::string_view, 8> kSigns = {
      "context length", "context size",    "context window",  "too long",
      "too large",      "too many tokens", "maximum context", "must have less than"};
  return std::any_of(kSigns.begin(), kSigns.end(), [&lower](std::string_view sign) {
    return lower.find(sign) != std::string::npos;
  });
}

Result<void> ReadEmbeddings(const Json& answer, std::size_t count, std::span<float> out,
                            std::string_view server) {
  COPPICE_ASSIGN(const Json* const list, ListOf(answer, "data", server));
  if (list->size() != count) {
    return Corrupt(server, fmt::format("{} vectors came for {} texts", list->size(), count));
  }
  const std::size_t dimensions = count == 0 ? 0 : out.size() / count;
  std::vector<bool> taken(count);
  for (std::size_t place = 0; place < count; ++place) {
    const Json& entry = (*list)[place];
    COPPICE_ASSIGN(const std::size_t row, PositionOf(entry, place, taken, server));
    COPPICE_ASSIGN(const std::vector<float> vector, VectorOf(Member(entry, "embedding"), server));
    if (vector.size() != dimensions) {
      return Corrupt(server, fmt::format("a vector has {} values where the model has {}",
                                         vector.size(), dimensions));
    }
    std::copy(vector.begin(), vector.end(), out.subspan(row * dimensions).begin());
  }
  return {};
}

Result<int> CountDimensions(const Json& answer, std::string_view server) {
  constexpr std::size_t kMost = 65536;
  COPPICE_ASSIGN(const Json* const list, ListOf(answer, "data", server));
  if (list->empty()) return Corrupt(server, "no vector came for one text");
  COPPICE_ASSIGN(const std::vector<float> vector,
                 VectorOf(Member(list->front(), "embedding"), server));
  if (vector.empty() || vector.size() > kMost) {
    return Corrupt(server, fmt::format("a vector has {} values", vector.size()));
  }
  return static_cast<int>(vector.size());
}

Result<void> NormaliseRows(std::span<float> rows, std::size_t dimensions, std::string_view server) {
  for (std::size_t first = 0; first < rows.size(); first += dimensions) {
    const std::span<float> row = rows.subspan(first, dimensions);
    double squares = 0;
    for (const float value : row) squares += static_cast<double>(value) * value;
    if (squares == 0) continue;
    const double factor = 1.0 / std::sqrt(squares);
    if (!std::isfinite(squares) || !std::isfinite(factor)) {
      return Corrupt(server, "a vector has no finite length");
    }
    for (float& value : row) value = static_cast<float>(value * factor);
  }
  return {};
}

Result<ServedModel> FindModel(const Json& answer, const std::string& name,
                              std::string_view server) {
  COPPICE_ASSIGN(const Json* const list, ListOf(answer, "data", server));
  std::vector<std::string> names;
  for (const Json& entry : *list) {
    ServedModel model;
    model.id = Text(Member(entry, "id"));
    if (model.id != name && model.id != name + ":latest") {
      constexpr std::size_t kShown = 10;
      if (names.size() < kShown) names.push_back(model.id);
      continue;
    }
    const Json& meta = Member(entry, "meta");
    model.description = Text(Member(entry, "root"));
    for (const char* const field : {"n_params", "n_embd", "n_vocab", "size"}) {
      const Json& value = Member(meta, field);
      if (!value.is_null()) model.description += fmt::format(" {}={}", field, value.dump());
    }
    const Json& of_vllm = Member(entry, "max_model_len");
    const Json& length = of_vllm.is_null() ? Member(meta, "n_ctx") : of_vllm;  // llama.cpp's
    if (length.is_number_integer() && length.get<std::int64_t>() > 0) {
      model.context_tokens =
          static_cast<int>(std::min<std::int64_t>(length.get<std::int64_t>(), 1 << 24));
    }
    return model;
  }
  return MakeError(
      ErrorCode::kNotFound,
      fmt::format("{} serves no model {}: it has {}", server, name, fmt::join(names, ", ")),
      "Set model to one of these.");
}

Result<void> ReadScores(const Json& answer, std::span<float> out, std::string_view server) {
  COPPICE_ASSIGN(const Json* const list, ListOf(answer, "results", server));
  if (list->size() != out.size()) {
    return Corrupt(server,
                   fmt::format("{} scores came for {} documents", list->size(), out.size()));
  }
  std::vector<bool> taken(out.size());
  for (std::size_t place = 0; place < list->size(); ++place) {
    const Json& entry = (*list)[place];
    COPPICE_ASSIGN(const std::size_t position, PositionOf(entry, place, taken, server));
    const Json& named = Member(entry, "relevance_score");
    const Json& score = named.is_null() ? Member(entry, "score") : named;
    const float value = score.is_number() ? static_cast<float>(score.get<double>()) : NAN;
    if (!std::isfinite(value)) return Corrupt(server, "a score is no finite number");
    out[position] = value;
  }
  return {};
}

}  // namespace coppice::embed
