/* acts.h: the calculators of the tests, most of them hostile.
 *
 * A test program is its own calculator: called as `t-calc-x act NAME WORDS...` it plays NAME and
 * ends.  So nothing else has to be built or found. */
#ifndef TESTS_ACTS_H
#define TESTS_ACTS_H

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static _Noreturn void act_sleep_for_ever(void)
{
    for (;;)
        pause();
}

/* The number after `key` in block MINPAR of a text; NaN: none. */
static double act_minpar(const char *text, int key)
{
    const char *at = strstr(text, "MINPAR");
    while (at && (at = strchr(at, '\n')) != NULL) {
        char *end;
        long found = strtol(++at, &end, 10);
        if (end == at)
            return NAN;
        if (found == key)
            return strtod(end, NULL);
        at = end;
    }
    return NAN;
}

static char *act_read(FILE *file)
{
    size_t cap = 1 << 16, n = 0, got;
    char *text = malloc(cap + 1);
    while (text && (got = fread(text + n, 1, cap - n, file)) > 0) {
        n += got;
        if (n == cap)
            text = realloc(text, (cap *= 2) + 1);
    }
    if (text)
        text[n] = '\0';
    return text;
}

/* A spectrum: MINPAR repeated, MASS 25 = 100 + m0 / 100. */
static void act_print_spectrum(FILE *out, double m0, double m12)
{
    fprintf(out, "Block SPINFO\n 1 ACTOR\n 2 1.5\nBlock MINPAR\n 1 %.8e # m0\n 2 %.8e # m12\n", m0,
            m12);
    fprintf(out, "Block MASS\n 25 %.8e # h0\n 35 -999 # H0\n", 100.0 + m0 / 100.0);
}

static int act_slha(FILE *in, FILE *out)
{
    char *text = act_read(in);
    if (!text)
        return 9;
    act_print_spectrum(out, act_minpar(text, 1), act_minpar(text, 2));
    free(text);
    return 0;
}

/* One descendant in the group, one that left it, one whose parent is gone. */
static void act_breed(void)
{
    if (fork() == 0)
        act_sleep_for_ever();
    if (fork() == 0) {
        setsid();
        signal(SIGTERM, SIG_IGN);
        act_sleep_for_ever();
    }
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            signal(SIGTERM, SIG_IGN);
            act_sleep_for_ever();
        }
        _exit(0);
    }
}

static int act_flood(int fd)
{
    static char page[1 << 16];
    memset(page, 'x', sizeof page);
    for (long i = 0; i < (1 << 14); i++) { /* 1 GiB */
        if (write(fd, page, sizeof page) < 0)
            return 1;
    }
    return 0;
}

/* Many files, each small enough, 26 MB together; then it waits. */
static _Noreturn void act_fill(void)
{
    char name[32];
    static char page[1 << 16];
    for (int i = 0; i < 400; i++) {
        snprintf(name, sizeof name, "f%d", i);
        int fd = open(name, O_WRONLY | O_CREAT, 0600);
        (void)!write(fd, page, sizeof page);
        close(fd);
    }
    act_sleep_for_ever();
}

static int act_one_file(bool ignores)
{
    static char page[1 << 16];
    if (ignores)
        signal(SIGXFSZ, SIG_IGN);
    int fd = open("big", O_WRONLY | O_CREAT, 0600);
    for (int i = 0; i < 4096; i++) {
        if (write(fd, page, sizeof page) < 0)
            return ignores ? 0 : 1;
    }
    return 0;
}

/* A tree that does not want to be removed. */
static int act_locked_tree(void)
{
    mkdir("a", 0700);
    mkdir("a/b", 0700);
    FILE *file = fopen("a/b/c", "w");
    if (file)
        fclose(file);
    chmod("a/b", 0);
    chmod("a", 0);
    return act_slha(stdin, stdout);
}

/* Dies the first time, when the marker is not there. */
static int act_flaky(const char *marker)
{
    if (access(marker, F_OK) == 0)
        return act_slha(stdin, stdout);
    FILE *file = fopen(marker, "w");
    if (file)
        fclose(file);
    raise(SIGKILL);
    return 1;
}

static int act_slowly(void)
{
    char c;
    size_t n = 0;
    struct timespec pause_ns = {.tv_nsec = 1000000};
    while (read(0, &c, 1) == 1) {
        if (n++ % 64 == 0)
            nanosleep(&pause_ns, NULL);
    }
    act_print_spectrum(stdout, 500.0, 250.0);
    return 0;
}

static int act_arguments(int argc, char **argv)
{
    printf("{\"n\": %d", argc);
    for (int i = 0; i < argc; i++)
        printf(", \"a%d\": \"%s\"", i, argv[i]);
    printf("}\n");
    return 0;
}

