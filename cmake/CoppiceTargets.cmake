# coppice_library, coppice_executable, coppice_test: how every folder declares what it builds.

# Our flags, clang-tidy, and the precompiled headers of the target named, if there are such.
function(_coppice_common target)
  target_link_libraries(${target} PRIVATE coppice_flags)
  if(ARGC GREATER 1 AND TARGET ${ARGV1})
    target_precompile_headers(${target} REUSE_FROM ${ARGV1})
  endif()
  if(COPPICE_CLANG_TIDY)
    set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "${COPPICE_CLANG_TIDY_EXE};--quiet")
  endif()
endfunction()

# coppice_library(NAME store SRCS a.cpp b.cpp DEPS coppice::base coppice::pqxx)
#
# A static library coppice_<name> with the alias coppice::<name>. DEPS are public: they are the architecture.
# PRIVATE_DEPS are libraries that no header of this folder shows.
function(coppice_library)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME" "SRCS;DEPS;PRIVATE_DEPS")
  if(NOT arg_NAME OR NOT arg_SRCS OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "coppice_library(NAME n SRCS … [DEPS …] [PRIVATE_DEPS …]): got ${ARGV}")
  endif()
  add_library(coppice_${arg_NAME} STATIC ${arg_SRCS})
  add_library(coppice::${arg_NAME} ALIAS coppice_${arg_NAME})
  _coppice_common(coppice_${arg_NAME} coppice_precompiled)
  target_link_libraries(
    coppice_${arg_NAME}
    PUBLIC ${arg_DEPS}
    PRIVATE ${arg_PRIVATE_DEPS})
endfunction()

# Everything a user runs.
add_custom_target(coppice_programs)

# coppice_executable(NAME coppiced SRCS main.cpp DEPS coppice::app [TOOL]): the program lands in <build>/bin and is part
# of the target coppice_programs, unless it lies in tests/ or benchmarks/ or TOOL says that no user needs it.
function(coppice_executable)
  cmake_parse_arguments(PARSE_ARGV 0 arg "TOOL" "NAME" "SRCS;DEPS")
  if(NOT arg_NAME OR NOT arg_SRCS OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "coppice_executable(NAME n SRCS … [DEPS …]): got ${ARGV}")
  endif()
  add_executable(${arg_NAME} ${arg_SRCS})
  _coppice_common(${arg_NAME} coppice_precompiled)
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS})
  file(RELATIVE_PATH folder "${CMAKE_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT arg_TOOL AND NOT folder MATCHES "^(tests|benchmarks)")
    add_dependencies(coppice_programs ${arg_NAME})
  endif()
endfunction()

# What a sanitizer is told at run time, for every test.
function(_coppice_test_environment out)
  set(env "")
  if(COPPICE_SANITIZE MATCHES "address")
    list(APPEND env "ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1"
         "UBSAN_OPTIONS=print_stacktrace=1"
         "LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/lsan.supp:print_suppressions=0")
  elseif(COPPICE_SANITIZE MATCHES "thread")
    list(APPEND env
         "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=${CMAKE_SOURCE_DIR}/cmake/tsan.supp")
  endif()
  set(${out}
      "${env}"
      PARENT_SCOPE)
endfunction()

# Sets labels, time limit, skip rule and environment of the ctest entry `name`.
function(_coppice_test_properties name timeout labels resources)
  if(COPPICE_SANITIZE)
    math(EXPR timeout "${timeout} * 4")
  endif()
  _coppice_test_environment(env)
  set_tests_properties(
    ${name}
    PROPERTIES TIMEOUT ${timeout}
               LABELS "${labels}"
               SKIP_RETURN_CODE 77
               ENVIRONMENT "COPPICE_BIN_DIR=${CMAKE_BINARY_DIR}/bin;COPPICE_SOURCE_DIR=${CMAKE_SOURCE_DIR};${env}")
  if(resources)
    set_tests_properties(${name} PROPERTIES RESOURCE_LOCK "${resources}")
  endif()
endfunction()

# coppice_test(NAME deadline_test SRCS deadline_test.cpp DEPS coppice::base LABELS unit [TIMEOUT s]
#              [BINARIES coppiced coppice] [RESOURCES name…] [NO_MAIN])
#
# One ctest entry per executable. LABELS: unit, pg, functional, gpu, slow, fuzz. A run that cannot take place
# exits 77 with its reason. BINARIES are built before the test and found in $COPPICE_BIN_DIR. Tests that name the
# same RESOURCES never run at once. NO_MAIN: the sources have a main of their own.
function(coppice_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "NO_MAIN" "NAME;TIMEOUT"
                        "SRCS;DEPS;LABELS;BINARIES;RESOURCES")
  if(NOT arg_NAME OR NOT arg_SRCS OR NOT arg_LABELS OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "coppice_test(NAME n SRCS … LABELS … [DEPS …]): got ${ARGV}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${arg_NAME} ${arg_SRCS})
  _coppice_common(${arg_NAME} coppice_precompiled_tests)
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  target_link_libraries(${arg_NAME} PRIVATE ${arg_DEPS} GTest::gmock)
  if(NOT arg_NO_MAIN)
    target_link_libraries(${arg_NAME} PRIVATE GTest::gmock_main)
  endif()
  if(arg_BINARIES)
    add_dependencies(${arg_NAME} ${arg_BINARIES})
  endif()
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME} --gtest_brief=1)
  _coppice_test_properties(${arg_NAME} ${arg_TIMEOUT} "${arg_LABELS}" "${arg_RESOURCES}")
endfunction()

# coppice_script_test(NAME n COMMAND … LABELS … [TIMEOUT s] [RESOURCES name…]): a test that is a program of its own,
# for example a Python script; 77 means skipped.
function(coppice_script_test)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "NAME;TIMEOUT" "COMMAND;LABELS;RESOURCES")
  if(NOT arg_NAME OR NOT arg_COMMAND OR NOT arg_LABELS OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "coppice_script_test(NAME n COMMAND … LABELS …): got ${ARGV}")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_test(NAME ${arg_NAME} COMMAND ${arg_COMMAND})
  _coppice_test_properties(${arg_NAME} ${arg_TIMEOUT} "${arg_LABELS}" "${arg_RESOURCES}")
endfunction()
