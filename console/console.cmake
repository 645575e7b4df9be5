# The operators' console: fetches what console/package-lock.json names, bundles console/src and
# embeds the result as one source of the program, when its inputs have changed.
set(console_source ${PROJECT_BINARY_DIR}/generated/console/console_files.cpp)
if(NOT GLADOS_CONSOLE)
  file(CONFIGURE OUTPUT ${console_source} @ONLY CONTENT [[
#include "app/console_files.hpp"

std::span<const glados::http::static_file> glados::app::console_files() { return {}; }
]])
  target_sources(glados PRIVATE ${console_source})
  return()
endif()

find_program(SYSTEM_NODE node PATHS /usr/bin)
find_program(SYSTEM_NPM npm PATHS /usr/bin)
if(NOT SYSTEM_NODE OR NOT SYSTEM_NPM)
  message(FATAL_ERROR "The console is built by Node.js (18 or newer) and npm, and one is missing: "
                      "install them, or build without the console by -DGLADOS_CONSOLE=OFF")
endif()

set(console_folder ${PROJECT_SOURCE_DIR}/console)
set(console_packages ${PROJECT_BINARY_DIR}/console)
file(GLOB_RECURSE console_inputs CONFIGURE_DEPENDS ${console_folder}/src/*)

add_custom_command(
  OUTPUT ${console_source}
  COMMAND ${PROJECT_SOURCE_DIR}/tools/console_source.sh ${console_folder} ${console_packages}
          ${console_source}
  DEPENDS ${console_inputs} ${console_folder}/build.mjs ${console_folder}/package.json
          ${console_folder}/package-lock.json ${PROJECT_SOURCE_DIR}/tools/npm_packages.sh
          ${PROJECT_SOURCE_DIR}/tools/console_source.sh
  COMMENT "console: fetching npm packages, bundling"
  VERBATIM)
target_sources(glados PRIVATE ${console_source})
