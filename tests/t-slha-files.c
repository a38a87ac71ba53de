/* t-slha-files.c: every file of tests/data/slha, outputs and cards of real programs.
 *
 * expected.tsv has some entries of every block of every file, as a short program in another
 * language read them; what needs judgement (texts, several scales, failed points) is written here
 * by hand from the files. */
#include "t-slha-help.h"

/* One row of expected.tsv: file, address, token, line. */
static bool check_row(struct spectrum *s, char *row, char *file)
{
    char *address = strchr(row, '\t'), *token = address ? strchr(address + 1, '\t') : NULL,
         *line = token ? strchr(token + 1, '\t') : NULL;
    if (!line)
        return fail("a row of four columns: %s", row);
    *address++ = *token++ = *line++ = '\0';
    if (strcmp(file, row) != 0) {
        if (*file)
            spectrum_close(s);
        snprintf(file, 64, "%s", row);
        spectrum_open(s, row);
    }
    struct slha_hit hit;
    enum slha_outcome outcome = ask(s, address, &hit);
    bool is_right = outcome == SLHA_FOUND && hit.n_token == strlen(token) &&
                    memcmp(hit.token, token, hit.n_token) == 0 &&
                    hit.value == strtod(token, NULL) && hit.n_number == strtoul(line, NULL, 10);
    if (!is_right)
        diag("%s: %s is %s in line %s, but: %s", file, address, token, line, explain(s, address));
    return is_right;
}

static void test_expected(void)
{
    struct spectrum table, s;
    char file[64] = "";
    size_t n_rows = 0, n_right = 0, n_in_file = 0, n_right_in_file = 0;
    spectrum_open(&table, "expected.tsv");
    char *save = NULL, old[64] = "";
    for (char *row = strtok_r(table.text.data, "\n", &save); row;
         row = strtok_r(NULL, "\n", &save)) {
        if (*row == '#')
            continue;
        bool is_right = check_row(&s, row, file);
        if (strcmp(old, file) != 0) {
            if (*old)
                is_size(n_right_in_file, n_in_file, "%s: %zu entries", old, n_in_file);
            memcpy(old, file, sizeof old);
            n_in_file = n_right_in_file = 0;
        }
        n_rows++;
        n_in_file++;
        n_right += is_right;
        n_right_in_file += is_right;
    }
    is_size(n_right_in_file, n_in_file, "%s: %zu entries", old, n_in_file);
    is_size(n_right, n_rows, "all entries of expected.tsv");
    ok(n_rows > 1000, "%zu of them", n_rows);
    spectrum_close(&s);
    spectrum_close(&table);
}

static void softsusy(struct spectrum *s)
{
    has_value(s, "MASS[25]", 1.22482988e+02, 38);
    has_value(s, "DECAY[25].width", 5.16621246e-03, 458);
    has_value(s, "DECAY[1000022].width", 0, 397);
    has_value(s, "BR[1000023 -> 25 1000022]", 9.28881010e-01, 403);
    has_value(s, "BR[1000025 -> 15 -1000015]", 7.37990326e-03, 416);
    has_value(s, "ALPHA[]", -4.11999967e-02, 71);
    has_value(s, "HMIX.Q", 1.53280890e+03, 124);
    has_outcome(s, "NMIX.Q", SLHA_NO_ENTRY);
    has_outcome(s, "SPINFO[4]", SLHA_NO_ENTRY);
    is_str(words(s, "SPINFO[1]"), "SOFTSUSY", "SPINFO 1");
    is_str(words(s, "SPINFO[2]"), "4.1.22", "SPINFO 2");
    is_size(slha_n_blocks(s->slha), 55, "blocks and decay tables");
}

static void softsusy_noewsb(struct spectrum *s)
{
    has_outcome(s, "MASS[25]", SLHA_NO_BLOCK);
    has_outcome(s, "SPINFO[4]", SLHA_TEXT);
    is_str(words(s, "SPINFO[4]"), "[ MuSqWrongsign ]", "why it failed");
    has_value(s, "MINPAR[1]", 4500, 26);
    has_value(s, "EXTPAR[0]", 2.65047613e+16, 30);
    has_str(explain(s, "MASS[25]"), "there is no block MASS", "no masses");
}

