/* A journal for Mosquitto 2.0: what is acknowledged survives the broker's end, `kill -9` included.
 *
 * Mosquitto keeps its queues in memory and saves them from time to time, after it has acknowledged.
 * This plugin appends every message of QoS 1 and 2 to a file before Mosquitto acknowledges it, and
 * has those since the last save published again when Mosquitto starts. A message may come twice,
 * as QoS 1 allows, and never less than once. If it cannot be written, its publisher is
 * disconnected without an acknowledgement.
 *
 * With group.so loaded before all others (group.c) one sync is for all messages that came at once,
 * else there is one a message.
 *
 * So is one for whose message there is no memory left. Mosquitto's own limits, max_queued_messages
 * and max_queued_bytes, acknowledge what exceeds them and drop it; they must be 0.
 *
 * Options: plugin_opt_folder, where the journal is; plugin_opt_database, the file that Mosquitto
 * saves to; plugin_opt_sync, false to leave writing to the operating system: then it
 * survives the end of the broker, not of the machine; plugin_opt_memory, how many bytes Mosquitto
 * may hold in memory before it refuses messages, 1 GiB unless set.
 *
 * One segment of the journal is written between two saves. At a save another is begun, and the ones
 * before the last are removed: whatever order Mosquitto saves and calls us in, the messages in those
 * were in its memory well before.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#define NAME "pingcheng journal"
#define PREFIX "journal."
#define MAGIC 0x70634A31u
#define LONGEST_PAYLOAD 268435455u
#define DEFAULT_LIMIT 1073741824u
#define LOOKS_IN_LIMIT 1024   /* so often memory is looked at while it fills */
#define OVERHEAD 512          /* what a queued message takes besides */
#define MOST_UNWRITTEN 4194304 /* bytes, before they are written whoever else comes */
#define PAUSE_MS 100          /* and so seldom while messages are refused */
#define ALARM_PERCENT 70
#define CALM_PERCENT 65

struct header {
	uint32_t magic, topic_bytes, payload_bytes, checksum;
};

static struct {
	mosquitto_plugin_id_t *id;
	char *folder, *database;
	bool sync;
	int file;                   /* the segment that is written */
	off_t bytes;                /* how much of it is sound */
	char *unwritten;            /* records that are not in it yet */
	size_t waiting, room;       /* how many bytes they have, and may have */
	bool refusing;              /* as the last ones could not be written */
	unsigned long number, kept; /* of that segment, and of the oldest there is */
	struct stat saved;          /* the database as it was last seen */
	size_t limit;               /* of memory */
	size_t unseen;              /* bytes that came since memory was looked at */
	bool full, alarmed;
	int64_t looked_ms;
} journal = { .file = -1, .sync = true, .limit = DEFAULT_LIMIT };

/* of group.c; NULL without it */
static struct {
	void (*begin)(bool (*commit)(void));
	bool (*hold)(const void *client);
	void (*drop)(void);
} group;

static uint32_t checksum(uint32_t sum, const void *data, size_t bytes)
{
	const unsigned char *at = data;
	while (bytes--) sum = (sum ^ *at++) * 16777619u;
	return sum;
}

static uint32_t checksum_of(const void *topic, size_t topic_bytes, const void *payload, size_t bytes)
{
	return checksum(checksum(2166136261u, topic, topic_bytes), payload, bytes);
}

static void path_of(unsigned long number, char path[4096])
{
	snprintf(path, 4096, "%s/" PREFIX "%020lu", journal.folder, number);
}

static void tell(const char *what)
{
	mosquitto_log_printf(MOSQ_LOG_ERR, NAME ": %s: %s", what, strerror(errno));
}

static bool begin_segment(void)
{
	char path[4096];
	path_of(journal.number + 1, path);
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0) {
		tell(path);
		return false;
	}
	int folder = open(journal.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder >= 0) {
		fsync(folder); /* the name must be as durable as what is written under it */
		close(folder);
	}
	if (journal.file >= 0) close(journal.file);
	journal.file = file;
	journal.bytes = 0;
	journal.number++;
	return true;
}

