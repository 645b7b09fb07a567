#include <cstddef>
#include <span>

#include "embed/static/static_table.h"

// The file becomes part of the read-only data as it is; CMake gives its path and rebuilds this
// object when the file changes.
asm(".pushsection .rodata.coppice_default_table, \"a\", @progbits\n"
    ".balign 64\n"
    ".hidden coppice_default_table_begin\n"
    ".global coppice_default_table_begin\n"
    "coppice_default_table_begin:\n"
    ".incbin \"" COPPICE_DEFAULT_TABLE
    "\"\n"
    ".hidden coppice_default_table_end\n"
    ".global coppice_default_table_end\n"
    "coppice_default_table_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const std::byte coppice_default_table_begin[];  // NOLINT(readability-identifier-naming)
extern const std::byte coppice_default_table_end[];    // NOLINT(readability-identifier-naming)
}

namespace coppice::embed {

std::span<const std::byte> DefaultTableBytes() {
  return {static_cast<const std::byte*>(coppice_default_table_begin),
          static_cast<const std::byte*>(coppice_default_table_end)};
}

}  // namespace coppice::embed
