#!/bin/sh
# check-includes.sh SOURCE-TREE: does every file include only what its module may know?
#
# - src/M/ and include/theodolite/M.h include module headers of M and of modules above M only;
# - a private header ("name.h") stands in the folder of the file that includes it, or is generated
#   for its module: config.h for all, sql.h for store, plots.h for report;
# - ncurses is for src/tui/, SQLite for src/store/, BLAS and LAPACK for src/base/matrix.c;
# - starting, killing and waiting for processes is for src/base/process.c;
# - plugins know the public header, base and slha;
# - one file is shared: the functions that the plugin gives are those that the bench integrates.
# Prints FILE:LINE: and what is wrong; exit status 1 when anything was, 2 when nothing was read.
set -u
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:?usage: check-includes.sh SOURCE-TREE}" || exit 2

files=$(find src include plugins -name '*.[ch]' 2> /dev/null | sort)
# data that a plugin includes as it is
data=$(find plugins -name '*.dat' 2> /dev/null)
[ -n "$files" ] || { echo "check-includes.sh: no sources in $1" >&2; exit 2; }

# names have no blanks: they are module names and words
# shellcheck disable=SC2086
awk -v strings=1 -f "$here/strip.awk" $files | awk -v private="$(echo $files $data)" '
BEGIN {
    n = split("base scan space slha calc judge store learn survey strata work engine report tui " \
              "cli", order, " ")
    for (i = 1; i <= n; i++)
        rank[order[i]] = i
    # headers that are not named after their module
    home["plot"] = "report"
    home["event-file"] = "report"
    home["vector"] = "base"
    home["tree"] = "learn"
    n = split(private, list, " ")
    for (i = 1; i <= n; i++)
        exists[list[i]] = 1
    process = "(^|[^A-Za-z0-9_.>])(v?fork|exec[lv]p?e?|execvpe|fexecve|posix_spawnp?|kill|killpg|" \
              "wait|waitpid|waitid|wait3|wait4|_exit)[ \t]*\\("
}
function wrong(text) {
    print file ":" number ": " text
    failed = 1
}
# the module a file belongs to; "" for src/main.c, which may know all
function module_of(path,    part) {
    split(path, part, "/")
    if (path ~ /^src\/[^\/]+\//)
        return part[2]
    if (path ~ /^include\/theodolite\//) {
        sub(/\.h$/, "", part[3])
        return part[3] in home ? home[part[3]] : part[3]
    }
    return path ~ /^plugins\// ? "plugins" : ""
}
function check_module_header(name) {
    if (name == "plugin" || module == "")
        return
    if (name in home)
        name = home[name]
    if (module == "plugins") {
        if (name != "base" && name != "slha")
            wrong("a plugin may not know theodolite/" name ".h")
    } else if (!(name in rank)) {
        wrong("theodolite/" name ".h is of no module")
    } else if (rank[name] > rank[module]) {
        wrong("module " module " may not know theodolite/" name ".h, which is below it")
    }
}
function check_private_header(name,    folder) {
    folder = file
    sub(/[^\/]*$/, "", folder)
    if (name == "config.h" || (name == "sql.h" && module == "store") ||
        (name == "plots.h" && module == "report") || (name ~ /\.dat\.h$/ && module == "plugins"))
        return
    if (name == "../../plugins/functions/integrands.h" && file == "src/cli/integrate-problems.c")
        return
    if (name ~ /\//)
        wrong("\"" name "\" is not a header of the same folder")
    else if (!((folder name) in exists))
        wrong("\"" name "\" does not stand in " folder)
}
function check_library(name) {
    if (name ~ /curses/ && module != "tui")
        wrong("<" name "> is for src/tui/ alone")
    if (name ~ /^sqlite3/ && module != "store")
        wrong("<" name "> is for src/store/ alone")
    if (name ~ /cblas|lapack/ && file != "src/base/matrix.c")
        wrong("<" name "> is for src/base/matrix.c alone")
}
{
    split($0, part, ":")
    file = part[1]
    number = part[2]
    text = substr($0, length(file) + length(number) + 3)
    if (file != last) {
        last = file
        module = module_of(file)
        if (module != "" && module != "plugins" && module != "plugin" && !(module in rank))
            wrong("there is no module " module)
    }
    if (text ~ /^[ \t]*#[ \t]*include/) {
        name = text
        sub(/^[^<"]*[<"]/, "", name)
        sub(/[>"].*$/, "", name)
        check_library(name)
        if (name ~ /^theodolite\//) {
            sub(/^theodolite\//, "", name)
            sub(/\.h$/, "", name)
            check_module_header(name)
        } else if (text ~ /"/) {
            check_private_header(name)
        }
        next
    }
    gsub(/"([^"\\]|\\.)*"/, "\"\"", text)
    if (file ~ /\.c$/ && file != "src/base/process.c" && text ~ process)
        wrong("processes are for src/base/process.c alone: " text)
}
END { exit failed }'
