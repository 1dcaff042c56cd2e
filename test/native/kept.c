/*
 * Takes, resizes and gives back blocks of the engine's memory at random, and looks whether each still
 * holds what was written: `kept SEED GREATEST`, which is the greatest block's size. Names what does not hold.
 */
#include "../../hosts/native/kept.c"
#include "../../hosts/native/unpack.c"

#include <stdio.h>

#define BLOCKS 400
#define ROUNDS 60000

static struct {
	uint8_t *bytes;
	size_t size;
	uint8_t mark;
} blocks[BLOCKS];

static JSMallocState state;
static uint64_t seed;
static size_t greatest;
static int failures;

/* Numbers below the limit, the same for the same seed. */
static size_t draw(size_t limit)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (size_t)(seed >> 33) % limit;
}

/* Most blocks of an engine are small. */
static size_t draw_size(void)
{
	size_t kind = draw(20);
	return kind == 0 ? draw(greatest) : kind < 4 ? draw(1000) : draw(100);
}

static void expect(int holds, const char *what)
{
	if (holds || failures++ > 9)
		return;
	printf("%s\n", what);
}

static void check(size_t i, size_t size)
{
	for (size_t at = 0; at < size; at++) {
		if (blocks[i].bytes[at] != blocks[i].mark) {
			expect(0, "a block does not hold what was written");
			return;
		}
	}
}

/* Fills the block as far as it may be used, which the engine does too. */
static void fill(size_t i)
{
	size_t usable = arena_functions.js_malloc_usable_size(blocks[i].bytes);
	expect(usable >= blocks[i].size, "a block is smaller than asked for");
	expect((uintptr_t)blocks[i].bytes % STEP == 0, "a block begins at no multiple of eight");
	blocks[i].size = usable;
	blocks[i].mark = (uint8_t)(128 + draw(128));
	memset(blocks[i].bytes, blocks[i].mark, usable);
}

static void take_block(size_t i)
{
	blocks[i].size = draw_size();
	blocks[i].bytes = arena_functions.js_malloc(&state, blocks[i].size);
	if (blocks[i].bytes != NULL)
		fill(i);
	else
		expect(kept_root() == NULL, "there is no memory");
}

static void resize_block(size_t i)
{
	size_t size = draw_size() + 1, kept_size = size < blocks[i].size ? size : blocks[i].size;
	uint8_t *resized = arena_functions.js_realloc(&state, blocks[i].bytes, size);
	if (resized == NULL) {
		expect(kept_root() == NULL, "there is no memory to resize with");
		return;
	}
	blocks[i].bytes = resized;
	check(i, kept_size);
	blocks[i].size = size;
	fill(i);
}

static void give_block(size_t i)
{
	check(i, blocks[i].size);
	arena_functions.js_free(&state, blocks[i].bytes);
	blocks[i].bytes = NULL;
}

static void work(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		size_t i = draw(BLOCKS);
		if (blocks[i].bytes == NULL)
			take_block(i);
		else if (draw(2) == 0)
			resize_block(i);
		else
			give_block(i);
	}
}

static void give_all(void)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		if (blocks[i].bytes != NULL)
			give_block(i);
	}
	expect(state.malloc_size == 0, "what was taken was not given back");
}

/* Takes all that there is before the heap is kept. Each block begins with the address of the one before. */
static void **fill_arena(void)
{
	void **last = NULL, **block;
	while ((block = arena_functions.js_malloc(&state, sizeof *block)) != NULL) {
		*block = last;
		last = block;
	}
	return last;
}

static void give_chain(void **last)
{
	while (last != NULL) {
		void **before = *last;
		arena_functions.js_free(&state, last);
		last = before;
	}
}

/* Only capacities and places are left in the arena: each is less than its size, and no mark is. */
static void expect_no_trace(void)
{
	for (uint32_t at = 0; at < ARENA_SIZE; at += sizeof at)
		expect(*next_of(at) < ARENA_SIZE, "what was given back has left its traces");
}

