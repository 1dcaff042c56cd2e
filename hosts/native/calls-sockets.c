/* Sockets, and waiting for them, for TypeScript. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "calls.h"

static JSValue sys_socket(CALL)
{
	int family, type;
	if (take(ctx, argv, "ii", &family, &type) < 0)
		return JS_EXCEPTION;
	return result(ctx, socket(family, type, 0));
}

static JSValue sys_setsockopt(CALL)
{
	int fd, level, option, value;
	if (take(ctx, argv, "iiii", &fd, &level, &option, &value) < 0)
		return JS_EXCEPTION;
	return result(ctx, setsockopt(fd, level, option, &value, sizeof value));
}

/* The option's value, which has to be an int. */
static JSValue sys_getsockopt(CALL)
{
	int fd, level, option, value = 0;
	socklen_t size = sizeof value;
	if (take(ctx, argv, "iii", &fd, &level, &option) < 0)
		return JS_EXCEPTION;
	int returned = getsockopt(fd, level, option, &value, &size);
	return result(ctx, returned < 0 ? returned : value);
}

/* bind(2) or connect(2), with the address that the bytes are. */
static JSValue with_address(JSContext *ctx, JSValueConst *argv,
			    int (*call)(int, const struct sockaddr *, socklen_t))
{
	int fd;
	Bytes bytes;
	if (take(ctx, argv, "ib", &fd, &bytes) < 0)
		return JS_EXCEPTION;
	struct sockaddr_storage address = {0};
	if (bytes.size > sizeof address)
		return JS_NewInt32(ctx, -EINVAL);
	memcpy(&address, bytes.data, bytes.size);
	return result(ctx, call(fd, (struct sockaddr *)&address, (socklen_t)bytes.size));
}

static JSValue sys_bind(CALL)
{
	return with_address(ctx, argv, bind);
}

static JSValue sys_connect(CALL)
{
	return with_address(ctx, argv, connect);
}

static JSValue sys_getsockname(CALL)
{
	int fd;
	Bytes bytes;
	if (take(ctx, argv, "ib", &fd, &bytes) < 0)
		return JS_EXCEPTION;
	struct sockaddr_storage address = {0};
	socklen_t size = sizeof address;
	int returned = getsockname(fd, (struct sockaddr *)&address, &size);
	memcpy(bytes.data, &address, bytes.size < sizeof address ? bytes.size : sizeof address);
	return result(ctx, returned);
}

static JSValue sys_listen(CALL)
{
	int fd, backlog;
	if (take(ctx, argv, "ii", &fd, &backlog) < 0)
		return JS_EXCEPTION;
	return result(ctx, listen(fd, backlog));
}

static JSValue sys_accept(CALL)
{
	int fd;
	if (take(ctx, argv, "i", &fd) < 0)
		return JS_EXCEPTION;
	return result(ctx, accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

/* How many milliseconds at most; -1 waits until something happens. */
static JSValue sys_poll(CALL)
{
	Bytes entries;
	int count, timeout;
	if (take(ctx, argv, "bii", &entries, &count, &timeout) < 0)
		return JS_EXCEPTION;
	if (count < 0 || (size_t)count > entries.size / sizeof(struct pollfd))
		return JS_NewInt32(ctx, -EINVAL);
	return result(ctx, poll((struct pollfd *)(void *)entries.data, (nfds_t)count, timeout));
}

/* How long poll(2) may take to be back by that time of CLOCK_MONOTONIC; for ever where that is infinite. */
static int timeout_until(double until_ms)
{
	struct timespec now;
	if (until_ms > 1e18)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	double left = until_ms - ((double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6);
	return left <= 0 ? 0 : left >= INT_MAX - 1 ? INT_MAX : (int)left + 1;
}

/* As poll, until a time; fills `places` with those of the entries that have events. How many. */
static JSValue sys_poll_until(CALL)
{
	Bytes entries, places;
	int count;
	double until_ms;
	if (take(ctx, argv, "bi", &entries, &count) < 0 || JS_ToFloat64(ctx, &until_ms, argv[2]) < 0 ||
	    take(ctx, argv + 3, "b", &places) < 0)
		return JS_EXCEPTION;
	if (count < 0 || (size_t)count > entries.size / sizeof(struct pollfd) ||
	    (size_t)count > places.size / sizeof(int32_t))
		return JS_NewInt32(ctx, -EINVAL);
	struct pollfd *polled = (struct pollfd *)(void *)entries.data;
	await_uuids(0);
	int left = poll(polled, (nfds_t)count, timeout_until(until_ms)), found = 0;
	for (int i = 0; i < count && found < left; i++) {
		if (polled[i].revents != 0)
			((int32_t *)(void *)places.data)[found++] = i;
	}
	await_uuids(found);
	return left < 0 ? result(ctx, left) : JS_NewInt32(ctx, found);
}

static JSValue sys_recv(CALL)
{
	int fd;
	Bytes bytes;
	if (take(ctx, argv, "ib", &fd, &bytes) < 0)
		return JS_EXCEPTION;
	return result(ctx, recv(fd, bytes.data, bytes.size, MSG_DONTWAIT));
}

static JSValue sys_send(CALL)
{
	int fd;
	Bytes bytes;
	if (take(ctx, argv, "ib", &fd, &bytes) < 0)
		return JS_EXCEPTION;
	return result(ctx, send(fd, bytes.data, bytes.size, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* Sends the text's UTF-8 bytes; returns how many of them are left unsent. */
static JSValue sys_send_text(CALL)
{
	int fd;
	size_t size;
	if (take(ctx, argv, "i", &fd) < 0)
		return JS_EXCEPTION;
	const char *text = JS_ToCStringLen(ctx, &size, argv[1]);
	if (text == NULL)
		return JS_EXCEPTION;
	ssize_t sent = send(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	JSValue left = result(ctx, sent < 0 ? -1 : (ssize_t)size - sent);
	JS_FreeCString(ctx, text);
	return left;
}

static JSValue sys_shutdown(CALL)
{
	int fd, how;
	if (take(ctx, argv, "ii", &fd, &how) < 0)
		return JS_EXCEPTION;
	return result(ctx, shutdown(fd, how));
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("socket", 2, sys_socket),
	JS_CFUNC_DEF("setsockopt", 4, sys_setsockopt),
	JS_CFUNC_DEF("getsockopt", 3, sys_getsockopt),
	JS_CFUNC_DEF("bind", 2, sys_bind),
	JS_CFUNC_DEF("connect", 2, sys_connect),
	JS_CFUNC_DEF("getsockname", 2, sys_getsockname),
	JS_CFUNC_DEF("listen", 2, sys_listen),
	JS_CFUNC_DEF("accept", 1, sys_accept),
	JS_CFUNC_DEF("poll", 3, sys_poll),
	JS_CFUNC_DEF("pollUntil", 4, sys_poll_until),
	JS_CFUNC_DEF("recv", 2, sys_recv),
	JS_CFUNC_DEF("send", 2, sys_send),
	JS_CFUNC_DEF("sendText", 2, sys_send_text),
	JS_CFUNC_DEF("shutdown", 2, sys_shutdown),
};

void add_sockets(JSContext *ctx, JSValueConst sys)
{
	JS_SetPropertyFunctionList(ctx, sys, functions, sizeof functions / sizeof *functions);
}
