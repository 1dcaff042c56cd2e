/* A whole file in memory, for the tools that run on the building machine. */
#ifndef CONTENT_H
#define CONTENT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
	uint8_t *data;
	size_t size;
} Content;

static _Noreturn void fail(const char *what, const char *path)
{
	fprintf(stderr, "%s: %s\n", path, what);
	exit(EXIT_FAILURE);
}

/* With a NUL behind it; ends the tool where there is none. */
static Content read_all(const char *path)
{
	Content content = {0};
	FILE *file = fopen(path, "rb");
	if (file == NULL || fseek(file, 0, SEEK_END) != 0)
		fail("cannot be read", path);
	content.size = (size_t)ftell(file);
	content.data = calloc(content.size + 1, 1);
	rewind(file);
	if (content.data == NULL || fread(content.data, 1, content.size, file) != content.size)
		fail("cannot be read", path);
	fclose(file);
	return content;
}

#endif
