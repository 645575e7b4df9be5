// `glados pki`: the authorities of an installation, and what they sign.
#pragma once

#include "admin/command_line.hpp"

namespace glados::admin {

const program_row& pki_program();

}  // namespace glados::admin
