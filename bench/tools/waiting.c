/*
 * Starts many servers and waits until each has answered a health check.
 *
 * waiting COUNT FIRST_PORT COMMAND...
 *   elapsed pid...
 * `%p` in the command stands for the port. Prints the nanoseconds from before the first posix_spawn(3)
 * to the last answer's last byte, and every process; then waits for the end of its standard input,
 * and kills them all.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROBE "GET /heart_beat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
#define MOST 10000
#define GIVE_UP_NS INT64_C(120000000000)
/* Between two looks at a server that does not listen yet: looking must not take the time it needs. */
#define PAUSE_NS 200000

extern char **environ;

static pid_t servers[MOST];
static int started;

static int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void end_all(void)
{
	for (int i = 0; i < started; i++)
		kill(servers[i], SIGKILL);
	for (int i = 0; i < started; i++)
		waitpid(servers[i], NULL, 0);
}

static void fail(const char *what)
{
	fprintf(stderr, "waiting: %s: %s\n", what, strerror(errno));
	end_all();
	exit(1);
}

static char *with_port(const char *argument, int port)
{
	static char text[4096];
	const char *place = strstr(argument, "%p");
	if (place == NULL)
		return strdup(argument);
	snprintf(text, sizeof text, "%.*s%d%s", (int)(place - argument), argument, port, place + 2);
	return strdup(text);
}

static void spawn_server(char **command, int port, const posix_spawn_file_actions_t *actions)
{
	char *with[64] = {0};
	for (int i = 0; command[i] != NULL && i < 63; i++)
		with[i] = with_port(command[i], port);
	errno = posix_spawnp(&servers[started], with[0], actions, NULL, with, environ);
	if (errno != 0)
		fail(with[0]);
	started++;
	for (int i = 0; with[i] != NULL; i++)
		free(with[i]);
}

/* Whether the server has answered that it is alive. */
static int is_alive(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	struct linger reset = {1, 0};
	char text[4096];
	size_t size = 0;
	ssize_t count = 0;
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (client < 0)
		fail("socket");
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	if (connect(client, (struct sockaddr *)&address, sizeof address) == 0 &&
		send(client, PROBE, sizeof PROBE - 1, MSG_NOSIGNAL) == sizeof PROBE - 1) {
		while (size < sizeof text - 1 && (count = recv(client, text + size, sizeof text - 1 - size, 0)) > 0) {
			size += (size_t)count;
			text[size] = 0;
			if (strstr(text, "\"success\"") != NULL)
				break;
		}
	}
	close(client);
	text[size] = 0;
	return strncmp(text, "HTTP/1.1 200", 12) == 0 && strstr(text, "\"success\"") != NULL;
}

int main(int argc, char **argv)
{
	if (argc < 4 || atoi(argv[1]) > MOST) {
		fprintf(stderr, "usage: waiting COUNT FIRST_PORT COMMAND...\n");
		return 64;
	}
	int count = atoi(argv[1]), first = atoi(argv[2]);
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	int64_t begin = now();
	while (started < count)
		spawn_server(argv + 3, first + started, &actions);
	for (int i = 0; i < count; i++) {
		while (!is_alive(first + i)) {
			errno = ETIMEDOUT;
			if (now() - begin > GIVE_UP_NS)
				fail("no answer");
			nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
		}
	}
	printf("%lld", (long long)(now() - begin));
	for (int i = 0; i < count; i++)
		printf(" %d", (int)servers[i]);
	printf("\n");
	fflush(stdout);
	char unused;
	while (read(0, &unused, 1) > 0)
		;
	end_all();
	return 0;
}
