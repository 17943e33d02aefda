/* SPDX-License-Identifier: MIT */
/* sources: backends/blkd/image.c backends/blkd/raw.c backends/blkd/nbd.c backends/linux/socket.c */
/* cflags: -I$(ROOT)/pvops-kit/shim/include -I$(ROOT)/backends/include -I$(ROOT)/backends/blkd */
/*
 * The two kinds of images against the real things: files, and Debian's qemu-nbd with a qcow2 file,
 * which qemu-img makes and reads back.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "image.h"

static char dir[] = "/tmp/images.XXXXXX";
static char file[64], other[64], server[64];

static void shell(const char *format)
{
	char command[512];

	snprintf(command, sizeof(command), format, file, other);
	assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/images.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/disk", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	snprintf(server, sizeof(server), "%s/socket", dir);
	return 0;
}

static int end(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* Two pieces at sector 3, read back as three, with what lies before and behind. */
static void write_and_read(struct image *image)
{
	struct blk_image *i = &image->image;
	static uint8_t a[4096], b[512], got[3][2048];
	struct blk_piece out[2] = { { a, sizeof(a) }, { b, sizeof(b) } },
			 in[3] = { { got[0], 2048 }, { got[1], 2048 }, { got[2], 2048 } };

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	assert_int_equal(i->write(i, out, 2, 3 * 512), 0);
	assert_int_equal(i->flush(i), 0);
	assert_int_equal(i->read(i, in, 3, 2 * 512), 0);
	assert_int_equal(got[0][511], 0);
	assert_memory_equal(got[0] + 512, a, 1536);
	assert_memory_equal(got[2], a, 512);
	assert_memory_equal(got[2] + 512, b, 512);
	assert_int_equal(got[2][1024], 0);
}

static void test_raw(void **state)
{
	struct image i = { .name = "raw" };

	(void)state;
	shell("truncate -s 1000000 %s");
	assert_int_equal(raw_open(&i, file, 0), 0);
	assert_int_equal(i.image.sectors, 1953); /* the last one is not whole */
	write_and_read(&i);
	close(i.fd);
	shell("dd if=%s bs=512 skip=3 count=8 2>/dev/null | tr -d a | cmp - /dev/null");
}

static void test_raw_refused(void **state)
{
	struct image i = { .name = "raw" };
	struct blk_piece p = { dir, 512 };

	(void)state;
	assert_true(raw_open(&i, file, 0) < 0);
	assert_true(raw_open(&i, dir, 1) < 0);
	assert_true(raw_open(&i, "/dev/null", 0) < 0);
	shell("truncate -s 511 %s");
	assert_true(raw_open(&i, file, 0) < 0);
	shell("truncate -s 4096 %s");
	assert_int_equal(raw_open(&i, file, 1), 0);
	assert_true(i.image.readonly);
	assert_true(i.image.write(&i.image, &p, 1, 0) < 0);
	/* A file that became shorter: an error, not another's memory. */
	shell("truncate -s 512 %s");
	assert_true(i.image.read(&i.image, &p, 1, 1024) < 0);
	close(i.fd);
}

/* Beyond what 32 bits say. */
static void test_raw_large(void **state)
{
	struct image i = { .name = "raw" };
	uint8_t byte[512] = { 'l' }, got[512];
	struct blk_piece p = { byte, 512 }, q = { got, 512 };

	(void)state;
	shell("truncate -s 5G %s");
	assert_int_equal(raw_open(&i, file, 0), 0);
	assert_int_equal(i.image.write(&i.image, &p, 1, 4ull << 30), 0);
	assert_int_equal(i.image.read(&i.image, &q, 1, 0), 0);
	assert_int_equal(got[0], 0);
	assert_int_equal(i.image.read(&i.image, &q, 1, 4ull << 30), 0);
	assert_int_equal(got[0], 'l');
	close(i.fd);
}

