/*
 * What stories need of the system and Node does not offer: sockets that are handed over, datagrams
 * to a unix socket, and a server that binds without SO_REUSEADDR.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "sockets: %s: %s\n", what, strerror(errno));
	return 1;
}

/* `@name` is abstract. */
static int bind_unix(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	if (length >= sizeof address.sun_path)
		return -1;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = 0;
	return bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

static int bind_tcp(int fd, int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
	address.sin_addr.s_addr = htonl(port == 0 ? INADDR_LOOPBACK : INADDR_ANY);
	return bind(fd, (struct sockaddr *)&address, sizeof address);
}

/* sockets hand-over KIND COUNT COMMAND...: descriptor 3 is what KIND says. */
static int hand_over(char **argv)
{
	const char *kind = argv[2];
	int fd = -1, ready = 0;
	char pid[32];
	if (strcmp(kind, "tcp") == 0) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		ready = bind_tcp(fd, 0) == 0 && listen(fd, 16) == 0;
	} else if (strcmp(kind, "datagrams") == 0) {
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		ready = bind_tcp(fd, 0) == 0;
	} else if (strcmp(kind, "file") == 0) {
		fd = dup(STDERR_FILENO);
		ready = fd >= 0;
	} else {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		ready = bind_unix(fd, kind) == 0 && listen(fd, 16) == 0;
	}
	if (!ready || (fd != 3 && (dup2(fd, 3) < 0 || close(fd) < 0)))
		return fail(kind);
	snprintf(pid, sizeof pid, "%d", getpid());
	if (getenv("LISTEN_PID") == NULL)
		setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", argv[3], 1);
	execvp(argv[4], argv + 4);
	return fail(argv[4]);
}

/* sockets receive PATH: says when it is ready, then prints one datagram with its sender's process. */
static int receive(char **argv)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), one = 1;
	char text[1024], control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec part = {text, sizeof text};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &one, sizeof one) < 0 || bind_unix(fd, argv[2]) < 0)
		return fail(argv[2]);
	puts("ready");
	fflush(stdout);
	ssize_t length = recvmsg(fd, &message, 0);
	struct ucred sender;
	if (length < 0 || CMSG_FIRSTHDR(&message) == NULL)
		return fail("recvmsg");
	memcpy(&sender, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof sender);
	printf("%d %.*s\n", sender.pid, (int)length, text);
	return 0;
}

/* sockets listen PORT: as a server does that knows nothing of SO_REUSEADDR. */
static int listen_plainly(char **argv)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind_tcp(fd, atoi(argv[2])) < 0 || listen(fd, 16) < 0)
		return fail("listen");
	return 0;
}

/* sockets crowd: says its port, where there is no room for another connection and none is refused. */
static int crowd(void)
{
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind_tcp(fd, 0) < 0 || listen(fd, 0) < 0 || getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return fail("crowd");
	for (int i = 0; i < 4; i++)
		connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&address, size);
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 4 && strcmp(argv[1], "hand-over") == 0)
		return hand_over(argv);
	if (argc == 3 && strcmp(argv[1], "receive") == 0)
		return receive(argv);
	if (argc == 3 && strcmp(argv[1], "listen") == 0)
		return listen_plainly(argv);
	if (argc == 2 && strcmp(argv[1], "crowd") == 0)
		return crowd();
	return 64;
}