static void softsusy_staulsp(struct spectrum *s)
{
    is_str(words(s, "SPINFO[3]"), "stau LSP", "a warning");
    has_outcome(s, "SPINFO[4]", SLHA_NO_ENTRY);
    has_outcome(s, "DECAY[25].width", SLHA_NO_BLOCK);
    has_value(s, "AE[3,3]", -5.78849897e+02, 162);
}

static void spheno(struct spectrum *s)
{
    has_value(s, "MASS[25]", 1.22644589e+02, 111);
    has_value(s, "SPhenoINFO[1]", 2, 13);
    has_outcome(s, "GAUGE[1]", SLHA_AMBIGUOUS);
    has_value(s, "GAUGE[1] @ Q=1530", 3.63132688e-01, 57);
    has_value(s, "GAUGE[1] @ Q=1.484e16", 7.04469499e-01, 24);
    has_value(s, "gauge(2)[3]", 1.03121788, 59);
    has_outcome(s, "YU[3,3]", SLHA_AMBIGUOUS);
    has_value(s, "AU[3,3]", -2.24264033e+03, 75);
    has_value(s, "MASS[1000025]", -1.43191877e+03, 139);
    has_value(s, "BR[25 -> -5 5]", 5.52155399e-01, 439);
    has_value(s, "HMIX[1]", 1.42891070e+03, 147);
    has_value(s, "FWCOEF[305,4422,0,2]", -1.79281583e-01, 574);
    has_value(s, "IMFWCOEF[0305,6421,00,2]", -1.98747998e-06, 606);
    has_value(s, "BR[1000006 -> 5 24 1000022]", 1.93089627e-04, 332);
    has_value(s, "HiggsBoundsInputHiggsCouplingsFermions[3,36,5,5,2]", 5.84105348e+02, 502);
}

static void spheno_fail(struct spectrum *s)
{
    has_outcome(s, "SPINFO[4]", SLHA_TEXT);
    is_str(words(s, "SPINFO[4]"), "internal problem, see Messages.out for infos",
           "a text that is only a comment");
    has_outcome(s, "MASS[25]", SLHA_NO_BLOCK);
}

static void flexiblesusy(struct spectrum *s)
{
    has_value(s, "MASS[25]", 1.22583268e+02, 191);
    has_value(s, "FlexibleSUSY[24]", 123111321, 33);
    has_value(s, "NMIX[1,1]", -9.99353059e-01, 315);
    has_outcome(s, "MODSEL[12]", SLHA_NO_ENTRY);
    has_value(s, "FlexibleSUSYOutput[0]", 1.63290251e+16, 384);
}

static void flexiblesusy_fail(struct spectrum *s)
{
    is_str(words(s, "SPINFO[4]"),
           "running tachyon Sd; running tachyon Sv; running tachyon Su; running tachyon Se; "
           "running tachyon hh; running tachyon Ah; running tachyon Hpm; non-perturbative; "
           "non-perturbative md2(2,2) [md2(2,2)(111173.40023687453) = 4.3635227199130894e+35]",
           "nine lines of SPINFO 4");
    has_outcome(s, "MASS[25]", SLHA_NO_BLOCK);
    has_value(s, "MINPAR[5]", 2800, 76);
}

static void gm2calc_fail(struct spectrum *s)
{
    is_str(words(s, "SPINFO[4]"), "mh must be less than or equal to mH.", "no # at the end");
    has_outcome(s, "GM2CalcOutput[0]", SLHA_NO_BLOCK);
    has_value(s, "MASS[35]", 110, 37);
}

static void gm2calc(struct spectrum *s)
{
    has_value(s, "GM2CALCOUTPUT[0]", 5.37358963e-10, 37);
    has_value(s, "gm2calcoutput[1]", 8.29391987e-11, 38);
}

static void gm2calc_pmssm(struct spectrum *s)
{
    has_value(s, "GM2CalcOutput[0]", 1.73722114e-09, 189);
    has_value(s, "GM2CalcConfig[2]", 1, 184);
    has_value(s, "MASS[1000025]", -5.12740962e+02, 65);
    is_str(words(s, "SPINFO[1]"), "SOFTSUSY", "SPINFO is still SOFTSUSY's");
}

