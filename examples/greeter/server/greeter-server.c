/* greeter-server: answers every request for / with the greeting.
 *
 *   greeter-server             serve on port $PORT (default 8080)
 *   greeter-server --health    exit 0 if the server on that port is healthy
 *   greeter-server --version
 *
 * One connection at a time, one request per connection: an example. */
#include "greeting.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>

static struct sockaddr_in address_on(in_addr_t host)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((unsigned short)atoi(port ? port : "8080")),
        .sin_addr.s_addr = htonl(host),
    };
    return address;
}

/* A client that says nothing must not keep the others waiting. */
static void limit_waiting(int connection)
{
    struct timeval limit = {.tv_sec = 2};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static void send_answer(int connection, const char *status, const char *body)
{
    char answer[512];
    int length = snprintf(answer, sizeof answer,
                          "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                          "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
                          status, strlen(body), body);
    if (write(connection, answer, (size_t)length) != length)
        fputs("greeter-server: a client left before its answer\n", stderr);
}

/* Reads the head of a request: up to the empty line, or what fits. */
static void read_head(int connection, char *head, size_t size)
{
    size_t used = 0;
    head[0] = '\0';
    while (used + 1 < size && !strstr(head, "\r\n\r\n")) {
        ssize_t count = read(connection, head + used, size - 1 - used);
        if (count <= 0)
            return;
        used += (size_t)count;
        head[used] = '\0';
    }
}

static int asks_for(const char *head, const char *path)
{
    size_t length = strlen(path);
    return strncmp(head, "GET ", 4) == 0 && strncmp(head + 4, path, length) == 0 &&
           (head[4 + length] == ' ' || head[4 + length] == '?');
}

static void answer(int connection)
{
    char head[4096];
    limit_waiting(connection);
    read_head(connection, head, sizeof head);
    if (asks_for(head, "/"))
        send_answer(connection, "200 OK", GREETING);
    else if (asks_for(head, "/health"))
        send_answer(connection, "200 OK", "healthy\n");
    else if (asks_for(head, "/version"))
        send_answer(connection, "200 OK", GREETER_VERSION "\n");
    else
        send_answer(connection, "404 Not Found", "nothing here\n");
    close(connection);
}

static int serve(void)
{
    struct sockaddr_in address = address_on(INADDR_ANY);
    int reuse = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) {
        perror("greeter-server: cannot listen");
        return 1;
    }
    printf("greeter-server %s listens on port %d\n", GREETER_VERSION, ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int connection = accept(listener, NULL, NULL);
        if (connection >= 0)
            answer(connection);
    }
}

static int check_health(void)
{
    static const char request[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct sockaddr_in address = address_on(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    char head[512] = "";
    limit_waiting(connection);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0 &&
        write(connection, request, sizeof request - 1) > 0)
        read_head(connection, head, sizeof head);
    if (strncmp(head, "HTTP/1.1 200 ", 13) == 0)
        return 0;
    fputs("greeter-server: not healthy\n", stderr);
    return 1;
}

int main(int argc, char **argv)
{
    leave_when_asked();
    if (is_flag(argc, argv, "--version"))
        return print_version("greeter-server");
    if (is_flag(argc, argv, "--health"))
        return check_health();
    if (argc > 1) {
        fputs("usage: greeter-server [--health | --version]\n", stderr);
        return 2;
    }
    return serve();
}
