#!/bin/sh
# The include graph is the designed one, and the checker sees each way of breaking it.
set -u
. "$TH_SRC/tests/tap.sh"

tree=$TMPDIR/tree
mkdir -p "$tree/include/theodolite" "$tree/src/slha" "$tree/src/store" "$tree/src/base" \
    "$tree/plugins/p"
touch "$tree/include/theodolite/base.h" "$tree/include/theodolite/store.h" "$tree/src/slha/own.h"

# FILE TEXT WHAT: a tree with this one line is wrong
sees()
{
    printf '%s\n' "$2" > "$tree/$1"
    if sh "$TH_SRC/tests/check-includes.sh" "$tree" > "$TMPDIR/said"; then
        not_ok "sees $3"
    else
        contains "$TMPDIR/said" "$1:1:" "sees $3"
    fi
    rm -f "$tree/$1"
}

# FILE TEXT WHAT: and this is right
allows()
{
    printf '%s\n' "$2" > "$tree/$1"
    succeeds "allows $3" sh "$TH_SRC/tests/check-includes.sh" "$tree"
    rm -f "$tree/$1"
}

succeeds "the include graph is as designed" sh "$TH_SRC/tests/check-includes.sh" "$TH_SRC"

sees src/slha/a.c '#include "theodolite/store.h"' "a module that knows one below"
sees src/slha/a.c '#include <theodolite/store.h>' "the same in angle brackets"
sees include/theodolite/slha.h '# include "theodolite/store.h"' "a header that knows one below"
sees src/slha/a.c '#include "theodolite/house.h"' "a header of no module"
sees src/store/a.c '#include "own.h"' "a private header of another folder"
sees src/store/a.c '#include "../slha/own.h"' "a path to a private header"
sees src/slha/a.c '#include "sql.h"' "another module's generated header"
sees src/slha/a.c '#include <sqlite3.h>' "SQLite outside of store"
sees src/slha/a.c '#include <ncursesw/ncurses.h>' "curses outside of tui"
sees src/base/other.c '#include <lapacke.h>' "LAPACK outside of matrix.c"
sees src/slha/a.c 'int f(void) { return fork(); }' "a fork"
sees src/slha/a.c '    waitpid(pid, NULL, 0);' "a wait"
sees src/base/other.c 'x = kill (pid, 9);' "a kill in a neighbour of process.c"
sees plugins/p/a.c '#include "theodolite/store.h"' "a plugin that knows the store"
mkdir "$tree/src/attic"
sees src/attic/a.c 'int x;' "a folder that is no module"
rmdir "$tree/src/attic"

allows src/store/a.c '#include "theodolite/base.h"' "a module above"
allows src/store/a.c '#include "theodolite/store.h"' "its own header"
allows src/slha/a.c '#include "own.h"' "its own private header"
mkdir "$tree/src/report" "$tree/src/engine"
touch "$tree/include/theodolite/plot.h"
allows src/report/a.c '#include "theodolite/plot.h"' "a second header of a module"
sees src/engine/a.c '#include "theodolite/plot.h"' "which is no module's above"
allows src/store/a.c '#include <sqlite3.h>' "SQLite in store"
allows src/base/process.c 'x = fork();' "a fork in process.c"
allows src/slha/a.c '/* fork() */ // kill()' "a comment about forking"
allows src/slha/a.c 'x = "fork()"; y->wait(z);' "a word in a string, a member of that name"
allows src/main.c '#include "theodolite/store.h"' "main.c to know all"
allows plugins/p/a.c '#include "theodolite/plugin.h"' "a plugin to know its contract"

done_testing
