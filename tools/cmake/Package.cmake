# A package for Debian and its kin: tools/package.sh, or `cpack -G DEB` in a build folder of the release preset. Icon, MIME and desktop
# caches are brought up to date by the triggers of the packages that own them.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME mambascope)
set(CPACK_PACKAGE_VENDOR "MambaScope contributors")
set(CPACK_PACKAGE_CONTACT "MambaScope contributors <contributors@mambascope.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "oscilloscope for Mamba models")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Opens a Mamba checkpoint, runs its selective scan on any Vulkan device or on
the CPU, and shows what the model does to every token while it does it: how
far each channel opens, what it keeps, what it writes, how full the state is.
Text comes from a prompt, sound from a microphone or a file; speech is
transcribed live. Figures, numbers and films can be exported.
.
Contains the window (mambascope), the command line (mambascope-cli) and two
small models.")
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${CPACK_PACKAGE_CONTACT})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Beyond what the programs are linked with: any font at all, for Qt draws no text without one. Optional: what is opened at run time.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fonts-dejavu-core, hicolor-icon-theme")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
    "libvulkan1, mesa-vulkan-drivers | vulkan-icd, pipewire-pulse | pulseaudio, qt6-wayland, shared-mime-info")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
