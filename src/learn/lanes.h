/* lanes.h: one layer of a network on a block of points, for score.c, which includes it once for
 * each width of vectors.  Points lie along the lanes: row k of `in` holds unit k of all of them, so
 * that a weight is broadcast and nothing is shuffled.  Given: LANES_N floats in a vector,
 * LANES_TILE units at a time, LANES_NAME(f) and LANES_TARGET. */

typedef float LANES_NAME(reals) __attribute__((vector_size(4 * LANES_N), aligned(4), may_alias));
typedef int32_t LANES_NAME(whole) __attribute__((vector_size(4 * LANES_N), aligned(4), may_alias));

/* out[j] = bias[j] + sum_k w[k, j] in[k] for `tile` units from j on; two vectors of points. */
static inline LANES_TARGET __attribute__((always_inline)) void
LANES_NAME(product)(const struct layer *l, size_t j, const int tile, const float *in, float *out)
{
    LANES_NAME(reals) a[LANES_TILE], b[LANES_TILE];
    const float *w = l->w + j;
    size_t k;
    int t;

    for (t = 0; t < tile; t++)
        a[t] = b[t] = l->bias[j + (size_t)t] - (LANES_NAME(reals)){0};
    for (k = 0; k < l->n_in; k++, w += l->n_out, in += SCORE_POINTS) {
        LANES_NAME(reals) x = *(const LANES_NAME(reals) *)in;
        LANES_NAME(reals) y = *(const LANES_NAME(reals) *)(in + LANES_N);

        for (t = 0; t < tile; t++) {
            a[t] += w[t] * x;
            b[t] += w[t] * y;
        }
    }
    for (t = 0; t < tile; t++) {
        *(LANES_NAME(reals) *)(out + (j + (size_t)t) * SCORE_POINTS) = a[t];
        *(LANES_NAME(reals) *)(out + (j + (size_t)t) * SCORE_POINTS + LANES_N) = b[t];
    }
}

static LANES_TARGET void LANES_NAME(layer)(const struct layer *l, const float *in, float *out)
{
    size_t from, j;

    for (from = 0; from < SCORE_POINTS; from += 2 * LANES_N) {
        for (j = 0; j + LANES_TILE <= l->n_out; j += LANES_TILE)
            LANES_NAME(product)(l, j, LANES_TILE, in + from, out + from);
        for (; j < l->n_out; j++)
            LANES_NAME(product)(l, j, 1, in + from, out + from);
    }
}

/* The sine layer of net.c, without its slope. */
static LANES_TARGET void LANES_NAME(sine)(size_t n, float *a)
{
    size_t i;

    for (i = 0; i < n; i += LANES_N) {
        LANES_NAME(reals) *at = (LANES_NAME(reals) *)(a + i), z = *at;
        LANES_NAME(reals) shifted = z * 0.318309886f + 12582912.0f;
        LANES_NAME(reals) k = shifted - 12582912.0f;
        LANES_NAME(reals) r = (z - k * 3.140625f) - k * 9.67653589793e-4f, q = r * r;
        LANES_NAME(whole) odd = (LANES_NAME(whole))shifted << 31;

        r = r * (1.0f + q * (-1.666666667e-1f +
                             q * (8.333333333e-3f + q * (-1.984126984e-4f + q * 2.755731922e-6f))));
        *at = (LANES_NAME(reals))((LANES_NAME(whole))r ^ odd);
    }
}

/* The bounded layer of net.c; of the Newton steps for 1/sqrt the last is one of third order. */
static LANES_TARGET void LANES_NAME(bounded)(size_t n, float *a)
{
    size_t i;

    for (i = 0; i < n; i += LANES_N) {
        LANES_NAME(reals) *at = (LANES_NAME(reals) *)(a + i), z = *at, x = 1.0f + z * z;
        LANES_NAME(reals) half = 0.5f * x, y, e;

        y = (LANES_NAME(reals))(0x5F375A86 - ((LANES_NAME(whole))x >> 1));
        y *= 1.5f - half * y * y;
        e = 0.5f - half * y * y; /* y (1 - 2 e)^(-1/2) to third order */
        *at = z * (y + y * e * (1.0f + 1.5f * e));
    }
}

static LANES_TARGET void LANES_NAME(network)(const struct layer l[3], struct score_room *room)
{
    LANES_NAME(layer)(&l[0], room->x, room->a);
    LANES_NAME(sine)(l[0].n_out * SCORE_POINTS, room->a);
    LANES_NAME(layer)(&l[1], room->a, room->b);
    LANES_NAME(bounded)(l[1].n_out * SCORE_POINTS, room->b);
    LANES_NAME(layer)(&l[2], room->b, room->y);
}

#undef LANES_N
#undef LANES_TILE
#undef LANES_NAME
#undef LANES_TARGET
