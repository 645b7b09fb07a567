#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "client/render/escape.h"
#include "protocol/messages.h"

// Messages of the wire as the JSON of `--json`, by the Visit list of each struct.
namespace coppice::client {

/// Standard base64, with padding.
std::string Base64(std::string_view bytes);

namespace detail {

/// Adds the fields of one message to an object, in the order of its Visit list.
class FieldWriter {
 public:
  explicit FieldWriter(Json& object) : object_(object) {}

  template <class T>
  void operator()(std::uint32_t, std::string_view name, const T& field) {
    Write(std::string(name), field);
  }

 private:
  void Write(const std::string& name, const std::string& field) {
    object_[name] =
        field.empty() && IsNullWhenEmpty(name) ? Json(nullptr) : Json(EscapeInvalidUtf8(field));
  }
  void Write(const std::string& name, const protocol::Bytes& field) {
    object_[name] = EscapeInvalidUtf8(field.value);
    if (!IsUtf8(field.value)) object_[name + "_b64"] = Base64(field.value);
  }
  template <class T>
  void Write(const std::string& name, const std::optional<T>& field) {
    if (field) Write(name, *field);
  }
  template <class T>
  void Write(const std::string& name, const std::vector<T>& field) {
    Json array = Json::array();
    for (const T& element : field) array.push_back(Element(element));
    object_[name] = std::move(array);
  }
  template <class T>
  void Write(const std::string& name, const T& field) {
    object_[name] = Element(field);
  }

  /// Empty means here: no more pages; nothing indexed yet; unborn.
  static bool IsNullWhenEmpty(std::string_view name) {
    return name == "cursor" || name == "commit" || name == "head_commit";
  }
  static Json Element(const std::string& element) { return EscapeInvalidUtf8(element); }
  template <class T>
  static Json Element(const T& element);

  Json& object_;
};

}  // namespace detail

/// The fields of one message.
template <class Message>
Json MessageToJson(const Message& message) {
  Json object = Json::object();
  detail::FieldWriter writer(object);
  Message::Visit(message, writer);
  return object;
}

/// A repository: name and state, the fields of its first view (null where nothing is indexed yet),
/// the rest.
template <>
Json MessageToJson<protocol::RepoInfo>(const protocol::RepoInfo& repo);

template <class T>
Json detail::FieldWriter::Element(const T& element) {
  if constexpr (std::is_arithmetic_v<T>) {
    return element;
  } else {
    return MessageToJson(element);
  }
}

/// A whole answer: `"schema":1` first, then the fields.
Json WithSchema(const Json& fields);
template <class Message>
Json AnswerToJson(const Message& message) {
  return WithSchema(MessageToJson(message));
}

/// {"schema":1,"error":{…}}
Json ErrorToJson(const Error& error);

/// One line with its newline. Characters that a terminal would obey or hide are written as \uXXXX.
std::string JsonLine(const Json& json);

}  // namespace coppice::client
