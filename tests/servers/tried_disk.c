/* A disk that does as it is told, for whoever syncs by fdatasync(): loaded before all others.
 *
 * In the folder TRIED_DISK, each sync that begins makes the file `syncs` one byte longer. Then it
 * takes as long as there is a file `held`, and fails if there is a file `broken`.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *path_of(const char *name)
{
	static char path[4096];
	snprintf(path, sizeof path, "%s/%s", getenv("TRIED_DISK"), name);
	return path;
}

static bool is(const char *name)
{
	struct stat unused;
	return stat(path_of(name), &unused) == 0;
}

int fdatasync(int file)
{
	(void)file;
	int syncs = open(path_of("syncs"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	bool counted = write(syncs, ".", 1) == 1;
	close(syncs);
	while (is("held")) usleep(1000);
	if (counted && !is("broken")) return 0;
	errno = EIO;
	return -1;
}
