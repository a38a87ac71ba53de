/* plugin.h: the contract of a calculator that is a shared object.
 *
 * A plugin is for functions that cost microseconds or less: analytic likelihoods, integrands, a
 * model coded in C.  It is loaded in the worker process, never in the engine, so a crash costs the
 * block of points in hand and nothing else.  This is the only public header, and the only one whose
 * names begin with th_.
 *
 * The object defines one symbol, th_plugin_table, of type `const struct th_plugin`.  A plugin holds
 * one or more functions; the scan file names the one it wants:
 *
 *     calculators:
 *       shells:
 *         plugin: functions.so
 *         function: cos-shells          # may be left out where the plugin has only one
 *         write: {x: x1, y: x2}         # named inputs; or  inputs: [x1, x2, x3]  in order
 *         read:  {O: O}
 *
 * Arrays are row-major doubles.  Inputs are finite when eval is called; an output that is not
 * finite is classified `not-finite` by the caller, so a plugin need not test for it. */
#ifndef THEODOLITE_PLUGIN_H
#define THEODOLITE_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define TH_PLUGIN_ABI 1u
#define TH_PLUGIN_SYMBOL "th_plugin_table"

enum th_point_status {
    TH_POINT_OK = 0,
    TH_POINT_UNPHYSICAL = 1 /* the point has no answer; values above 1 are the function's own */
};

struct th_function {
    const char *name;
    const char *about; /* one line, with the paper and equation it comes from */

    /* Names of the inputs, n_inputs of them.  NULL: inputs are positional and their number is
     * anything from min_inputs to max_inputs. */
    const char *const *inputs;
    size_t n_inputs;
    size_t min_inputs, max_inputs;

    const char *const *outputs; /* names of the outputs, n_outputs of them */
    size_t n_outputs;

    /* Evaluates n points.  in: n by d; out: n by n_outputs; status: n, enum th_point_status.
     * Returns 0, or non-zero if the whole block could not be evaluated. */
    int (*eval)(size_t n, size_t d, const double *in, double *out, uint8_t *status);

    /* Words for a status other than TH_POINT_OK; may be NULL. */
    const char *(*explain)(uint8_t status);
};

struct th_plugin {
    uint32_t abi; /* TH_PLUGIN_ABI */
    const char *name;
    const char *version;
    const struct th_function *functions;
    size_t n_functions;
};

#endif
