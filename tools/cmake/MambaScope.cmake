# What every target of the project shares: language level, warnings, sanitizers, compiler cache.
include_guard()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(ms_options INTERFACE)
target_include_directories(ms_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(ms_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Werror)
target_compile_definitions(ms_options INTERFACE MAMBASCOPE_VERSION="${PROJECT_VERSION}")
# gcc 12 sees phantom overflows in inlined std::string and std::vector code at -O2 and above.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(ms_options INTERFACE -Wno-error=maybe-uninitialized -Wno-error=stringop-overflow
        -Wno-error=array-bounds -Wno-error=restrict -Wno-error=dangling-pointer)
endif()
if(MAMBASCOPE_SANITIZE)
    target_compile_options(ms_options INTERFACE -fsanitize=${MAMBASCOPE_SANITIZE} -fno-omit-frame-pointer -g)
    target_link_options(ms_options INTERFACE -fsanitize=${MAMBASCOPE_SANITIZE})
endif()

# ms_add_library(name sources…): a static library of the engine or the window.
function(ms_add_library name)
    add_library(${name} STATIC ${ARGN})
    target_link_libraries(${name} PUBLIC ms_options)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()

# ms_add_gtest(tst_name SOURCES … LIBS … [LABELS …]): a Qt-free test executable known to CTest.
function(ms_add_gtest name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;LABELS" ${ARGN})
    find_package(GTest REQUIRED)
    if(NOT TARGET ms_gtest_pch)  # GoogleTest's header is most of a test's compile time: read it once for all of them
        file(WRITE ${CMAKE_BINARY_DIR}/generated/gtest_pch.cpp "")
        add_library(ms_gtest_pch STATIC ${CMAKE_BINARY_DIR}/generated/gtest_pch.cpp)
        target_link_libraries(ms_gtest_pch PUBLIC ms_options GTest::gtest)
        target_precompile_headers(ms_gtest_pch PRIVATE <gtest/gtest.h> <filesystem> <map> <span> <string> <vector>)
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_precompile_headers(${name} REUSE_FROM ms_gtest_pch)
    target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gtest GTest::gtest_main)
    target_compile_definitions(${name} PRIVATE MS_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
        MS_RESOURCES="${CMAKE_SOURCE_DIR}/resources")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "engine;${ARG_LABELS}" TIMEOUT 300)
endfunction()

# ms_add_qtest(tst_name SOURCES … LIBS …): a Qt Test executable, run on the offscreen platform.
function(ms_add_qtest name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    find_package(Qt6 REQUIRED COMPONENTS Test)
    add_executable(${name} ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES AUTOMOC ON RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    target_link_libraries(${name} PRIVATE ${ARG_LIBS} Qt6::Test)
    target_compile_definitions(${name} PRIVATE MS_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
        MS_RESOURCES="${CMAKE_SOURCE_DIR}/resources")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "ui" TIMEOUT 300 ENVIRONMENT "QT_QPA_PLATFORM=offscreen")
endfunction()
