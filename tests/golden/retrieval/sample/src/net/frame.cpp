#include <cstdint>
#include <stdexcept>
#include <string>

namespace kiln {

constexpr std::uint32_t kMaxFrameBytes = 64u << 20;

// Puts four bytes of length, most significant first, in front of a message.
std::string EncodeFrame(const std::string& message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string frame;
  for (int shift = 24; shift >= 0; shift -= 8) frame += static_cast<char>(size >> shift);
  return frame + message;
}

// Takes one whole message off the front of a buffer; false while bytes are missing.
// A length beyond kMaxFrameBytes is an attack or a mix-up and ends the connection.
bool DecodeFrame(std::string& buffer, std::string& message) {
  if (buffer.size() < 4) return false;
  std::uint32_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(buffer[i]);
  if (size > kMaxFrameBytes) throw std::runtime_error("frame too long");
  if (buffer.size() < 4 + size) return false;
  message = buffer.substr(4, size);
  buffer.erase(0, 4 + size);
  return true;
}

}  // namespace kiln
