/* SPDX-License-Identifier: MIT */
#include "recorder.h"

#include "out.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct recorder {
	pid_t pid;
	FILE *to, *from;
	char *text;
	size_t len, room;
	char why[256];
};

/* Beside the command in a build tree, else where it was installed. */
char *recorder_program(const char *path)
{
	static const char *const places[] = { "mmsim-record",
					      "../record/mmsim-record",
					      MMSIM_RECORDER };
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *folder;

	if (path)
		return xstrdup(path);
	exe[n > 0 ? n : 0] = 0;
	folder = dirname(exe);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		char *at = *places[i] == '/'
				   ? xstrdup(places[i])
				   : xasprintf("%s/%s", folder, places[i]);

		if (!access(at, X_OK))
			return at;
		free(at);
	}
	out_error("oracle: found no mmsim-record, expected it in %s or %s",
		  folder, MMSIM_RECORDER);
	return NULL;
}

static void __attribute__((noreturn))
child(const char *path, const char *const *argv, int in, int out)
{
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	for (int fd = 3; fd < 64; fd++)
		close(fd);
	/* Whatever ends the command: settings are put back at once. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* Start it with pipes; the child's ends are closed here. */
static pid_t spawn(const char *path, const char *const *argv, FILE **to,
		   FILE **from)
{
	int in[2] = { -1, -1 }, out[2];
	pid_t pid;

	if (pipe(out) || (to && pipe(in)))
		return -1;
	pid = fork();
	if (!pid)
		child(path, argv, in[0], out[1]);
	close(out[1]);
	*from = fdopen(out[0], "r");
	if (to) {
		close(in[0]);
		*to = fdopen(in[1], "w");
	}
	return pid;
}

struct recorder *recorder_open(const char *path, bool system)
{
	char *program = recorder_program(path);
	const char *argv[] = { "mmsim-record", system ? "--system" : "--serve",
			       system ? "--serve" : NULL, NULL };
	struct recorder *r;

	if (!program)
		return NULL;
	r = xcalloc(1, sizeof(*r));
	signal(SIGPIPE, SIG_IGN);
	r->pid = spawn(program, argv, &r->to, &r->from);
	if (r->pid < 0)
		out_error("%s: found %s, expected to start it", program,
			  strerror(errno));
	free(program);
	if (r->pid > 0)
		return r;
	free(r);
	return NULL;
}

static void text_add(struct recorder *r, const char *line, size_t len)
{
	if (r->len + len + 1 > r->room) {
		r->room = 2 * (r->len + len + 1);
		r->text = xrealloc(r->text, r->room, 1);
	}
	memcpy(r->text + r->len, line, len + 1);
	r->len += len;
}

/* {"end":"done"} and the like: the value of a key. */
static enum recorded end_read(struct recorder *r, const char *line)
{
	json_t *end = json_loads(line, 0, NULL);
	const char *how = json_string_value(json_object_get(end, "end"));
	const char *why = json_string_value(json_object_get(end, "why"));
	enum recorded result = RECORDED_FAILED;

	if (how && !strcmp(how, "done"))
		result = RECORDED_DONE;
	else if (how && !strcmp(how, "skipped"))
		result = RECORDED_SKIPPED;
	snprintf(r->why, sizeof(r->why), "%s", why ? why : "");
	json_decref(end);
	return result;
}

enum recorded recorder_run(struct recorder *r, const char *text, size_t len,
			   const char **lines, const char **why)
{
	enum recorded result = RECORDED_FAILED;
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	snprintf(r->why, sizeof(r->why), "the recorder ended");
	r->len = 0;
	text_add(r, "", 0);
	fprintf(r->to, "%zu\n", len);
	fwrite(text, 1, len, r->to);
	fflush(r->to);
	while ((n = getline(&line, &room, r->from)) > 0) {
		if (!strncmp(line, "{\"end\":", 7)) {
			result = end_read(r, line);
			break;
		}
		text_add(r, line, (size_t)n);
	}
	free(line);
	*lines = r->text;
	*why = r->why;
	return result;
}

static char *output_of(const char *path, const char *const *argv)
{
	char *program = recorder_program(path), *text = NULL;
	size_t room = 0;
	FILE *from;
	pid_t pid;

	if (!program)
		return NULL;
	pid = spawn(program, argv, NULL, &from);
	if (pid > 0) {
		if (getdelim(&text, &room, 0, from) < 0) {
			free(text);
			text = NULL;
		}
		fclose(from);
		waitpid(pid, NULL, 0);
	}
	if (!text)
		out_error("%s: found nothing, expected what this kernel is",
			  program);
	free(program);
	return text;
}

char *recorder_info(const char *path, const char *world)
{
	const char *argv[] = { "mmsim-record", "--info", world, NULL };

	return output_of(path, argv);
}

void recorder_gaps(const char *path)
{
	const char *argv[] = { "mmsim-record", "--gaps", NULL };
	char *program = recorder_program(path);
	FILE *from;
	pid_t pid;

	if (!program)
		return;
	pid = spawn(program, argv, NULL, &from);
	if (pid > 0) {
		fclose(from);
		waitpid(pid, NULL, 0);
	}
	free(program);
}

void recorder_close(struct recorder *r)
{
	fclose(r->to);
	fclose(r->from);
	waitpid(r->pid, NULL, 0);
	free(r->text);
	free(r);
}

json_t *lines_parse(const char *text)
{
	json_t *lines = json_array();

	while (*text) {
		size_t len = strcspn(text, "\n");

		json_array_append_new(lines, json_loadb(text, len, 0, NULL));
		text += len + (text[len] == '\n');
	}
	return lines;
}
