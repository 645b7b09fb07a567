#pragma once

#include "base/result.h"

namespace coppice::server {

/// Keeps a descriptor back for the moment when none is left.
///
/// Place:  called before the daemon listens. The source also defines accept4(), which libzmq then
///         calls in place of the C library's: libzmq 4.3.4 aborts the process where a client of a
///         Unix socket cannot be accepted for want of a descriptor (EMFILE), so that any client
///         could end the daemon by connecting often enough.
/// Shape:  with no descriptor left, the reserve is given up to accept the client and hang up on it;
///         libzmq is told that the client went away. The log says so once a minute.
/// Errors: kResourceExhausted (there is none to keep back).
Result<void> ReserveDescriptor();

}  // namespace coppice::server
