/* Compares what bytes.c does with what the C library does, for all short lengths, places and overlaps. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define memcpy own_memcpy
#define memmove own_memmove
#define memcmp own_memcmp
#include "../../hosts/native/bytes.c"
#undef memcpy
#undef memmove
#undef memcmp

#define LONGEST 200
#define APART 48
#define ROOM (LONGEST + 2 * APART)

static int failures;

static void expect(int holds, const char *what, size_t size, size_t from, size_t to)
{
	if (!holds && failures++ < 10)
		printf("%s: %zu bytes from %zu to %zu\n", what, size, from, to);
}

static void fill(uint8_t *bytes)
{
	for (size_t i = 0; i < ROOM; i++)
		bytes[i] = (uint8_t)(i * 7 + 1);
}

/* Also what stands before and behind must be as it was. */
static void compare_moves(size_t size, size_t from, size_t to)
{
	uint8_t own[ROOM], expected[ROOM];
	fill(own);
	fill(expected);
	void *returned = own_memmove(own + to, own + from, size);
	memmove(expected + to, expected + from, size);
	expect(returned == own + to && memcmp(own, expected, ROOM) == 0, "memmove differs", size, from, to);
}

static void compare_copies(size_t size, size_t from, size_t to)
{
	uint8_t source[ROOM], own[ROOM] = {0}, expected[ROOM] = {0};
	fill(source);
	void *returned = own_memcpy(own + to, source + from, size);
	memcpy(expected + to, source + from, size);
	expect(returned == own + to && memcmp(own, expected, ROOM) == 0, "memcpy differs", size, from, to);
}

static int sign(int number)
{
	return number > 0 ? 1 : number < 0 ? -1 : 0;
}

/* Memory of exactly the size, so that no look behind it goes unseen. */
static void compare_comparisons(size_t size)
{
	uint8_t *one = malloc(size + 1), *other = malloc(size + 1);
	if (one == NULL || other == NULL)
		exit(EXIT_FAILURE);
	uint8_t *a = one + 1, *b = other + 1;
	memset(a, 200, size);
	memset(b, 200, size);
	expect(own_memcmp(a, b, size) == 0, "what is the same differs", size, 0, 0);
	for (size_t at = 0; at < size; at++) {
		b[at] = 3;
		expect(sign(own_memcmp(a, b, size)) == sign(memcmp(a, b, size)), "memcmp differs", size, at, 0);
		expect(sign(own_memcmp(b, a, size)) == sign(memcmp(b, a, size)), "memcmp differs", size, at, 1);
		b[at] = 200;
	}
	free(one);
	free(other);
}

int main(void)
{
	for (size_t size = 0; size <= LONGEST; size++) {
		compare_comparisons(size);
		for (size_t from = 0; from < APART; from++) {
			for (size_t to = 0; to < APART; to++) {
				compare_copies(size, from, to);
				compare_moves(size, from, to);
			}
		}
	}
	printf("%d failures\n", failures);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
