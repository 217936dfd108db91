/* SPDX-License-Identifier: MIT */
#include "core/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/backend.h"

const u32 known_kernels[] = {
	KERNEL(5, 10), KERNEL(5, 11),
	KERNEL(5, 12), KERNEL(5, 13),
	KERNEL(5, 14), KERNEL(5, 15),
	KERNEL(5, 16), KERNEL(5, 17),
	KERNEL(5, 18), KERNEL(5, 19),
	KERNEL(6, 0),  KERNEL(6, 1),
	KERNEL(6, 2),  KERNEL(6, 3),
	KERNEL(6, 4),  KERNEL(6, 5),
	KERNEL(6, 6),  KERNEL(6, 7),
	KERNEL(6, 8),  KERNEL(6, 9),
	KERNEL(6, 10), KERNEL(6, 11),
	KERNEL(6, 12), KERNEL(6, 13),
	KERNEL(6, 14), KERNEL(6, 15),
	KERNEL(6, 16), KERNEL(6, 17),
	KERNEL(6, 18), KERNEL(6, 19),
	KERNEL(7, 0),  KERNEL(7, 1),
	KERNEL(7, 2),  0,
};

static int __attribute__((format(printf, 3, 4)))
config_fail(char *error, int rc, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(error, CONFIG_ERROR_LEN, fmt, ap);
	va_end(ap);
	return rc;
}

/* ---- words ---- */

/* A piece of the option string. */
struct token {
	const char *s;
	size_t len;
};

static bool token_is(struct token t, const char *word)
{
	return strlen(word) == t.len && !memcmp(t.s, word, t.len);
}

static bool next_token(const char **s, struct token *t)
{
	*s += strspn(*s, " \t\n");
	t->s = *s;
	t->len = strcspn(*s, " \t\n");
	*s += t->len;
	return t->len;
}

struct option {
	const char *name, *expected;
};

enum {
	OPT_ARCH,
	OPT_PAGE,
	OPT_MMU,
	OPT_KERNEL,
	OPT_FEATURE,
	OPT_NODES,
	OPT_CPUS,
	OPT_MEM,
	OPT_SET,
	OPT_THP,
	OPT_TLB,
	NR_OPTS
};

static const struct option options_table[NR_OPTS] = {
	[OPT_ARCH] = { "--arch", "x86_64, arm64 or ppc64" },
	[OPT_PAGE] = { "--page-size", "4k, 16k or 64k" },
	[OPT_MMU] = { "--mmu", "radix or hash" },
	[OPT_KERNEL] = { "--kernel", "a release as 6.12" },
	[OPT_FEATURE] = { "--feature", "+NAME,-NAME" },
	[OPT_NODES] = { "--nodes", "a number of nodes" },
	[OPT_CPUS] = { "--cpus", "a number of CPUs" },
	[OPT_MEM] = { "--mem", "a size as 512M" },
	[OPT_SET] = { "--set", "KNOB=VALUE" },
	[OPT_THP] = { "--thp", "always, madvise or never" },
	[OPT_TLB] = { "--tlb", "none, ENTRIESxWAYS[@SIZE]+... or keep" },
};

/* "--name value" or "--name=value". */
static int split_option(struct token t, struct token *value, bool *inline_val)
{
	size_t len;
	unsigned i;

	for (i = 0; i < NR_OPTS; i++) {
		len = strlen(options_table[i].name);
		if (t.len < len || memcmp(t.s, options_table[i].name, len))
			continue;
		if (t.len > len && t.s[len] != '=')
			continue;
		*inline_val = t.len > len;
		value->s = t.s + len + 1;
		value->len = *inline_val ? t.len - len - 1 : 0;
		return (int)i;
	}
	return -1;
}

/* ---- from a configuration to a world ---- */

static const char *const arch_names[] = { "x86_64", "arm64", "ppc64" };

static bool kernel_known(u32 kernel)
{
	unsigned i;

	for (i = 0; known_kernels[i]; i++)
		if (known_kernels[i] == kernel)
			return true;
	return false;
}

