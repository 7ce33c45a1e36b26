/* A wall clock that a test sets ahead, for some programs alone: a week is lived in minutes.
 *
 * Linux has no time namespace for the wall clock, so this library stands between a program and the kernel
 * (LD_PRELOAD). The file that CLOCK_AHEAD names holds the nanoseconds to add, as one 64-bit number; it is
 * mapped, so a change holds at once and for all. Journald would also stamp entries by the kernel's own clock,
 * which it asks for by SO_TIMESTAMP; without an answer it takes the wall clock.
 *
 *     cc -shared -fPIC -O2 -o clock_ahead.so clock_ahead.c
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *ahead;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("CLOCK_AHEAD");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *found = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (found != MAP_FAILED)
        ahead = found;
}

int clock_gettime(clockid_t clock, struct timespec *at)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, at);
    if (!failed && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t sum = at->tv_sec * 1000000000LL + at->tv_nsec + *ahead;
        at->tv_sec = sum / 1000000000LL;
        at->tv_nsec = sum % 1000000000LL;
    }
    return failed;
}

int gettimeofday(struct timeval *at, void *zone)
{
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    at->tv_sec = exact.tv_sec;
    at->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (at)
        *at = exact.tv_sec;
    return exact.tv_sec;
}

int setsockopt(int socket, int level, int option, const void *value, socklen_t length)
{
    if (ahead && level == SOL_SOCKET && option == SO_TIMESTAMP)
        return 0;
    return (int)syscall(SYS_setsockopt, socket, level, option, value, length);
}