static size_t memory_used(void)
{
#if defined(__GLIBC_PREREQ) && __GLIBC_PREREQ(2, 33)
	struct mallinfo2 heap = mallinfo2();
#else
	struct mallinfo heap = mallinfo();
#endif
	return (size_t)heap.uordblks + (size_t)heap.hblkhd;
}

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tell_memory(int level, const char *what, size_t used)
{
	mosquitto_log_printf(level, NAME ": %s: %zu of %zu MiB (plugin_opt_memory)", what, used >> 20,
	                     journal.limit >> 20);
}

/* Whether there is memory for a message. It is looked at now and then only, as that takes a walk
 * over the heap; what came in between is counted. */
static bool memory_is_left(size_t bytes)
{
	journal.unseen += bytes;
	if (journal.full) {
		if (now_ms() - journal.looked_ms < PAUSE_MS) return false;
	} else if (journal.unseen < journal.limit / LOOKS_IN_LIMIT) {
		return true;
	}
	size_t used = memory_used();
	journal.looked_ms = now_ms();
	journal.unseen = 0;
	bool full = used >= journal.limit;
	if (full && !journal.full) tell_memory(MOSQ_LOG_ERR, "memory is full, messages are refused", used);
	if (!full && journal.full) tell_memory(MOSQ_LOG_NOTICE, "messages are taken again", used);
	journal.full = full;
	size_t percent = used / (journal.limit / 100 + 1);
	if (!journal.alarmed && percent >= ALARM_PERCENT) {
		journal.alarmed = true;
		tell_memory(MOSQ_LOG_WARNING, "memory fills, is ingest away?", used);
	} else if (journal.alarmed && percent < CALM_PERCENT) {
		journal.alarmed = false;
		tell_memory(MOSQ_LOG_NOTICE, "memory has room again", used);
	}
	return !full;
}

static bool written(void)
{
	size_t done = 0;
	while (done < journal.waiting) {
		ssize_t bytes = write(journal.file, journal.unwritten + done, journal.waiting - done);
		if (bytes < 0) return false;
		done += (size_t)bytes;
	}
	return !journal.sync || fdatasync(journal.file) == 0;
}

/* Have all records on disk. If that fails there are none of those that waited. */
static bool commit(void)
{
	if (journal.waiting == 0) return true;
	journal.refusing = !written();
	if (!journal.refusing) {
		journal.bytes += (off_t)journal.waiting;
		journal.waiting = 0;
		return true;
	}
	tell("messages are refused, they cannot be written");
	journal.waiting = 0;
	/* a torn record would hide those after it */
	if (ftruncate(journal.file, journal.bytes) != 0
	    || lseek(journal.file, journal.bytes, SEEK_SET) < 0)
		begin_segment();
	if (group.drop != NULL) group.drop();
	return false;
}

static bool append(const struct mosquitto_evt_message *message, size_t topic_bytes)
{
	struct header header = {
		MAGIC, (uint32_t)topic_bytes, message->payloadlen,
		checksum_of(message->topic, topic_bytes, message->payload, message->payloadlen),
	};
	size_t bytes = sizeof header + topic_bytes + message->payloadlen;
	if (journal.waiting + bytes > journal.room) {
		size_t room = 2 * (journal.waiting + bytes);
		char *larger = realloc(journal.unwritten, room);
		if (larger == NULL) return false;
		journal.unwritten = larger;
		journal.room = room;
	}
	char *at = journal.unwritten + journal.waiting;
	memcpy(at, &header, sizeof header);
	memcpy(at + sizeof header, message->topic, topic_bytes);
	if (message->payloadlen > 0)
		memcpy(at + sizeof header + topic_bytes, message->payload, message->payloadlen);
	journal.waiting += bytes;
	return true;
}

