/* Unpacks what pack.c made of the files that are named, and compares: `unpack FILE...`. Prints the packed sizes. */
#include "texts.c"

#include "../../hosts/native/unpack.c"

#include <stdio.h>
#include <stdlib.h>

/* From and to memory of exactly the sizes, so that nothing behind it is read or written unseen. */
static uint8_t *unpack_copy(Packed thing)
{
	uint8_t *copy = malloc(thing.packed_size), *unpacked = malloc(thing.size);
	if (copy == NULL || unpacked == NULL)
		return NULL;
	memcpy(copy, thing.bytes, thing.packed_size);
	thing.bytes = copy;
	unpack(&thing, unpacked);
	free(copy);
	return unpacked;
}

static int is_same(const uint8_t *unpacked, size_t size, const char *path)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL || unpacked == NULL)
		return 0;
	size_t count = 0;
	int byte;
	while ((byte = fgetc(file)) != EOF && count < size && unpacked[count] == byte)
		count++;
	fclose(file);
	return byte == EOF && count == size;
}

int main(int argc, char **argv)
{
	int failures = text_count == (size_t)argc - 1 ? 0 : 1;
	for (size_t i = 0; i < text_count; i++) {
		uint8_t *unpacked = unpack_copy(texts[i]);
		if (i + 1 < (size_t)argc && is_same(unpacked, texts[i].size, argv[i + 1])) {
			printf("%zu\n", texts[i].packed_size);
		} else {
			printf("the %zuth differs\n", i + 1);
			failures++;
		}
		free(unpacked);
	}
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
