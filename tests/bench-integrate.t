#!/bin/sh
# bench-integrate.t: `theodolite bench integrate` measures every method, counts what it says it
# counts, and answers nonsense with what there is.
. "$TH_SRC/tests/tap.sh"
cd "$TMPDIR" || exit 1

"$TH" bench integrate --method adaptive,cubature,plain,vegas,miser --calls 1e4,2e4 --seeds 3 \
    gaussian ring > all 2>&1
is "$?" 0 'five methods at two numbers of calls on two functions'
is "$(grep -c '^Genz Gaussian 5D \|^ring 2D ' all)" 20 'make twenty rows'
# name, calls, method, error: plain sampling is the worst of those that give an error
better=$(awk '/^ring 2D/ && $4 == "adaptive" && $3 == "1e+04" { a = $5 }
              /^ring 2D/ && $4 == "plain" && $3 == "1e+04" { p = $5 }
              END { print (a > 0 && a < p) }' all)
is "$better" 1 'adaptive sampling beats plain sampling on the ring'
is "$(grep -c 'too many calls' all)" 0 'nobody takes more calls than it may'

"$TH" bench integrate --method cubature --calls 1e5 --seeds 2 --table a > table 2>&1
is "$(grep -c '^|' table)" 3 'a table in Markdown'
error=$(awk -F'|' '/fine-tuned/ { print ($5 + 0 < 1e-6) }' table)
is "$error" 1 'cubature integrates A to 1e-6'

"$TH" bench integrate --method adaptive --calls 2e4 --seeds 2 --verbose gaussian > verbose 2>&1
is "$(grep -c ' seed ' verbose)" 2 '--verbose tells every run'

"$TH" bench integrate --method adaptive --calls 2e4 --seeds 7-9 --verbose gaussian > verbose 2>&1
is "$(awk '/ seed / { printf "%s ", $3 }' verbose)" '7 8 9 ' 'seeds from one to another'
"$TH" bench integrate --seeds 9-7 gaussian > said 2>&1
is "$?" 2 'not backwards'
"$TH" bench integrate --stopping --method adaptive --calls 2e4 --seeds 11-30 ring > stopping 2>&1
is "$(awk '/^ring/ { print ($7 > 0 && $8 >= 0.85 && $11 >= 15) }' stopping)" 1 \
    'runs that stop by themselves: some early, most intervals hold the truth'

"$TH" bench integrate nothing > said 2>&1
is "$?" 2 'an unknown function'
is "$(grep -c 'there are a b c camel4' said)" 1 '... is answered with those there are'
"$TH" bench integrate camel > said 2>&1
is "$?" 2 'half a name'
is "$(grep -c 'meant: camel4 or camel8?' said)" 1 '... is answered with those it may be'
"$TH" bench integrate gausian > said 2>&1
is "$(grep -c 'meant: gaussian?' said)" 1 'a slip with the nearest'
"$TH" bench integrate --help > said 2>&1
is "$?" 0 'help'
is "$(grep -c '^  camel8  *camel 8D$' said)" 1 '... lists the functions'
is "$(grep -c '^methods: auto cells' said)" 1 '... and the methods'
"$TH" bench integrate --method guess a > said 2>&1
is "$?" 2 'an unknown method'
is "$(grep -c 'auto cells adaptive' said)" 1 '... too'
"$TH" bench integrate --calls many a > said 2>&1
is "$?" 2 'a number of calls that is none'
done_testing