/* What was written cannot be flushed, once: the disk fails, and for the next process as well. */
static void test_raw_unflushed(void **state)
{
	static struct blk_journal journal;
	struct image i = { .name = "raw", .journal = &journal };
	uint8_t byte[512] = { 0 };
	struct blk_piece p = { byte, 512 };
	int ends[2], fd;

	(void)state;
	shell("truncate -s 4096 %s");
	assert_int_equal(raw_open(&i, file, 0), 0);
	assert_int_equal(pipe(ends), 0);
	fd = i.fd;
	i.fd = ends[1]; /* nothing that could be flushed */
	assert_int_equal(i.image.flush(&i.image), -EIO);
	i.fd = fd;
	assert_true(journal.broken);
	assert_int_equal(i.image.write(&i.image, &p, 1, 0), -EIO);
	assert_int_equal(i.image.read(&i.image, &p, 1, 0), -EIO);
	assert_int_equal(i.image.flush(&i.image), -EIO);
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static void test_qcow2(void **state)
{
	struct image i = { .name = "qcow2" };

	(void)state;
	shell("qemu-img create -q -f qcow2 %s 4M");
	assert_int_equal(nbd_open(&i, "qcow2", file, 0, server), 0);
	assert_int_equal(i.image.sectors, 8192);
	assert_false(i.image.readonly);
	write_and_read(&i);
	close(i.fd);
	/* Its server ends with us, and has closed the file when the next one has it. */
	assert_int_equal(nbd_open(&i, "qcow2", file, 1, server), 0);
	assert_true(i.image.readonly);
	close(i.fd);
	shell("qemu-img convert -U -f qcow2 -O raw %s %s");
	shell(": %s; dd if=%s bs=512 skip=3 count=8 2>/dev/null | tr -d a | cmp - /dev/null");
	shell(": %s; [ \"$(dd if=%s bs=512 skip=11 count=1 2>/dev/null | tr -d b)\" = \"\" ]");
}

/* Killed when the server has been started and nobody has spoken to it yet: it ends all the same. */
static void test_qcow2_killed_early(void **state)
{
	struct image i = { .name = "qcow2" };
	char path[256], old[1024];
	int status;
	pid_t pid;
	FILE *f;

	(void)state;
	shell("qemu-img create -q -f qcow2 %s 4M");
	shell(": %s; mkdir %s");
	snprintf(path, sizeof(path), "%s/qemu-nbd", other);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\ntouch %s/begun; sleep 0.3; exec /usr/bin/qemu-nbd \"$@\"\n", other);
	fclose(f);
	assert_int_equal(chmod(path, 0755), 0);
	snprintf(old, sizeof(old), "%s", getenv("PATH"));
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", other);
	setenv("PATH", path, 1);
	pid = fork();
	if (!pid)
		_exit(!!nbd_open(&i, "qcow2", file, 0, server));
	setenv("PATH", old, 1);
	snprintf(path, sizeof(path), "%s/begun", other);
	for (int n = 0; n < 500 && access(path, F_OK); n++)
		usleep(10000);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	usleep(600000);
	assert_int_equal(nbd_open(&i, "qcow2", file, 0, server), 0);
	close(i.fd);
}

/* Whoever had written without a flush and was killed: it is there all the same. */
static void test_qcow2_killed(void **state)
{
	struct image i = { .name = "qcow2" };
	static uint8_t a[512], got[512];
	struct blk_piece p = { a, sizeof(a) }, q = { got, sizeof(got) };
	int status;
	pid_t pid;

	(void)state;
	shell("qemu-img create -q -f qcow2 %s 4M");
	pid = fork();
	if (!pid) {
		memset(a, 'k', sizeof(a));
		if (nbd_open(&i, "qcow2", file, 0, server) || i.image.write(&i.image, &p, 1, 5120))
			_exit(1);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(nbd_open(&i, "qcow2", file, 0, server), 0);
	assert_int_equal(i.image.read(&i.image, &q, 1, 5120), 0);
	memset(a, 'k', sizeof(a));
	assert_memory_equal(got, a, sizeof(a));
	close(i.fd);
}

/*
 * A server that was slow to end removes its socket when the next one listens already: a qemu-nbd of
 * ours, first in PATH, does that for the one that was started before.
 */
static void test_qcow2_late(void **state)
{
	struct image i = { .name = "qcow2" };
	char path[512], *before = strdup(getenv("PATH"));

	(void)state;
	snprintf(path, sizeof(path), "%s:%s", dir, before);
	shell("qemu-img create -q -f qcow2 %s 4M");
	shell("printf '%%s\\n' '#!/bin/sh' 'cd ${0%%/*}' 'PATH=${PATH#*:} qemu-nbd \"$@\" || exit' "
	      "'sh last; echo \"rm -f ${2#--socket=}\" > last' > %s.nbd");
	shell("touch %s.last; cd $(dirname %s) && mv disk.last last && mv disk.nbd qemu-nbd && "
	      "chmod +x qemu-nbd");
	setenv("PATH", path, 1);
	for (int k = 0; k < 3; k++) {
		assert_int_equal(nbd_open(&i, "qcow2", file, 0, server), 0);
		shell("! ls $(dirname %s)/socket.* 2>/dev/null"); /* no names are left lying about */
		close(i.fd);
	}
	setenv("PATH", before, 1);
	free(before);
}

static void test_not_qcow2(void **state)
{
	struct image i = { .name = "qcow2" };

	(void)state;
	assert_true(nbd_attach(&i, server) < 0);
	assert_true(nbd_open(&i, "no-such-format", file, 0, server) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_raw, begin, end),
		cmocka_unit_test_setup_teardown(test_raw_refused, begin, end),
		cmocka_unit_test_setup_teardown(test_raw_large, begin, end),
		cmocka_unit_test_setup_teardown(test_raw_unflushed, begin, end),
		cmocka_unit_test_setup_teardown(test_qcow2, begin, end),
		cmocka_unit_test_setup_teardown(test_qcow2_killed_early, begin, end),
		cmocka_unit_test_setup_teardown(test_qcow2_killed, begin, end),
		cmocka_unit_test_setup_teardown(test_qcow2_late, begin, end),
		cmocka_unit_test_setup_teardown(test_not_qcow2, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
