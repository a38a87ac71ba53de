#!/bin/sh
# embed.sh: writes text files as C strings, one literal per line of text.
#
#   embed.sh PREFIX FILE... > header
#
# Each FILE becomes `static const char PREFIXname[]`, where name is the file's name with every
# character that C does not allow in names turned into "_" (thdm-higgs.dat: thdm_higgs_dat).
# With a PREFIX that is not empty the extension is dropped (sql_ schema.sql: sql_schema).
# Quotes, backslashes, tabs, "??" and a missing last newline come through unharmed; bytes above 127
# are kept as they are.  A NUL byte is not text and is an error.
set -eu
LC_ALL=C
export LC_ALL

[ $# -ge 1 ] || { echo "usage: embed.sh PREFIX FILE..." >&2; exit 2; }
prefix=$1
shift

tab=$(printf '\t')
cr=$(printf '\r')

echo "/* made by tools/embed.sh from the text files named below: do not edit */"
for file in "$@"; do
    name=${file##*/}
    [ -z "$prefix" ] || name=${name%.*}
    name=$prefix$(printf '%s' "$name" | tr -c 'A-Za-z0-9_' '_')
    if [ "$(tr -d '\000' < "$file" | wc -c)" -ne "$(wc -c < "$file")" ]; then
        echo "embed.sh: $file has a NUL byte, it is not text" >&2
        exit 1
    fi
    # The last line alone may lack its newline.
    if [ "$(tail -c 1 "$file" | wc -l)" -eq 1 ]; then last=; else last='$s/\\n"$/"/'; fi
    echo
    echo "/* ${file##*/} */"
    echo "static const char ${name}[] ="
    if [ -s "$file" ]; then
        sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/?/\\?/g' -e "s/$tab/\\\\t/g" \
            -e "s/$cr/\\\\r/g" -e 's/^/    "/' -e 's/$/\\n"/' -e "$last" "$file"
        [ -z "$last" ] || echo
    else
        echo '    ""'
    fi
    echo "    ;"
done
