// Keeps the TLS connections of one thread apart.
//
// OpenSSL lays errors in a queue that belongs to the thread, and whoever asks what became of a call
// is told of whatever lies there. CAF's TLS leaves there what ended a connection: one that broke
// off, a stranger at the door. The next connection of the same thread that merely had nothing to
// read then counted as broken, too: each node that ended took links between the others with it.
// OpenSSL asks for an empty queue before each such call, so this program makes it empty.
//
// By the same way those connections read ahead, which CAF does not have them do.
#pragma once

namespace glados::cluster {

/// Brings the calls of tls_errors.cpp into a program, in the place of OpenSSL's own, which they
/// call. Nothing is left to do when it runs.
void separate_tls_errors();

}  // namespace glados::cluster
