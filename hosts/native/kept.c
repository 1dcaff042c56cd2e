/*
 * Memory for the engine. Thousands of small blocks live as long as the program, so they are laid one
 * behind another in one piece; what does not fit comes from the C library. When the binary is built,
 * it is run up to the program's start, and all this memory is written into its file as it then is:
 * addresses are the same in each process, and starting makes nothing anew. What only a claim needs is
 * laid in a piece of its own, which the file has packed, and which is empty until it is asked for.
 */
#include "kept.h"

#include "program.h"
#include "unpack.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA_SIZE (2 * 1024 * 1024)
#define LATER_SIZE (256 * 1024)
/* Greater blocks, such as bodies, come from the C library, which gives them back to the system. */
#define GREATEST (256 * 1024)
#define PAGE_SIZE 4096
/* Before each block stands its capacity, in so few bytes because there are thousands of them. */
#define HEADER sizeof(uint32_t)
#define STEP 8
/*
 * The heap grows by so much at once, since a call for eight pages costs less than two faults for one. A
 * start takes less than that.
 */
#define GROWTH (8 * PAGE_SIZE)
/* What a start takes of the stack. */
#define STACK (4 * PAGE_SIZE)
/* madvise(2), since Linux 5.14; before, and where there is no memory, pages come when they are touched. */
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
/* Free blocks of up to so many steps are kept apart by size; greater ones stand in one list. */
#define CLASSES 128

/*
 * What is laid in one piece. Headers stand four bytes before a multiple of eight, so that blocks begin
 * at one. A free block begins with the place of the next one of its list; none is at 0. Places are
 * counted from the arena's beginning.
 */
typedef struct {
	size_t used, end;
	uint32_t freed[CLASSES + 1];
} Laid;

/* The one section whose beginning is kept; its rest is cut off. */
static struct {
	void *root;
	Laid laid;
	/* Up to where pages have been asked for. */
	uintptr_t grown;
	/* What was laid apart. */
	Packed packed;
	_Alignas(STEP) uint8_t arena[ARENA_SIZE];
	/* Behind the arena, so that one comparison tells what is of either. */
	uint8_t later[LATER_SIZE];
	uint8_t bytecode[PROGRAM_SIZE];
	uint8_t later_bytecode[LATER_PROGRAM_SIZE];
} kept __attribute__((section(".kept"))) = {
	/* What is kept ends with a page, for which room is left until then. */
	.laid = {.used = STEP - HEADER, .end = ARENA_SIZE - PAGE_SIZE - STEP},
	.bytecode = {PROGRAM},
	.later_bytecode = {LATER_PROGRAM},
};

const Piece program = {kept.bytecode, sizeof kept.bytecode};
const Piece later_program = {kept.later_bytecode, sizeof kept.later_bytecode};

/* The piece of the two that nothing is laid in at present. */
static Laid resting = {.used = ARENA_SIZE + STEP - HEADER, .end = ARENA_SIZE + LATER_SIZE};
static int lays_apart;

static int is_being_built(void)
{
	return kept.root == NULL;
}

static int is_inside(const void *block)
{
	return (uintptr_t)block - (uintptr_t)kept.arena < ARENA_SIZE + LATER_SIZE;
}

int is_laid_apart(const void *block)
{
	return (uintptr_t)block - (uintptr_t)kept.later < LATER_SIZE;
}

int lay_apart(int apart)
{
	int before = lays_apart;
	if (apart != before && is_being_built()) {
		Laid laid = kept.laid;
		kept.laid = resting;
		resting = laid;
		lays_apart = apart;
	}
	return before;
}

static uint32_t *header_of(const void *block)
{
	return (uint32_t *)(uintptr_t)((uintptr_t)block - HEADER);
}

/* A block's size with its header is a multiple of a step: 4, 12, 20 and so on without it. */
static size_t rounded(size_t size)
{
	return (size + HEADER + STEP - 1) / STEP * STEP - HEADER;
}

/* Which list a free block stands in: 0 has those of more steps than there are classes. */
static size_t class_of(size_t capacity)
{
	size_t steps = (capacity + HEADER) / STEP;
	return steps <= CLASSES ? steps : 0;
}

/* How much can still be laid. */
static size_t room(void)
{
	return kept.laid.end - kept.laid.used;
}

