#include "client/json_writer.h"

#include <array>

#include "base/format.h"

namespace coppice::client {
namespace {

void AppendEscaped(std::string& out, std::uint32_t code_point) {
  if (code_point < 0x10000) {
    out += fmt::format("\\u{:04x}", code_point);
    return;
  }
  const std::uint32_t rest = code_point - 0x10000;
  out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10U), 0xDC00 + (rest & 0x3FFU));
}

}  // namespace

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group <<= 8U;
      if (i + k < bytes.size()) group |= static_cast<unsigned char>(bytes[i + k]);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const bool padding = i + k > bytes.size();
      out.push_back(padding ? '=' : kAlphabet[(group >> (18U - 6U * k)) & 0x3FU]);
    }
  }
  return out;
}

template <>
Json MessageToJson<protocol::RepoInfo>(const protocol::RepoInfo& repo) {
  Json object = {{"name", EscapeInvalidUtf8(repo.name)}, {"state", repo.state}};
  const bool indexed = !repo.views.empty();
  protocol::ViewInfo none;
  none.repo = repo.name;
  const Json view = MessageToJson(indexed ? repo.views.front() : none);
  for (const auto& [name, value] : view.items()) {
    object[name] = !indexed && name == "ref" ? Json(nullptr) : value;
  }
  object["chunks"] = repo.chunks;
  object["location"] = EscapeInvalidUtf8(repo.location);
  object["problem"] = EscapeInvalidUtf8(repo.problem);
  object["indexed_at"] = repo.indexed_at.empty() ? Json(nullptr) : Json(repo.indexed_at);
  Json views = Json::array();
  for (const protocol::ViewInfo& each : repo.views) views.push_back(MessageToJson(each));
  object["views"] = std::move(views);
  return object;
}

Json WithSchema(const Json& fields) {
  Json object = {{"schema", protocol::kJsonSchema}};
  object.update(fields);
  return object;
}

Json ErrorToJson(const Error& error) {
  Json fields = {{"code", std::string(ErrorCodeName(error.code))},
                 {"message", EscapeInvalidUtf8(error.message)},
                 {"remedy", EscapeInvalidUtf8(error.remedy)},
                 {"retryable", error.retryable},
                 {"retry_after_ms", nullptr}};
  if (error.retry_after_ms) fields["retry_after_ms"] = *error.retry_after_ms;
  return Json{{"schema", protocol::kJsonSchema}, {"error", std::move(fields)}};
}

std::string JsonLine(const Json& json) {
  // Strings are valid UTF-8 here; what is left unsafe can only stand inside a string, where \u is
  // understood.
  const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size() + 1);
  for (std::string_view rest = text; !rest.empty();) {
    const Glyph glyph = ReadGlyph(rest);
    if (glyph.safe) {
      out.append(rest.substr(0, glyph.length_bytes));
    } else {
      AppendEscaped(out, glyph.code_point);
    }
    rest.remove_prefix(glyph.length_bytes);
  }
  out.push_back('\n');
  return out;
}

}  // namespace coppice::client
