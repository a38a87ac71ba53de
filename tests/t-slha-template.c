/* t-slha-template.c: only the numbers at the addresses change. */
#include "t-slha-help.h"

enum { MAX_ADDRESSES = 12 };

static struct slha_template *make(const char *text, size_t n_text, const char *const *texts,
                                  size_t n, struct err *err)
{
    struct slha_address addresses[MAX_ADDRESSES];
    for (size_t i = 0; i < n; i++)
        addresses[i] = address_of(texts[i]);
    return slha_template_create(text, n_text, addresses, n, err);
}

static void fills(const char *text, const char *const *texts, const double *values, size_t n,
                  const char *want)
{
    struct err err = ERR_INIT;
    struct buf out;
    buf_init(&out, 1 << 20);
    struct slha_template *t = make(text, strlen(text), texts, n, &err);
    if (ok(t != NULL, "a template is made (%s)", err.message)) {
        is_int(slha_template_fill(t, values, &out, &err), 0, "it is filled");
        is_str(out.data, want, "the text is as expected");
    }
    slha_template_free(t);
    buf_free(&out);
}

static void test_bytes(void)
{
    fills("# card\r\nBlock MODSEL # x\r\n\t1\t1\t# sugra\r\nBlock minpar\n 1 0.190D0 # m0\n"
          " 2 50d0#m12\n\t3\t1.0E+01\n 4 1\n 5 -100.0 # A0\nBlock EXTPAR\n 0 -1 # Q\n 23 ****\n"
          "Block SMINPUTS Q=91.2\n 6 MTOP\n 7 1.777",
          (const char *const[]){"SMINPUTS[6]", "MINPAR[1]", "MINPAR[2]", "MODSEL[1]", "MINPAR[4]",
                                "EXTPAR[0]", "EXTPAR[23]", "SMINPUTS[7]", "MINPAR[5]",
                                "SMINPUTS.Q"},
          (const double[]){173.25, 812.4375, 1e-300, 11, -1, 1000.5, 500, 2, -0.0, 100}, 10,
          "# card\r\nBlock MODSEL # x\r\n\t1\t11\t# sugra\r\nBlock minpar\n"
          " 1 8.1243750000000000e+02 # m0\n 2 1.0000000000000000e-300#m12\n\t3\t1.0E+01\n 4 -1\n"
          " 5 -0.0000000000000000e+00 # A0\nBlock EXTPAR\n 0 1.0005000000000000e+03 # Q\n"
          " 23 5.0000000000000000e+02\nBlock SMINPUTS Q=1.0000000000000000e+02\n"
          " 6 1.7325000000000000e+02\n 7 2.0000000000000000e+00");
    fills("Block A\n 1 1\n 2 7 # big\n", (const char *const[]){"A[2]", "A[1]"},
          (const double[]){1e15, -999999999999999.0}, 2,
          "Block A\n 1 -999999999999999\n 2 1.0000000000000000e+15 # big\n");
    fills("Block ALPHA\n -0.1\nBlock RV\n 1 2 3 0.5 # l\nBlock X Q=1\n 1 5\nBlock X Q=2\n 1 6\n",
          (const char *const[]){"ALPHA[]", "RV[1,2,3]", "X[1] @ Q=2", "X(1)[1]"},
          (const double[]){0.25, 2, 8, 7}, 4,
          "Block ALPHA\n 2.5000000000000000e-01\nBlock RV\n 1 2 3 2.0000000000000000e+00 # l\n"
          "Block X Q=1\n 1 7\nBlock X Q=2\n 1 8\n");
    fills("no blocks\n", NULL, NULL, 0, "no blocks\n");
    fills("", NULL, NULL, 0, "");
}

static void refuses(const char *text, const char *const *texts, size_t n, const char *message)
{
    struct err err = ERR_INIT;
    struct slha_template *t = make(text, strlen(text), texts, n, &err);
    ok(t == NULL, "%s is refused", texts[0]);
    has_str(err.message, message, "%s: %s", texts[0], message);
    slha_template_free(t);
}

#define ONE(address) (const char *const[]){address}, 1

static void test_refused(void)
{
    static const char text[] = "Block MINPAR\n 1 100 # m0\n 2 5.0\n 3 # tanb\n 4 two words\n"
                               " 5 1.0\n 5 1.0\nBlock X\n 1 1\nBlock X\n 1 1\nDECAY 25 1.0\n";
    refuses(text, ONE("MINPAR[7]"), "no such entry; the nearest is MINPAR[5]");
    refuses(text, ONE("MINPR[1]"), "the nearest name is MINPAR");
    refuses(text, ONE("MINPAR[3]"), "line 4 has no value");
    refuses(text, ONE("MINPAR[4]"), "\"two words\" in line 5 is no number");
    refuses(text, ONE("MINPAR[5]"),
            "ambiguous, it stands with several values in the block "
            "MINPAR: line 6, 7");
    refuses(text, ONE("X[1]"), "ambiguous");
    refuses(text, ONE("MINPAR[1] @ Q=5"), "none at this scale");
    refuses(text, ONE("MINPAR.Q"), "line 1 does not say");
    refuses(text, ONE("DECAY[25].width"), "only entries and scales");
    refuses(text, (const char *const[]){"MINPAR[2]", "minpar(1)[2]"}, 2,
            "MINPAR[2] and MINPAR(1)[2] are the same place");
}

