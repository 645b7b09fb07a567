# Finds every third-party library and gives each one name, coppice::<library>. Nothing is downloaded here:
# scripts/setup installs what is missing and says where its cache is.
#
#   base/      coppice::spdlog coppice::fmt coppice::json coppice::crypto coppice::curl coppice::stemmer
#              coppice::zstd
#   store/     coppice::pqxx coppice::pq coppice::hwy coppice::faiss     protocol/   coppice::zmq coppice::msgpack
#   indexer/   coppice::git2 coppice::zlib coppice::seccomp coppice::tree_sitter coppice::grammars
#   config/    coppice::tomlplusplus                client/, daemon/app   coppice::cli11, coppice::systemd
#   tests/     GTest::gtest GTest::gmock            benchmarks/ benchmark::benchmark

set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)
set(COPPICE_FOUND "") # "name version" lines for the summary

function(_coppice_found name version)
  list(APPEND COPPICE_FOUND "${name} ${version}")
  set(COPPICE_FOUND
      "${COPPICE_FOUND}"
      PARENT_SCOPE)
endfunction()

# A library with a pkg-config file.
macro(_coppice_pkg_config name module)
  pkg_check_modules(coppice_pc_${name} REQUIRED IMPORTED_TARGET GLOBAL "${module}")
  add_library(coppice::${name} ALIAS PkgConfig::coppice_pc_${name})
  _coppice_found(${name} "${coppice_pc_${name}_VERSION}")
endmacro()

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
# One interpreter for the tests' scripts: the distribution's, whose packages scripts/setup installs.
set(COPPICE_PYTHON
    "/usr/bin/python3"
    CACHE FILEPATH "Python 3 that runs the tests' scripts")

find_package(fmt REQUIRED)
add_library(coppice::fmt ALIAS fmt::fmt)
_coppice_found(fmt ${fmt_VERSION})
find_package(spdlog REQUIRED)
add_library(coppice::spdlog ALIAS spdlog::spdlog)
_coppice_found(spdlog ${spdlog_VERSION})
find_package(nlohmann_json REQUIRED)
add_library(coppice::json ALIAS nlohmann_json::nlohmann_json)
_coppice_found(nlohmann_json ${nlohmann_json_VERSION})
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
add_library(coppice::crypto ALIAS OpenSSL::Crypto)
_coppice_found(OpenSSL ${OPENSSL_VERSION})
find_package(CLI11 REQUIRED)
add_library(coppice::cli11 ALIAS CLI11::CLI11)
_coppice_found(CLI11 ${CLI11_VERSION})
find_package(tomlplusplus REQUIRED)
add_library(coppice::tomlplusplus ALIAS tomlplusplus::tomlplusplus)
_coppice_found(toml++ ${tomlplusplus_VERSION})

_coppice_pkg_config(zstd libzstd)
_coppice_pkg_config(curl "libcurl>=7.87")
_coppice_pkg_config(hwy libhwy)
_coppice_pkg_config(git2 "libgit2>=1.5")
_coppice_pkg_config(seccomp "libseccomp>=2.5")
_coppice_pkg_config(zlib zlib)
_coppice_pkg_config(pq "libpq>=15")
_coppice_pkg_config(libzmq "libzmq>=4.3")
# libzmq.pc passes on the headers of what libzmq is made with, which nobody here includes, and CMake reads their -isystem
# in two ways, by turns: every second run of CMake would have all of protocol/ compiled again.
set_target_properties(PkgConfig::coppice_pc_libzmq PROPERTIES INTERFACE_COMPILE_OPTIONS "" INTERFACE_INCLUDE_DIRECTORIES "")
_coppice_pkg_config(systemd libsystemd)

# Snowball's libstemmer ships neither a CMake nor a pkg-config file.
find_path(COPPICE_STEMMER_INCLUDE_DIR libstemmer.h REQUIRED)
find_library(COPPICE_STEMMER_LIBRARY stemmer REQUIRED)
mark_as_advanced(COPPICE_STEMMER_INCLUDE_DIR COPPICE_STEMMER_LIBRARY)
add_library(coppice_stemmer INTERFACE IMPORTED GLOBAL)
target_include_directories(coppice_stemmer INTERFACE "${COPPICE_STEMMER_INCLUDE_DIR}")
target_link_libraries(coppice_stemmer INTERFACE "${COPPICE_STEMMER_LIBRARY}")
add_library(coppice::stemmer ALIAS coppice_stemmer)

