# Where everything goes on `cmake --install`, by the GNU and freedesktop.org conventions. The programs find their models relative to
# themselves (engine/base/program_files.h), so a prefix can be moved.
include(GNUInstallDirs)
set(desktop ${CMAKE_SOURCE_DIR}/resources/desktop)
set(id org.mambascope.MambaScope)

install(TARGETS mambascope-cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/resources/models DESTINATION ${CMAKE_INSTALL_DATADIR}/mambascope PATTERN "train_log.csv" EXCLUDE)
install(FILES ${desktop}/copyright DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/mambascope)
install(FILES ${desktop}/${id}.mime.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages RENAME ${id}.xml)
if(MAMBASCOPE_GUI)
    install(TARGETS mambascope RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    install(FILES ${desktop}/${id}.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
    install(FILES ${desktop}/${id}.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
    install(FILES ${CMAKE_SOURCE_DIR}/resources/icons/mambascope.svg
            DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps RENAME ${id}.svg)
endif()