static u64 default_page_size(unsigned arch)
{
	return arch == MMSIM_ARCH_PPC64 ? 65536 : 4096;
}

static const char *const page_size_words[] = { "4k", "4k, 16k or 64k",
					       "4k or 64k" };

static bool page_size_exists(unsigned arch, u64 size)
{
	switch (arch) {
	case MMSIM_ARCH_X86_64:
		return size == 4096;
	case MMSIM_ARCH_ARM64:
		return size == 4096 || size == 16384 || size == 65536;
	default:
		return size == 4096 || size == 65536;
	}
}

static int spec_format(struct world_spec *s, const struct mmsim_config *c,
		       char *error)
{
	if ((unsigned)c->arch > MMSIM_ARCH_PPC64)
		return config_fail(
			error, -EINVAL,
			"arch: found %u, expected x86_64, arm64 or ppc64",
			(unsigned)c->arch);
	s->arch = c->arch;
	s->kernel = c->kernel ? c->kernel : NEWEST_KERNEL;
	if (!kernel_known(s->kernel))
		return config_fail(
			error, -EINVAL,
			"kernel: found %u.%u, expected a release from 5.10 to 7.2",
			s->kernel >> 16, s->kernel & 0xffff);
	s->page_size = c->page_size ? c->page_size : default_page_size(s->arch);
	if (!page_size_exists(s->arch, s->page_size))
		return config_fail(
			error, -EINVAL,
			"page size: found %llu bytes, expected one that %s has: %s",
			(unsigned long long)s->page_size, arch_names[s->arch],
			page_size_words[s->arch]);
	if ((unsigned)c->mmu > MMSIM_MMU_HASH ||
	    (c->mmu && s->arch != MMSIM_ARCH_PPC64))
		return config_fail(
			error, -EINVAL,
			"mmu: found one for %s, expected none: only ppc64 has radix and hash",
			arch_names[s->arch]);
	s->mmu = c->mmu;
	if (s->arch == MMSIM_ARCH_PPC64 && !s->mmu)
		s->mmu = MMSIM_MMU_RADIX;
	s->be = find_backend(s->arch, s->mmu, s->page_size, s->kernel);
	if (!s->be)
		return config_fail(
			error, -EOPNOTSUPP,
			"format: found %s with pages of %llu bytes, which this library was built without",
			arch_names[s->arch], (unsigned long long)s->page_size);
	return 0;
}

#define MAX_NODE_MEMORY ((u64)1 << 46)

static int spec_machine(struct world_spec *s, const struct mmsim_config *c,
			char *error)
{
	s->cpus = c->cpus ? c->cpus : 1;
	s->nodes = c->nodes ? c->nodes : 1;
	s->node_memory = c->node_memory ? c->node_memory : (u64)512 << 20;
	if (s->cpus > MAX_CPUS)
		return config_fail(error, -EINVAL,
				   "cpus: found %u, expected 1 to %u", s->cpus,
				   MAX_CPUS);
	if (s->nodes > PHYS_MAX_NODES)
		return config_fail(error, -EINVAL,
				   "nodes: found %u, expected 1 to %u",
				   s->nodes, PHYS_MAX_NODES);
	if (s->node_memory < (u64)1 << s->be->pmd_shift ||
	    s->node_memory > MAX_NODE_MEMORY / s->nodes)
		return config_fail(
			error, -EINVAL,
			"memory: found %llu bytes per node, expected at least %llu and at most 64 TiB in all",
			(unsigned long long)s->node_memory,
			(unsigned long long)1 << s->be->pmd_shift);
	return 0;
}

/* ---- lists of features and knobs ---- */

static int spec_feature_list(struct world_spec *s, struct token list,
			     char *error)
{
	const char *bad;
	size_t len;
	int rc;

	rc = features_apply(&s->features, s->arch, list.s, list.len, &bad,
			    &len);
	if (rc == -EOPNOTSUPP)
		return config_fail(
			error, rc,
			"feature: found \"%.*s\", expected one that can be forced",
			(int)len, bad);
	if (rc == -ENODEV)
		return config_fail(
			error, -EINVAL,
			"feature: found \"%.*s\", expected one that %s can have",
			(int)len, bad, arch_names[s->arch]);
	if (rc)
		return config_fail(
			error, rc,
			"feature: found \"%.*s\", expected + or - and a name of `mmsim list features`",
			(int)min_u64(len, 60), bad);
	return 0;
}

