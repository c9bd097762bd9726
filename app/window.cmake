# The window program. Included by app/CMakeLists.txt when MAMBASCOPE_GUI is on.
add_executable(mambascope main.cpp settings.cpp settings.h)
set_target_properties(mambascope PROPERTIES AUTOMOC ON)
target_link_libraries(mambascope PRIVATE ms_ui_window)
target_compile_definitions(mambascope PRIVATE MS_RESOURCES="${CMAKE_SOURCE_DIR}/resources" QT_NO_CAST_FROM_ASCII QT_NO_KEYWORDS)
install(TARGETS mambascope)
install(FILES ${CMAKE_SOURCE_DIR}/resources/desktop/org.mambascope.MambaScope.desktop DESTINATION share/applications)
install(FILES ${CMAKE_SOURCE_DIR}/resources/icons/mambascope.svg DESTINATION share/icons/hicolor/scalable/apps)
