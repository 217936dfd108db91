/* SPDX-License-Identifier: MIT */
#include "svg.h"

#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Text of others: what would be markup, and what does not print, is no text. */
static void svg_chars(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '<')
			fputs("&lt;", out);
		else if (c == '&')
			fputs("&amp;", out);
		else
			fputc(c < 0x20 || c >= 0x7f ? '?' : c, out);
	}
}

static int cannot_write(const char *path)
{
	return out_error("%s: found %s, expected to write there", path,
			 strerror(errno));
}

int svg_possible(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return cannot_write(path);
	close(fd);
	return 0;
}

FILE *svg_open(const char *path, int width, int height, const char *title,
	       const char *legend)
{
	FILE *out = fopen(path, "w");

	if (!out) {
		cannot_write(path);
		return NULL;
	}
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
		"height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"10\" y=\"20\" font-size=\"14\">",
		width, height);
	svg_chars(out, title);
	fputs("</text>\n<text x=\"10\" y=\"38\" fill=\"#555\">", out);
	svg_chars(out, legend);
	fputs("</text>\n", out);
	return out;
}

int svg_close(FILE *out, const char *path)
{
	fputs("</svg>\n", out);
	if (ferror(out) | fclose(out))
		return out_error("%s: found %s, expected room", path,
				 strerror(errno));
	return 0;
}

void svg_text(FILE *out, double x, double y, const char *anchor,
	      const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y,
		anchor);
	svg_chars(out, text);
	fputs("</text>\n", out);
}

void svg_rule(FILE *out, double x1, double y1, double x2, double y2)
{
	fprintf(out,
		"<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" "
		"stroke=\"#ddd\"/>\n",
		x1, y1, x2, y2);
}