static uint32_t *next_of(uint32_t place)
{
	return (uint32_t *)(void *)(kept.arena + place);
}

static void put_free(uint8_t *block, size_t capacity)
{
	uint32_t *first = &kept.laid.freed[class_of(capacity)];
	*header_of(block) = (uint32_t)capacity;
	*(uint32_t *)(void *)block = *first;
	*first = (uint32_t)(block - kept.arena);
}

/* The first great block that is long enough, without what it has too much. */
static void *take_great(size_t capacity)
{
	for (uint32_t *place = &kept.laid.freed[0]; *place != 0; place = next_of(*place)) {
		uint8_t *block = kept.arena + *place;
		size_t found = *header_of(block);
		if (found < capacity)
			continue;
		*place = *next_of(*place);
		if (found > capacity) {
			*header_of(block) = (uint32_t)capacity;
			put_free(block + capacity + HEADER, found - capacity - HEADER);
		}
		return block;
	}
	return NULL;
}

/* Nothing is to be left over in what is kept: the smallest of the greater blocks is divided. */
static void *take_from_greater(size_t capacity)
{
	for (size_t class = class_of(capacity) + 1; class <= CLASSES; class++) {
		uint32_t place = kept.laid.freed[class];
		if (place == 0)
			continue;
		kept.laid.freed[class] = *next_of(place);
		uint8_t *block = kept.arena + place;
		size_t found = *header_of(block);
		*header_of(block) = (uint32_t)capacity;
		put_free(block + capacity + HEADER, found - capacity - HEADER);
		return block;
	}
	return NULL;
}

/* The block of this very size that was given back last; NULL where there is none. */
static inline void *take_freed(size_t capacity)
{
	size_t class = class_of(capacity);
	if (class == 0 || kept.laid.freed[class] == 0)
		return NULL;
	uint32_t *block = next_of(kept.laid.freed[class]);
	kept.laid.freed[class] = *block;
	return block;
}

/* Has pages ready up to that place, and some more. */
static void grow(uintptr_t end)
{
	if (is_being_built())
		return;
	size_t size = (end - kept.grown + GROWTH - 1) / GROWTH * GROWTH;
	madvise((void *)kept.grown, size, MADV_POPULATE_WRITE);
	kept.grown += size;
}

static void *take(size_t size)
{
	if (size > GREATEST)
		return is_being_built() ? NULL : malloc(size);
	size_t capacity = rounded(size), class = class_of(capacity);
	void *freed = take_freed(capacity);
	if (freed != NULL)
		return freed;
	void *great = class > 0 && is_being_built() ? take_from_greater(capacity) : NULL;
	if (great == NULL)
		great = take_great(capacity);
	if (great != NULL)
		return great;
	if (room() < capacity + HEADER)
		return is_being_built() ? NULL : malloc(size);
	uint8_t *last = kept.arena + kept.laid.used + HEADER;
	if ((uintptr_t)last + capacity > kept.grown)
		grow((uintptr_t)last + capacity);
	*header_of(last) = (uint32_t)capacity;
	kept.laid.used += capacity + HEADER;
	return last;
}

/* The block that was laid last goes back to the arena, others to their kind. */
static void put_back(void *block)
{
	size_t capacity = *header_of(block);
	if ((uint8_t *)block + capacity == kept.arena + kept.laid.used)
		kept.laid.used -= capacity + HEADER;
	else
		put_free(block, capacity);
}

static void give_back(void *block)
{
	if (!is_inside(block)) {
		free(block);
	} else if (is_being_built()) {
		int before = lay_apart(is_laid_apart(block));
		/* What is kept must not depend on what stood there for a while, such as addresses on the stack. */
		memset(block, 0, *header_of(block));
		put_back(block);
		lay_apart(before);
	} else if (!is_laid_apart(block)) {
		put_back(block);
	}
}

static size_t usable_size(const void *block)
{
	if (block == NULL)
		return 0;
	return is_inside(block) ? *header_of(block) : malloc_usable_size((void *)(uintptr_t)block);
}