static int on_message(int event, void *data, void *unused)
{
	const struct mosquitto_evt_message *message = data;
	(void)event;
	(void)unused;
	if (message->qos == 0) return MOSQ_ERR_SUCCESS;
	size_t topic_bytes = strlen(message->topic);
	/* its publisher is disconnected and sends it again */
	if (!memory_is_left(topic_bytes + message->payloadlen + OVERHEAD)) return MOSQ_ERR_UNKNOWN;
	if (!append(message, topic_bytes)) return MOSQ_ERR_UNKNOWN;
	/* what is refused must not get into the queue, so nobody waits while messages are */
	if (group.hold != NULL && group.hold(message->client) && !journal.refusing
	    && journal.waiting < MOST_UNWRITTEN)
		return MOSQ_ERR_SUCCESS;
	return commit() ? MOSQ_ERR_SUCCESS : MOSQ_ERR_UNKNOWN;
}

static int on_tick(int event, void *data, void *unused)
{
	struct stat now;
	(void)event;
	(void)data;
	(void)unused;
	if (stat(journal.database, &now) != 0) return MOSQ_ERR_SUCCESS;
	if (now.st_ino == journal.saved.st_ino && now.st_mtim.tv_sec == journal.saved.st_mtim.tv_sec
	    && now.st_mtim.tv_nsec == journal.saved.st_mtim.tv_nsec)
		return MOSQ_ERR_SUCCESS;
	journal.saved = now;
	unsigned long before = journal.number;
	if (!begin_segment()) return MOSQ_ERR_SUCCESS;
	char path[4096];
	for (; journal.kept < before; journal.kept++) {
		path_of(journal.kept, path);
		if (unlink(path) != 0 && errno != ENOENT) tell(path);
	}
	return MOSQ_ERR_SUCCESS;
}

/* Publish one segment again; false if it cannot be read. What is torn at its end was never
 * acknowledged. */
static bool publish_again(const char *path, unsigned long *count)
{
	FILE *file = fopen(path, "rb");
	if (file == NULL) {
		tell(path);
		return false;
	}
	struct header header;
	bool sound = true;
	while (sound && fread(&header, sizeof header, 1, file) == 1 && header.magic == MAGIC
	       && header.topic_bytes <= UINT16_MAX && header.payload_bytes <= LONGEST_PAYLOAD) {
		char *topic = calloc(1, header.topic_bytes + 1);
		void *payload = malloc(header.payload_bytes + 1);
		bool whole = topic != NULL && payload != NULL
			&& fread(topic, 1, header.topic_bytes, file) == header.topic_bytes
			&& fread(payload, 1, header.payload_bytes, file) == header.payload_bytes
			&& checksum_of(topic, header.topic_bytes, payload, header.payload_bytes)
				== header.checksum;
		if (!whole) {
			sound = topic != NULL && payload != NULL;
			free(topic);
			free(payload);
			break;
		}
		sound = mosquitto_broker_publish_copy(NULL, topic, (int)header.payload_bytes, payload, 1,
		                                      false, NULL) == MOSQ_ERR_SUCCESS;
		*count += sound;
		free(topic);
		free(payload);
	}
	fclose(file);
	if (!sound) mosquitto_log_printf(MOSQ_LOG_ERR, NAME ": %s: no memory to read it", path);
	return sound;
}

static int in_order(const void *one, const void *other)
{
	unsigned long a = *(const unsigned long *)one, b = *(const unsigned long *)other;
	return (a > b) - (a < b);
}

