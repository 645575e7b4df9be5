# Embeds openapi.yaml as JSON: a generated source with the one function of openapi.hpp.
find_program(SYSTEM_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
set(openapi_source ${PROJECT_BINARY_DIR}/generated/http/openapi_text.cpp)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/generated/http)
add_custom_command(
  OUTPUT ${openapi_source}
  COMMAND ${SYSTEM_PYTHON} ${PROJECT_SOURCE_DIR}/tools/embed_openapi.py
          ${PROJECT_SOURCE_DIR}/http/openapi.yaml ${openapi_source}
  DEPENDS ${PROJECT_SOURCE_DIR}/http/openapi.yaml ${PROJECT_SOURCE_DIR}/tools/embed_openapi.py
  VERBATIM)
target_sources(glados_http PRIVATE ${openapi_source})
