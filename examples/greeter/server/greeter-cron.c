/* greeter-cron: prints the greeting now and then every minute.
 *
 *   greeter-cron               every $GREETER_SECONDS seconds (default 60)
 *   greeter-cron --version */
#include "greeting.h"

#include <stdlib.h>

static unsigned seconds_between(void)
{
    const char *text = getenv("GREETER_SECONDS");
    int seconds = text ? atoi(text) : 60;
    return seconds > 0 ? (unsigned)seconds : 60;
}

int main(int argc, char **argv)
{
    leave_when_asked();
    if (is_flag(argc, argv, "--version"))
        return print_version("greeter-cron");
    if (argc > 1) {
        fputs("usage: greeter-cron [--version]\n", stderr);
        return 2;
    }
    for (;;) {
        fputs(GREETING, stdout);
        fflush(stdout);
        sleep(seconds_between());
    }
}
