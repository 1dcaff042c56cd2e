/*
 * Packs files as blocks of LZ4 (lz4_Block_format.md), which unpack.c reads. `pack FILE...` gives C that
 * holds them; `pack --block FILE` gives the block; `pack --as-is NAME FILE` gives the file's own bytes as
 * a macro of that name. Runs on the building machine.
 */
#include "content.h"

#include <string.h>

#define MIN_MATCH 4
/* The format's own: a block ends in so many literals, and no match begins later than that. */
#define LAST_LITERALS 5
#define LAST_MATCH 12
#define WINDOW 65535

static size_t put_length(uint8_t *out, size_t at, size_t length)
{
	for (; length >= 255; length -= 255)
		out[at++] = 255;
	out[at++] = (uint8_t)length;
	return at;
}

/* Literals, and behind them a match; one of length 0 is none. */
static size_t put_sequence(uint8_t *out, size_t at, const uint8_t *literals, size_t count, size_t offset, size_t length)
{
	size_t coded = length < MIN_MATCH ? 0 : length - MIN_MATCH;
	out[at++] = (uint8_t)((count < 15 ? count : 15) << 4 | (coded < 15 ? coded : 15));
	if (count >= 15)
		at = put_length(out, at, count - 15);
	memcpy(out + at, literals, count);
	at += count;
	if (length == 0)
		return at;
	out[at++] = (uint8_t)offset;
	out[at++] = (uint8_t)(offset >> 8);
	return coded >= 15 ? put_length(out, at, coded - 15) : at;
}

/* The longest earlier match, looked for everywhere: what is packed is small, and packed once. */
static size_t find_match(Content content, size_t at, size_t *offset)
{
	size_t best = 0, most = content.size - LAST_LITERALS - at;
	for (size_t back = 1; back <= at && back <= WINDOW; back++) {
		size_t length = 0;
		while (length < most && content.data[at + length] == content.data[at - back + length])
			length++;
		if (length > best) {
			best = length;
			*offset = back;
		}
	}
	return best < MIN_MATCH ? 0 : best;
}

static size_t pack(Content content, uint8_t *out)
{
	size_t packed = 0, begin = 0, at = 0;
	while (at + LAST_MATCH <= content.size) {
		size_t offset = 0, later_offset = 0, length = find_match(content, at, &offset);
		/* One that begins a byte later may be longer. */
		int waits = length > 0 && at + 1 + LAST_MATCH <= content.size &&
			find_match(content, at + 1, &later_offset) > length + 1;
		if (length == 0 || waits) {
			at++;
			continue;
		}
		packed = put_sequence(out, packed, content.data + begin, at - begin, offset, length);
		begin = at += length;
	}
	return put_sequence(out, packed, content.data + begin, content.size - begin, 0, 0);
}

static void print_members(const uint8_t *bytes, size_t size, const char *line_end)
{
	for (size_t i = 0; i < size; i++)
		printf("%s%u,", i % 24 == 0 ? line_end : "", bytes[i]);
	printf("\n");
}

static void print_as_is(const char *name, const char *path)
{
	Content content = read_all(path);
	printf("#define %s_SIZE %zu\n#define %s ", name, content.size, name);
	print_members(content.data, content.size, "\\\n");
}

/* Room for any content, packed. */
static uint8_t *room_for(Content content)
{
	uint8_t *out = calloc(content.size + content.size / 255 + 16, 1);
	if (out == NULL)
		exit(EXIT_FAILURE);
	return out;
}

static int write_block(const char *path)
{
	Content content = read_all(path);
	uint8_t *out = room_for(content);
	size_t size = pack(content, out);
	return fwrite(out, 1, size, stdout) == size ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "--block") == 0)
		return write_block(argv[2]);
	if (argc == 4 && strcmp(argv[1], "--as-is") == 0) {
		print_as_is(argv[2], argv[3]);
		return EXIT_SUCCESS;
	}
	printf("#include \"unpack.h\"\n");
	for (int i = 1; i < argc; i++) {
		Content content = read_all(argv[i]);
		uint8_t *out = room_for(content);
		printf("#define SIZE_%d %zu\nstatic const uint8_t bytes_%d[] = {", i, content.size, i);
		print_members(out, pack(content, out), "\n");
		printf("};\n");
	}
	printf("const Packed texts[] = {\n");
	for (int i = 1; i < argc; i++)
		printf("\t{bytes_%d, sizeof bytes_%d, SIZE_%d},\n", i, i, i);
	printf("};\nconst size_t text_count = %d;\n", argc - 1);
	return EXIT_SUCCESS;
}