static void test_not_finite(void)
{
    static const double values[] = {NAN, INFINITY, -INFINITY};
    struct err err = ERR_INIT;
    struct buf out;
    buf_init(&out, 1 << 10);
    struct slha_template *t = make("Block A\n 1 1\n", 13, ONE("A[1]"), &err);
    for (size_t i = 0; t && i < 3; i++) {
        err_clear(&err);
        is_int(slha_template_fill(t, &values[i], &out, &err), -1, "%g is refused", values[i]);
        is_int(err.code, ERR_NUMERIC, "as a failed computation");
    }
    slha_template_free(t);
    buf_free(&out);
}

/* Every card of the data folder, with random values: they are read back bit for bit, and what is
 * not a hole has not changed. */
static void test_card(const char *name, const char *const *texts, size_t n)
{
    struct err err = ERR_INIT;
    struct spectrum s, filled;
    struct rng rng = rng_stream(3, RNG_TEST, 0);
    double values[MAX_ADDRESSES];
    struct buf out;
    buf_init(&out, 1 << 20);
    spectrum_open(&s, name);
    struct slha_template *t = make(s.text.data, s.text.len, texts, n, &err);
    if (!ok(t != NULL, "%s is a template (%s)", name, err.message))
        return;
    for (int turn = 0; turn < 100; turn++) {
        for (size_t i = 0; i < n; i++)
            values[i] = (rng_uniform(&rng) - 0.5) * pow(10, (double)rng_below(&rng, 20) - 9);
        buf_clear(&out);
        if (slha_template_fill(t, values, &out, &err) != 0)
            fail("%s is filled: %s", name, err.message);
        spectrum_read(&filled, out.data, out.len);
        for (size_t i = 0; i < n; i++) {
            struct slha_hit old, new;
            bool is_same = ask(&filled, texts[i], &new) == SLHA_FOUND && new.value == values[i] &&
                           ask(&s, texts[i], &old) == SLHA_FOUND;
            size_t n_before = (size_t)(old.token - old.line),
                   n_after = old.n_line - n_before - old.n_token;
            is_same = is_same && memcmp(old.line, new.line, n_before) == 0 &&
                      new.n_line ==
                          n_before + new.n_token +
                              n_after &&memcmp(old.token + old.n_token, new.token + new.n_token,
                                               n_after) ==
                          0 &&
                      old.n_number == new.n_number;
            if (!is_same || turn == 0)
                ok(is_same, "%s: %s", name, texts[i]);
        }
        spectrum_close(&filled);
    }
    slha_template_free(t);
    spectrum_close(&s);
    buf_free(&out);
}

static void test_memory(void)
{
    struct err err = ERR_INIT;
    struct slha_address address = address_of("A[1]");
    struct slha_template *t = NULL;
    unsigned long n = 1;
    for (; !t && n < 100; n++) {
        mem_fail_at(n);
        t = slha_template_create("Block A\n 1 1\n", 13, &address, 1, &err);
        mem_fail_at(0);
        if (!t)
            is_int(err.code, ERR_MEMORY, "allocation %lu fails: an error", n);
        err_clear(&err);
    }
    ok(t != NULL && n > 4, "and in the end it is made");
    slha_template_free(t);
    mem_fail_at(1);
    ok(slha_create() == NULL, "no reader without memory");
    mem_fail_at(0);
    slha_free(NULL);
    slha_template_free(NULL);
}

int main(void)
{
    test_bytes();
    test_refused();
    test_not_finite();
    test_card("softsusy_cmssm_good.in",
              (const char *const[]){"MINPAR[1]", "MINPAR[2]", "MINPAR[3]", "MINPAR[4]", "MINPAR[5]",
                                    "SMINPUTS[6]", "MODSEL[1]", "SOFTSUSY[10]"},
              8);
    test_card("softsusy_pmssm_good.in",
              (const char *const[]){"EXTPAR[0]", "EXTPAR[1]", "EXTPAR[23]", "EXTPAR[26]",
                                    "EXTPAR[49]", "EXTPAR[41]", "SMINPUTS[6]", "MINPAR[3]"},
              8);
    test_card("spheno_cmssm_good.in",
              (const char *const[]){"MINPAR[1]", "MINPAR[5]", "SPHENOINPUT[1]", "SMINPUTS[7]",
                                    "SPhenoInput[21]"},
              5);
    test_card("gm2calc_thdm_good.in",
              (const char *const[]){"MINPAR[3]", "MINPAR[24]", "MASS[25]", "MASS[37]", "MINPAR[18]",
                                    "GM2CalcInput[33]", "SMINPUTS[24]"},
              7);
    test_card("spheno_cmssm_good.slha",
              (const char *const[]){"gauge(1)[1]", "gauge[1] @ Q=1530", "HMIX.Q", "ALPHA[]",
                                    "FWCOEF[0305,4422,00,2]", "MASS[1000025]", "NMIX[3,1]"},
              7);
    test_memory();
    return done_testing();
}
