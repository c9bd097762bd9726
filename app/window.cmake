# The window program. Included by app/CMakeLists.txt when MAMBASCOPE_GUI is on.
add_executable(mambascope end_signals.cpp end_signals.h main.cpp render.cpp render.h render_options.cpp render_options.h render_view.cpp render_view.h settings.cpp settings.h)
set_target_properties(mambascope PROPERTIES AUTOMOC ON)
target_link_libraries(mambascope PRIVATE ms_ui_window)
target_compile_definitions(mambascope PRIVATE QT_NO_CAST_FROM_ASCII QT_NO_KEYWORDS)
