/* t-slha-quirks.c: what real programs do to the format, in texts of a few lines each. */
#include "t-slha-help.h"

static void with(const char *text, void (*test)(struct spectrum *))
{
    struct spectrum s;
    spectrum_read(&s, text, strlen(text));
    test(&s);
    spectrum_close(&s);
}

static void scales(struct spectrum *s)
{
    has_value(s, "A.Q", 1000, 1);
    has_value(s, "B.Q", 1000, 3);
    has_value(s, "C.Q", 1530.41101, 5);
    has_value(s, "D.Q", 1e16, 7);
    has_value(s, "E.Q", 300.00126, 9);
    has_outcome(s, "NMIX.Q", SLHA_NO_ENTRY);
    has_outcome(s, "F.Q", SLHA_NO_ENTRY);
    has_outcome(s, "G.Q", SLHA_NO_ENTRY);
    has_outcome(s, "H.Q", SLHA_NO_ENTRY);
    has_outcome(s, "I.Q", SLHA_NO_ENTRY);
    has_value(s, "J.Q", 1000, 19);
    has_value(s, "K.Q", 91.2, 20);
    has_outcome(s, "L.Q", SLHA_NO_BLOCK);
    has_outcome(s, "NMIX[1,1] @ Q=1000", SLHA_NO_SCALE);
    has_value(s, "a[1] @ Q=1000.9", 1, 2);
    has_outcome(s, "A[1] @ Q=1001.1", SLHA_NO_SCALE);
    is_str(explain(s, "A[1] @ Q=2000"),
           "A[1] @ Q=2000: the block A stands at Q = 1000 (line 1); there is none at this scale",
           "the scales there are are told");
    struct slha_hit hit;
    ask(s, "E.Q", &hit);
    ok(hit.n_token == 14 && memcmp(hit.token, "0.30000126D+03", 14) == 0, "the scale's bytes");
}

static void several(struct spectrum *s)
{
    has_outcome(s, "GAUGE[1]", SLHA_AMBIGUOUS);
    has_value(s, "GAUGE[1] @ Q=1530", 0.36, 7);
    has_value(s, "GAUGE[1] @ Q=1.48e16", 0.70, 2);
    has_value(s, "GAUGE(1)[1]", 0.70, 2);
    has_value(s, "gauge(2)[1]", 0.36, 7);
    has_outcome(s, "GAUGE(3)[1]", SLHA_NO_SCALE);
    has_outcome(s, "GAUGE(1)[1] @ Q=1530", SLHA_NO_SCALE);
    has_value(s, "GAUGE[3]", 1.03, 8);
    has_value(s, "GAUGE[2]", 0.69, 3);
    has_outcome(s, "GAUGE[4]", SLHA_NO_ENTRY);
    has_outcome(s, "GAUGE.Q", SLHA_AMBIGUOUS);
    has_value(s, "GAUGE(2).Q", 1530.4, 6);
    has_outcome(s, "GAGE[1]", SLHA_NO_BLOCK);
    is_str(explain(s, "GAUGE[1]"),
           "GAUGE[1]: ambiguous, it stands at Q = 1.48e+16 (line 1), at Q = 1530.4 (line 6); write "
           "GAUGE[1] @ Q=1530.4 or GAUGE(1)[1] for the first",
           "both places and both ways out");
    is_str(explain(s, "GAGE[1]"), "GAGE[1]: there is no block GAGE; the nearest name is GAUGE",
           "the nearest name");
    is_str(explain(s, "GAUGE(3)[1]"),
           "GAUGE(3)[1]: the block GAUGE stands at Q = 1.48e+16 (line 1), at Q = 1530.4 (line 6); "
           "there is none of this number",
           "an occurrence too many");
    is_str(explain(s, "DECAY[25].width"), "DECAY[25].width: there is no decay table of 25",
           "no decay table");
}

static void no_scale_twice(struct spectrum *s)
{
    has_outcome(s, "X[1]", SLHA_AMBIGUOUS);
    is_str(explain(s, "X[1]"),
           "X[1]: ambiguous, it stands (line 1), (line 3); write X(1)[1] for the first",
           "no scale to choose by");
    has_value(s, "X(2)[1]", 6, 4);
}

