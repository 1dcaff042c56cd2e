/* What the adapted engine asks of us; scripts/adapt-quickjs.mjs has it call these. */
#ifndef HOOKS_H
#define HOOKS_H

/*
 * How references are counted. What is kept in the binary lives as long as the program and is not
 * counted, so that idle copies go on sharing the pages of the file: written to, a page becomes a
 * copy's own.
 */
#define UNCOUNTED (1 << 30)

static inline __attribute__((always_inline)) void retain(int *count)
{
	if (*count < UNCOUNTED)
		++*count;
}

/* The number of references that are left. */
static inline __attribute__((always_inline)) int release(int *count)
{
	return *count < UNCOUNTED ? --*count : UNCOUNTED;
}

/*
 * Where memory is taken from while the program is made: apart, in the piece that is not there until a
 * claim comes, or together with all that is there from the start, as what the engine looks through has
 * to be. Returns what was so before.
 */
int lay_apart(int apart);
int is_laid_apart(const void *block);

#endif
