#!/bin/sh
# silent.t: check of a resident calculator that does not say its first line: it is told what is
# waited for, and how an end before it is told.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > silent.yaml <<END
goal: 10 points
parameters:
  x: uniform 0 .. 1
calculators:
  mute:
    run: [sh, mute.sh]
    resident: true
    timeout: 17 s
    write: {x: x}
    read: {y: json "y"}
constraints:
  c: y < 1
END
cat > mute.sh <<'END'
printf '{"theodo'
echo $$ > mute.pid
while [ ! -e enough ]; do sleep 0.1; done
exit 7
END
sed -i.old "s|mute.pid|$TMPDIR/mute.pid|; s|-e enough|-e $TMPDIR/enough|" mute.sh
"$TH" check silent.yaml > check.log 2>&1 &
pid=$!
wait_for grep "no line from it yet" check.log && ok "silence is told" || not_ok "silence is told"
contains check.log 'only the beginning of one: {"theodo' "with what came"
contains check.log '{"theodolite": 1, "name": "...", "version": "..."}' "and what is waited for"
matches check.log 'newline, written out at once \(flush\); it has 17 s' "how, and for how long"
touch enough
wait $pid
is $? 3 "a calculator that ends before it cannot be started"
matches check.log 'ended with exit status 7 before its first line' "in words"
done_testing
