// Descriptor numbers that are not used again soon. Pistache names a connection by its descriptor,
// so a number that comes back at once could be taken for the connection before it. The floor is
// shared by all servers of the process; any thread.
#pragma once

#include <cstddef>

namespace glados::http {

/// Moves a descriptor up to the moving floor; returns the new number (the old one is closed), or
/// the old number if no other can be had.
int move_to_fresh_number(int descriptor);

/// Grows the kernel's table once, while that is cheap (it stalls a process that has many threads).
void reserve_descriptor_table();

}  // namespace glados::http