static void texts(struct spectrum *s)
{
    static const char *const asked[][2] = {
        {"SPINFO[1]", "GM2Calc"},
        {"SPINFO[2]", "2.3.1"},
        {"SPINFO[3]", "stau LSP; [ no # ]"},
        {"SPINFO[4]", "mh must be less than or equal to mH.; Convergence Problem; "
                      "[ MuSqWrongsign ]; 2 tachyons and 0.5"},
        {"SPINFO[5]", ""},
        {"SPINFO[6]", ""},
    };
    is_str(words(s, asked[0][0]), asked[0][1], "%s", asked[0][0]);
    is_str(words(s, asked[1][0]), asked[1][1], "%s", asked[1][0]);
    is_str(words(s, asked[2][0]), "stau LSP; [ no", "a text ends at the comment");
    is_str(words(s, asked[3][0]), asked[3][1], "before #, without # and behind #");
    is_str(words(s, asked[4][0]), asked[4][1], "neither text nor comment");
    is_str(words(s, asked[5][0]), asked[5][1], "no such line");
    has_outcome(s, "SPINFO[4]", SLHA_TEXT);
    has_outcome(s, "SPINFO[5]", SLHA_TEXT);
    has_outcome(s, "SPINFO[6]", SLHA_NO_ENTRY);
    has_value(s, "SPINFO[7]", 3, 12);
    struct slha_address address = address_of("SPINFO[4]");
    char out[12];
    is_size(slha_text(s->slha, &address, out, sizeof out), 4, "four lines of one key");
    is_str(out, "mh must be ", "as much as there is room for");
    is_size(slha_text(s->slha, &address, out, 0), 4, "no room at all");
    has_str(explain(s, "SPINFO[5]"), "line 11 has no value", "an entry without value");
    has_str(explain(s, "SPINFO[1]"), "\"GM2Calc\" in line 2 is no number", "a text is quoted");
}

static void keys(struct spectrum *s)
{
    has_value(s, "ALPHA[]", -3.24157677e-02, 2);
    has_value(s, "RVLAMLLE[1,2,1]", 8.1e-11, 4);
    has_outcome(s, "RVLAMLLE[1,2]", SLHA_NO_ENTRY);
    has_outcome(s, "RVLAMLLE[1]", SLHA_NO_ENTRY);
    has_outcome(s, "RVLAMLLE[]", SLHA_NO_ENTRY);
    has_outcome(s, "RVLAMLLE[1,2,1,1]", SLHA_NO_ENTRY);
    has_outcome(s, "RVLAMUDD[1,2,1]", SLHA_NO_ENTRY);
    has_outcome(s, "NMIX[1]", SLHA_NO_ENTRY);
    has_value(s, "NMIX[1,1]", 0.99, 7);
    has_outcome(s, "NMIX[1,2]", SLHA_UNSET);
    has_value(s, "NMIX[2,1]", NAN, 9);
    has_value(s, "MODSEL[1]", 1, 11);
    has_value(s, "MODSEL[6]", 3, 12);
    has_outcome(s, "MODSEL[]", SLHA_NO_ENTRY);
    has_outcome(s, "MODSEL[1,1]", SLHA_NO_ENTRY);
    has_value(s, "MODSEL[12]", 1000, 14);
    is_str(explain(s, "RVLAMUDD[1,2,1]"),
           "RVLAMUDD[1,2,1]: the block RVLAMUDD in line 5 has no such entry; it is empty",
           "an empty block");
    has_str(explain(s, "NMIX[1]"), "; the nearest is NMIX[1,1] in line 7", "too few keys");
    has_str(explain(s, "NMIX[1,2]"), "did not fit", "stars");
}

