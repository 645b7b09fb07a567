#include "protocol/codec.h"

#include <cmath>
#include <limits>

#include <msgpack.hpp>

#include "base/format.h"
#include "protocol/utf8.h"

namespace coppice::protocol {
namespace {

const msgpack::object* AsObject(const void* object) {
  return static_cast<const msgpack::object*>(object);
}

/// What msgpack::packer writes to.
struct Sink {
  std::string& out;
  void write(const char* data, std::size_t size) { out.append(data, size); }
};

constexpr std::size_t kMaxCount = std::numeric_limits<std::uint32_t>::max();

std::uint32_t Count(std::size_t n) {
  COPPICE_CHECK(n <= kMaxCount, "a msgpack length has 32 bits");
  return static_cast<std::uint32_t>(n);
}

}  // namespace

bool Value::present() const {
  return object_ != nullptr && AsObject(object_)->type != msgpack::type::NIL;
}

bool Value::is_map() const { return present() && AsObject(object_)->type == msgpack::type::MAP; }

Value Value::Field(std::uint32_t key) const {
  if (!is_map()) return {};
  const auto& map = AsObject(object_)->via.map;
  for (std::uint32_t i = 0; i < map.size; ++i) {
    const msgpack::object& candidate = map.ptr[i].key;
    if (candidate.type == msgpack::type::POSITIVE_INTEGER && candidate.via.u64 == key) {
      return Value(&map.ptr[i].val);
    }
  }
  return {};
}

std::optional<std::size_t> Value::array_size() const {
  if (!present() || AsObject(object_)->type != msgpack::type::ARRAY) return std::nullopt;
  return AsObject(object_)->via.array.size;
}

Value Value::Element(std::size_t index) const {
  COPPICE_CHECK(index < array_size().value_or(0), "index of an array's element");
  return Value(&AsObject(object_)->via.array.ptr[index]);
}

std::string_view Value::type_name() const {
  if (!present()) return "nil";
  switch (AsObject(object_)->type) {
    case msgpack::type::BOOLEAN:
      return "a boolean";
    case msgpack::type::POSITIVE_INTEGER:
    case msgpack::type::NEGATIVE_INTEGER:
      return "an integer";
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      return "a float";
    case msgpack::type::STR:
      return "text";
    case msgpack::type::BIN:
      return "binary";
    case msgpack::type::ARRAY:
      return "an array";
    case msgpack::type::MAP:
      return "a map";
    default:
      return "an extension";
  }
}

const char* Value::Get(bool& out) const {
  if (!present() || AsObject(object_)->type != msgpack::type::BOOLEAN) return "a boolean";
  out = AsObject(object_)->via.boolean;
  return nullptr;
}

const char* Value::Get(std::uint64_t& out) const {
  if (!present() || AsObject(object_)->type != msgpack::type::POSITIVE_INTEGER) {
    return "an integer from 0 to 2^64 - 1";
  }
  out = AsObject(object_)->via.u64;
  return nullptr;
}

const char* Value::Get(std::uint32_t& out) const {
  std::uint64_t wide = 0;
  if (Get(wide) != nullptr || wide > std::numeric_limits<std::uint32_t>::max()) {
    return "an integer from 0 to 2^32 - 1";
  }
  out = static_cast<std::uint32_t>(wide);
  return nullptr;
}

const char* Value::Get(std::int64_t& out) const {
  constexpr const char* kExpected = "an integer from -2^63 to 2^63 - 1";
  if (present() && AsObject(object_)->type == msgpack::type::NEGATIVE_INTEGER) {
    out = AsObject(object_)->via.i64;
    return nullptr;
  }
  std::uint64_t wide = 0;
  if (Get(wide) != nullptr || wide > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return kExpected;
  }
  out = static_cast<std::int64_t>(wide);
  return nullptr;
}

const char* Value::Get(double& out) const {
  constexpr const char* kExpected = "a finite number";
  if (!present()) return kExpected;
  const msgpack::object& object = *AsObject(object_);
  switch (object.type) {
    case msgpack::type::FLOAT32:
    case msgpack::type::FLOAT64:
      if (!std::isfinite(object.via.f64)) return kExpected;
      out = object.via.f64;
      return nullptr;
    case msgpack::type::POSITIVE_INTEGER:
      out = static_cast<double>(object.via.u64);
      return nullptr;
    case msgpack::type::NEGATIVE_INTEGER:
      out = static_cast<double>(object.via.i64);
      return nullptr;
    default:
      return kExpected;
  }
}

const char* Value::Get(std::string& out) const {
  constexpr const char* kExpected = "text in UTF-8";
  if (!present() || AsObject(object_)->type != msgpack::type::STR) return kExpected;
  const auto& str = AsObject(object_)->via.str;
  if (!IsUtf8(std::string_view(str.ptr, str.size))) return kExpected;
  out.assign(str.ptr, str.size);
  return nullptr;
}

const char* Value::Get(Bytes& out) const {
  if (present() && AsObject(object_)->type == msgpack::type::BIN) {
    out.value.assign(AsObject(object_)->via.bin.ptr, AsObject(object_)->via.bin.size);
    return nullptr;
  }
  if (present() && AsObject(object_)->type == msgpack::type::STR) {
    out.value.assign(AsObject(object_)->via.str.ptr, AsObject(object_)->via.str.size);
    return nullptr;
  }
  return "binary or text";
}

struct Document::Impl {
  std::string bytes;  // str and bin values point into it
  msgpack::zone zone;
  msgpack::object root;
};

Document::Document(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Value Document::root() const { return Value(&impl_->root); }

Result<Document> Document::Unpack(std::string_view bytes, const DecodeLimits& limits) {
  if (bytes.size() > limits.total_bytes) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        fmt::format("a message of {} bytes: the limit is {}", bytes.size(), limits.total_bytes));
  }
  const msgpack::unpack_limit unpack_limit(limits.array_count, limits.map_count, limits.text_bytes,
                                           limits.text_bytes, limits.text_bytes, limits.depth);
  const auto in_place = [](msgpack::type::object_type, std::size_t, void*) { return true; };
  try {
    auto impl = std::make_unique<Impl>();
    impl->bytes = bytes;
    std::size_t used = 0;
    bool referenced = false;
    impl->root = msgpack::unpack(impl->zone, impl->bytes.data(), impl->bytes.size(), used,
                                 referenced, in_place, nullptr, unpack_limit);
    if (used != impl->bytes.size()) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          fmt::format("not one msgpack value: {} bytes are left over", impl->bytes.size() - used));
    }
    return Document(std::move(impl));
  } catch (const std::exception& failure) {
    return MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("not msgpack within the limits: {}", failure.what()));
  }
}

