/*
 * Writes the binary that is shipped: `keep-heap LINKED HEAP OUT`. HEAP is what the linked program wrote
 * of its memory: an address, and the bytes that belong there. What is linked behind it, such as the
 * script's bytecode, has done its duty and is left out. Runs on the building machine.
 */
#include "content.h"

#include <elf.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_SECTIONS 64

/* The header of the segment that has the address in the file. */
static Elf64_Phdr *find_segment(Content linked, uint64_t address, const char *path)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)linked.data;
	Elf64_Phdr *segments = (Elf64_Phdr *)(void *)(linked.data + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++) {
		Elf64_Phdr *segment = &segments[i];
		if (segment->p_type == PT_LOAD && address - segment->p_vaddr < segment->p_filesz)
			return segment;
	}
	fail("no segment has the heap's address", path);
}

static int is_in_memory(const Elf64_Shdr *section)
{
	return section->sh_flags & SHF_ALLOC && section->sh_type != SHT_NOBITS;
}

/* What is cut off must be nothing but the rest of the heap's own section. */
static void check_is_last(Content linked, uint64_t address, const char *path)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)linked.data;
	Elf64_Shdr *sections = (Elf64_Shdr *)(void *)(linked.data + header->e_shoff);
	for (int i = 0; i < header->e_shnum; i++) {
		Elf64_Shdr *section = &sections[i];
		if (is_in_memory(section) && section->sh_addr > address)
			fail("has another section behind the heap", path);
	}
}

#define ALIGNED(size) (((size) + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t))

static int write_padded(FILE *out, const void *data, size_t size)
{
	static const uint8_t zeros[sizeof(uint64_t)];
	size_t padding = ALIGNED(size) - size;
	return fwrite(data, 1, size, out) == size && fwrite(zeros, 1, padding, out) == padding ? 0 : -1;
}

/* Without the table of sections, which stood at the end: only linkers and debuggers want it. */
static int write_plain(FILE *out, Content linked, size_t end)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)linked.data;
	header->e_shoff = 0;
	header->e_shnum = header->e_shstrndx = 0;
	return fwrite(linked.data, 1, end, out) == end ? 0 : -1;
}

/* With the symbols behind the heap, for those who count what the program does. */
static int write_with_symbols(FILE *out, Content linked, size_t end, uint64_t end_address)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)linked.data;
	Elf64_Shdr *sections = (Elf64_Shdr *)(void *)(linked.data + header->e_shoff);
	const uint8_t *contents[MAX_SECTIONS] = {NULL};
	size_t count = header->e_shnum, at = ALIGNED(end);
	for (size_t i = 0; i < count; i++) {
		Elf64_Shdr *section = &sections[i];
		if (is_in_memory(section) && section->sh_addr + section->sh_size > end_address)
			section->sh_size = end_address - section->sh_addr;
		if (section->sh_flags & SHF_ALLOC || section->sh_type == SHT_NULL)
			continue;
		contents[i] = linked.data + section->sh_offset;
		section->sh_offset = at;
		at += ALIGNED(section->sh_size);
	}
	header->e_shoff = at;
	int failed = write_padded(out, linked.data, end);
	for (size_t i = 0; i < count && failed == 0; i++)
		failed = contents[i] == NULL ? 0 : write_padded(out, contents[i], sections[i].sh_size);
	return failed == 0 ? write_padded(out, sections, count * sizeof *sections) : -1;
}

static int has_symbols(Content linked)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)linked.data;
	Elf64_Shdr *sections = (Elf64_Shdr *)(void *)(linked.data + header->e_shoff);
	for (int i = 0; i < header->e_shnum && header->e_shnum <= MAX_SECTIONS; i++) {
		if (sections[i].sh_type == SHT_SYMTAB)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t address;
	if (argc != 4)
		fail("expected LINKED HEAP OUT", argv[0]);
	Content linked = read_all(argv[1]), heap = read_all(argv[2]);
	if (heap.size < sizeof address)
		fail("has no address", argv[2]);
	memcpy(&address, heap.data, sizeof address);
	check_is_last(linked, address, argv[1]);
	Elf64_Phdr *segment = find_segment(linked, address, argv[1]);
	size_t size = heap.size - sizeof address, offset = address - segment->p_vaddr;
	if (offset + size > segment->p_filesz)
		fail("does not fit", argv[2]);
	segment->p_filesz = offset + size;
	size_t place = segment->p_offset + offset, end = place + size;
	memcpy(linked.data + place, heap.data + sizeof address, size);
	FILE *out = fopen(argv[3], "wb");
	if (out == NULL)
		fail("cannot be written", argv[3]);
	int written = has_symbols(linked) ? write_with_symbols(out, linked, end, address + size)
					  : write_plain(out, linked, end);
	if (written < 0 || fclose(out) != 0)
		fail("cannot be written", argv[3]);
	return chmod(argv[3], 0755) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
