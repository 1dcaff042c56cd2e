/* Tries, behind the filter, what a server that has been taken over would try. Names what still works. */
#include "../../hosts/native/sandbox.c"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

/* What sandbox.c links against besides; nothing here calls it. */
JSValue result(JSContext *ctx, ssize_t returned)
{
	(void)ctx, (void)returned;
	return JS_UNDEFINED;
}

void JS_SetPropertyFunctionList(JSContext *ctx, JSValueConst obj, const JSCFunctionListEntry *tab, int len)
{
	(void)ctx, (void)obj, (void)tab, (void)len;
}

static int failures;

/* By write(2): the C library's own streams use calls that the filter has no need of. */
static void say(const char *what, int number, const char *whom)
{
	char line[200];
	int size = snprintf(line, sizeof line, what, number, whom);
	if (write(STDOUT_FILENO, line, (size_t)size) < 0)
		_exit(2);
}

static void refused(const char *what, long returned)
{
	if (returned == -1 && errno == EPERM)
		return;
	say("not refused (%d): %s\n", errno, what);
	failures++;
}

static void works(const char *what, long returned)
{
	if (returned >= 0)
		return;
	say("does not work (%d): %s\n", errno, what);
	failures++;
}

int main(int argc, char **argv)
{
	(void)argc;
	char *const nothing[] = {NULL};
	int idle = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = 1};
	struct instruction filter[MOST_INSTRUCTIONS];
	struct program program = {make_filter(filter), filter};
	works("no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	works("the filter", prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));

	refused("execve", execve("/bin/true", nothing, nothing));
	refused("execveat", syscall(SYS_execveat, AT_FDCWD, "/bin/true", nothing, nothing, 0));
	refused("clone", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
	refused("clone3", syscall(SYS_clone3, 0, 0));
	refused("socket", socket(AF_INET, SOCK_STREAM, 0));
	refused("connect", connect(idle, (struct sockaddr *)&address, sizeof address));
	refused("bind", bind(idle, (struct sockaddr *)&address, sizeof address));
	refused("sendmsg", syscall(SYS_sendmsg, idle, 0, 0));
	refused("ptrace", ptrace(PTRACE_TRACEME, 0, 0, 0));
	refused("kill", syscall(SYS_kill, 1, 0));
	refused("executable memory", syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	works("plain memory", page == MAP_FAILED ? -1 : 0);
	refused("memory made executable", mprotect(page, 4096, PROT_READ | PROT_EXEC));
	refused("prctl", prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
	refused("chmod by path", syscall(SYS_fchmodat, AT_FDCWD, argv[0], 0777));
	refused("mount", syscall(SYS_mount, "", "/", "tmpfs", 0, 0));

	int file = open(argv[0], O_RDONLY | O_CLOEXEC);
	works("opening a file", file);
	works("closing it", close(file));
	say("%d failures%s\n", failures, "");
	return failures == 0 ? 0 : 1;
}