static void nmssmtools(struct spectrum *s)
{
    struct slha_address address = address_of("SPINFO[3]");
    char text[2000];
    is_size(slha_text(s->slha, &address, text, sizeof text), 14, "fourteen warnings");
    ok(strncmp(text, "excluded by ee -> hZ, h -> bb; ", 31) == 0, "the first");
    has_str(text, "; k_glu(H_SM) more than 2 sigma away; ", "one in the middle");
    has_outcome(s, "SPINFO[4]", SLHA_NO_ENTRY);
    has_outcome(s, "EXTPAR[21]", SLHA_NO_ENTRY);
    has_value(s, "EXTPAR[65]", 150, 58);
    has_outcome(s, "TRILEP[]", SLHA_NO_ENTRY);
    has_value(s, "NMNMIX[5,5]", -8.08222973e-03, 263);
    has_value(s, "GUTNMSSMRUN[1]", 1.19153167, 531);
    has_outcome(s, "GUTNMSSMRUN[5]", SLHA_NO_ENTRY); /* of FINETUNING, whose head is a comment */
    has_outcome(s, "FINETUNING[1]", SLHA_NO_BLOCK);
    has_value(s, "HiggsCouplingsBosons[3,45,24,24]", -0.0234963, 327);
    has_outcome(s, "EFFECTIVE_COUPLINGS[]", SLHA_TEXT);
}

static void superiso(struct spectrum *s)
{
    has_value(s, "FOBS[5,1]", 3.02062249e-04, 42);
    has_outcome(s, "FOBS[431,1]", SLHA_AMBIGUOUS);
    has_value(s, "FOBS[431,1,0,2,-13,14]", 5.26007521e-03, 48);
    has_value(s, "FOBS[521,1,0,3,421,-15,16]", 6.84415882e-03, 49);
    has_value(s, "FMASS[531]", 5.36677, 24);
    has_value(s, "FCONST[521,1]", 0.1905, 35);
    has_value(s, "FCONSTRATIO[321,211,1,1]", 1.193, 39);
    is_str(words(s, "FCINFO[1]"), "SUPERISO", "FCINFO 1");
}

static void susyhit(struct spectrum *s)
{
    is_str(words(s, "DCINFO[2]"), "1.5a /3.4", "two words");
    has_value(s, "DECAY[6].width", 1.43910455, 242);
    has_value(s, "DECAY[1000022].width", 0, 468);
    has_value(s, "HMIX.Q", 1532.80890, 158);
    has_value(s, "HMIX[1]", 1.44115577e+03, 159);
    has_outcome(s, "BR[1000022 -> 22 1000039]", SLHA_NO_ENTRY);
}

static void feynhiggs(struct spectrum *s)
{
    is_str(words(s, "SPINFO[2]"), "2.18.0 built on Nov 22, 2026", "several words");
    has_value(s, "DALPHA[]", 2.98101534e-06, 130);
    has_value(s, "HMIX.Q", 3000.0126, 131);
    has_value(s, "BR[25 -> 5 -5]", 5.89498567e-01, 219);
    has_value(s, "BR[6 -> 24 5]", 1, 326);
}

static void thdmc(struct spectrum *s)
{
    has_value(s, "THDM[2]", 0, 14);
    has_value(s, "THDM[4]", 1, 16);
    has_value(s, "ALPHA[]", -6.10988957e-02, 71);
    has_value(s, "BR[25 -> 5 -5]", 6.17276963e-01, 112);
    has_value(s, "BR[25 -> 22 23]", 1.40163300e-03, 119);
    has_value(s, "MGUSER[2]", -2.08761885e-06, 169);
}

static void cards(struct spectrum *s)
{
    has_value(s, "MINPAR[4]", 1, 15);
    has_value(s, "MINPAR[5]", -2000, 16);
    has_value(s, "SOFTSUSY[10]", 1, 22);
}

static void nothing(struct spectrum *s)
{
    is_size(slha_n_blocks(s->slha), 0, "no blocks");
    has_outcome(s, "MASS[25]", SLHA_NO_BLOCK);
    has_outcome(s, "DECAY[25].width", SLHA_NO_BLOCK);
}

