# Picks the newest clang that is installed, also where only the versioned name exists.
find_program(COPPICE_CLANG_C NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 REQUIRED)
find_program(COPPICE_CLANG_CXX NAMES clang++ clang++-19 clang++-18 clang++-17 clang++-16 clang++-15 clang++-14 REQUIRED)
set(CMAKE_C_COMPILER "${COPPICE_CLANG_C}")
set(CMAKE_CXX_COMPILER "${COPPICE_CLANG_CXX}")
