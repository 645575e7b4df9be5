# Embeds scripts/*.lua: each becomes a constant of its text and its SHA-1, by which EVALSHA calls it.
file(GLOB lua_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/storage/scripts/*.lua)
set(lua_constants "")
foreach(lua_file ${lua_files})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${lua_file})
  get_filename_component(lua_name ${lua_file} NAME_WE)
  file(READ ${lua_file} lua_text)
  file(SHA1 ${lua_file} lua_sha1)
  string(APPEND lua_constants
    "inline constexpr script ${lua_name}{\"${lua_sha1}\", R\"lua(${lua_text})lua\"};\n")
endforeach()
set(lua_generated ${PROJECT_BINARY_DIR}/generated)
file(CONFIGURE OUTPUT ${lua_generated}/storage/scripts_text.hpp CONTENT
"// Made from storage/scripts/*.lua by storage/scripts.cmake.
#pragma once

#include \"storage/redis_command.hpp\"

namespace glados::storage::scripts {

@lua_constants@
}  // namespace glados::storage::scripts
" @ONLY)
target_include_directories(glados_storage PRIVATE ${lua_generated})
