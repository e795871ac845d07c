/* A disk that does as it is told, for whoever syncs by fdatasync(): loaded before all others.
 *
 * In the folder TRIED_DISK, each sync that begins makes the file `syncs` one byte longer. Then it
 * takes as long as there is a file `held`, and fails if there is a file `broken`. When it is done, the
 * file named by the inode has the bytes that would be there after a power cut, as eight bytes.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
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
	struct stat now;
	char inode[32];
	int syncs = open(path_of("syncs"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	bool sound = write(syncs, ".", 1) == 1;
	close(syncs);
	sound = fstat(file, &now) == 0 && sound;
	while (is("held")) usleep(1000);
	if (sound && !is("broken")) {
		snprintf(inode, sizeof inode, "%ju", (uintmax_t)now.st_ino);
		int kept = open(path_of(inode), O_WRONLY | O_CREAT, 0600);
		int64_t bytes = now.st_size;
		sound = pwrite(kept, &bytes, sizeof bytes, 0) == sizeof bytes;
		close(kept);
		if (sound) return 0;
	}
	errno = EIO;
	return -1;
}
