/* SPDX-License-Identifier: MIT */
/*
 * mmsim-record - run scenarios on this kernel.
 *
 * mmsim-record [--system] [--gaps] [--info WORLD] [FILE...]
 *	recordings on standard output, one scenario after the other
 * mmsim-record [--system] --serve
 *	reads "LENGTH\n" and so many bytes of a scenario from standard input,
 *	again and again
 * As process 1: what record_init.c does.
 *
 * Behind the lines of each scenario comes one that ends it:
 *	{"end":"done"}, {"end":"skipped","why":"..."} or {"end":"failed",...}
 */
#include "record.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds that a scenario may take. */
#define MOST_SECONDS 60
#define NOBODY_READS "nobody reads the recording"

/* Newer than the headers of some hosts; the same number everywhere. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum order { ORDER_RUN, ORDER_FORK, ORDER_WAIT, ORDER_EXIT };

struct message {
	enum order order;
	unsigned n;
	int index; /* of the child to be */
	pid_t pid; /* to wait for */
	char text[TEXT_LEN];
};

struct answer {
	pid_t pid;
	bool failed;
	char why[160];
};

static struct process {
	char name[NAME_LEN];
	pid_t pid;
	int parent;
	int end; /* a descriptor that can be read once it has ended, or -1 */
	bool alive;
	/* [0] the conductor's, [1] its own; made before any process is, so
	 * that whoever forks it hands it down. */
	int socket[2];
} processes[MOST_PROCESSES];
static int nr_processes;

static volatile sig_atomic_t alarmed;

/* ---- in a process of the scenario ---- */

/* A line of an operation that has nothing to tell; false if nobody reads. */
static bool line_out(unsigned n, const char *who, const char *text)
{
	out("{\"n\":%u,\"who\":\"%s\",\"op\":", n, who);
	out_text(text);
	out(",\"ret\":0}\n");
	return out_flush();
}

static bool result_out(const struct line *line, const struct result *r)
{
	out("{\"n\":%u,\"who\":\"%s\",\"op\":", line->n, line->who);
	out_text(line->text);
	out(",\"ret\":%d", r->ret < 0 ? -1 : (int)r->ret);
	if (r->ret < 0)
		out(",\"err\":\"%s\"", strerrorname_np(r->err));
	if (r->min)
		out(",\"min\":%ld", r->min);
	if (r->maj)
		out(",\"maj\":%ld", r->maj);
	if (r->sig)
		out(",\"sig\":\"%s\"", r->sig == SIGBUS ? "BUS" : "SEGV");
	if (r->has_done)
		out(",\"done\":%ld", r->done);
	if (r->has_hash)
		out(",\"hash\":%u", r->hash);
	if (r->resolved)
		out(",\"uffd\":%u", r->resolved);
	out("%s", r->more);
	if (r->maps)
		look_maps();
	if (r->pages)
		look_pages(r->addr, r->nr);
	out("}\n");
	return out_flush();
}

static void refuse(struct answer *answer, const char *why)
{
	answer->failed = true;
	snprintf(answer->why, sizeof(answer->why), "%s", why);
}

static void answer_send(int index, const struct answer *answer)
{
	if (send(processes[index].socket[1], answer, sizeof(*answer), 0) < 0)
		_exit(2);
}

static void serve(int index, const char *name);

static void fork_run(int index, const struct message *m, const char *who)
{
	struct answer answer = { 0 };
	struct line line = { .n = m->n };

	strcpy(line.text, m->text);
	words_cut(&line);
	answer.pid = fork();
	if (!answer.pid)
		serve(m->index, line.word[1]);
	if (answer.pid < 0)
		refuse(&answer, strerror(errno));
	else if (!line_out(m->n, who, m->text))
		refuse(&answer, NOBODY_READS);
	answer_send(index, &answer);
}

static void line_run(int index, const struct message *m, const char *who)
{
	static struct result result;
	struct answer answer = { 0 };
	struct line line = { .n = m->n };

	snprintf(line.who, sizeof(line.who), "%s", who);
	strcpy(line.text, m->text);
	words_cut(&line);
	op_run(&line, &result);
	if (result.skip)
		refuse(&answer, result.skip);
	else if (!result_out(&line, &result))
		refuse(&answer, NOBODY_READS);
	answer_send(index, &answer);
}

