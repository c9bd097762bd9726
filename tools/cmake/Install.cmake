# Where everything goes on `cmake --install`, by the GNU and freedesktop.org conventions. The programs find their models relative to
# themselves (engine/base/program_files.h), so a prefix can be moved.
include(GNUInstallDirs)
set(desktop ${CMAKE_SOURCE_DIR}/resources/desktop)
set(id org.mambascope.MambaScope)

install(TARGETS mambascope-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/resources/models DESTINATION ${CMAKE_INSTALL_DATADIR}/mambascope PATTERN "train_log.csv" EXCLUDE)
install(FILES ${desktop}/copyright DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/mambascope)
# Debian wants manual pages and the changelog compressed, without a time in them.
function(ms_install_gzipped file folder)
    get_filename_component(name ${file} NAME)
    set(packed ${CMAKE_BINARY_DIR}/generated/${name}.gz)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
    execute_process(COMMAND gzip -9nc ${file} OUTPUT_FILE ${packed} COMMAND_ERROR_IS_FATAL ANY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    install(FILES ${packed} DESTINATION ${folder})
endfunction()
ms_install_gzipped(${desktop}/changelog ${CMAKE_INSTALL_DATAROOTDIR}/doc/mambascope)
ms_install_gzipped(${CMAKE_SOURCE_DIR}/resources/man/mambascope-cli.1 ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${desktop}/${id}.mime.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages RENAME ${id}.xml)
if(MAMBASCOPE_GUI)
    ms_install_gzipped(${CMAKE_SOURCE_DIR}/resources/man/mambascope.1 ${CMAKE_INSTALL_MANDIR}/man1)
    install(TARGETS mambascope RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES ${desktop}/${id}.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
    install(FILES ${desktop}/${id}.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
    install(FILES ${CMAKE_SOURCE_DIR}/resources/icons/mambascope.svg
            DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps RENAME ${id}.svg)
endif()