static int act_output_is(const char *what)
{
    if (strcmp(what, "folder") == 0)
        mkdir("out", 0700);
    else if (strcmp(what, "pipe") == 0)
        mkfifo("out", 0600);
    else if (strcmp(what, "device") == 0)
        (void)!symlink("/dev/zero", "out");
    else if (strcmp(what, "junk") == 0) {
        FILE *file = fopen("out", "w");
        for (int i = 0; file && i < 100000; i++)
            fputc(i * 7919 >> 3 & 0xff, file);
        if (file)
            fclose(file);
    }
    return 0;
}

static int act_copy(const char *path)
{
    FILE *file = fopen(path, "r");
    int c;
    if (!file)
        return 7;
    while ((c = fgetc(file)) != EOF)
        putchar(c);
    fclose(file);
    return 0;
}

static int act_in_place(const char *path)
{
    FILE *file = fopen(path, "a");
    if (!file)
        return 7;
    fputs("Block MASS\n 25 125.5\n", file);
    return fclose(file) == 0 ? 0 : 8;
}

static int act_more(const char *name, int argc, char **argv)
{
    if (strcmp(name, "spinfo") == 0) {
        printf("Block SPINFO\n 1 ACTOR\n 4 [ stau tachyon ]\n 4 no ewsb\n");
        return 255;
    }
    if (strcmp(name, "unconverged") == 0) {
        act_print_spectrum(stdout, 500.0, 250.0);
        return 255;
    }
    if (strcmp(name, "spinfo-comment") == 0)
        return printf("Block SPINFO\n     4   # internal problem\n") > 0 ? 0 : 1;
    if (strcmp(name, "wrong-echo") == 0)
        act_print_spectrum(stdout, 0.0, 250.0);
    else if (strcmp(name, "nan") == 0)
        printf("Block MASS\n 25 NaN\n");
    else if (strcmp(name, "text") == 0)
        printf("Block MASS\n 25 abc\n");
    else if (strcmp(name, "comma") == 0)
        printf("Block MASS\n 25 125,3\n");
    else if (strcmp(name, "locale") == 0)
        printf("Block MASS\n 25 %s\n",
               getenv("LC_ALL") && !strcmp(getenv("LC_ALL"), "C") ? "1" : "x");
    else if (strcmp(name, "temporary") == 0) {
        char path[4096];
        snprintf(path, sizeof path, "%s/left-over", getenv("TMPDIR"));
        return close(open(path, O_WRONLY | O_CREAT, 0600)) == 0 ? act_slha(stdin, stdout) : 6;
    } else if (strcmp(name, "colours") == 0) {
        fprintf(stderr, "\033[1;31merror:\033[0m the \001widget\377 is broken\n");
        return 3;
    } else if (strcmp(name, "args") == 0)
        return act_arguments(argc, argv);
    else if (strcmp(name, "output-is") == 0)
        return act_output_is(argv[0]);
    else if (strcmp(name, "copy") == 0)
        return act_copy(argv[0]);
    else if (strcmp(name, "in-place") == 0)
        return act_in_place(argv[0]);
    else
        return 99;
    return 0;
}

static int act(const char *name, int argc, char **argv)
{
    if (strcmp(name, "slha") == 0)
        return act_slha(stdin, stdout);
    if (strcmp(name, "hang") == 0)
        act_sleep_for_ever();
    if (strcmp(name, "deaf") == 0) {
        signal(SIGTERM, SIG_IGN);
        act_sleep_for_ever();
    }
    if (strcmp(name, "stopped") == 0)
        raise(SIGSTOP);
    if (strcmp(name, "breed") == 0) {
        act_breed();
        act_sleep_for_ever();
    }
    if (strcmp(name, "daemons") == 0) {
        act_breed();
        return act_slha(stdin, stdout);
    }
    if (strcmp(name, "flood") == 0)
        return act_flood(1);
    if (strcmp(name, "flood-error") == 0)
        return act_flood(2);
    if (strcmp(name, "fill") == 0)
        act_fill();
    if (strcmp(name, "one-file") == 0 || strcmp(name, "one-file-ignoring") == 0)
        return act_one_file(name[8] != '\0');
    if (strcmp(name, "locked-tree") == 0)
        return act_locked_tree();
    if (strcmp(name, "spin") == 0)
        for (volatile unsigned i = 0;; i++)
            continue;
    if (strcmp(name, "crash") == 0)
        abort();
    if (strcmp(name, "close-early") == 0)
        return close(1) == 0 && close(2) == 0 ? 0 : 1;
    if (strcmp(name, "nothing") == 0)
        return 0;
    if (strcmp(name, "exit") == 0)
        return (int)strtol(argv[0], NULL, 10);
    if (strcmp(name, "slowly") == 0)
        return act_slowly();
    if (strcmp(name, "flaky") == 0)
        return act_flaky(argv[0]);
    return act_more(name, argc, argv);
}

#endif
