/* Files and directories for TypeScript. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls.h"

static JSValue sys_open(CALL)
{
	const char *path;
	int flags, mode;
	if (take(ctx, argv, "sii", &path, &flags, &mode) < 0)
		return JS_EXCEPTION;
	return result_of_text(ctx, path, open(path, flags | O_CLOEXEC, (mode_t)mode));
}

static JSValue sys_read(CALL)
{
	int fd;
	Bytes bytes;
	if (take(ctx, argv, "ib", &fd, &bytes) < 0)
		return JS_EXCEPTION;
	return result(ctx, read(fd, bytes.data, bytes.size));
}

static JSValue sys_pwrite(CALL)
{
	int fd;
	Bytes bytes;
	int64_t offset;
	if (take(ctx, argv, "ibl", &fd, &bytes, &offset) < 0)
		return JS_EXCEPTION;
	/* musl's function tries pwritev2(2) first, which does more and which the filter refuses. */
	return result(ctx, syscall(SYS_pwrite64, fd, bytes.data, bytes.size, offset));
}

static JSValue sys_fsync(CALL)
{
	int fd;
	if (take(ctx, argv, "i", &fd) < 0)
		return JS_EXCEPTION;
	return result(ctx, fsync(fd));
}

static JSValue sys_ftruncate(CALL)
{
	int fd;
	int64_t length;
	if (take(ctx, argv, "il", &fd, &length) < 0)
		return JS_EXCEPTION;
	return result(ctx, ftruncate(fd, length));
}

static JSValue sys_fchmod(CALL)
{
	int fd, mode;
	if (take(ctx, argv, "ii", &fd, &mode) < 0)
		return JS_EXCEPTION;
	return result(ctx, fchmod(fd, (mode_t)mode));
}

/* An id over the greatest int comes as a negative number, and means the same. */
static JSValue sys_fchown(CALL)
{
	int fd, user, group;
	if (take(ctx, argv, "iii", &fd, &user, &group) < 0)
		return JS_EXCEPTION;
	return result(ctx, fchown(fd, (uid_t)user, (gid_t)group));
}

/* Fills three words: the type and permission bits of an open file, its user, its group (inode(7)). */
static JSValue sys_fstat(CALL)
{
	int fd;
	Bytes words;
	struct stat status;
	if (take(ctx, argv, "ib", &fd, &words) < 0)
		return JS_EXCEPTION;
	if (words.size != 3 * sizeof(uint32_t))
		return JS_NewInt32(ctx, -EINVAL);
	if (fstat(fd, &status) < 0)
		return result(ctx, -1);
	const uint32_t values[] = {status.st_mode, status.st_uid, status.st_gid};
	memcpy(words.data, values, sizeof values);
	return JS_NewInt32(ctx, 0);
}

/* Fills the buffer with mode, device and inode, 64 bits each. */
static JSValue sys_lstat(CALL)
{
	const char *path;
	Bytes identity;
	struct stat status;
	if (take(ctx, argv, "sb", &path, &identity) < 0)
		return JS_EXCEPTION;
	int returned = lstat(path, &status);
	const uint64_t words[] = {status.st_mode, status.st_dev, status.st_ino};
	if (returned == 0)
		memcpy(identity.data, words, identity.size < sizeof words ? identity.size : sizeof words);
	return result_of_text(ctx, path, returned);
}

static JSValue sys_fcntl(CALL)
{
	int fd, command, value;
	if (take(ctx, argv, "iii", &fd, &command, &value) < 0)
		return JS_EXCEPTION;
	return result(ctx, fcntl(fd, command, value));
}

static JSValue sys_umask(CALL)
{
	int mask;
	if (take(ctx, argv, "i", &mask) < 0)
		return JS_EXCEPTION;
	return result(ctx, (ssize_t)umask((mode_t)mask));
}

