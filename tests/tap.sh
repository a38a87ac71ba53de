# shellcheck shell=sh
# tap.sh: the little that shell tests need to speak TAP; sourced as . "$TH_SRC/tests/tap.sh"
#
#   ok TEXT, not_ok TEXT            what was found out
#   is GOT WANT TEXT                equal words
#   contains FILE PART TEXT         the file has a line with PART (a fixed string)
#   matches FILE PATTERN TEXT       the file has a line for the extended regular expression
#   succeeds TEXT COMMAND...        exit status 0; else tells what the command said
#   exits STATUS TEXT COMMAND...    this exit status; stdout and stderr are kept in $TMPDIR/said
#   wait_for COMMAND...             tries until the command succeeds; fails after 60 s
#   children PID, command_lines     processes
#   skip N REASON, diag TEXT, skip_all REASON
#   done_testing                    at the end: the plan, and the exit status
#
# Not to be used in a subshell or behind a pipe: the count would be lost.

tap_n=0
tap_failed=0

ok()
{
    tap_n=$((tap_n + 1))
    printf 'ok %d - %s\n' "$tap_n" "$(tap_name "$*")"
}

not_ok()
{
    tap_n=$((tap_n + 1))
    tap_failed=$((tap_failed + 1))
    printf 'not ok %d - %s\n' "$tap_n" "$(tap_name "$*")"
}

# "#" would start a directive
tap_name() { printf '%s' "$1" | tr '#\n' '| '; }

diag() { printf '%s\n' "$*" | sed 's/^/# /' >&2; }

diag_file() { sed -e 's/^/#   /' -e 60q "$1" >&2; }

is()
{
    if [ "$1" = "$2" ]; then
        ok "$3"
    else
        not_ok "$3"
        diag "     got: $1"
        diag "expected: $2"
    fi
}

contains()
{
    if grep -F -e "$2" "$1" > /dev/null 2>&1; then
        ok "$3"
    else
        not_ok "$3"
        diag "does not contain: $2"
        diag_file "$1"
    fi
}

matches()
{
    if grep -E -e "$2" "$1" > /dev/null 2>&1; then
        ok "$3"
    else
        not_ok "$3"
        diag "does not match: $2"
        diag_file "$1"
    fi
}

exits()
{
    tap_want=$1
    tap_text=$2
    shift 2
    tap_status=0
    "$@" > "$TMPDIR/said" 2>&1 || tap_status=$?
    if [ "$tap_status" -eq "$tap_want" ]; then
        ok "$tap_text"
    else
        not_ok "$tap_text"
        diag "exit status $tap_status, expected $tap_want: $*"
        diag_file "$TMPDIR/said"
    fi
}

succeeds()
{
    tap_text=$1
    shift
    exits 0 "$tap_text" "$@"
}

wait_for()
{
    tap_tries=0
    until "$@" > /dev/null 2>&1; do
        tap_tries=$((tap_tries + 1))
        [ $tap_tries -lt 600 ] || return 1
        sleep 0.1
    done
}

# Processes without procps, which a small system does not have: from /proc, else from ps.
# children PID: the numbers of its children; command_lines: one line for each process
children()
{
    if [ -r /proc/self/stat ]; then
        # 12 (name, perhaps with blanks) S PARENT ...
        cat /proc/[0-9]*/stat 2> /dev/null | sed -n "s/^\([0-9]*\) (.*) [A-Z] $1 .*/\1/p"
    else
        ps -A -o ppid=,pid= | awk -v p="$1" '$1 == p { print $2 }'
    fi
}

command_lines()
{
    if [ -r /proc/self/cmdline ]; then
        for tap_proc in /proc/[0-9]*; do
            tr '\0' ' ' < "$tap_proc/cmdline" | sed 's/ $//'
            echo
        done 2> /dev/null
    else
        ps -A -o args=
    fi
}

skip()
{
    tap_left=$1
    while [ "$tap_left" -gt 0 ]; do
        tap_n=$((tap_n + 1))
        tap_left=$((tap_left - 1))
        printf 'ok %d # SKIP %s\n' "$tap_n" "$2"
    done
}

skip_all()
{
    echo "1..0 # SKIP $*"
    exit 0
}

done_testing()
{
    echo "1..$tap_n"
    [ $tap_failed -eq 0 ] && [ $tap_n -gt 0 ]
    exit
}
