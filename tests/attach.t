#!/bin/sh
# attach.t: where the workbench cannot be drawn: redirected output, no store, wrong names; and what
# `run`, `resume` and `attach` say and do then.  t-tui-session.c and tmux.t have it on terminals.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > scan.yaml <<END
goal: 100 points
parameters:
  x: uniform 0 .. 1
constraints:
  low: x < 0.5
search: {method: random, batch: 50}
END

succeeds "run with redirected output is headless" "$TH" run scan.yaml --workers 1
contains said " points, " "with plain lines"
succeeds "resume as well" "$TH" resume scan.db --until "200 points"

exits 2 "attach with redirected output is refused" "$TH" attach scan.db
contains said "no screen can be drawn here, for" "with the reason"
contains said "theodolite status scan.db" "and what prints how the scan stands"
is "$(wc -l < said | tr -d ' ')" 1 "in one sentence"
if grep -q 'TH_HAVE_TUI 1' "$TH_BUILD/config.h"; then
    contains said "is no terminal" "which is that there is no terminal"
    contains said "theodolite show scan.db overview" "show is named too"
else
    contains said "built without its screens" "which is the build"
fi
"$TH" attach scan.db > out.txt 2> err.txt
[ ! -s out.txt ] && ok "nothing is drawn into the file" || not_ok "nothing is drawn into the file"

exits 1 "attach to what is not there" "$TH" attach none.db
contains said "none.db" "names it"
echo "no store" > text.db
exits 1 "attach to what is no store" "$TH" attach text.db
exits 2 "attach without a store" "$TH" attach
exits 2 "attach with an unknown option" "$TH" attach scan.db --scren map
succeeds "attach --help" "$TH" attach --help
contains said "usage: theodolite attach DB" "has its usage"

done_testing
