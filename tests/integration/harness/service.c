/* A service for the tests of deployments. SERVICE_VERSION and BEHAVIOUR are part of
   its image, so that a test chooses how a version behaves. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *behaviour;

static int is(const char *name) { return strcmp(behaviour, name) == 0; }

static void leave(int signal) { _exit(signal == SIGALRM ? 1 : 0); }

static void leak(int signal) {
    (void)signal;
    for (;;) memset(malloc(1 << 20), 1, 1 << 20);
}

static void after(int seconds, void (*act)(int)) {
    signal(SIGALRM, act);
    alarm(seconds);
}

static struct sockaddr_in address(void) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(8080)};
    return place;
}

/* What a health check in the container runs. */
static int check(void) {
    struct sockaddr_in place = address();
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&place, sizeof place)) return 1;
    dprintf(server, "GET /health HTTP/1.0\r\n\r\n");
    char answer[32] = "";
    read(server, answer, sizeof answer - 1);
    return strstr(answer, " 200 ") ? 0 : 1;
}

static void answer(int client, const char *version) {
    char request[4096], body[256];
    if (read(client, request, sizeof request) > 0) {
        const char *status = is("sick") ? "500 Internal Server Error" : "200 OK";
        int length = snprintf(body, sizeof body, "version %s\n", version);
        dprintf(client, "HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
                status, length, body);
    }
    close(client);
}

static int serve(const char *version) {
    struct sockaddr_in place = address();
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&place, sizeof place) || listen(server, 64)) return 1;
    for (;;) {
        int client = accept(server, 0, 0);
        if (client >= 0) answer(client, version);
    }
}

static int migrate(const char *version, const char *how) {
    printf("migrating to %s\n", version);
    fflush(stdout);
    if (getenv("API_TOKEN")) fprintf(stderr, "token %s\n", getenv("API_TOKEN"));
    if (strcmp(how, "hangs") == 0) for (;;) pause();
    return strcmp(how, "fails") == 0 ? 7 : 0;
}

int main(int count, char **arguments) {
    const char *version = getenv("SERVICE_VERSION");
    behaviour = getenv("BEHAVIOUR") ? getenv("BEHAVIOUR") : "good";
    signal(SIGTERM, is("deaf") ? SIG_IGN : leave);
    signal(SIGPIPE, SIG_IGN);
    if (count > 1 && strcmp(arguments[1], "check") == 0) return check();
    if (count > 1) return migrate(version, arguments[1]);
    printf("version %s starts with postgres://app:canary-of-the-database@db/shop\n", version);
    fflush(stdout);
    fprintf(stderr, "version %s warns\n", version);
    if (getenv("API_TOKEN")) fprintf(stderr, "token %s\n", getenv("API_TOKEN"));
    if (is("exits")) return 1;
    if (is("needs-token") && !getenv("TOKEN")) return 1;
    if (is("never")) for (;;) pause();
    if (is("slow")) sleep(2);
    if (is("flapping")) after(3, leave);
    if (is("leaking")) after(3, leak);
    return serve(version);
}
