// Preloaded into a node: its wall clock differs from the machine's by CHAOS_CLOCK_OFFSET seconds.
// Clocks that count from a start are left alone, and so is whatever else asks the kernel directly.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static time_t offset;

__attribute__((constructor)) static void read_offset(void) {
  const char* text = getenv("CHAOS_CLOCK_OFFSET");
  offset = text ? atol(text) : 0;
}

int clock_gettime(clockid_t which, struct timespec* out) {
  const int done = (int)syscall(SYS_clock_gettime, which, out);
  if (done == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
    out->tv_sec += offset;
  return done;
}

int gettimeofday(struct timeval* restrict out, void* restrict zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out)
    *out = now.tv_sec;
  return now.tv_sec;
}