static struct knob_sizes spec_sizes(const struct world_spec *s)
{
	return knob_sizes(s->be, &s->features);
}

static int spec_knob(struct world_spec *s, struct token name,
		     struct token value, char *error)
{
	const struct knob_sizes sizes = spec_sizes(s);
	int rc = knob_set(s->knobs, &sizes, name.s, name.len, value.s,
			  value.len);

	if (!rc)
		return 0;
	if (rc == -EOPNOTSUPP)
		return config_fail(
			error, rc,
			"knob %.*s: found \"%.*s\", which is not supported yet",
			(int)min_u64(name.len, 60), name.s,
			(int)min_u64(value.len, 40), value.s);
	return config_fail(
		error, -EINVAL,
		"knob: found \"%.*s=%.*s\", expected a setting of `mmsim list knobs`",
		(int)min_u64(name.len, 60), name.s, (int)min_u64(value.len, 40),
		value.s);
}

static int spec_knob_pair(struct world_spec *s, struct token item, char *error)
{
	const char *eq = memchr(item.s, '=', item.len);
	struct token name = item, value = { "", 0 };

	if (eq) {
		name.len = (size_t)(eq - item.s);
		value.s = eq + 1;
		value.len = item.len - name.len - 1;
	}
	return spec_knob(s, name, value, error);
}

static int spec_knob_list(struct world_spec *s, struct token list, char *error)
{
	const char *end = list.s + list.len;
	struct token item;
	int rc = 0;

	for (; !rc && list.s < end; list.s += item.len + 1) {
		item.s = list.s;
		item.len = 0;
		while (item.s + item.len < end && item.s[item.len] != ',')
			item.len++;
		rc = item.len ? spec_knob_pair(s, item, error) : 0;
	}
	return rc;
}

static int spec_tlb(struct world_spec *s, struct token value, char *error)
{
	const char *expected = tlb_geometry_parse(&s->tlb, &s->tlb_keep,
						  value.s, value.len, s->be);

	if (!expected)
		return 0;
	return config_fail(error, -EINVAL,
			   "--tlb: found \"%.*s\", expected %s",
			   (int)min_u64(value.len, 60), value.s, expected);
}

static struct token whole(const char *list)
{
	return (struct token){ list, strlen(list) };
}

/* The options that an option string has of these: config_parse() has seen
 * that it is well formed. */
static int spec_option_string(struct world_spec *s, const char *options,
			      char *error)
{
	static const struct token thp = { "transparent_hugepage/enabled", 28 };
	struct token t, value;
	bool inline_val;
	int rc = 0, opt;

	while (!rc && next_token(&options, &t)) {
		opt = split_option(t, &value, &inline_val);
		if (opt < 0 || (!inline_val && !next_token(&options, &value)))
			return config_fail(
				error, -EINVAL,
				"features: found \"%.*s\", expected a list or an option string",
				(int)min_u64(t.len, 60), t.s);
		if (opt == OPT_FEATURE)
			rc = spec_feature_list(s, value, error);
		else if (opt == OPT_SET)
			rc = spec_knob_list(s, value, error);
		else if (opt == OPT_THP)
			rc = spec_knob(s, thp, value, error);
		else if (opt == OPT_TLB)
			rc = spec_tlb(s, value, error);
	}
	return rc;
}

static int spec_consistent(const struct world_spec *s, char *error)
{
	enum feature feature, missing;

	if (features_consistent(&s->features, &feature, &missing))
		return 0;
	return config_fail(
		error, -EINVAL, "feature: found %s without %s, which it needs",
		feature_table[feature].name, feature_table[missing].name);
}