static void around(struct spectrum *s)
{
    has_value(s, "FOBS[5,1]", 3.03e-04, 2);
    has_outcome(s, "FOBS[5]", SLHA_NO_ENTRY);
    has_outcome(s, "FOBS[431,1]", SLHA_AMBIGUOUS);
    has_value(s, "FOBS[431,1,0,2,-15,16]", 5.1e-2, 3);
    has_value(s, "FOBS[431,1,0,2,-13,14]", 5.3e-3, 4);
    has_outcome(s, "FOBS[431,1,0,2,-13,15]", SLHA_NO_ENTRY);
    has_value(s, "FMASS[5]", 4.69, 6);
    has_value(s, "FCONST[431,1]", 0.2486, 8);
    has_outcome(s, "FCONST[431]", SLHA_NO_ENTRY);
    has_value(s, "FWCOEF[0305,4422,00,0]", -0.188, 10);
    has_value(s, "FWCOEF[305,4422,0,2]", -0.179, 11);
    has_value(s, "FWCOEF[03051111,4133,00,0]", 1.19, 12);
    is_str(explain(s, "FOBS[431,1]"),
           "FOBS[431,1]: ambiguous, it stands with several values in the block FOBS: line 3, 4; "
           "write FOBS[431,1,0,2,-15,16] for the first",
           "two channels of one observable");
    has_value(s, "SAME[1]", 7, 14);
    has_value(s, "SAME[2]", NAN, 16);
    has_outcome(s, "SAME[3]", SLHA_AMBIGUOUS);
}

static void couplings(struct spectrum *s)
{
    has_value(s, "HiggsBoundsInputHiggsCouplingsBosons[3,25,24,24]", 0.99, 3);
    has_value(s, "HiggsBoundsInputHiggsCouplingsBosons[25,24,24]", 0.99, 3);
    has_value(s, "HiggsBoundsInputHiggsCouplingsBosons[4,25,21,21,23]", 0.5, 4);
    has_value(s, "HiggsBoundsInputHiggsCouplingsFermions[3,25,5,5]", 1.01, 6);
    has_value(s, "HiggsBoundsInputHiggsCouplingsFermions[3,25,5,5,2]", 0.02, 6);
    has_value(s, "HiggsCouplingsFermions[3,25,5,5,1]", 0, 8);
    has_value(s, "HiggsCouplingsFermions[3,25,5,5,2]", -0.178339, 8);
    has_outcome(s, "HiggsCouplingsFermions[3,25,5,5,3]", SLHA_NO_ENTRY);
    has_outcome(s, "HiggsCouplingsFermions[3,25,5,6]", SLHA_NO_ENTRY);
    has_outcome(s, "HiggsCouplingsFermions[0]", SLHA_NO_ENTRY);
}

static void decays(struct spectrum *s)
{
    has_value(s, "DECAY[25].width", 4.1e-3, 1);
    has_value(s, "BR[25 -> 5 -5]", 0.6, 4);
    has_value(s, "BR[25 -> -5 5]", 0.6, 4);
    has_value(s, "BR[25 -> -11 24 12]", 0.1, 5);
    has_outcome(s, "BR[25 -> 24 12 11]", SLHA_NO_ENTRY);
    has_outcome(s, "BR[25 -> 24 -11]", SLHA_NO_ENTRY);
    has_outcome(s, "BR[25 -> 22 22]", SLHA_NO_ENTRY);
    has_value(s, "BR[25 -> 23 23]", NAN, 6);
    has_value(s, "DECAY[1000022].width", 0, 7);
    has_outcome(s, "BR[1000022 -> 22 1000039]", SLHA_NO_ENTRY);
    has_outcome(s, "DECAY[24].width", SLHA_NO_BLOCK);
    has_outcome(s, "BR[24 -> 11 12]", SLHA_NO_BLOCK);
    has_value(s, "DECAY[-24].width", 2.085, 8);
    has_value(s, "DECAY1L[25].width", 5.5e-3, 9);
    has_value(s, "BR1L[25 -> 5 -5]", 0.7, 10);
    has_outcome(s, "DECAY[36].width", SLHA_AMBIGUOUS);
    has_value(s, "DECAY(2)[36].width", 7, 12);
    has_value(s, "BR[36 -> 6 -6]", 0.9, 13);
    has_outcome(s, "DECAY[37].width", SLHA_NO_ENTRY);
    has_outcome(s, "DECAY[46].width", SLHA_UNSET);
    has_value(s, "XSECTION[13000, 2212, 2212 -> 1000021 -1000021]", 0.40, 17);
    has_value(s, "XSECTION[13001, 2212, 2212 -> -1000021 1000021]", 0.40, 17);
    has_outcome(s, "XSECTION[8000, 2212, 2212 -> 1000021 -1000021]", SLHA_NO_BLOCK);
    has_outcome(s, "XSECTION[13000, 2212, 2212 -> 1000021 1000022]", SLHA_NO_BLOCK);
    has_value(s, "QNUMBERS[6000006,1]", 2, 20);
    has_value(s, "QNUMBERS[6000007,1]", 5, 22);
    has_outcome(s, "QNUMBERS[6000008,1]", SLHA_NO_BLOCK);
    has_value(s, "MASS[25]", 125, 24);
    has_str(explain(s, "BR[25 -> 5 6]"), "the decay table DECAY in line 1 has no such entry",
            "a missing channel");
    has_str(explain(s, "DECAY[37].width"), "line 14 does not say", "a width that is not there");
}

