#!/bin/sh
# The bash completion offers what the command line has.
set -u
. "$TH_SRC/tests/tap.sh"

command -v bash > /dev/null 2>&1 || skip_all "bash is not here"
cd "$TMPDIR" || exit 1
mkdir folder
touch scan.yaml other.yml thdm.db notes.txt
cat > scan.yaml <<'END'
scan: x
parameters:
  m0: log 50 .. 5000 GeV
  tanb: uniform 3 .. 60
calculators:
  softsusy:
    run: x
END

# WORDS...: what is offered for the last of them, in one line
offers()
{
    bash -c '. "$TH_SRC/doc/theodolite.bash"; compopt() { :; }
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _theodolite; echo "${COMPREPLY[*]}"' \
        bash theodolite "$@"
}

is "$(offers ru)" "run" "a subcommand"
is "$(offers st)" "stop status" "two of them"
is "$(offers show thdm.db c)" "cells" "screens"
is "$(offers run s)" "scan.yaml" "scan files for run"
is "$(offers check '')" "other.yml scan.yaml folder" "and folders"
is "$(offers resume '')" "thdm.db folder" "stores for resume"
is "$(offers resume thdm.db s)" "scan.yaml" "and then an edited scan file"
is "$(offers run scan.yaml --he)" "--headless --help" "options"
is "$(offers export thdm.db --format j)" "jsonl" "values of an option"
is "$(offers plot thdm.db '' | tr ' ' '\n' | sort | tr '\n' ' ')" \
    "$("$TH_BUILD/theodolite" plot --help | sed -n 's/^  \([a-z][a-z0-9]*\)  .*/\1/p' | sort | tr '\n' ' ')" \
    "pictures are those that there are"
is "$(offers point scan.yaml '')" "m0= tanb=" "parameters of the scan file"
is "$(offers tell thdm.db re)" "resume retry" "live commands"

# the subcommands offered are those that the program lists, and the manual page's synopsis
commands=$("$TH_BUILD/theodolite" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p' | sort | tr '\n' ' ')
is "$(offers '' | tr ' ' '\n' | grep -v '^--' | sort | tr '\n' ' ')" "$commands" "the subcommands that there are"
is "$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.Cm \([a-z]*\)$/\1/p' "$TH_SRC/doc/theodolite.1" |
    sort | tr '\n' ' ')" "$commands" "which are those of the manual page"

# and their options: those of the usage line and no other
for command in run integrate generate resume attach show stop tell check point status export plot; do
    is "$(offers "$command" - | tr ' ' '\n' | grep -v -x -e --help -e --output | sort | tr '\n' ' ')" \
        "$("$TH_BUILD/theodolite" "$command" --help | sed -n 's/^usage: //p' | grep -o -e '-[-a-z0-9]*' |
            grep -x -e '--[-a-z0-9]*' -e '-o' | sort -u | tr '\n' ' ')" "the options of $command"
done

# and every live command of the page, and of the engine
for command in $(sed -n '/^\.Sh LIVE/,/^\.Sh REASONS/s/^\.It Cm \([a-z]*\).*/\1/p' \
    "$TH_SRC/doc/theodolite.1") $(sed -n 's/^    {"\([a-z]*\)", "[a-z]*[ :].*/\1/p' \
    "$TH_SRC/src/engine/command.c"); do
    is "$(offers tell thdm.db "$command" | tr ' ' '\n' | grep -x "$command")" "$command" \
        "knows the live command $command"
done

done_testing