/* Fills the buffer with struct linux_dirent64 records (getdents(2)). */
static JSValue sys_getdents(CALL)
{
	int fd;
	Bytes bytes;
	if (take(ctx, argv, "ib", &fd, &bytes) < 0)
		return JS_EXCEPTION;
	return result(ctx, syscall(SYS_getdents64, fd, bytes.data, bytes.size));
}

static JSValue sys_close(CALL)
{
	int fd;
	if (take(ctx, argv, "i", &fd) < 0)
		return JS_EXCEPTION;
	return result(ctx, close(fd));
}

static JSValue sys_access(CALL)
{
	const char *path;
	int mode;
	if (take(ctx, argv, "si", &path, &mode) < 0)
		return JS_EXCEPTION;
	return result_of_text(ctx, path, faccessat(AT_FDCWD, path, mode, AT_EACCESS));
}

static JSValue on_two_paths(JSContext *ctx, JSValueConst *argv, int (*call)(const char *, const char *))
{
	const char *from = JS_ToCString(ctx, argv[0]);
	const char *to = JS_ToCString(ctx, argv[1]);
	JSValue returned = from == NULL || to == NULL ? JS_EXCEPTION : result(ctx, call(from, to));
	JS_FreeCString(ctx, from);
	JS_FreeCString(ctx, to);
	return returned;
}

static JSValue sys_link(CALL)
{
	return on_two_paths(ctx, argv, link);
}

static JSValue sys_rename(CALL)
{
	return on_two_paths(ctx, argv, rename);
}

static JSValue sys_unlink(CALL)
{
	const char *path;
	if (take(ctx, argv, "s", &path) < 0)
		return JS_EXCEPTION;
	return result_of_text(ctx, path, unlink(path));
}

static JSValue sys_mkdir(CALL)
{
	const char *path;
	int mode;
	if (take(ctx, argv, "si", &path, &mode) < 0)
		return JS_EXCEPTION;
	return result_of_text(ctx, path, mkdir(path, (mode_t)mode));
}

static JSValue sys_rmdir(CALL)
{
	const char *path;
	if (take(ctx, argv, "s", &path) < 0)
		return JS_EXCEPTION;
	return result_of_text(ctx, path, rmdir(path));
}

static const JSCFunctionListEntry functions[] = {
	JS_CFUNC_DEF("open", 3, sys_open),
	JS_CFUNC_DEF("read", 2, sys_read),
	JS_CFUNC_DEF("pwrite", 3, sys_pwrite),
	JS_CFUNC_DEF("fsync", 1, sys_fsync),
	JS_CFUNC_DEF("ftruncate", 2, sys_ftruncate),
	JS_CFUNC_DEF("fchmod", 2, sys_fchmod),
	JS_CFUNC_DEF("fchown", 3, sys_fchown),
	JS_CFUNC_DEF("fstat", 2, sys_fstat),
	JS_CFUNC_DEF("lstat", 2, sys_lstat),
	JS_CFUNC_DEF("fcntl", 3, sys_fcntl),
	JS_CFUNC_DEF("umask", 1, sys_umask),
	JS_CFUNC_DEF("getdents", 2, sys_getdents),
	JS_CFUNC_DEF("close", 1, sys_close),
	JS_CFUNC_DEF("access", 2, sys_access),
	JS_CFUNC_DEF("link", 2, sys_link),
	JS_CFUNC_DEF("rename", 2, sys_rename),
	JS_CFUNC_DEF("unlink", 1, sys_unlink),
	JS_CFUNC_DEF("mkdir", 2, sys_mkdir),
	JS_CFUNC_DEF("rmdir", 1, sys_rmdir),
};

void add_files(JSContext *ctx, JSValueConst sys)
{
	/* Numbers that differ between machines. */
	JS_SetPropertyStr(ctx, sys, "O_DIRECTORY", JS_NewInt32(ctx, O_DIRECTORY));
	JS_SetPropertyStr(ctx, sys, "O_NOFOLLOW", JS_NewInt32(ctx, O_NOFOLLOW));
	JS_SetPropertyFunctionList(ctx, sys, functions, sizeof functions / sizeof *functions);
}