static void odd_lines(struct spectrum *s)
{
    has_value(s, "MASS[25]", -125.5, 5);
    has_value(s, "MASS[35]", -3.8e-06, 6);
    has_value(s, "MASS[36]", 0, 7);
    has_outcome(s, "MASS[37]", SLHA_TEXT);
    has_outcome(s, "MASS[38]", SLHA_UNSET);
    has_value(s, "MASS[39]", INFINITY, 11);
    has_value(s, "MASS[40]", 1.23e-101, 12);
    has_outcome(s, "MASS[41]", SLHA_TEXT);
    has_outcome(s, "MASS[250]", SLHA_NO_ENTRY);
    has_value(s, "MASS[42]", 42, 14);
    has_outcome(s, "MASS[43]", SLHA_TEXT);
    has_value(s, "LAST[1]", 9.5, 19);
    has_outcome(s, "OF[1]", SLHA_NO_ENTRY);
    has_outcome(s, "FINETUNING[1]", SLHA_NO_BLOCK);
    has_value(s, "GUT[1]", 1.19, 21);
    has_outcome(s, "GUT[2]", SLHA_NO_ENTRY);
    has_value(s, "PROSE[2]", 3, 27);
    has_outcome(s, "GLUED[1]", SLHA_NO_BLOCK);
}

static void test_lines(void)
{
    with("# text before any block\n"
         "  25 1.0 # an entry before any block\n"
         "Block of wood\n" /* prose; a block OF that has nothing */
         "\tbLoCk\tMass#comment\n"
         "\t25\t-125.5\t# h\n"
         "35 -3.8e-06#glued\n"
         " 36 0.000000E+00\n"
         " 37 abc # text\n"
         "  # 250 1.0\n"
         " 38  ******** # h\n"
         " 39 Infinity\n"
         " 40 1.23-101\n"
         " 41 1.0.0\n"
         "+42 42\n"
         "43\n43x 1\n250.0 1\n"
         "BLOCK LAST\n 1 9.5\n"
         "Block GUT Q= 1.8e16 # scale\n 1 1.19\n"
         "# BLOCK FINETUNING\n 1 315.\n 2 5.\n"
         "Block PROSE # Block of\n# Block of entries that go on\n 2 3\n",
         odd_lines);
}

static void mixed_ends(struct spectrum *s)
{
    has_value(s, "MASS[25]", 125, 2);
    has_value(s, "MASS[35]", 350, 3);
    has_value(s, "MASS[36]", 360, 4);
    has_value(s, "HMIX.Q", 1000, 5);
    has_value(s, "HMIX[1]", 7, 6);
    is_str(words(s, "SPINFO[4]"), "two words", "the CR is not part of the text");
    struct slha_hit hit;
    ask(s, "MASS[25]", &hit);
    is_size(hit.n_line, strlen(" 25 125 # h"), "nor of the line");
}