static int spec_lists(struct world_spec *s, const struct mmsim_config *c,
		      char *error)
{
	bool has_knobs = c->size > offsetof(struct mmsim_config, knobs);
	const char *f = c->features;
	struct knob_sizes sizes;
	int rc = 0;

	features_default(&s->features, s->arch, s->kernel);
	sizes = spec_sizes(s);
	knobs_default(s->knobs, &sizes);
	tlb_geometry_default(&s->tlb, s->arch, s->be);
	s->tlb_keep = false;
	if (f && f[0] == '-' && f[1] == '-')
		rc = spec_option_string(s, f, error);
	else if (f)
		rc = spec_feature_list(s, whole(f), error);
	if (!rc && has_knobs && c->knobs)
		rc = spec_knob_list(s, whole(c->knobs), error);
	return rc ? rc : spec_consistent(s, error);
}

/* A longer struct than ours must be zero where we do not look. */
static bool has_tail(const void *s, size_t ours, size_t size)
{
	const unsigned char *bytes = s;
	size_t i;

	for (i = ours; i < size; i++)
		if (bytes[i])
			return true;
	return false;
}

static int check_size(const struct mmsim_config *c, char *error)
{
	if (c->size < offsetof(struct mmsim_config, knobs))
		return config_fail(error, -EINVAL,
				   "config.size: found %zu, expected %zu",
				   c->size, sizeof(*c));
	if (has_tail(c, sizeof(*c), c->size))
		return config_fail(
			error, -E2BIG,
			"config.size: found %zu with fields of a later version set, expected %zu",
			c->size, sizeof(*c));
	return 0;
}

/* A copy of the caller's table: what lies behind its end is ours. */
static int spec_own_rules(struct world_spec *s, const struct mmsim_config *c,
			  char *error)
{
	const struct mmsim_rules *own = c->rules;

	memset(&s->own, 0, sizeof(s->own));
	s->own_rules_user = c->rules_user;
	if (!own)
		return 0;
	if (own->size < sizeof(size_t))
		return config_fail(error, -EINVAL,
				   "rules.size: found %zu, expected %zu",
				   own->size, sizeof(*own));
	if (has_tail(own, sizeof(*own), own->size))
		return config_fail(
			error, -E2BIG,
			"rules.size: found %zu with rules of a later version, expected %zu",
			own->size, sizeof(*own));
	memcpy(&s->own, own, min_u64(own->size, sizeof(*own)));
	if (s->own.can_change_pmd_writable || s->own.unmap_batch)
		return config_fail(
			error, -EOPNOTSUPP,
			"rules: found can_change_pmd_writable or unmap_batch, which are not supported yet");
	return 0;
}

int world_spec_from_config(struct world_spec *spec,
			   const struct mmsim_config *config, char *error)
{
	int rc;

	*error = '\0';
	if (!config)
		return config_fail(
			error, -EINVAL,
			"config: found NULL, expected a configuration");
	rc = check_size(config, error);
	if (!rc)
		rc = spec_format(spec, config, error);
	if (!rc)
		rc = spec_machine(spec, config, error);
	if (!rc)
		rc = spec_lists(spec, config, error);
	if (!rc)
		rc = spec_own_rules(spec, config, error);
	return rc;
}

/* ---- from words to a configuration ---- */

static bool parse_u64(struct token t, u64 *value, size_t *used)
{
	u64 n = 0;
	size_t i;

	for (i = 0; i < t.len && t.s[i] >= '0' && t.s[i] <= '9'; i++) {
		if (n > (~(u64)0 - 9) / 10)
			return false;
		n = n * 10 + (u64)(t.s[i] - '0');
	}
	*used = i;
	*value = n;
	return i > 0;
}

/* 4k, 64K, 512M, 1g, 2t, or bytes. */
static bool parse_size(struct token t, u64 *value)
{
	static const char units[] = "kmgt";
	const char *unit;
	size_t used;
	unsigned shift;

	if (!parse_u64(t, value, &used))
		return false;
	if (used == t.len)
		return true;
	unit = strchr(units, t.s[used] | 0x20);
	if (!unit || !*unit || used + 1 != t.len)
		return false;
	shift = 10 * (unsigned)(unit - units + 1);
	if (*value > ~(u64)0 >> shift)
		return false;
	*value <<= shift;
	return true;
}

