/*
 * Starts one server and measures it from outside, in nanoseconds of CLOCK_MONOTONIC; prints one line.
 *
 * launch SERVER_CORE LOAD_CORE PORT REQUEST PIECES LOOKS COMMAND...
 *   ready answered exited cpu peak_kb status
 * From just before posix_spawn(3) to the last byte of the first health check's answer; from the
 * request's first byte sent to the last byte of its answer, and to the end of the process as wait4(2)
 * tells it; the processor time that the process took from the answered health check on; with
 * LOOKS 1 the most memory it ever had. With REQUEST `-` there is no request, and the server is killed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROBE "GET /heart_beat HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define GIVE_UP_NS 30000000000

extern char **environ;

static char **command;
static int server_core;
static _Atomic int64_t spawned_at;
static _Atomic pid_t server;

static int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void fail(const char *what)
{
	fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
	if (server > 0)
		kill(server, SIGKILL);
	exit(1);
}

/* The calling thread runs on that core from now on, and so does what it starts; -1 is any. */
static void stay_on(int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((size_t)core, &set);
	if (core >= 0 && sched_setaffinity(0, sizeof set, &set) != 0)
		fail("sched_setaffinity");
}

/* A thread on the server's core, so that the server begins there while the prober spins elsewhere. */
static void *spawn_server(void *unused)
{
	pid_t pid;
	posix_spawn_file_actions_t actions;
	stay_on(server_core);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	spawned_at = now();
	errno = posix_spawnp(&pid, command[0], &actions, NULL, command, environ);
	if (errno != 0)
		fail(command[0]);
	server = pid;
	return unused;
}

/* A connection, as soon as the server listens; what it closes leaves no port waiting (SO_LINGER). */
static int connect_to(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct linger reset = {1, 0};
	int yes = 1;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int64_t begin = now();;) {
		int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (client < 0)
			fail("socket");
		if (connect(client, (struct sockaddr *)&address, sizeof address) == 0) {
			setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
			setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
			return client;
		}
		if (errno != ECONNREFUSED)
			fail("connect");
		close(client);
		errno = ETIMEDOUT;
		if (now() - begin > GIVE_UP_NS)
			fail("no answer");
	}
}

/* Waits until the other side has taken in what was sent, so that the next piece is a read of its own. */
static void let_arrive(int client)
{
	int left = 1;
	while (left > 0 && ioctl(client, TIOCOUTQ, &left) == 0)
		;
	for (int64_t begin = now(); now() - begin < 20000;)
		;
}

static void send_all(int client, const char *text, size_t size, size_t pieces)
{
	size_t step = (size + pieces - 1) / pieces;
	for (size_t sent = 0; sent < size;) {
		size_t next = size - sent < step ? size - sent : step;
		ssize_t taken = send(client, text + sent, next, MSG_NOSIGNAL);
		if (taken < 0)
			fail("send");
		sent += (size_t)taken;
		if (pieces > 1 && sent < size)
			let_arrive(client);
	}
}

/* Reads one answer to its last byte, whose place its Content-Length or chunks tell; gives its status. */
static int read_answer(int client)
{
	static char text[1 << 16];
	size_t size = 0;
	for (;;) {
		ssize_t count = recv(client, text + size, sizeof text - 1 - size, 0);
		if (count <= 0)
			fail("answer cut off");
		size += (size_t)count;
		text[size] = 0;
		char *body = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\nContent-Length:");
		if (body == NULL)
			continue;
		body += 4;
		int is_whole = length != NULL && length < body
			? size - (size_t)(body - text) >= strtoul(length + 17, NULL, 10)
			: strstr(body - 2, "\r\n0\r\n\r\n") != NULL;
		if (is_whole)
			return atoi(text + 9);
	}
}

static char *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *text = malloc(1 << 24);
	if (file == NULL || text == NULL)
		fail(path);
	*size = fread(text, 1, 1 << 24, file);
	fclose(file);
	return text;
}

/* Nanoseconds that the process has run; the thread's own are all that matters of one with several. */
static int64_t processor_time(pid_t pid)
{
	struct timespec time;
	clockid_t clock;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
		fail("processor time");
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* The most memory that the program has had: rusage would count what this one had when it started it. */
static long peak_kilobytes(pid_t pid)
{
	char path[64], line[256];
	long kilobytes = -1;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "r");
	while (file != NULL && kilobytes < 0 && fgets(line, sizeof line, file) != NULL)
		sscanf(line, "VmHWM: %ld", &kilobytes);
	if (file != NULL)
		fclose(file);
	return kilobytes;
}

int main(int argc, char **argv)
{
	if (argc < 8) {
		fprintf(stderr, "usage: launch SERVER_CORE LOAD_CORE PORT REQUEST PIECES LOOKS COMMAND...\n");
		return 64;
	}
	uint16_t port = (uint16_t)atoi(argv[3]);
	size_t size = 0, pieces = (size_t)atol(argv[5]);
	char *request = strcmp(argv[4], "-") == 0 ? NULL : read_file(argv[4], &size);
	int64_t answered = 0, exited = 0, cpu = 0;
	int status = 0, looks = atoi(argv[6]);
	long peak = 0;
	struct rusage usage = {0};
	pthread_t spawner;
	server_core = atoi(argv[1]);
	command = argv + 7;
	stay_on(atoi(argv[2]));
	if (pthread_create(&spawner, NULL, spawn_server, NULL) != 0)
		fail("pthread_create");
	while (spawned_at == 0)
		;
	int client = connect_to(port);
	send_all(client, PROBE, sizeof PROBE - 1, 1);
	int health = read_answer(client);
	int64_t ready = now() - spawned_at;
	pthread_join(spawner, NULL);
	close(client);
	if (health != 200)
		fail("health check refused");
	if (request != NULL) {
		client = connect_to(port);
		int64_t cpu_before = processor_time(server), begin = now();
		send_all(client, request, size, pieces);
		status = read_answer(client);
		answered = now() - begin;
		/* Looking takes a while, during which the server may leave: not where leaving is timed. */
		if (looks)
			peak = peak_kilobytes(server);
		shutdown(client, SHUT_WR);
		int left;
		if (wait4(server, &left, 0, &usage) != server || !WIFEXITED(left) || WEXITSTATUS(left) != 0)
			fail("exit status");
		exited = now() - begin;
		cpu = usage.ru_utime.tv_sec * INT64_C(1000000000) + usage.ru_utime.tv_usec * 1000 +
			usage.ru_stime.tv_sec * INT64_C(1000000000) + usage.ru_stime.tv_usec * 1000 - cpu_before;
	} else {
		kill(server, SIGKILL);
		wait4(server, NULL, 0, &usage);
	}
	printf("%lld %lld %lld %lld %ld %d\n", (long long)ready, (long long)answered, (long long)exited,
		(long long)cpu, peak, status);
	return 0;
}