static const struct {
    const char *file;
    void (*test)(struct spectrum *);
} files[] = {{"softsusy_cmssm_good.slha", softsusy},
             {"softsusy_cmssm_noewsb.slha", softsusy_noewsb},
             {"softsusy_cmssm_staulsp.slha", softsusy_staulsp},
             {"spheno_cmssm_good.slha", spheno},
             {"spheno_cmssm_fail.slha", spheno_fail},
             {"flexiblesusy_cmssm_good.slha", flexiblesusy},
             {"flexiblesusy_cmssm_fail.slha", flexiblesusy_fail},
             {"gm2calc_thdm_fail.slha", gm2calc_fail},
             {"gm2calc_thdm_good.slha", gm2calc},
             {"gm2calc_after_softsusy_pmssm.slha", gm2calc_pmssm},
             {"nmssmtools_spectr.slha", nmssmtools},
             {"superiso_after_softsusy.flha", superiso},
             {"susyhit_after_softsusy_good.slha", susyhit},
             {"feynhiggs_after_softsusy.slha", feynhiggs},
             {"2hdmc_good.slha", thdmc},
             {"softsusy_cmssm_good.in", cards},
             {"superiso_after_softsusy.stdout.txt", nothing},
             {"2hdmc_good.stdout.txt", nothing},
             {"class_background.stdout.txt", nothing},
             {"class_cl.dat", nothing},
             {"micromegas_singletdm.stdout.txt", nothing}};

/* ---- visiting ------------------------------------------------------------------------------- */

static bool count(void *context, const struct slha_entry *entry)
{
    size_t *n = context;
    *n += entry->is_number;
    return true;
}

static bool stop_at_three(void *context, const struct slha_entry *entry)
{
    (void)entry;
    return ++*(size_t *)context < 3;
}

struct collected {
    struct spectrum *s;
    struct slha_block block;
    size_t n, n_found;
};

/* An entry's keys are those of its address. */
static bool find_again(void *context, const struct slha_entry *entry)
{
    struct collected *all = context;
    struct slha_address address = {.what = all->block.is_decay ? SLHA_BR : SLHA_ENTRY,
                                   .n_keys = entry->n_keys,
                                   .has_scale = all->block.has_scale && !all->block.is_decay,
                                   .scale_gev = all->block.scale_gev};
    struct slha_hit hit;
    snprintf(address.block, sizeof address.block, "%s", all->block.name);
    memcpy(address.keys, entry->keys, sizeof address.keys);
    enum slha_outcome outcome = slha_find(all->s->slha, &address, &hit);
    if (!entry->is_number)
        return true;
    all->n++;
    all->n_found += outcome == SLHA_FOUND && hit.value == entry->hit.value &&
                    hit.n_number == entry->hit.n_number;
    return true;
}

static void test_visit(void)
{
    struct spectrum s;
    size_t n = 0;
    spectrum_open(&s, "spheno_cmssm_good.slha");
    struct slha_block block = slha_block(s.slha, 2);
    is_str(block.name, "MODSEL", "the third block");
    is_size(block.line, 14, "its line");
    block = slha_block(s.slha, 4);
    is_str(block.name, "GAUGE", "the fifth, in upper case");
    ok(block.has_scale && block.scale_gev == 1.48398463e+16, "its scale");
    is_size(block.n_entries, 3, "its entries");
    slha_visit(s.slha, 4, count, &n);
    is_size(n, 3, "all are visited, and numbers");
    n = 0;
    slha_visit(s.slha, 8, stop_at_three, &n);
    is_size(n, 3, "a visit ends when it is told to");
    struct collected all = {.s = &s};
    bool has_decay = false;
    for (size_t i = 0; i < slha_n_blocks(s.slha); i++) {
        all.block = slha_block(s.slha, i);
        has_decay = has_decay || (all.block.is_decay && all.block.pdg == 1000006);
        slha_visit(s.slha, i, find_again, &all);
    }
    ok(has_decay, "decay tables are among them");
    is_size(all.n_found, all.n, "what a visit shows is found by its keys");
    ok(all.n == 488, "%zu entries", all.n);
    spectrum_close(&s);
}

int main(void)
{
    test_expected();
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct spectrum s;
        note("%s", files[i].file);
        spectrum_open(&s, files[i].file);
        files[i].test(&s);
        spectrum_close(&s);
    }
    test_visit();
    return done_testing();
}
