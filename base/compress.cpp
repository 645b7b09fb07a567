#include "base/compress.h"

#include <zstd.h>

#include "base/check.h"
#include "base/format.h"

namespace coppice {

std::string Compress(std::string_view bytes) {
  constexpr int kLevel = 3;
  std::string frame(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(frame.data(), frame.size(), bytes.data(), bytes.size(), kLevel);
  COPPICE_CHECK(!ZSTD_isError(size), ZSTD_getErrorName(size));
  frame.resize(size);
  return frame;
}

Result<std::string> Decompress(std::string_view frame, std::size_t limit) {
  const unsigned long long stated = ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (stated == ZSTD_CONTENTSIZE_ERROR) {
    return MakeError(ErrorCode::kCorrupt, "compressed bytes do not begin with a zstd frame");
  }
  if (stated == ZSTD_CONTENTSIZE_UNKNOWN || stated > limit) {
    return MakeError(ErrorCode::kResourceExhausted,
                     fmt::format("compressed bytes expand beyond the limit of {}", limit));
  }
  std::string bytes(static_cast<std::size_t>(stated), '\0');
  const std::size_t size = ZSTD_decompress(bytes.data(), bytes.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) || size != bytes.size()) {
    return MakeError(ErrorCode::kCorrupt,
                     fmt::format("compressed bytes are damaged: {}", ZSTD_getErrorName(size)));
  }
  return bytes;
}

}  // namespace coppice