void Writer::Map(std::size_t pairs) {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack_map(Count(pairs));
}
void Writer::Array(std::size_t elements) {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack_array(Count(elements));
}
void Writer::Put(bool value) {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack(value);
}
void Writer::Put(std::uint64_t value) {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack_uint64(value);
}
void Writer::Put(std::int64_t value) {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack_int64(value);
}
void Writer::Put(double value) {
  Sink sink{out_};
  msgpack::packer<Sink>(sink).pack_double(value);
}
void Writer::Put(const std::string& value) {
  Sink sink{out_};
  msgpack::packer<Sink> packer(sink);
  const std::string repaired = IsUtf8(value) ? std::string() : ReplaceInvalidUtf8(value);
  const std::string& text = repaired.empty() ? value : repaired;
  packer.pack_str(Count(text.size()));
  packer.pack_str_body(text.data(), Count(text.size()));
}
void Writer::Put(const Bytes& value) {
  Sink sink{out_};
  msgpack::packer<Sink> packer(sink);
  packer.pack_bin(Count(value.value.size()));
  packer.pack_bin_body(value.value.data(), Count(value.value.size()));
}

namespace detail {

void FieldReader::Expected(const std::string& path, std::string_view expected, Value value) {
  if (error_) return;
  error_ = MakeError(ErrorCode::kInvalidArgument,
                     fmt::format("{}: expected {}, got {}", path, expected, value.type_name()));
}

}  // namespace detail
}  // namespace coppice::protocol
