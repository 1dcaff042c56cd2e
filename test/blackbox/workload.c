/* A workload that tells what it was given, and ends as it is told. Static, so that it runs anywhere. */
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* In hexadecimal, since not everything is text. */
static void tell(const char *kind, const char *bytes)
{
	printf("%s ", kind);
	for (const unsigned char *at = (const unsigned char *)bytes; *at != 0; at++)
		printf("%02x", *at);
	putchar('\n');
}

static void tell_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory))
			printf("fd %s\n", entry->d_name);
	}
	closedir(directory);
}

static void tell_status(void)
{
	char line[4096];
	FILE *file = fopen("/proc/self/status", "r");
	while (fgets(line, sizeof line, file) != NULL) {
		char *value = strchr(line, ':');
		const char *wanted[] = {"SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "NoNewPrivs", "Seccomp"};
		*value = 0;
		for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
			if (strcmp(line, wanted[i]) == 0)
				printf("%s %s", line, value + 2);
		}
	}
	fclose(file);
}

static int show(int argc, char **argv)
{
	printf("pid %d\n", getpid());
	for (int i = 0; i < argc; i++)
		tell("arg", argv[i]);
	for (char **entry = environ; *entry != NULL; entry++)
		tell("env", *entry);
	tell_descriptors();
	tell_status();
	puts("end");
	return 0;
}

/* Names every signal that comes; ends with 42 at SIGTERM. */
static int await(void)
{
	sigset_t all;
	int number = 0;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	puts("ready");
	while (number != SIGTERM) {
		fflush(stdout);
		if (sigwait(&all, &number) == 0)
			printf("signal %d\n", number);
	}
	return 42;
}

/* Runs the rest with two signals blocked. */
static int block(char **argv)
{
	sigset_t two;
	sigemptyset(&two);
	sigaddset(&two, SIGUSR1);
	sigaddset(&two, SIGTERM);
	sigprocmask(SIG_BLOCK, &two, NULL);
	execv(argv[0], argv);
	return 1;
}

/* Runs the rest with a child that has ended and that nobody took note of. */
static int neglect(char **argv)
{
	siginfo_t ended;
	if (fork() == 0)
		_exit(0);
	waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT);
	execv(argv[0], argv);
	return 1;
}

static int take_port(int port)
{
	int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
		return 1;
	puts("listening");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "show";
	int number = argc > 2 ? atoi(argv[2]) : 0;
	if (strcmp(what, "exit") == 0)
		return number;
	if (strcmp(what, "die") == 0)
		return raise(number);
	if (strcmp(what, "await") == 0)
		return await();
	if (strcmp(what, "block") == 0)
		return block(argv + 2);
	if (strcmp(what, "neglect") == 0)
		return neglect(argv + 2);
	if (strcmp(what, "listen") == 0)
		return take_port(number);
	return show(argc, argv);
}
