# What every target of the project shares: language level, warnings, sanitizers, compiler cache.
include_guard()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

# ccache keeps what was compiled with a precompiled header only when told that this is fine.
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
    set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
    endif()
endif()

# 150 programs are linked; gold, part of binutils, takes half the time of the default.
find_program(MS_GOLD ld.gold)
if(MS_GOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_link_options(-fuse-ld=gold)
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

# Most of a file's time goes into headers: up to eight files of a library share it.
function(ms_compile_together name)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
endfunction()

# ms_compile_alone(files…): those whose private names another file of the folder has as well.
function(ms_compile_alone)
    set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# Tests check values, not their own speed: compiling them costs more than running them. After the preset's -O2, so it wins.
set(MS_TEST_OPTIONS $<$<CXX_COMPILER_ID:GNU,Clang>:-O1>)

# ms_test_pch(name libraries… HEADERS headers…): a header that many tests begin with, read once for all of them.
function(ms_test_pch name)
    cmake_parse_arguments(ARG "" "" "HEADERS" ${ARGN})
    if(TARGET ${name})
        return()
    endif()
    file(WRITE ${CMAKE_BINARY_DIR}/generated/${name}.cpp "")
    add_library(${name} STATIC ${CMAKE_BINARY_DIR}/generated/${name}.cpp)
    target_link_libraries(${name} PUBLIC ms_options ${ARG_UNPARSED_ARGUMENTS})
    target_compile_options(${name} PRIVATE ${MS_TEST_OPTIONS})
    target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

# ms_add_gtest(tst_name SOURCES … LIBS … [LABELS …]): a Qt-free test executable known to CTest.
function(ms_add_gtest name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;LABELS" ${ARGN})
    find_package(GTest REQUIRED)
    ms_test_pch(ms_gtest_pch GTest::gtest HEADERS <gtest/gtest.h> <filesystem> <map> <span> <string> <vector>)
    add_executable(${name} ${ARG_SOURCES})
    target_compile_options(${name} PRIVATE ${MS_TEST_OPTIONS})
    target_precompile_headers(${name} REUSE_FROM ms_gtest_pch)
    target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gtest GTest::gtest_main)
    target_compile_definitions(${name} PRIVATE MS_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
        MS_RESOURCES="${CMAKE_SOURCE_DIR}/resources")
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "engine;${ARG_LABELS}" TIMEOUT 300)
endfunction()

# ms_moc_sources(target sources…): for each source that ends with #include "NAME.moc". AUTOMOC does as much, in two seconds a target.
function(ms_moc_sources target)
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/moc)
    foreach(source ${ARGN})
        get_filename_component(stem ${source} NAME_WE)
        file(STRINGS ${source} wanted REGEX "^#include \"${stem}\\.moc\"")
        if(wanted)
            add_custom_command(OUTPUT ${folder}/${stem}.moc DEPENDS ${source} VERBATIM COMMENT ""
                COMMAND Qt6::moc ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${folder}/${stem}.moc)
            target_sources(${target} PRIVATE ${folder}/${stem}.moc)
            target_include_directories(${target} PRIVATE ${folder})
        endif()
    endforeach()
endfunction()

# ms_add_qtest(tst_name SOURCES … LIBS …): a Qt Test executable, run on the offscreen platform.
# SERIAL: it measures time or stands for a user's patience, and runs alone.
function(ms_add_qtest name)
    cmake_parse_arguments(ARG "SERIAL" "" "SOURCES;LIBS" ${ARGN})
    find_package(Qt6 REQUIRED COMPONENTS Test Widgets)
    ms_test_pch(ms_qtest_pch Qt6::Test Qt6::Widgets HEADERS ${CMAKE_SOURCE_DIR}/ui/pch.h <QSettings> <QSignalSpy> <QTemporaryDir> <QTest> <filesystem> <map> <span> <string>)
    target_compile_definitions(ms_qtest_pch PRIVATE QT_NO_CAST_FROM_ASCII QT_NO_KEYWORDS)
    add_executable(${name} ${ARG_SOURCES})
    target_precompile_headers(${name} REUSE_FROM ms_qtest_pch)
    target_compile_options(${name} PRIVATE ${MS_TEST_OPTIONS})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    ms_moc_sources(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE ${ARG_LIBS} Qt6::Test Qt6::Widgets)  # widgets in all: the precompiled header has them
    target_compile_definitions(${name} PRIVATE QT_NO_CAST_FROM_ASCII QT_NO_KEYWORDS MS_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
        MS_RESOURCES="${CMAKE_SOURCE_DIR}/resources")
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "ui" TIMEOUT 300 ENVIRONMENT "QT_QPA_PLATFORM=offscreen" RUN_SERIAL ${ARG_SERIAL})
endfunction()