static bool recover(void)
{
	DIR *folder = opendir(journal.folder);
	if (folder == NULL) {
		tell(journal.folder);
		return false;
	}
	unsigned long *numbers = NULL, messages = 0;
	size_t count = 0;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0) continue;
		unsigned long *longer = realloc(numbers, (count + 1) * sizeof *numbers);
		if (longer == NULL) break;
		numbers = longer;
		numbers[count++] = strtoul(entry->d_name + strlen(PREFIX), NULL, 10);
	}
	closedir(folder);
	bool sound = true;
	char path[4096];
	if (count > 0) {
		qsort(numbers, count, sizeof *numbers, in_order);
		journal.number = numbers[count - 1];
		journal.kept = numbers[0];
	}
	for (size_t at = 0; at < count && sound; at++) {
		path_of(numbers[at], path);
		sound = publish_again(path, &messages);
	}
	free(numbers);
	if (messages > 0)
		mosquitto_log_printf(MOSQ_LOG_NOTICE, NAME ": publishing %lu messages again", messages);
	return sound;
}

int mosquitto_plugin_version(int count, const int *versions)
{
	for (int at = 0; at < count; at++)
		if (versions[at] == 5) return 5;
	return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t *id, void **unused, struct mosquitto_opt *options,
                          int count)
{
	(void)unused;
	journal.id = id;
	for (int at = 0; at < count; at++) {
		if (strcmp(options[at].key, "folder") == 0) journal.folder = strdup(options[at].value);
		if (strcmp(options[at].key, "database") == 0) journal.database = strdup(options[at].value);
		if (strcmp(options[at].key, "sync") == 0)
			journal.sync = strcmp(options[at].value, "false") != 0;
		if (strcmp(options[at].key, "memory") == 0) {
			char *end;
			errno = 0;
			journal.limit = strtoull(options[at].value, &end, 10);
			if (errno != 0 || *end != '\0' || *options[at].value == '-'
			    || journal.limit < LOOKS_IN_LIMIT) {
				mosquitto_log_printf(MOSQ_LOG_ERR, NAME ": plugin_opt_memory %s: write bytes, "
				                     "such as 1073741824", options[at].value);
				return MOSQ_ERR_INVAL;
			}
		}
	}
	if (journal.folder == NULL || journal.database == NULL) {
		mosquitto_log_printf(MOSQ_LOG_ERR, NAME ": set plugin_opt_folder and plugin_opt_database");
		return MOSQ_ERR_INVAL;
	}
	if (mkdir(journal.folder, 0700) != 0 && errno != EEXIST) {
		tell(journal.folder);
		return MOSQ_ERR_UNKNOWN;
	}
	stat(journal.database, &journal.saved);
	/* a broker that cannot keep its promise does not start */
	if (!recover() || !begin_segment()) return MOSQ_ERR_UNKNOWN;
	*(void **)&group.begin = dlsym(RTLD_DEFAULT, "pingcheng_group_begin");
	*(void **)&group.hold = dlsym(RTLD_DEFAULT, "pingcheng_group_hold");
	*(void **)&group.drop = dlsym(RTLD_DEFAULT, "pingcheng_group_drop");
	if (group.begin != NULL) group.begin(commit);
	mosquitto_log_printf(MOSQ_LOG_NOTICE, NAME ": a sync %s", group.hold != NULL
	                     ? "for all messages that come at once" : "a message, as group.so is not loaded");
	int told = mosquitto_callback_register(id, MOSQ_EVT_MESSAGE, on_message, NULL, NULL);
	return told ? told : mosquitto_callback_register(id, MOSQ_EVT_TICK, on_tick, NULL, NULL);
}

int mosquitto_plugin_cleanup(void *unused, struct mosquitto_opt *options, int count)
{
	(void)unused;
	(void)options;
	(void)count;
	mosquitto_callback_unregister(journal.id, MOSQ_EVT_MESSAGE, on_message, NULL);
	mosquitto_callback_unregister(journal.id, MOSQ_EVT_TICK, on_tick, NULL);
	commit();
	if (group.begin != NULL) group.begin(NULL);
	if (journal.file >= 0) close(journal.file);
	free(journal.unwritten);
	free(journal.folder);
	free(journal.database);
	return MOSQ_ERR_SUCCESS;
}
