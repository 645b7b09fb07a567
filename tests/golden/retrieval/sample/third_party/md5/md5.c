#include <stdint.h>

/* Rotates a 32-bit word to the left. */
static uint32_t rotate_left(uint32_t word, int count) {
  return (word << count) | (word >> (32 - count));
}

/* Mixes one block of 64 bytes into the state. */
void md5_block(uint32_t state[4], const uint8_t block[64]) {
  for (int i = 0; i < 64; ++i) {
    state[i % 4] = rotate_left(state[i % 4] + block[i], i % 32);
  }
}
