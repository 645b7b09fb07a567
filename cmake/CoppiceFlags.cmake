# coppice_flags: the one place for language level, warnings and sanitizers of our own code.
# Third-party code does not link it.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE
      Release
      CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
# CMake's own default is -O3: no faster here, and slower to compile.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

add_library(coppice_flags INTERFACE)
add_library(coppice::flags ALIAS coppice_flags)
target_compile_features(coppice_flags INTERFACE cxx_std_20)
target_include_directories(coppice_flags INTERFACE "${CMAKE_SOURCE_DIR}")

target_compile_options(
  coppice_flags
  INTERFACE
    -Wall
    -Wextra
    -Wpedantic
    -Wshadow
    -Wconversion
    -Wsign-conversion
    -Wnon-virtual-dtor
    -Woverloaded-virtual
    -Wold-style-cast
    -Wcast-align
    -Wcast-qual
    -Wundef
    -Wunused
    -Wvla
    -Wformat=2
    -Wimplicit-fallthrough
    -Wextra-semi
    "$<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wduplicated-branches;-Wlogical-op>"
    "$<$<CXX_COMPILER_ID:Clang>:-Wthread-safety;-Wthread-safety-beta>"
    "$<$<BOOL:${COPPICE_WERROR}>:-Werror>")

# What GCC 12 reports wrongly at -O2 from inside the standard library; the sanitizers watch these at run time.
target_compile_options(
  coppice_flags
  INTERFACE
    "$<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict;-Wno-dangling-pointer;-Wno-maybe-uninitialized;-Wno-stringop-overread;-Wno-stringop-overflow;-Wno-array-bounds>"
)

if(COPPICE_SANITIZE)
  set(COPPICE_SANITIZE_FLAGS -fsanitize=${COPPICE_SANITIZE} -fno-omit-frame-pointer)
  if(COPPICE_SANITIZE MATCHES "undefined")
    list(APPEND COPPICE_SANITIZE_FLAGS -fno-sanitize-recover=all)
  endif()
  target_compile_options(coppice_flags INTERFACE ${COPPICE_SANITIZE_FLAGS})
  target_link_options(coppice_flags INTERFACE ${COPPICE_SANITIZE_FLAGS})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(coppice_flags INTERFACE -fstack-protector-strong)
  target_compile_definitions(coppice_flags INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(coppice_flags INTERFACE -Wl,-z,relro,-z,now)
endif()

if(COPPICE_CLANG_TIDY)
  find_program(COPPICE_CLANG_TIDY_EXE NAMES clang-tidy clang-tidy-19 clang-tidy-18 clang-tidy-14 REQUIRED)
endif()
