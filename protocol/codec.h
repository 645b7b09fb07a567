#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "protocol/messages.h"

// Messages to msgpack maps with integer keys and back, by the Visit list of each struct.
namespace coppice::protocol {

/// What a message may hold before it is refused.
struct DecodeLimits {
  std::size_t total_bytes;
  std::size_t array_count;  // elements of one array
  std::size_t map_count;    // pairs of one map
  std::size_t text_bytes;   // of one str or bin
  std::size_t depth;
};
/// For what a client sends to the daemon.
inline constexpr DecodeLimits kRequestLimits{1 << 20, 1024, 1024, 1 << 20, 32};
/// For what the daemon sends to a client.
inline constexpr DecodeLimits kReplyLimits{8 << 20, 1 << 16, 1024, 8 << 20, 32};

/// One decoded msgpack value; borrowed from its Document.
class Value {
 public:
  Value() = default;
  explicit Value(const void* object) : object_(object) {}

  /// False for a key that was not there, and for nil, which means the same.
  [[nodiscard]] bool present() const;
  [[nodiscard]] bool is_map() const;
  [[nodiscard]] Value Field(std::uint32_t key) const;
  [[nodiscard]] std::optional<std::size_t> array_size() const;
  [[nodiscard]] Value Element(std::size_t index) const;
  [[nodiscard]] std::string_view type_name() const;

  // Each gives nothing when done, or what was expected ("text in UTF-8").
  const char* Get(bool& out) const;
  const char* Get(std::uint32_t& out) const;
  const char* Get(std::uint64_t& out) const;
  const char* Get(std::int64_t& out) const;
  const char* Get(double& out) const;
  const char* Get(std::string& out) const;
  const char* Get(Bytes& out) const;

 private:
  const void* object_ = nullptr;
};

/// The one place where bytes from outside become values.
///
/// Limits: memory stays below some 30 times total_bytes whatever the bytes claim.
/// Errors: kInvalidArgument for what is no msgpack, is cut short, has bytes left over or exceeds a
/// limit.
class Document {
 public:
  static Result<Document> Unpack(std::string_view bytes, const DecodeLimits& limits);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();
  [[nodiscard]] Value root() const;

 private:
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Appends msgpack to a string.
class Writer {
 public:
  void Map(std::size_t pairs);
  void Array(std::size_t elements);
  void Put(bool value);
  void Put(std::uint32_t value) { Put(std::uint64_t{value}); }
  void Put(std::uint64_t value);
  void Put(std::int64_t value);
  void Put(double value);
  /// Bytes that are not UTF-8 become U+FFFD: a str on the wire always is.
  void Put(const std::string& value);
  void Put(const Bytes& value);
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

namespace detail {

struct NoVisitor {
  template <class T>
  void operator()(std::uint32_t, std::string_view, T&) {}
};
template <class T>
concept Message = requires(T& message, NoVisitor& visitor) {
  T::Visit(message, visitor);
};

/// Fills the fields of one message from a map; keeps the first error.
class FieldReader {
 public:
  FieldReader(Value map, std::string path) : map_(map), path_(std::move(path)) {}

  template <class T>
  void operator()(std::uint32_t key, std::string_view name, T& field) {
    const Value value = map_.Field(key);
    if (error_ || !value.present()) return;
    Read(value, path_.empty() ? std::string(name) : path_ + "." + std::string(name), field);
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  template <class T>
  void ReadRoot(T& message) {
    if (!map_.is_map()) return Expected("message", "a map", map_);
    T::Visit(message, *this);
  }
  template <class T>
  void Read(Value value, const std::string& path, T& field) {
    if constexpr (Message<T>) {
      if (!value.is_map()) return Expected(path, "a map", value);
      FieldReader inner(value, path);
      T::Visit(field, inner);
      error_ = inner.error();
    } else if (const char* expected = value.Get(field)) {
      Expected(path, expected, value);
    }
  }
  template <class T>
  void Read(Value value, const std::string& path, std::optional<T>& field) {
    Read(value, path, field.emplace());
  }
  template <class T>
  void Read(Value value, const std::string& path, std::vector<T>& field) {
    const auto size = value.array_size();
    if (!size) return Expected(path, "an array", value);
    field.clear();
    for (std::size_t i = 0; i < *size && !error_; ++i) {
      Read(value.Element(i), path + "[" + std::to_string(i) + "]", field.emplace_back());
    }
  }

 private:
  void Expected(const std::string& path, std::string_view expected, Value value);

  Value map_;
  std::string path_;
  std::optional<Error> error_;
};

template <class T>
bool Absent(const T&) {
  return false;
}
template <class T>
bool Absent(const std::optional<T>& field) {
  return !field.has_value();
}

struct FieldCounter {
  std::size_t count = 0;
  template <class T>
  void operator()(std::uint32_t, std::string_view, const T& field) {
    if (!Absent(field)) ++count;
  }
};

class FieldWriter {
 public:
  explicit FieldWriter(Writer& out) : out_(out) {}

  template <class T>
  void operator()(std::uint32_t key, std::string_view, const T& field) {
    if (Absent(field)) return;
    out_.Put(key);
    Write(field);
  }
  template <class T>
  void Write(const T& field) {
    if constexpr (Message<const T>) {
      FieldCounter counter;
      T::Visit(field, counter);
      out_.Map(counter.count);
      T::Visit(field, *this);
    } else {
      out_.Put(field);
    }
  }
  template <class T>
  void Write(const std::optional<T>& field) {
    Write(*field);
  }
  template <class T>
  void Write(const std::vector<T>& field) {
    out_.Array(field.size());
    for (const T& element : field) Write(element);
  }

 private:
  Writer& out_;
};

}  // namespace detail

/// Every key that is set; an empty optional is left out.
template <class T>
std::string Encode(const T& message) {
  Writer out;
  detail::FieldWriter(out).Write(message);
  return out.Take();
}

/// Unknown keys are ignored, missing keys (and nil) keep the default. Errors: kInvalidArgument,
/// naming the field ("view.repos[2]: expected text in UTF-8, got integer").
template <class T>
Result<T> Decode(std::string_view bytes, const DecodeLimits& limits = kRequestLimits) {
  COPPICE_ASSIGN(const Document document, Document::Unpack(bytes, limits));
  T message;
  detail::FieldReader reader(document.root(), "");
  reader.ReadRoot(message);
  if (reader.error()) return *reader.error();
  return message;
}

}  // namespace coppice::protocol
