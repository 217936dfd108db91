/* SPDX-License-Identifier: MIT */
/*
 * As much of BTF, the kernel's type information, as finds the offset of a
 * member (Documentation/bpf/btf).
 */
#include <string.h>

#include "raw_parts.h"

enum btf_kind {
	BTF_INT = 1,
	BTF_ARRAY = 3,
	BTF_STRUCT = 4,
	BTF_UNION = 5,
	BTF_ENUM = 6,
	BTF_FUNC_PROTO = 13,
	BTF_VAR = 14,
	BTF_DATASEC = 15,
	BTF_DECL_TAG = 17,
	BTF_ENUM64 = 19
};

struct btf_head {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t head_len, type_off, type_len, str_off, str_len;
};

struct btf_type {
	uint32_t name, info, size;
};

struct btf_member {
	uint32_t name, type, offset;
};

struct btf {
	const char *types, *types_end, *strings;
	uint32_t strings_len;
};

static bool btf_begin(struct btf *b, const void *data, size_t len)
{
	struct btf_head h;

	if (len < sizeof(h))
		return false;
	memcpy(&h, data, sizeof(h));
	if (h.magic != 0xeb9f || h.head_len > len ||
	    h.type_off > len - h.head_len ||
	    h.type_len > len - h.head_len - h.type_off ||
	    h.str_off > len - h.head_len ||
	    h.str_len > len - h.head_len - h.str_off || !h.str_len)
		return false;
	b->types = (const char *)data + h.head_len + h.type_off;
	b->types_end = b->types + h.type_len;
	b->strings = (const char *)data + h.head_len + h.str_off;
	b->strings_len = h.str_len;
	/* Every name ends inside. */
	return !b->strings[h.str_len - 1];
}

static const char *btf_name(const struct btf *b, uint32_t offset)
{
	return offset < b->strings_len ? b->strings + offset : "";
}

static unsigned kind_of(const struct btf_type *t)
{
	return t->info >> 24 & 0x1f;
}

static unsigned vlen_of(const struct btf_type *t)
{
	return t->info & 0xffff;
}

/* What follows a type's three words. */
static size_t extra_of(const struct btf_type *t)
{
	switch (kind_of(t)) {
	case BTF_INT:
	case BTF_VAR:
	case BTF_DECL_TAG:
		return 4;
	case BTF_ARRAY:
		return 12;
	case BTF_STRUCT:
	case BTF_UNION:
	case BTF_DATASEC:
	case BTF_ENUM64:
		return 12 * (size_t)vlen_of(t);
	case BTF_ENUM:
	case BTF_FUNC_PROTO:
		return 8 * (size_t)vlen_of(t);
	default:
		return 0;
	}
}

/* The type at @at, and where the next one begins; false at the end. */
static bool type_next(const struct btf *b, const char **at, struct btf_type *t,
		      const char **extra)
{
	if ((size_t)(b->types_end - *at) < sizeof(*t))
		return false;
	memcpy(t, *at, sizeof(*t));
	*extra = *at + sizeof(*t);
	if ((size_t)(b->types_end - *extra) < extra_of(t))
		return false;
	*at = *extra + extra_of(t);
	return true;
}

/* The type of a number; they count from 1. */
static bool type_of(const struct btf *b, uint32_t number, struct btf_type *t,
		    const char **extra)
{
	const char *at = b->types;

	while (number && type_next(b, &at, t, extra))
		if (!--number)
			return true;
	return false;
}

static long member_find(const struct btf *b, const struct btf_type *t,
			const char *extra, const char *member, int depth)
{
	bool bits = t->info >> 31;

	for (unsigned i = 0; i < vlen_of(t); i++) {
		struct btf_member m;
		struct btf_type inner;
		const char *inside;
		long at, found;

		memcpy(&m, extra + i * sizeof(m), sizeof(m));
		at = (long)(bits ? m.offset & 0xffffff : m.offset) / 8;
		if (!strcmp(btf_name(b, m.name), member))
			return at;
		if (*btf_name(b, m.name) || depth > 4 ||
		    !type_of(b, m.type, &inner, &inside) ||
		    (kind_of(&inner) != BTF_STRUCT &&
		     kind_of(&inner) != BTF_UNION))
			continue;
		found = member_find(b, &inner, inside, member, depth + 1);
		if (found >= 0)
			return at + found;
	}
	return -1;
}

long btf_offset(const void *data, size_t len, const char *type,
		const char *member)
{
	const char *at, *extra;
	struct btf_type t;
	struct btf b;

	if (!btf_begin(&b, data, len))
		return -1;
	at = b.types;
	while (type_next(&b, &at, &t, &extra))
		if (kind_of(&t) == BTF_STRUCT && vlen_of(&t) &&
		    !strcmp(btf_name(&b, t.name), type))
			return member_find(&b, &t, extra, member, 0);
	return -1;
}
