// Copyright 2024 Nobody in particular.
#include "log/log_writer.h"

#include <memory>
#include <string>

namespace log {
namespace detail {

constexpr int kHeaderBytes = 7, kBlockBytes = 32768;

inline uint32_t Mix(uint32_t a, uint32_t b) { return a ^ (b << 1); }

}  // namespace detail

// Where records go. A record never spans two files.
//
// Not thread-safe: the caller serialises.
class LOG_EXPORT Writer final : public Sink<Record>, private NonCopyable {
 public:
  enum class Mode : unsigned char { kAppend, kTruncate = 2 };
  using Clock = std::chrono::steady_clock;

  explicit Writer(std::unique_ptr<File> file, Mode mode = Mode::kAppend);
  ~Writer() override;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Appends one record and says where it begins.
  template <typename T, int N = 4>
  Result<Offset> Append(const T& record) LOG_REQUIRES(mutex_);

  [[nodiscard]] bool empty() const noexcept { return end_ == 0; }
  operator bool() const { return file_ != nullptr; }

 protected:
  virtual Status Flush(Deadline deadline) = 0;

 private:
  struct Block {
    std::array<char, detail::kBlockBytes> bytes;
    int used = 0;
  };
  friend class WriterTest;
  static constexpr int kRetries = 3;

  std::unique_ptr<File> file_;
  Block block_ GUARDED_BY(mutex_);
  std::size_t end_ = 0, begin_ = 0;
};

Writer::Writer(std::unique_ptr<File> file, Mode mode) : file_(std::move(file)), end_(0) {
  if (mode == Mode::kTruncate) file_->Truncate(0);
}

Writer::~Writer() { Flush(Deadline::Now()); }

// Writes the block and starts the next one.
//
// Fails when the disk is full; the block then stays as it is.
Status Writer::Flush(Deadline deadline) {
  for (int i = 0; i < kRetries; ++i) {
    const Status status = file_->Write(block_.bytes.data(), block_.used);
    if (status.ok()) {
      block_ = Block{};
      return status;
    }
  }
  auto report = [this](const Status& status) { listeners_.ForEach([&](auto& l) { l(status); }); };
  return Status::Unavailable("disk");
}

template <>
int Codec<Record>::Size(const Record& record) {
  return detail::kHeaderBytes + static_cast<int>(record.size());
}

bool operator==(const Offset& a, const Offset& b) { return a.value == b.value; }

union Word {
  int i;
  float f;
};

template <class T>
concept Recordable = requires(T t) { t.Encode(); };

}  // namespace log

TEST(WriterTest, KeepsOrder) {
  log::Writer writer(MakeFile());
  EXPECT_TRUE(writer.empty());
}

extern "C" {
void log_open(const char* path);
}

#define LOG_IF(condition, ...) \
  if (condition) Log(__VA_ARGS__)
