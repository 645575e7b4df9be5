# What is installed, and the Debian package of it: tools/package.sh makes glados_VERSION_ARCH.deb.
set(CMAKE_INSTALL_PREFIX /usr)  # what the units and the man page name
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # tests are no part of it
set(package_folder ${PROJECT_SOURCE_DIR}/package)
set(package_made ${PROJECT_BINARY_DIR}/generated/package)

# glados_unit(NAME DESCRIPTION ENVIRONMENT STATE MORE): one of the two units of nodes, of one form.
function(glados_unit name DESCRIPTION ENVIRONMENT STATE MORE)
  configure_file(${package_folder}/glados.service.in ${package_made}/${name} @ONLY)
  install(FILES ${package_made}/${name} DESTINATION /lib/systemd/system)
endfunction()
glados_unit(glados.service "GLADOS, directory of messaging providers" /etc/glados/node.env glados "")
glados_unit(glados@.service "GLADOS, node %i of this machine" /etc/glados/node-%i.env glados/%i
            "Environment=GLADOS_NODE_ID=%i GLADOS_NODE_DATA_DIR=/var/lib/glados/%i")

install(FILES package/glados-probe.service DESTINATION /lib/systemd/system)

install(TARGETS glados DESTINATION bin)
install(FILES config/production.toml DESTINATION /etc/glados RENAME glados.toml)
install(DIRECTORY config/ DESTINATION share/glados
        FILES_MATCHING PATTERN "*.toml" PATTERN "*.acl" PATTERN "*.yaml" PATTERN "*.json"
                       PATTERN "production.toml" EXCLUDE PATTERN "sandbox.toml" EXCLUDE
                       PATTERN "reference.toml" EXCLUDE)
install(FILES package/redis.conf DESTINATION share/glados)
install(FILES README.md config/reference.toml package/node.env package/probe.env package/copyright
        DESTINATION share/doc/glados)
install(DIRECTORY docs/ DESTINATION share/doc/glados FILES_MATCHING PATTERN "*.md"
        PATTERN "console" EXCLUDE)

# The manual page, and completion for three shells as the program itself prints it.
configure_file(${package_folder}/glados.8 ${package_made}/glados.8 @ONLY)
install(CODE "
  set(made \"${package_made}\")
  execute_process(COMMAND gzip -9nfk \"${package_made}/glados.8\" COMMAND_ERROR_IS_FATAL ANY)
  foreach(shell bash zsh fish)
    execute_process(COMMAND \"$<TARGET_FILE:glados>\" admin completion \${shell}
                    OUTPUT_FILE \"${package_made}/completion.\${shell}\" COMMAND_ERROR_IS_FATAL ANY)
  endforeach()")
install(FILES ${package_made}/glados.8.gz DESTINATION share/man/man8)
install(FILES ${package_made}/completion.bash DESTINATION share/bash-completion/completions
        RENAME glados)
install(FILES ${package_made}/completion.zsh DESTINATION share/zsh/vendor-completions
        RENAME _glados)
install(FILES ${package_made}/completion.fish DESTINATION share/fish/vendor_completions.d
        RENAME glados.fish)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME glados)
set(CPACK_PACKAGE_CONTACT "GLADOS operators <operators@glados.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "directory of messaging providers by number or mail address")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "\
Enrolled messaging providers ask it, over REST with mutual TLS, which provider
a phone number or mail address uses and under which name. One node of a cluster
over Redis or Redis Cluster, with its systemd units, the command line of
operators and the page docs/operations.md.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, redis-server (>= 5:7.0)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion, prometheus")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package_folder}/conffiles ${package_folder}/postinst
    ${package_folder}/prerm ${package_folder}/postrm)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/package)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_BINARY_DIR}/generated/package/console.cmake)
file(CONFIGURE OUTPUT ${CPACK_PROJECT_CONFIG_FILE} @ONLY CONTENT [[
# Read when the package is made: whether the program has a console is known only once it is built.
file(STRINGS "@console_source@" without REGEX "return {};")
if(without)
  string(APPEND CPACK_DEBIAN_PACKAGE_DESCRIPTION "
.
Built WITHOUT the operators' console: the npm packages could not be had, or
GLADOS_CONSOLE was off. Its address /console is 404.")
endif()
]])
include(CPack)
