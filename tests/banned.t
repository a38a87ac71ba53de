#!/bin/sh
# Nobody makes a banned call, and the checker sees them.
set -u
. "$TH_SRC/tests/tap.sh"

tree=$TMPDIR/tree
mkdir -p "$tree/src/base" "$tree/plugins/p" "$tree/tests"

check()
{
    printf '%s\n' "$2" > "$tree/$1"
    sh "$TH_SRC/tests/check-banned.sh" "$tree" > "$TMPDIR/said"
    status=$?
    rm -f "$tree/$1"
}

# FILE TEXT
sees()
{
    check "$1" "$2"
    if [ $status -eq 0 ]; then
        not_ok "sees in $1: $2"
    else
        contains "$TMPDIR/said" "$1:1:" "sees in $1: $2"
    fi
}

allows()
{
    check "$1" "$2"
    is "$status" 0 "allows in $1: $2"
}

succeeds "no banned call" sh "$TH_SRC/tests/check-banned.sh" "$TH_SRC"

for call in 'sprintf(s, "x");' 'vsprintf(s, f, a);' 'strcpy(a, b);' 'strcat(a, b);' 'gets(s);' \
    'x = atoi(s);' 'x = atof (s);' 'atol(s);' 'system("ls");' 'f = popen("ls", "r");' \
    'strtok(s, " ");'; do
    sees src/base/a.c "$call"
done
sees plugins/p/a.c 'x = atof(s);'
sees tests/t-a.c 'strcpy(a, b);'
sees src/base/a.c 'exit(1);'
sees src/base/a.c '    if (bad) abort();'
sees plugins/p/a.c 'exit(1);'
sees src/base/a.c 'p = malloc(3);'
sees src/base/a.c '/* fine */ p = strdup(s); // really'

allows src/base/a.c 'snprintf(s, n, "x"); vsnprintf(s, n, f, a);'
allows src/base/a.c '/* sprintf(s) */ // exit(1)'
allows src/base/a.c 's = "system(1) \" exit(1)"; c = '\''"'\''; my_exit(1); x.exit(1); x->exit(1);'
allows src/base/memory.c 'p = malloc(3);'
allows src/main.c 'exit(1);'
allows tests/t-a.c 'exit(1);'
allows plugins/p/a.c 'abort();'

done_testing