# FAISS builds vector graphs. Its threads are OpenMP's, which its builder is told to leave at one.
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(faiss 1.7.3 REQUIRED CONFIG)
add_library(coppice_faiss INTERFACE IMPORTED GLOBAL)
target_link_libraries(coppice_faiss INTERFACE faiss)
add_library(coppice::faiss ALIAS coppice_faiss)
_coppice_found(faiss ${faiss_VERSION})

# cppzmq is one header over libzmq.
find_path(COPPICE_CPPZMQ_INCLUDE_DIR zmq.hpp REQUIRED)
mark_as_advanced(COPPICE_CPPZMQ_INCLUDE_DIR)
add_library(coppice_zmq INTERFACE IMPORTED GLOBAL)
target_include_directories(coppice_zmq INTERFACE "${COPPICE_CPPZMQ_INCLUDE_DIR}")
target_link_libraries(coppice_zmq INTERFACE coppice::libzmq)
add_library(coppice::zmq ALIAS coppice_zmq)

# msgpack-cxx is headers only; without Boost they need nothing else.
find_path(COPPICE_MSGPACK_INCLUDE_DIR msgpack.hpp REQUIRED)
mark_as_advanced(COPPICE_MSGPACK_INCLUDE_DIR)
add_library(coppice_msgpack INTERFACE IMPORTED GLOBAL)
target_include_directories(coppice_msgpack INTERFACE "${COPPICE_MSGPACK_INCLUDE_DIR}")
target_compile_definitions(coppice_msgpack INTERFACE MSGPACK_NO_BOOST)
add_library(coppice::msgpack ALIAS coppice_msgpack)

# What scripts/setup built into its cache; -DCOPPICE_PQXX_ROOT and -DCOPPICE_GRAMMARS_DIR override it.
set(COPPICE_PQXX_ROOT
    ""
    CACHE PATH "Prefix of libpqxx >= 7.7; empty: from scripts/setup's cache or the system")
set(COPPICE_GRAMMARS_DIR
    ""
    CACHE PATH "The node_modules folder with tree-sitter and its grammars; empty: from scripts/setup's cache")
execute_process(
  COMMAND "${CMAKE_SOURCE_DIR}/scripts/setup" --print-cmake
  OUTPUT_VARIABLE coppice_setup_output
  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" coppice_setup_output "${coppice_setup_output}")
foreach(line IN LISTS coppice_setup_output)
  string(REGEX MATCH "^(COPPICE_[A-Z_]+)=(.*)$" matched "${line}")
  set(name "${CMAKE_MATCH_1}")
  set(value "${CMAKE_MATCH_2}")
  if(matched AND NOT ${name})
    set(${name} "${value}")
  endif()
endforeach()

unset(libpqxx_DIR CACHE) # found anew each time: the prefix changes with the pin
if(COPPICE_PQXX_ROOT)
  find_package(
    libpqxx 7.7 REQUIRED CONFIG
    PATHS "${COPPICE_PQXX_ROOT}"
    NO_DEFAULT_PATH)
  add_library(coppice::pqxx ALIAS libpqxx::pqxx)
  _coppice_found(libpqxx ${libpqxx_VERSION})
else()
  pkg_check_modules(coppice_pc_pqxx QUIET IMPORTED_TARGET GLOBAL "libpqxx>=7.7")
  if(NOT coppice_pc_pqxx_FOUND)
    message(FATAL_ERROR "libpqxx 7.7 or newer not found: run scripts/setup")
  endif()
  add_library(coppice::pqxx ALIAS PkgConfig::coppice_pc_pqxx)
  _coppice_found(libpqxx "${coppice_pc_pqxx_VERSION}")
endif()

if(NOT COPPICE_GRAMMARS_DIR OR NOT EXISTS "${COPPICE_GRAMMARS_DIR}/tree-sitter/package.json")
  message(FATAL_ERROR "tree-sitter's sources not found in '${COPPICE_GRAMMARS_DIR}': run scripts/setup")
endif()

if(COPPICE_BUILD_TESTS)
  find_package(GTest REQUIRED CONFIG)
  _coppice_found(GoogleTest ${GTest_VERSION})
endif()
if(COPPICE_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
  _coppice_found(benchmark ${benchmark_VERSION})
endif()
