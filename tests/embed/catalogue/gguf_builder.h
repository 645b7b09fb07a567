#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace coppice::embed {

/// Puts a GGUF file together, byte by byte; also a wrong one.
class GgufBuilder {
 public:
  GgufBuilder& Text(std::string_view key, std::string_view value) {
    Key(key, 8);
    String(keys_, value);
    return *this;
  }
  GgufBuilder& Number(std::string_view key, std::uint32_t value) {
    Key(key, 4);
    Put(keys_, value);
    return *this;
  }
  /// A list of words, as a vocabulary is.
  GgufBuilder& Words(std::string_view key, std::uint64_t count) {
    Key(key, 9);
    Put(keys_, std::uint32_t{8});
    Put(keys_, count);
    for (std::uint64_t i = 0; i < count; ++i) String(keys_, "word" + std::to_string(i));
    return *this;
  }
  /// A tensor of 32-bit floats; its data is `fill`.
  GgufBuilder& Tensor(std::string_view name, std::uint64_t elements, char fill = 'x') {
    String(tensors_, name);
    Put(tensors_, std::uint32_t{1});
    Put(tensors_, elements);
    Put(tensors_, std::uint32_t{0});
    Put(tensors_, std::uint64_t{data_.size()});
    data_.append(elements * 4, fill);
    data_.resize((data_.size() + 31) / 32 * 32, '\0');
    ++tensor_count_;
    return *this;
  }
  /// Bytes as they are, where pairs stand, counted as one.
  GgufBuilder& RawPair(std::string_view bytes) {
    keys_ += bytes;
    ++key_count_;
    return *this;
  }

  [[nodiscard]] std::string Build(std::uint32_t version = 3) const {
    std::string file = "GGUF";
    Put(file, version);
    Put(file, tensor_count_);
    Put(file, key_count_);
    file += keys_ + tensors_;
    file.resize((file.size() + 31) / 32 * 32, '\0');
    return file + data_;
  }

  template <class T>
  static void Put(std::string& out, T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    out.append(bytes, sizeof(T));
  }
  static void String(std::string& out, std::string_view text) {
    Put(out, std::uint64_t{text.size()});
    out += text;
  }

 private:
  void Key(std::string_view key, std::uint32_t type) {
    String(keys_, key);
    Put(keys_, type);
    ++key_count_;
  }

  std::string keys_;
  std::string tensors_;
  std::string data_;
  std::uint64_t key_count_ = 0;
  std::uint64_t tensor_count_ = 0;
};

/// A sound little file of an embedding model; `fill` tells contents apart.
inline std::string SmallGguf(char fill = 'x', std::uint32_t width = 8) {
  return GgufBuilder()
      .Text("general.architecture", "bert")
      .Text("general.license", "mit")
      .Number("bert.context_length", 512)
      .Number("bert.embedding_length", width)
      .Words("tokenizer.ggml.tokens", 20)
      .Tensor("token_embd.weight", 1000, fill)
      .Tensor("output_norm.weight", 8)
      .Build();
}

}  // namespace coppice::embed
