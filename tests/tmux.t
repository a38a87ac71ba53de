#!/bin/sh
# tmux.t: the workbench in a real terminal: start, resize, too small, suspend and go on, kill of the
# workbench and of the engine, attach again, and the environments that change how it looks.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

grep -q 'TH_HAVE_TUI 1' "$TH_BUILD/config.h" || skip_all "built without its screens"
command -v tmux > /dev/null 2>&1 || skip_all "tmux is not here"
locale=$(locale -a 2> /dev/null | grep -i -m 1 -e '^C\.utf-*8$' -e '^en_US\.utf-*8$')
[ -n "$locale" ] || skip_all "there is no UTF-8 locale"

cat > slow.yaml <<END
goal: 1000000 points
parameters:
  x: uniform 0 .. 1
  y: uniform 0 .. 1
calculators:
  wait: {run: sleep 0.05}
constraints:
  low: x < 0.5
search: {method: random, batch: 20}
run: {workers: 2}
END

unset TMUX TMUX_PANE NO_COLOR LINES COLUMNS
mux() { tmux -S "$TMPDIR/mux" -f /dev/null "$@"; }
cleanup()
{
    mux kill-server 2> /dev/null
    pid=$(engine)
    [ "${pid:-0}" -gt 1 ] && kill -KILL "$pid" 2> /dev/null
}
# of `status`: the engine's process, the scan's state, how many points there are
status() { "$TH" status --json slow.db 2> /dev/null | tr -d ' \n'; }
engine() { status | sed 's/.*"pid":\([0-9]*\).*/\1/'; }
state() { status | sed 's/.*"state":"\([a-z]*\)".*/\1/'; }
total() { status | sed 's/.*"total":\([0-9]*\).*/\1/'; }

# A shell with a terminal of this size, and a prompt that can be waited for
open_terminal() # WIDTH HEIGHT
{
    mux new-session -d -s t -x "$1" -y "$2" \
        "env LC_ALL=$locale TZ=UTC PS1='ready> ' TH='$TH' sh" && wait_for shows 'ready>'
}
keys() { mux send-keys -t t "$@"; }
screen() { mux capture-pane -p -t t; }
colors() { mux capture-pane -p -e -t t; }
shows() { screen | grep -q -e "$1"; }
sees() # PATTERN TEXT
{
    if wait_for shows "$1"; then ok "$2"; else
        not_ok "$2"
        diag "not on the screen: $1"
        screen > seen.txt
        diag_file seen.txt
    fi
}
type_line() { keys -l "$1"; keys Enter; }

if ! open_terminal 80 24; then
    skip_all "tmux cannot open a terminal here"
fi
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

# ---- start, screens --------------------------------------------------------------------------------
type_line '"$TH" run slow.yaml'
sees '^\[1 Overview\].* slow .*RUN' "run opens the workbench"
sees 'points .*[1-9][0-9]*/1000000' "points arrive"
sees '[│─█]' "lines in a UTF-8 locale"
keys 2; sees '^1 Overview \[2 Map\]' "the map"
keys 4; sees '\[4 Points\]' "points"
keys 6; sees '\[6 Log\]' "the log"
keys 1; sees '^\[1 Overview\]' "and back"

# ---- mouse ---------------------------------------------------------------------------------------------
mice() { [ "$(mux display-message -p -t t '#{mouse_any_flag}')" = "$1" ]; }
wait_for mice 1 && ok "the mouse is asked for" || not_ok "the mouse is asked for"
keys -H 1b 5b 4d 20 30 21 # the first button on column 16 of line 1
sees '^1 Overview \[2 Map\]' "a click on a title opens its screen"
type_line ':set mouse=off'
wait_for mice 0 && ok "off: it is the terminal's" || not_ok "off: it is the terminal's"
type_line ':set mouse=on'
wait_for mice 1 && ok "on again" || not_ok "on again"
keys 1; sees '^\[1 Overview\]' "and back"

# ---- sizes -------------------------------------------------------------------------------------------
mux resize-window -t t -x 120 -y 40
wide() { screen | awk '{ if (length($0) > 95) found = 1 } END { exit !found }'; }
wait_for wide && ok "a larger window is used" || not_ok "a larger window is used"
mux resize-window -t t -x 60 -y 18
sees 'too small' "a window that is too small says so"
sees 'have 60 x 18' "with its size"
keys p; sees 'PAUSE\|paused' "and keys work there"
keys p
mux resize-window -t t -x 80 -y 24
sees '^\[1 Overview\].* RUN' "back to 80x24"

