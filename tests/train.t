#!/bin/sh
# train.t: "train now": while a scan runs and is held, at rest, after a cut; what is proposed after it
# comes from the new model, and is the same however the scan goes on from there.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

cat > t.yaml <<END
seed: 11
goal: 100000 points
parameters:
  x: uniform 0 .. 1
  y: uniform 0 .. 1
calculators:
  gate:
    run: [sh, -c, 'while [ -e $TMPDIR/hold ]; do sleep 0.05; done']
observables:
  r: = (x - 0.3)^2 + (y - 0.6)^2
constraints:
  near: r < 0.03
search: {method: classifier, start: 60, batch: 30, members: 2, steps: 200, learner: network, explore: 10 %}
END
sed 's/classifier, start: 60/random/; s/, members.*/}/' t.yaml > random.yaml
field() { "$TH" status --json "$1" | tr ',{}' '\n\n\n' | grep "^\"$2\":" | sed 's/^[^:]*: *//;1q'; }
has() { [ "$(field "$1" "$2")" -ge "$3" ]; }
logged() { [ "$("$TH" show t.db log --size 200x200 | grep -c "$1")" -ge "$2" ]; }
answers() { "$TH" tell "$1" "$2" > said 2>&1; matches said "$3" "$4"; }

# ---- refused ----------------------------------------------------------------------------------
"$TH" run random.yaml --headless --until "40 points" > run.log 2>&1
exits 2 "a search that learns nothing is not trained" "$TH" tell random.db train now
contains said "only methods classifier and regressor" "the reason is told"

# ---- live -------------------------------------------------------------------------------------
"$TH" run t.yaml --headless --workers 2 > run.log 2>&1 &
pid=$!
wait_for has t.db total 150
exits 2 "nothing but now" "$TH" tell t.db train later
touch hold
answers t.db "train now" '^the learner is trained on all [0-9]+ closed points' \
    "asked while no point comes back: the engine says what it does"
closed=$(tr -dc '0-9' < said)
wait_for logged "the learner was trained on" 1 && ok "it was done" || not_ok "it was done"
n=$("$TH" show t.db log --size 200x200 | sed -n 's/.*trained on \([0-9]*\) closed.*/\1/p' | tail -n 1)
[ "$n" -ge "$closed" ] && ok "points of rounds in flight were among them" ||
    not_ok "points of rounds in flight were among them ($n of $closed)"
"$TH" tell t.db "cut far: x < 0.3" > said 2>&1
"$TH" show t.db learner > screen
contains screen "Labels have changed since the last training" "a cut makes the model one of before"
answers t.db "train now" 'the learner is trained' "asked again"
wait_for logged "the learner was trained on" 2 && ok "done again" || not_ok "done again"
"$TH" show t.db learner > screen
if grep -q "Labels have changed" screen; then not_ok "the model is of now"; else ok "the model is of now"; fi
rm hold
"$TH" tell t.db stop > said 2>&1
wait $pid && ok "the scan went on and stopped" || not_ok "the scan went on and stopped"

# ---- at rest ----------------------------------------------------------------------------------
total=$(field t.db total)
"$TH" tell t.db "cut low: y < 0.9" > said 2>&1
cp t.db before.db
answers t.db "train now" "^the learner was trained on $total closed points in .* s of CPU, AUC [01]" \
    "a scan at rest trains here and now"
"$TH" show t.db learner > screen
if grep -q "Labels have changed" screen; then not_ok "under the labels of now"; else ok "under the labels of now"; fi
cp t.db again.db
for db in before t again; do
    "$TH" resume $db.db --headless --workers $([ $db = t ] && echo 1 || echo 3) \
        --until "$((total + 120)) points" > $db.log 2>&1
    "$TH" export $db.db > $db.csv
done
cmp -s t.csv again.csv && ok "what comes after it is the same, whoever goes on" ||
    not_ok "what comes after it is the same, whoever goes on"
cmp -s t.csv before.csv && not_ok "and of the new model" || ok "and of the new model"
"$TH" replay t.db --onto again.db > said 2>&1
if grep -q "^:train" said; then not_ok "of that moment: not replayed"; else ok "of that moment: not replayed"; fi
done_testing