static bool parse_count(struct token t, unsigned *value)
{
	size_t used;
	u64 n;

	if (!parse_u64(t, &n, &used) || used != t.len || !n || n > 1u << 20)
		return false;
	*value = (unsigned)n;
	return true;
}

static bool parse_kernel(struct token t, u32 *kernel)
{
	struct token minor;
	u64 a, b;
	size_t used;

	if (!parse_u64(t, &a, &used) || used >= t.len || t.s[used] != '.')
		return false;
	minor.s = t.s + used + 1;
	minor.len = t.len - used - 1;
	if (!parse_u64(minor, &b, &used) || used != minor.len || a > 0xffff ||
	    b > 0xffff)
		return false;
	*kernel = KERNEL(a, b);
	return true;
}

static bool parse_arch(struct token t, enum mmsim_arch *arch)
{
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(arch_names); i++) {
		if (token_is(t, arch_names[i])) {
			*arch = (enum mmsim_arch)i;
			return true;
		}
	}
	return false;
}

static bool parse_mmu(struct token t, enum mmsim_mmu *mmu)
{
	if (token_is(t, "radix"))
		*mmu = MMSIM_MMU_RADIX;
	else if (token_is(t, "hash"))
		*mmu = MMSIM_MMU_HASH;
	else
		return false;
	return true;
}

static bool parse_page_size(struct token t, uint32_t *size)
{
	u64 n;

	if (!parse_size(t, &n) || n > 1u << 20)
		return false;
	*size = (uint32_t)n;
	return true;
}

/*
 * The lists stay where they are: the configuration then refers to the whole
 * option string, which is read again when a world is made.
 */
static bool apply_option(struct mmsim_config *c, unsigned opt,
			 struct token value, bool *lists)
{
	switch (opt) {
	case OPT_ARCH:
		return parse_arch(value, &c->arch);
	case OPT_PAGE:
		return parse_page_size(value, &c->page_size);
	case OPT_MMU:
		return parse_mmu(value, &c->mmu);
	case OPT_KERNEL:
		return parse_kernel(value, &c->kernel);
	case OPT_NODES:
		return parse_count(value, &c->nodes);
	case OPT_CPUS:
		return parse_count(value, &c->cpus);
	case OPT_MEM:
		return parse_size(value, &c->node_memory) && c->node_memory;
	default:
		*lists = true;
		return value.len;
	}
}

static int parse_one(struct mmsim_config *c, struct token t,
		     const char **options, bool *lists, char *error)
{
	struct token value;
	bool inline_val;
	int opt = split_option(t, &value, &inline_val);

	if (opt < 0)
		return config_fail(error, -EINVAL,
				   "found \"%.*s\", expected a world option",
				   (int)min_u64(t.len, 60), t.s);
	if (!inline_val && !next_token(options, &value))
		return config_fail(
			error, -EINVAL, "%s: found nothing, expected %s",
			options_table[opt].name, options_table[opt].expected);
	if (!apply_option(c, (unsigned)opt, value, lists))
		return config_fail(
			error, -EINVAL, "%s: found \"%.*s\", expected %s",
			options_table[opt].name, (int)min_u64(value.len, 60),
			value.s, options_table[opt].expected);
	return 0;
}

int config_parse(struct mmsim_config *config, const char *options, char *error)
{
	struct mmsim_config c = MMSIM_CONFIG_INIT;
	const char *all = options + strspn(options, " \t\n");
	bool lists = false;
	struct token t;
	int rc = 0;

	*error = '\0';
	memcpy(&c, config, min_u64(config->size, sizeof(c)));
	while (!rc && next_token(&options, &t))
		rc = parse_one(&c, t, &options, &lists, error);
	if (rc)
		return rc;
	if (lists)
		c.features = all;
	memcpy(config, &c, min_u64(config->size, sizeof(c)));
	return 0;
}
