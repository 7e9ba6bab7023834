/* What both programs share: the version they were built for, the greeting, and
 * leaving at once when the engine asks (as process 1 they get no default). */
#ifndef GREETING_H
#define GREETING_H

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef GREETER_VERSION
#error "compile with -DGREETER_VERSION=\"1.2.3\" (hooks/build-server does)"
#endif

#define GREETING "Hello from greeter " GREETER_VERSION "!\n"

static inline void leave(int signal_number)
{
    (void)signal_number;
    _exit(0);
}

static inline void leave_when_asked(void)
{
    signal(SIGTERM, leave);
    signal(SIGINT, leave);
    signal(SIGPIPE, SIG_IGN);
}

static inline int is_flag(int argc, char **argv, const char *flag)
{
    return argc == 2 && strcmp(argv[1], flag) == 0;
}

static inline int print_version(const char *program)
{
    printf("%s %s\n", program, GREETER_VERSION);
    return 0;
}

#endif
