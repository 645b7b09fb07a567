# What `cmake --install` puts where, below the prefix: programs, units, and the data an administrator reads.
# A file of the configuration itself (/etc/coppice/coppice.toml) is never written: coppiced needs none.

include(GNUInstallDirs)
set(COPPICE_SYSTEMD_DIR
    "lib/systemd"
    CACHE STRING "Where units go, below the prefix: its folders system/ and user/")
set(COPPICE_SYSUSERS_DIR
    "lib/sysusers.d"
    CACHE STRING "Where the account of the daemon is described, below the prefix")
mark_as_advanced(COPPICE_SYSTEMD_DIR COPPICE_SYSUSERS_DIR)

# coppiced finds coppice-parser in its own folder.
install(TARGETS coppiced coppice coppice-parser RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# The units in the tree name /usr/bin/coppiced: in another prefix they name the program that was installed with them.
function(_coppice_install_unit unit folder)
  install(FILES systemd/${unit} DESTINATION ${COPPICE_SYSTEMD_DIR}/${folder})
  install(
    CODE "set(unit \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${COPPICE_SYSTEMD_DIR}/${folder}/coppiced.service\")
file(READ \"\${unit}\" text)
string(REPLACE \"/usr/bin/coppiced\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/coppiced\" text \"\${text}\")
file(WRITE \"\${unit}\" \"\${text}\")")
endfunction()
_coppice_install_unit(coppiced.service system)
_coppice_install_unit(user/coppiced.service user)
install(FILES systemd/coppice.sysusers DESTINATION ${COPPICE_SYSUSERS_DIR} RENAME coppice.conf)

install(FILES config/default/coppice.example.toml config/default/ranking.toml DESTINATION ${CMAKE_INSTALL_DATADIR}/coppice)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})
