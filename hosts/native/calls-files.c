/* Files and directories for TypeScript. */
#include <fcntl.h>
#include <stdio.h>
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
	return result(ctx, pwrite(fd, bytes.data, bytes.size, offset));
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

/* The type and permission bits of an open file (inode(7)). */
static JSValue sys_fstat_mode(CALL)
{
	int fd;
	struct stat status;
	if (take(ctx, argv, "i", &fd) < 0)
		return JS_EXCEPTION;
	return result(ctx, fstat(fd, &status) < 0 ? -1 : (ssize_t)status.st_mode);
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
	JS_CFUNC_DEF("fstatMode", 1, sys_fstat_mode),
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