/* The life of a process: do as told. */
static void __attribute__((noreturn)) serve(int index, const char *name)
{
	const struct answer ready = { .pid = getpid() };
	char who[NAME_LEN];
	static struct message m;

	snprintf(who, sizeof(who), "%s", name);
	prefault();
	answer_send(index, &ready);
	while (recv(processes[index].socket[1], &m, sizeof(m), 0) > 0) {
		if (m.order == ORDER_EXIT)
			break;
		if (m.order == ORDER_FORK) {
			fork_run(index, &m, who);
		} else if (m.order == ORDER_WAIT) {
			waitpid(m.pid, NULL, 0);
			answer_send(index, &ready);
		} else {
			line_run(index, &m, who);
		}
	}
	_exit(0);
}

/* ---- the conductor ---- */

static void ended(const char *how, const char *why)
{
	out("{\"end\":\"%s\",\"why\":", how);
	out_text(why);
	out("}\n");
}

/* A kernel that cannot tell of an end leaves it to the alarm. */
static void process_begun(struct process *p, pid_t pid)
{
	p->pid = pid;
	p->end = (int)syscall(SYS_pidfd_open, pid, 0);
	p->alive = true;
}

/*
 * Wait for a process to speak, or to end without a word: its own end of the
 * socket is held by others too, so the socket does not tell.
 */
static bool answer_comes(const struct process *p)
{
	struct pollfd fds[2] = { { .fd = p->socket[0], .events = POLLIN },
				 { .fd = p->end, .events = POLLIN } };

	return poll(fds, 2, -1) > 0 && fds[0].revents & POLLIN;
}

static bool answer_take(int index, struct answer *answer)
{
	const struct process *p = &processes[index];
	ssize_t n = 0;

	if (answer_comes(p))
		n = recv(p->socket[0], answer, sizeof(*answer), 0);
	if (n == sizeof(*answer))
		return !answer->failed;
	answer->failed = false;
	snprintf(answer->why, sizeof(answer->why),
		 alarmed ? "it took more than %d seconds"
			 : "a process of it ended",
		 MOST_SECONDS);
	return false;
}

static bool tell(int index, const struct message *m, struct answer *answer)
{
	if (send(processes[index].socket[0], m, sizeof(*m), 0) < 0)
		return false;
	return answer_take(index, answer);
}

static int process_find(const char *name)
{
	for (int i = 0; i < nr_processes; i++)
		if (processes[i].alive && !strcmp(processes[i].name, name))
			return i;
	return -1;
}

static bool sockets_open(void)
{
	for (int i = 0; i < MOST_PROCESSES; i++)
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
			       processes[i].socket))
			return false;
	return true;
}

/* What a process that was stopped did not read any more. */
static void sockets_empty(void)
{
	static struct message m;

	for (int i = 0; i < nr_processes; i++)
		for (int end = 0; end < 2; end++)
			while (recv(processes[i].socket[end], &m, sizeof(m),
				    MSG_DONTWAIT) > 0)
				;
}

static void processes_end(void)
{
	for (int i = nr_processes - 1; i >= 0; i--) {
		struct process *p = &processes[i];

		if (p->alive && p->pid > 0)
			kill(p->pid, SIGKILL);
		p->alive = false;
		if (p->end >= 0)
			close(p->end);
	}
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	sockets_empty();
	nr_processes = 0;
}

static bool fork_tell(int parent, struct message *m, const struct line *line,
		      struct answer *answer)
{
	struct process *p = &processes[nr_processes];

	snprintf(answer->why, sizeof(answer->why),
		 "fork names no child, or there are too many");
	if (line->nr < 2 || nr_processes == MOST_PROCESSES)
		return false;
	snprintf(p->name, sizeof(p->name), "%s", line->word[1]);
	p->parent = parent;
	p->end = -1;
	m->order = ORDER_FORK;
	m->index = nr_processes++;
	if (!tell(parent, m, answer))
		return false;
	process_begun(p, answer->pid);
	return answer_take(m->index, answer);
}