static void test_long_line(void)
{
    enum { N = 9000 };
    static char text[3 * N];
    size_t n = 0;
    n += (size_t)snprintf(text + n, sizeof text - n, "Block MASS # ");
    memset(text + n, 'x', N);
    n += N;
    n += (size_t)snprintf(text + n, sizeof text - n, "\n 25 ");
    memset(text + n, ' ', N);
    n += N;
    n += (size_t)snprintf(text + n, sizeof text - n, "125.0\n 35 350.0");
    struct spectrum s;
    spectrum_read(&s, text, n);
    has_value(&s, "MASS[25]", 125, 2);
    has_value(&s, "MASS[35]", 350, 3);
    spectrum_close(&s);
}

static void test_bytes(void)
{
    static const char text[] = "\xEF\xBB\xBF"
                               "Block MASS\n 25\0 125.5\0\n\0\0 35 350\0# \xff\n\xff\n"
                               " 36 \xc3\xa9\x01\n";
    struct spectrum s;
    spectrum_read(&s, text, sizeof text - 1);
    has_value(&s, "MASS[25]", 125.5, 2);
    has_value(&s, "MASS[35]", 350, 3);
    is_str(words(&s, "MASS[36]"), "\xc3\xa9", "bytes above 127 are text");
    has_outcome(&s, "MASS[37]", SLHA_NO_ENTRY);
    spectrum_close(&s);
    spectrum_read(&s, "", 0);
    has_outcome(&s, "MASS[25]", SLHA_NO_BLOCK);
    is_size(slha_n_blocks(s.slha), 0, "an empty text has no blocks");
    is_str(explain(&s, "MASS[25]"), "MASS[25]: there is no block at all in this text",
           "and says so");
    spectrum_close(&s);
}