/* Blocks that are not there at the start, of which the first leads to the second. */
static void **lay_two_apart(void)
{
	void *together = arena_functions.js_malloc(&state, 24);
	expect(lay_apart(1) == 0, "something was laid apart");
	void **first = arena_functions.js_malloc(&state, 8), *second = arena_functions.js_malloc(&state, 200);
	together = arena_functions.js_realloc(&state, together, 300);
	expect(lay_apart(0) == 1, "nothing was laid apart");
	second = arena_functions.js_realloc(&state, second, 3000);
	expect(is_laid_apart(first) && is_laid_apart(second), "a block was laid together");
	expect(is_inside(together) && !is_laid_apart(together), "a block has left its piece");
	arena_functions.js_free(&state, together);
	memset(second, 'a', 3000);
	*first = second;
	return first;
}

/* LZ4's simplest block: literals alone. */
static Piece pack_literally(Piece piece)
{
	static uint8_t block[LATER_SIZE];
	size_t at = 0, more = piece.size - 15;
	block[at++] = 0xf0;
	for (; more >= 255; more -= 255)
		block[at++] = 255;
	block[at++] = (uint8_t)more;
	memcpy(block + at, piece.bytes, piece.size);
	return (Piece){block, at + piece.size};
}

/* What was laid apart comes back to its place, and is never given back. */
static void expect_unpacked(void **first, Piece apart)
{
	memset((uint8_t *)(uintptr_t)apart.bytes, 0, apart.size);
	unpack_later();
	uint8_t *second = *first;
	expect(is_laid_apart(second) && second[0] == 'a' && second[2999] == 'a', "what was laid apart is not there");
	uint8_t *grown = arena_functions.js_realloc(&state, second, 4000);
	expect(!is_laid_apart(grown) && grown[2999] == 'a', "a block that has grown lies apart");
	arena_functions.js_free(&state, first);
	expect(*first == second, "a block that was laid apart was given back");
	arena_functions.js_free(&state, grown);
}

/* What is kept ends with a page, and nothing is laid there afterwards. */
static void keep_heap(void)
{
	static uint8_t before[sizeof kept];
	void **apart = lay_two_apart(), **leading = arena_functions.js_malloc(&state, sizeof *leading);
	Piece later = laid_apart(), packed = pack_literally(later);
	*leading = apart;
	expect(keep(&state, packed) < 0 && kept_root() == NULL, "a block may lead to what is not there");
	arena_functions.js_free(&state, leading);
	expect(keep(&state, packed) == 0, "there is no room for what is packed");
	size_t size = kept_piece().size;
	const uint8_t *bytes = kept_piece().bytes;
	expect(((uintptr_t)bytes + size) % PAGE_SIZE == 0, "what is kept does not end with a page");
	expect(size < sizeof kept && kept_root() == &state, "the root is not kept");
	expect_unpacked(apart, later);
	/* The book-keeping changes; the blocks do not. */
	size_t blocks_from = (size_t)(kept.arena - (uint8_t *)&kept);
	memcpy(before, bytes, size);
	uint8_t *small = arena_functions.js_malloc(&state, 40), *great = arena_functions.js_malloc(&state, ARENA_SIZE + 1);
	expect((uintptr_t)small - (uintptr_t)bytes >= size, "a new block is among what is kept");
	expect(great != NULL && !is_inside(great), "a great block does not come from the C library");
	memset(small, 1, 40);
	expect(memcmp(before + blocks_from, bytes + blocks_from, size - blocks_from) == 0, "what is kept has changed");
	arena_functions.js_free(&state, small);
	arena_functions.js_free(&state, great);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return EXIT_FAILURE;
	seed = strtoull(argv[1], NULL, 10);
	greatest = strtoul(argv[2], NULL, 10);
	expect(program.size == 3 && memcmp(program.bytes, "\1\2\3", 3) == 0, "the program is not there");
	expect(later_program.size == 1 && *later_program.bytes == 4, "the second program is not there");
	work();
	give_all();
	expect_no_trace();
	void **chain = greatest > 1000 ? fill_arena() : NULL;
	if (chain != NULL)
		expect(keep(&state, (Piece){kept.later, PAGE_SIZE}) < 0, "more is kept than there is room for");
	give_chain(chain);
	keep_heap();
	work();
	give_all();
	printf("%d failures\n", failures);
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