static bool exit_tell(const struct line *line, struct answer *answer)
{
	int index = line->nr > 1 ? process_find(line->word[1]) : -1;
	struct message m = { .order = ORDER_EXIT };
	struct process *p;

	snprintf(answer->why, sizeof(answer->why), "exit names no process");
	if (index < 0)
		return false;
	p = &processes[index];
	p->alive = false;
	if (send(p->socket[0], &m, sizeof(m), 0) < 0)
		return false;
	m.order = ORDER_WAIT;
	m.pid = p->pid;
	if (p->parent >= 0 && processes[p->parent].alive) {
		if (!tell(p->parent, &m, answer))
			return false;
	} else {
		waitpid(p->pid, NULL, 0);
	}
	snprintf(answer->why, sizeof(answer->why), "%s", NOBODY_READS);
	return line_out(line->n, line->who, line->text);
}

static bool line_tell(const struct line *line, struct answer *answer)
{
	int index = process_find(line->who);
	static struct message m;

	snprintf(answer->why, sizeof(answer->why), "there is no process %s",
		 line->who);
	if (index < 0)
		return false;
	m.order = ORDER_RUN;
	m.n = line->n;
	strcpy(m.text, line->text);
	if (!strcmp(line->word[0], "fork"))
		return fork_tell(index, &m, line, answer);
	if (!strcmp(line->word[0], "exit"))
		return exit_tell(line, answer);
	return tell(index, &m, answer);
}

static bool first_process(struct answer *answer)
{
	struct process *p = &processes[nr_processes++];
	pid_t pid;

	strcpy(p->name, "P");
	p->parent = -1;
	p->end = -1;
	pid = fork();
	if (!pid) {
		/* To put back what was set is the conductor's alone. */
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(0, "P");
	}
	if (pid < 0)
		return false;
	process_begun(p, pid);
	return answer_take(0, answer);
}

void program_run(const char *text)
{
	static struct answer answer;
	static struct line line;
	unsigned n = 0;
	bool ok;

	alarmed = 0;
	alarm(MOST_SECONDS);
	ok = first_process(&answer);
	while (ok && (text = program_next(text, &n, &line)))
		ok = line_tell(&line, &answer);
	alarm(0);
	processes_end();
	system_restore();
	if (ok)
		out("{\"end\":\"done\"}\n");
	else
		ended(answer.failed ? "skipped" : "failed", answer.why);
	out_flush();
}

/* ---- the command line ---- */

static void stopped(int sig)
{
	/* The number of one that was waited for may be anybody's by now. */
	for (int i = 0; i < nr_processes; i++)
		if (processes[i].alive)
			kill(processes[i].pid, SIGKILL);
	if (sig == SIGALRM) {
		alarmed = 1;
		return;
	}
	system_restore();
	_exit(128 + sig);
}

static void prepare(void)
{
	struct sigaction sa = { .sa_handler = stopped };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigaction(SIGALRM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	system_begin();
}

static int file_run(const char *path)
{
	const char *text = host_file(path);
	char *copy;

	if (!text) {
		fprintf(stderr,
			"mmsim-record: %s: found %s, expected a "
			"scenario\n",
			path, strerror(errno));
		return 2;
	}
	copy = strdup(text);
	program_run(copy);
	free(copy);
	return 0;
}

static int programs_serve(void)
{
	size_t len, room = 0;
	char *text = NULL;

	while (scanf("%zu", &len) == 1 && getchar() == '\n') {
		if (len + 1 > room) {
			room = len + 1;
			text = realloc(text, room);
		}
		if (!text || fread(text, 1, len, stdin) != len)
			return 2;
		text[len] = 0;
		program_run(text);
	}
	free(text);
	return 0;
}

int main(int argc, char **argv)
{
	bool system = false, serve_them = false;
	int i = 1, rc = 0;

	if (i < argc && !strcmp(argv[i], "--system")) {
		system = true;
		i++;
	}
	if (!sockets_open() || (system && !system_lock()))
		return 2;
	prepare();
	if (getpid() == 1)
		init_run();
	host_find(system);
	for (; i < argc && !rc; i++) {
		if (!strcmp(argv[i], "--gaps"))
			host_gaps();
		else if (!strcmp(argv[i], "--info") && i + 1 < argc)
			host_info(argv[++i]);
		else if (!strcmp(argv[i], "--serve"))
			serve_them = true;
		else
			rc = file_run(argv[i]);
	}
	return rc ? rc : serve_them ? programs_serve() : 0;
}