/* A name that is longer than what is kept never equals a shorter one. */
static void test_long_name(void)
{
    char name[201], text[300], address[100];
    memset(name, 'A', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(text, sizeof text, "Block %s\n 1 2.0\n", name);
    snprintf(address, sizeof address, "%.63s[1]", name);
    struct spectrum s;
    spectrum_read(&s, text, strlen(text));
    is_size(slha_n_blocks(s.slha), 1, "a block with a name of 200 letters");
    has_outcome(&s, address, SLHA_NO_BLOCK);
    spectrum_close(&s);
}

static void test_too_many(void)
{
    enum { N = 1000001, SIZE = 8 };
    struct err err = ERR_INIT;
    char *text = mem_array(N, SIZE);
    struct slha *slha = slha_create();
    for (size_t i = 0; text && i < N; i++)
        memcpy(text + SIZE * i, "Block A\n", SIZE);
    is_int(slha_parse(slha, text, (size_t)N * SIZE, &err), -1, "a million blocks and one");
    is_int(err.code, ERR_LIMIT, "are too many");
    is_int(slha_parse(slha, text, 1000 * SIZE, &err), 0, "a thousand are not");
    is_size(slha_n_blocks(slha), 1000, "after a failure the reader is as good as new");
    slha_free(slha);
    mem_free(text);
}

/* One reader, many texts: nothing of the one before is left. */
static void test_again(void)
{
    struct err err = ERR_INIT;
    struct spectrum s;
    spectrum_open(&s, "softsusy_cmssm_good.slha");
    static const char other[] = "Block MASS\n 25 1.0";
    is_int(slha_parse(s.slha, other, sizeof other - 1, &err), 0, "another text is read");
    is_size(slha_n_blocks(s.slha), 1, "its one block");
    has_value(&s, "MASS[25]", 1, 2);
    has_outcome(&s, "DECAY[25].width", SLHA_NO_BLOCK);
    slha_parse(s.slha, s.text.data, s.text.len, &err);
    unsigned long n = mem_count();
    slha_parse(s.slha, s.text.data, s.text.len, &err);
    struct slha_hit hit;
    ask(&s, "MASS[25]", &hit);
    is_size(mem_count(), n, "nothing is allocated the second time");
    spectrum_close(&s);
}

int main(void)
{
    with("Block A Q=1000\n 1 1\nblock B q= 1.0D+03 # x\n 1 1\nBLOCK C Q=  1.53041101E+03  # SUSY\n"
         " 1 1\nBlock D Q = 1e16 (GeV)\n 1 1\nBlock E  q =0.30000126D+03#x\n 1 1\n"
         "Block nmix # mixing matrix Q=1.76e+03\n 1 1 0.9\nBlock F Q=\n 1 1\nBlock G Q=abc\n 1 1\n"
         "Block H X= 5\nBlock I PQ= 5\nBlock J x= 5 Q= 1000\nBlock K (MZ) Q=91.2\n"
         "BlockL Q= 5\n",
         scales);
    with("Block gauge Q= 1.48e16\n 1 0.70\n 2 0.69\nBlock MASS\n 25 1\n"
         "Block GAUGE Q= 1530.4\n 1 0.36\n 3 1.03\n",
         several);
    with("Block X\n 1 5\nBlock x\n 1 6\n", no_scale_twice);
    with("Block SPINFO\n 1 GM2Calc\n 2 2.3.1 # version\n 3 stau LSP # warning\n"
         " 4 mh must be less than or equal to mH.\n 4 # Convergence Problem\n"
         " 4    [ MuSqWrongsign ] # Point invalid\n 4 2 tachyons and 0.5\n 3 [ no # ]\n"
         "# 6 commented out\n 5\n 7 3\n",
         texts);
    with("Block ALPHA\n          -3.24157677e-02       # alpha\n"
         "Block RVLAMLLE Q= 91.2\n 1 2 1 8.1e-11 # lambda\nBlock RVLAMUDD\n"
         "Block NMIX\n 1 1 0.99\n 1 2 *****\n 2 1 NaN\n"
         "Block MODSEL\n 1 1 # sugra\n 6 3 with words\n 13 1 0\n 12 1000\n",
         keys);
    with("Block FOBS\n 5 1 3.03e-04 0 2 3 22\n 431 1 5.1e-2 0 2 -15 16\n 431 1 5.3e-3 0 2 -13 14\n"
         "Block FMASS\n 5 4.69e+00 3 0 # b\nBlock FCONST\n 431 1 0.2486 0 0\n"
         "Block FWCOEF Q= 160\n 0305 4422 00 0 -0.188 # C7\n 0305 4422 00 2 -0.179\n"
         " 03051111 4133 00 0 1.19\nBlock SAME\n 1 7.0\n 1 7\n"
         " 2 nan\n 2 NaN\n 3 1.0\n 3 NaN\n",
         around);
    with("Block HiggsBoundsInputHiggsCouplingsBosons\n# Norm NP\n 9.9E-01 3 25 24 24 # W\n"
         " 5.0E-01 4 25 21 21 23\nBlock HiggsBoundsInputHiggsCouplingsFermions\n"
         " 1.01 0.02 3 25 5 5\nBLOCK HiggsCouplingsFermions\n 0.00000 -0.178339 3 25 5 5\n",
         couplings);
    with("DECAY 25 4.1E-03 # h\n#   BR   NDA\n#\n 0.6 2 5 -5 # bb\n 1.0E-01 3 24 -11 12\n"
         " NaN 2 23 23\nDECAY 1000022 0.00000000E+00\ndecay   -24   2.085\n"
         "DECAY1L 25 5.5E-03\n 7.0E-01 2 5 -5\nDECAY 36 6.0\nDECAY 36 7.0\n 0.9 2 6 -6\n"
         "DECAY 37 # no width\nDECAY 46 ******\n"
         "XSECTION  1.30E+04  2212 2212 2 1000021 -1000021 # 10000 events, [pb]\n"
         "  0  0  0  0  0  0  4.0E-01 SModelSv1.1\n  0  2  0  0  0  0  7.0E-01 NLL\n"
         "BLOCK QNUMBERS 6000006 # a\n 1 2 # charge\nBLOCK QNUMBERS 6000007\n 1 5\n"
         "Block MASS\n 25 125\n",
         decays);
    with("Block MASS\r\n 25 125 # h\r\n 35 350\n\t36 360\r\nBlock HMIX Q= 1000\r\n 1 7\r\n"
         "Block SPINFO\r\n 4 two words\r\n",
         mixed_ends);
    test_lines();
    test_long_line();
    test_bytes();
    test_long_name();
    test_too_many();
    test_again();
    return done_testing();
}