static void *resize_inside(void *block, size_t size)
{
	size_t capacity = *header_of(block);
	if (size <= capacity)
		return block;
	/* The block that was laid last grows where it is: so do the tables that the engine fills first. */
	int is_last = (uint8_t *)block + capacity == kept.arena + kept.laid.used;
	if (is_last && size <= GREATEST && room() >= rounded(size) - capacity) {
		*header_of(block) = (uint32_t)rounded(size);
		kept.laid.used += rounded(size) - capacity;
		if ((uintptr_t)block + rounded(size) > kept.grown)
			grow((uintptr_t)block + rounded(size));
		return block;
	}
	void *grown = take(size);
	if (grown != NULL) {
		memcpy(grown, block, capacity);
		give_back(block);
	}
	return grown;
}

/* A block stays in the piece that it was laid in. */
static void *resize(void *block, size_t size)
{
	if (!is_inside(block))
		return realloc(block, size);
	int before = lay_apart(is_laid_apart(block));
	void *resized = resize_inside(block, size);
	lay_apart(before);
	return resized;
}

void *kept_root(void)
{
	return kept.root;
}

/* Whether any word is the address of a block that was laid apart. */
static int leads_apart(const void *from, const void *to)
{
	for (const uintptr_t *word = from; (const void *)word < to; word++) {
		if (*word % STEP == 0 && *word - (uintptr_t)kept.later < resting.used - ARENA_SIZE)
			return 1;
	}
	return 0;
}

Piece laid_apart(void)
{
	lay_apart(0);
	return (Piece){kept.later, resting.used - ARENA_SIZE};
}

static uintptr_t first_page_behind(const uint8_t *end)
{
	return ((uintptr_t)end + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
}

int keep(void *root, Piece packed)
{
	uint8_t *end = kept.arena + kept.laid.used;
	if (leads_apart(kept.arena, end) || room() < packed.size)
		return -1;
	memcpy(end, packed.bytes, packed.size);
	kept.root = root;
	kept.packed = (Packed){end, packed.size, packed.size == 0 ? 0 : laid_apart().size};
	kept.grown = first_page_behind(end + packed.size);
	kept.laid.used = kept.grown - (uintptr_t)kept.arena + STEP - HEADER;
	kept.laid.end = ARENA_SIZE;
	memset(kept.laid.freed, 0, sizeof kept.laid.freed);
	return 0;
}

Piece kept_piece(void)
{
	uintptr_t end = first_page_behind(kept.packed.bytes + kept.packed.packed_size);
	return (Piece){(const uint8_t *)&kept, end - (uintptr_t)&kept};
}

void map_pages(void)
{
	extern const uint8_t __executable_start[];
	uintptr_t start = (uintptr_t)__executable_start, stack = (uintptr_t)&start / PAGE_SIZE * PAGE_SIZE;
	if (kept.packed.size == 0)
		return;
	madvise((void *)start, kept.grown - start, MADV_POPULATE_READ);
	madvise((void *)(stack - STACK), STACK, MADV_POPULATE_WRITE);
}

void unpack_later(void)
{
	uintptr_t start = (uintptr_t)kept.later / PAGE_SIZE * PAGE_SIZE;
	madvise((void *)start, (uintptr_t)kept.later + kept.packed.size - start, MADV_POPULATE_WRITE);
	unpack(&kept.packed, kept.later);
}

/* The engine is told how much it has, by which it collects its garbage; no limit is set to it. */
static void *arena_malloc(JSMallocState *state, size_t size)
{
	size_t capacity = rounded(size);
	void *freed = size <= GREATEST ? take_freed(capacity) : NULL;
	if (freed != NULL) {
		state->malloc_size += capacity + HEADER;
		return freed;
	}
	void *block = take(size);
	if (block != NULL)
		state->malloc_size += usable_size(block) + HEADER;
	return block;
}

static void arena_free(JSMallocState *state, void *block)
{
	if (block == NULL)
		return;
	state->malloc_size -= usable_size(block) + HEADER;
	give_back(block);
}

static void *arena_realloc(JSMallocState *state, void *block, size_t size)
{
	if (block == NULL)
		return size == 0 ? NULL : arena_malloc(state, size);
	if (size == 0) {
		arena_free(state, block);
		return NULL;
	}
	size_t old_size = usable_size(block);
	void *resized = resize(block, size);
	if (resized != NULL)
		state->malloc_size += usable_size(resized) - old_size;
	return resized;
}

const JSMallocFunctions arena_functions = {arena_malloc, arena_free, arena_realloc, usable_size};
