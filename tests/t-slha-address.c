/* t-slha-address.c: addresses are read, written, and refused with the place of the mistake. */
#include "t-slha-help.h"

static void test_forms(void)
{
    struct slha_address a = address_of("mass[25]");
    is_int(a.what, SLHA_ENTRY, "an entry");
    is_str(a.block, "MASS", "names are upper case");
    is_size(a.n_keys, 1, "one key");
    is_int(a.keys[0], 25, "25");
    ok(!a.has_scale && a.occurrence == 0, "no scale and no occurrence");

    a = address_of(" HMIX ( 2 ) [ 1 , -3 ] @ q = 1.0D+03 GeV ");
    is_size(a.occurrence, 2, "the second");
    is_size(a.n_keys, 2, "two keys");
    is_int(a.keys[1], -3, "a negative key");
    ok(a.has_scale && a.scale_gev == 1000, "Q = 1000");

    a = address_of("ALPHA[]");
    is_size(a.n_keys, 0, "no key");
    a = address_of("hmix.q");
    is_int(a.what, SLHA_SCALE, "a scale");
    is_str(a.block, "HMIX", "of HMIX");

    a = address_of("DECAY[25].width");
    ok(a.what == SLHA_WIDTH && a.n_keys == 1 && a.keys[0] == 25, "a width");
    a = address_of("BR[25 -> 5 -5]");
    ok(a.what == SLHA_BR && a.n_keys == 3 && a.keys[2] == -5, "a channel");
    is_str(a.block, "DECAY", "stands in a decay table");
    a = address_of("br1l[25->5,-5]");
    is_str(a.block, "DECAY1L", "or in the one-loop one");
    a = address_of("DECAY1L[36].Width");
    is_str(a.block, "DECAY1L", "and its width");
    a = address_of("XSECTION[1.3E+04, 2212, 2212 -> 1000021 -6 7]");
    ok(a.what == SLHA_XSECTION && a.sqrts_gev == 13000 && a.n_keys == 5, "a cross section");
    is_int(a.keys[4], 7, "its last product");
    a = address_of("FWCOEF[0305,4422,00,2]");
    ok(a.keys[0] == 305 && a.keys[1] == 4422 && a.keys[2] == 0 && a.keys[3] == 2,
       "leading zeros are no octal numbers");
}

static void test_round_trip(void)
{
    static const char *const texts[] = {"MASS[25]",
                                        "NMIX[1,2]",
                                        "ALPHA[]",
                                        "HMIX[1] @ Q=1000",
                                        "GAUGE(2)[1]",
                                        "GAUGE(2)[1] @ Q=1.5e+16",
                                        "HMIX.Q",
                                        "HMIX(3).Q",
                                        "DECAY[25].width",
                                        "DECAY(2)[-25].width",
                                        "DECAY1L[25].width",
                                        "BR[25 -> 5 -5]",
                                        "BR1L[6 -> 5]",
                                        "XSECTION[13000, 2212, 2212 -> 1000021 1000021]",
                                        "FOBS[521,1,0,3,421,-15,16]"};
    char out[200];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct slha_address a = address_of(texts[i]);
        slha_address_format(&a, out, sizeof out);
        is_str(out, texts[i], "%s comes back", texts[i]);
        ok(slha_address_looks_like(texts[i]) == (strstr(texts[i], ".Q") == NULL),
           "%s looks like an address", texts[i]);
        slha_address_format(&a, out, 5);
        is_size(strlen(out), 4, "%s is cut where there is no room", texts[i]);
    }
}

static void refuses(const char *text, size_t column, const char *message)
{
    struct err err = ERR_INIT;
    struct slha_address a;
    size_t where = 999;
    is_int(slha_address_parse(text, &a, &where, &err), -1, "\"%s\" is refused", text);
    is_size(where, column, "\"%s\": at column %zu", text, column);
    has_str(err.message, message, "\"%s\": %s", text, message);
}

static void test_refused(void)
{
    refuses("", 0, "block's name");
    refuses("25", 0, "block's name");
    refuses("MASS", 4, "'['");
    refuses("MASS[25", 7, "',' or ']'");
    refuses("MASS[", 5, "an integer key");
    refuses("MASS[1.5]", 6, "',' or ']'");
    refuses("MASS[h]", 5, "an integer key");
    refuses("MASS[1,]", 7, "an integer key");
    refuses("MASS[25] x", 9, "nothing more");
    refuses("MASS[25].width", 8, "nothing more");
    refuses("MASS(0)[25]", 6, "occurrence");
    refuses("MASS(x)[25]", 5, "GAUGE(2)[1]");
    refuses("MASS(2[25]", 6, "')'");
    refuses("HMIX[1] @ 1000", 10, "Q=");
    refuses("HMIX[1] @ Q=abc", 12, "positive number");
    refuses("HMIX[1] @ Q=-5", 12, "positive number");
    refuses("HMIX[1] @ Q=nan", 12, "positive number");
    refuses("DECAY[25]", 9, ".width");
    refuses("DECAY[].width", 6, "PDG code");
    refuses("DECAY[25].width @ Q=5", 20, "no scale");
    refuses("BR[25]", 5, "->");
    refuses("BR[25 ->]", 8, "product");
    refuses("BR[25 -> 5 x]", 11, "product");
    refuses("XSECTION[13000 -> 6]", 15, "what comes in");
    refuses("A[1,2,3,4,5,6,7,8,9]", 18, "8 keys");
    refuses("A[99999999999999999999]", 2, "smaller");
    char longer[200];
    memset(longer, 'A', sizeof longer);
    memcpy(longer + 100, "[1]", 4);
    refuses(longer, 0, "shorter");
}

static void test_looks_like(void)
{
    static const char *const no[] = {"",     "mh",      "abs(x)", "sqrt(2)", "m0 + 1", "(2)[1]",
                                     "2[1]", "A(x)[1]", "A(2",    "A(2)",    "A()[1]", "A + B[1]"};
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        ok(!slha_address_looks_like(no[i]), "\"%s\" does not look like an address", no[i]);
    ok(slha_address_looks_like("  GAUGE(2)[1] > 3"), "only the beginning is looked at");
}

int main(void)
{
    test_forms();
    test_round_trip();
    test_refused();
    test_looks_like();
    return done_testing();
}
