/*
 * The floor: the same routes and the same durable write in C, without a feature or a check beside them.
 * It trusts its caller: nothing is escaped, every header is as the measurements send it.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char request[1 << 20], content[1 << 20];

static void say(const char *message, int count)
{
	char stamp[32];
	time_t now = time(NULL);
	strftime(stamp, sizeof stamp, "%FT%TZ", gmtime(&now));
	dprintf(2, "{\"level\":\"info\",\"timestamp\":\"%s\",\"message\":\"%s\",\"count\":%d}\n", stamp, message, count);
}

static void answer(int client, const char *type, const char *body)
{
	dprintf(client, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", type, strlen(body), body);
}

/* `a=1&b=2` or `{"a":"1","b":"2"}` as lines; how many. */
static int format(const char *from, const char *end)
{
	char *to = content;
	int is_json = *from == '{', count = 0;
	for (; from < end; from++) {
		if (*from == (is_json ? ':' : '='))
			*to++ = '=', count++;
		else if (*from == (is_json ? ',' : '&'))
			*to++ = '\n';
		else if (!is_json || (*from != '"' && *from != '{' && *from != '}'))
			*to++ = *from;
	}
	*to++ = '\n';
	return count;
}

static void commit(char *file)
{
	char temporary[4096];
	snprintf(temporary, sizeof temporary, "%s.%d.tmp", file, getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ssize_t size = (ssize_t)strlen(content);
	if (write(fd, content, (size_t)size) != size || fsync(fd) || close(fd) || rename(temporary, file))
		exit(73);
	*strrchr(file, '/') = 0;
	if (fsync(open(file, O_RDONLY | O_DIRECTORY)))
		exit(73);
}

static void serve(int client, char *file)
{
	ssize_t size = recv(client, request, sizeof request - 1, 0), more = 1;
	if (size <= 0) {
		close(client);
		return;
	}
	if (memcmp(request, "GET /heart_beat", 15) == 0) {
		answer(client, "application/json", "\"success\"");
		return;
	}
	const char *length = strstr(request, "Content-Length: ");
	const char *from = length ? strstr(length, "\r\n\r\n") + 4 : strchr(request, '?') + 1;
	const char *end = length ? from + atol(length + 16) : strchr(from, ' ');
	while (request + size < end && more > 0)
		size += more = recv(client, request + size, sizeof request - (size_t)size, 0);
	int count = format(from, end);
	commit(file);
	answer(client, "text/plain", "OK");
	say("claimed", count);
	shutdown(client, SHUT_WR);
	while (recv(client, request, sizeof request, 0) > 0)
		;
	exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[argc - 2]))};
	int listener = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0), yes = 1;
	struct epoll_event events[64] = {{.events = EPOLLIN, .data.fd = listener}};
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 511))
		return 69;
	epoll_ctl(poll, EPOLL_CTL_ADD, listener, events);
	say("waiting for a claim", 0);
	for (;;) {
		for (int ready = epoll_wait(poll, events, 64, -1); ready-- > 0;) {
			if (events[ready].data.fd != listener) {
				serve(events[ready].data.fd, argv[argc - 1]);
				continue;
			}
			struct epoll_event added = {.events = EPOLLIN, .data.fd = accept(listener, NULL, NULL)};
			epoll_ctl(poll, EPOLL_CTL_ADD, added.data.fd, &added);
		}
	}
}