# ---- suspend and go on ---------------------------------------------------------------------------------
keys C-z
sees 'ready>' "^Z gives the terminal back"
mice 0 && ok "with its mouse" || not_ok "with its mouse"
before=$(total)
more() { [ "$(total)" -gt "$before" ]; }
wait_for more && ok "the scan goes on meanwhile" || not_ok "the scan goes on meanwhile"
type_line 'echo hi""ho'
sees '^hiho' "the shell works"
type_line fg
sees '^\[1 Overview\].* RUN' "fg paints it again"
wait_for mice 1 && ok "and takes the mouse" || not_ok "and takes the mouse"
shows hiho && not_ok "all of it" || ok "all of it"

# ---- leave, come back, kill ------------------------------------------------------------------------------
keys q; sees "etach" "q asks how to leave"
keys d
sees 'theodolite attach slow.db' "detaching says how to come back"
is "$(state)" running "the scan runs"
type_line 'clear; "$TH" attach slow.db; echo left with $?'
sees '^\[1 Overview\].* RUN' "attach comes back"
watcher=$(command_lines | grep -c 'attach slow.db$')
[ "$watcher" -ge 1 ] && ok "it is a process of its own" || not_ok "it is a process of its own"
mux respawn-pane -k -t t "env LC_ALL=$locale TZ=UTC PS1='ready> ' TH='$TH' sh"
sees 'ready>' "its terminal is closed"
is "$(state)" running "the scan still runs"
type_line '"$TH" attach slow.db & sleep 0; kill -KILL $!; wait; echo killed'
sees '^killed' "a workbench is killed"
is "$(state)" running "the scan runs on"
type_line 'reset -Q 2> /dev/null; clear'

# ---- how it looks ------------------------------------------------------------------------------------------
type_line '"$TH" attach slow.db'
sees '^\[1 Overview\].* RUN' "attach once more"
keys 2
blue() { colors | grep -q '38;5;75'; }
wait_for blue && ok "accepted points are blue where there are 256 colours" ||
    not_ok "accepted points are blue where there are 256 colours"
keys q d
sees 'ready>' "left"
type_line 'clear; NO_COLOR=1 "$TH" attach slow.db --screen map'
sees '\[2 Map\].* RUN' "with NO_COLOR"
colors > colors.txt
grep -q '\[[0-9;]*[34]8;' colors.txt && not_ok "there is no colour" || ok "there is no colour"
keys q d
sees 'attach slow.db" comes back' "left"
type_line 'clear; LC_ALL=C "$TH" attach slow.db'
sees '^\[1 Overview\].* RUN' "in the C locale"
screen > plain.txt
LC_ALL=C grep -q '[^ -~]' plain.txt && not_ok "everything is ASCII" || ok "everything is ASCII"
keys q d
sees 'attach slow.db" comes back' "left"
type_line 'clear; TERM=dumb "$TH" attach slow.db; echo status $?'
sees '^status 2' "TERM=dumb is refused"
type_line 'clear; "$TH" attach slow.db > file.txt; echo status $?'
sees '^status 2' "redirected output too"
[ ! -s file.txt ] && ok "nothing is in the file" || not_ok "nothing is in the file"

# ---- the engine is killed ------------------------------------------------------------------------------------
type_line 'clear; "$TH" attach slow.db'
sees '^\[1 Overview\].* RUN' "watched"
kill -KILL "$(engine)"
sees '^\[1 Overview\].* ERROR' "a killed engine is shown"
sees 'theodolite resume slow.db' "with what to do"
keys q
sees 'nothing runs on slow.db' "and said when one leaves"
type_line 'clear; "$TH" resume slow.db'
sees '^\[1 Overview\].* RUN' "resume goes on with it"
keys q
sees 'etach' "q asks"
keys b
sees 'ready>' "stop after the batch leaves"
stopped() { [ "$(state)" = stopped ]; }
wait_for stopped && ok "and the scan stops" || not_ok "and the scan stops"

# ---- an integration: what it found is said when one leaves ---------------------------------------------------
cat > peak.yaml <<'YAML'
goal: 3000 points
parameters:
  x: uniform -5 .. 5
  y: uniform -5 .. 5
integrand: exp(-(x^2 + y^2)/2)
integrate: {method: cells}
YAML
sed 's/^goal: .*/goal: [error 0.0001 %, 3000 points]/' peak.yaml > far.yaml
for name in peak far; do
    type_line "clear; \"\$TH\" integrate $name.yaml; echo status \$?"
    sees 'DONE' "an integration comes to its end ($name)"
    keys q
    sees '^status [01]' "left"
    sees '^integral:  *6\.' "with its integral"
done
sees '^NOT CONVERGED: ' "and where it is not what was asked for, that"
sees '^status 1' "as its status says"

done_testing
